import { type Detector, fires, quiet } from '../../detect/detector.ts'
import { bySubject } from '../../detect/group.ts'
import { CHECKOUT, issued, role, usualAnd } from '../../detect/sample.ts'
import { listed, Who } from '../../detect/words.ts'
import { MARK } from '../../graph/signals.ts'
import { roleName } from '../../identity/arn.ts'

const DAY = 86_400

export const parametersOmitted: Detector = {
  id: 'parameters-omitted',
  title: 'Record of an assumption without what was issued',
  severity: 'medium',
  attack: ['T1562.008', 'T1027'],
  why: 'CloudTrail leaves out parameters that are too large. Whoever pads a call hides which session key it got, and the calls made with it lead to nobody.',
  blindSpots:
    'Records that a tool between CloudTrail and podtrail has cut look the same. Other calls with parameters left out are not looked at.',
  runbook: [
    'Read the record of `evidence` in the log file: are responseElements missing, or all of them, and in all records of the hour of `firstSeen`?',
    'If all are, something between CloudTrail and podtrail cuts them: mend it today, since podtrail is blind until then.',
    'If only these are, revoke the sessions of `role` now.',
  ],

  *look({ hour }) {
    const suspects = hour.issues.filter(({ marks }) => (marks & MARK.omitted) !== 0)
    for (const uses of bySubject(suspects)) {
      const { who, first } = uses[0]!
      const roles = [...new Set(uses.map(({ role: arn }) => roleName(arn)))].sort()
      yield {
        subject: who.principal.id,
        occurrence: String(Math.floor(first / DAY)),
        severity: 'medium',
        title: `${Who(who.principal)} became ${listed(roles)}, and the record does not say which key it got`,
        normal: 'Every record of an assumption names the key that it issued.',
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a session whose key is left out',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { marks: MARK.omitted })),
      'medium',
    ),
    quiet('a whole record', () => usualAnd(issued(CHECKOUT, role('checkout')))),
  ],
}
