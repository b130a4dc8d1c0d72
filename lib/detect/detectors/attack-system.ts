import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject, distinct } from '../group.ts'
import { ADA, CHECKOUT, called, role, usualAnd } from '../sample.ts'
import type { Use } from '../use.ts'
import { listed, Who } from '../words.ts'

export const attackSystem: Detector = {
  id: 'attack-system',
  title: 'Calls from a system made for breaking in',
  severity: 'high',
  attack: ['T1078.004', 'T1580'],
  why: 'SDKs tell the system they run on. Kali, Parrot and Pentoo are what attackers, and testers, work with.',
  blindSpots: 'The user agent is what the caller says it is. Whoever hides the system is not seen.',
  runbook: [
    'Ask whether a test is going on now, by whom, and whether it comes from `networks`.',
    'If not, revoke the sessions of `role`, or disable the key of the user, at once, and list what was done since `firstSeen`: podtrail trace ADDRESS.',
  ],

  *look({ hour }) {
    const isIt = ({ client }: Use): boolean => client === 'attack-system'
    const uses = [hour.calls, hour.issues, hour.tries].flatMap((some) => some.filter(isIt))
    for (const group of bySubject(uses)) {
      const { who, role: arn } = group[0]!
      yield {
        subject: who.principal.id,
        severity:
          who.principal.kind === 'workload' || who.principal.kind === 'node' ? 'critical' : 'high',
        title: `${Who(who.principal)} made calls from a system for penetration tests${arn === '' ? '' : ` as ${roleName(arn)}`}: ${listed(
          distinct(group, ({ action }) => action),
          3,
        )}`,
        normal: 'No service and no member of staff works from such a system.',
        principal: who.principal,
        uses: group,
      }
    }
  },

  examples: [
    fires(
      'a workload',
      () =>
        usualAnd(
          called(CHECKOUT, role('checkout'), 'sts:GetCallerIdentity', { client: 'attack-system' }),
        ),
      'critical',
    ),
    fires(
      'a person',
      () => usualAnd(called(ADA, role('admin'), 'iam:ListRoles', { client: 'attack-system' })),
      'high',
    ),
    quiet('a person with the AWS CLI', () =>
      usualAnd(called(ADA, role('admin'), 'iam:ListRoles', { client: 'aws-cli' })),
    ),
  ],
}
