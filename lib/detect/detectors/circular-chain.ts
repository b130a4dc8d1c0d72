import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { CHECKOUT, days, hours, issued, LEDGER_ACCOUNT, role, THEN, usualAnd } from '../sample.ts'
import { FRESH, type Use } from '../use.ts'
import { listed, Who } from '../words.ts'

export const circularChain: Detector = {
  id: 'circular-chain',
  title: 'Chain of roles that comes back to itself',
  severity: 'high',
  attack: ['T1550.001', 'T1098'],
  why: 'A session lives an hour at most once it is chained. Two roles that trust each other can renew it for ever: who has one stolen session keeps it, even after the pod is gone.',
  blindSpots:
    'Where the trail of one of the accounts is missing, the circle is not seen. Sessions whose chain is longer than podtrail follows show up as long, not as circular.',
  runbook: [
    'Follow the chain: podtrail trace EVENT-ID of `evidence`. Its first step, perhaps hours before `firstSeen`, is where it was stolen.',
    'Revoke the sessions of all of `via` at the same time, now: revoking one leaves the circle alive.',
    'Take one of the roles out of the trust of the other today: podtrail drift --check circular-trust.',
  ],

  *look({ hour, memory }) {
    const suspects = hour.issues.filter(
      (use) => use.via.includes(use.role) && !(isSelf(use) && (use.fresh & FRESH.edge) === 0),
    )
    for (const uses of grouped(suspects, (use) => `${use.who.key}\n${circleOf(use).join('\n')}`)) {
      const use = uses[0]!
      const { who } = use
      const circle = circleOf(use)
      const isMild = isSelf(use)
      if (isMild && !memory.isLearned(who, use.first)) continue
      yield {
        subject: `${who.principal.id} in ${circle.join(' ')}`,
        severity: isMild ? 'low' : 'high',
        title: isMild
          ? `${Who(who.principal)} renewed role ${roleName(use.role)} with itself`
          : `${Who(who.principal)} went in a circle through ${listed(circle.map(roleName))} and back to ${roleName(use.role)}`,
        normal: 'Chains lead from a workload to where its work is, and end there.',
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'two roles renew each other',
      () =>
        usualAnd(
          ...[0, 1, 2].map((hour) =>
            issued(CHECKOUT, hour % 2 === 0 ? role('checkout') : role('ledger', LEDGER_ACCOUNT), {
              at: THEN - hours(2 - hour),
              via: [
                role('checkout'),
                role('ledger', LEDGER_ACCOUNT),
                role('checkout'),
                role('ledger', LEDGER_ACCOUNT),
              ].slice(0, hour + 2),
            }),
          ),
        ),
      'high',
    ),
    fires(
      'a role that assumes itself',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { via: [role('checkout')] })),
      'low',
    ),
    quiet('which it always did', () =>
      usualAnd(
        ...[16, 0].map((day) =>
          issued(CHECKOUT, role('checkout'), { via: [role('checkout')], at: THEN - days(day) }),
        ),
      ),
    ),
    quiet('a chain that ends', () =>
      usualAnd(
        issued(CHECKOUT, role('archive'), {
          via: [role('checkout'), role('ledger', LEDGER_ACCOUNT)],
        }),
      ),
    ),
  ],
}

const isSelf = ({ via, role: arn }: Use): boolean => via.every((one) => one === arn)

/** The roles from the first time that this one was taken on, each once. */
function circleOf({ via, role: arn }: Use): string[] {
  return [...new Set(via.slice(via.indexOf(arn)))].sort()
}
