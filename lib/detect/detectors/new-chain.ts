import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { edgeKey } from '../memory.ts'
import {
  ADA,
  CHECKOUT,
  called,
  issued,
  LEDGER_ACCOUNT,
  minutes,
  PIPELINE,
  pod,
  role,
  SEARCH,
  THEN,
  usualAnd,
} from '../sample.ts'
import { isJustMade } from '../trust-change.ts'
import { FRESH, type Use } from '../use.ts'
import { forDays, listed, viaWords, Who } from '../words.ts'

export const newChain: Detector = {
  id: 'new-chain',
  title: 'Workload takes a new way through roles',
  severity: 'medium',
  isLearner: true,
  attack: ['T1550.001', 'T1078.004', 'T1098.003'],
  why: 'From a stolen session an attacker goes on to whatever other roles trust it.',
  blindSpots:
    'A way that the workload went before is not new. To a role that was made the day before, by whoever makes roles for a living, it is low. If the trail of an account on the way is missing, the chain is broken and its start not known.',
  runbook: [
    'Follow the chain of the session in `evidence`: podtrail trace EVENT-ID, and see what its last role did in the hour after `firstSeen`.',
    'Ask the owner of the workload whether a deployment in the day before `firstSeen` explains it.',
    'If not, revoke the sessions of `via` and of `role` that are older than now (IAM console, Revoke sessions), and take the caller out of the trust of `role`.',
  ],

  *look(now) {
    const { hour, memory } = now
    const fresh = hour.issues.filter(
      (use) =>
        use.via.length > 0 &&
        use.who.principal.kind === 'workload' &&
        (use.fresh & FRESH.edge) !== 0 &&
        memory.isLearned(use.who, use.first),
    )
    for (const uses of grouped(fresh, (use) => `${use.who.key}\n${edgeKey(use.role, use.via)}`)) {
      const use = uses[0]!
      const { who, role: arn, via } = use
      yield {
        subject: `${who.principal.id} as ${arn} through ${via.join(' ')}`,
        severity: severityOf(use, now),
        title: `${Who(who.principal)} went on to role ${roleName(arn)}${viaWords(via)} for the first time`,
        normal:
          who.depth <= 1
            ? `In the ${forDays(use.first - who.first)} that it is known it never went on from its own role.`
            : `In the ${forDays(use.first - who.first)} that it is known it reached ${listed(who.roles.names().map(roleName))}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'from its own role to another',
      () => usualAnd(issued(SEARCH, role('backup'), { via: [role('search')] })),
      'medium',
    ),
    fires(
      'a new service begins with a chain',
      () => {
        const wishlist = pod('shop', 'wishlist')
        return usualAnd(
          issued(wishlist, role('wishlist')),
          issued(wishlist, role('offers'), { via: [role('wishlist')] }),
        )
      },
      'low',
    ),
    fires(
      'to a role that the pipeline made for it today',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy'), 'iam:CreateRole', {
            what: role('exports'),
            at: THEN - minutes(20),
          }),
          issued(SEARCH, role('exports'), { via: [role('search')] }),
        ),
      'low',
    ),
    fires(
      'to a role that a person made today',
      () =>
        usualAnd(
          called(ADA, role('admin'), 'iam:CreateRole', {
            what: role('exports'),
            at: THEN - minutes(20),
          }),
          issued(SEARCH, role('exports'), { via: [role('search')] }),
        ),
      'medium',
    ),
    quiet('the chain it goes every hour', () =>
      usualAnd(issued(CHECKOUT, role('ledger', LEDGER_ACCOUNT), { via: [role('checkout')] })),
    ),
    quiet('approved', () => ({
      ...usualAnd(issued(SEARCH, role('backup'), { via: [role('search')] })),
      baseline: [{ principal: SEARCH, via: [role('search')], role: role('backup') }],
    })),
  ],
}

function severityOf(use: Use, now: Now): Severity {
  const { who, role, via, first, fresh } = use
  if ((fresh & FRESH.role) === 0 || !who.isGrown(first) || isJustMade(use, now)) return 'low'
  // Others of its namespace go from the same role to the same role.
  const known = now.memory.roles.get(role)
  const isUsual =
    known?.from.has(via.at(-1)!) === true && known.namespaces.has(who.principal.namespace ?? '')
  return isUsual ? 'low' : 'medium'
}
