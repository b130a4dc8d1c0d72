import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { accountOf } from '../memory.ts'
import {
  ACCOUNT,
  CART,
  CHECKOUT,
  called,
  issued,
  LEDGER_ACCOUNT,
  minutes,
  OUTSIDE_ACCOUNT,
  PIPELINE,
  role,
  THEN,
  usualAnd,
} from '../sample.ts'
import { isJustMade } from '../trust-change.ts'
import { FRESH, type Use } from '../use.ts'
import { listed, viaWords, Who } from '../words.ts'

export const newAccountReached: Detector = {
  id: 'new-account-reached',
  title: 'Workload reaches an account for the first time',
  severity: 'high',
  isLearner: true,
  attack: ['T1078.004', 'T1550.001', 'T1537'],
  why: 'Accounts are the walls of a company in AWS. A workload that is suddenly on the other side of one is where somebody wants to be, or takes data out.',
  blindSpots:
    'Buckets, keys and queues of other accounts can be used without a role there. An account that the workload reached before is not new. By a role that was made the day before, by whoever makes roles for a living, an account that others of the cluster reach is low.',
  runbook: [
    'See whose `account` it is, and what the role did there in the 2 hours after `firstSeen`: podtrail what NS/SA --since 1d.',
    'Ask the owner of the workload and of `account` whether they meant it this week.',
    'If not, take the caller out of the trust of `role` now, and revoke its sessions.',
  ],

  *look(now) {
    const fresh = now.hour.issues.filter(
      (use) =>
        use.who.principal.kind === 'workload' &&
        (use.fresh & FRESH.account) !== 0 &&
        now.memory.isLearned(use.who, use.first),
    )
    for (const uses of grouped(fresh, (use) => `${use.who.key}\n${accountOf(use.role)}`)) {
      const use = uses[0]!
      const { who, role: arn, via } = use
      const severity = severityOf(use, now)
      if (severity === null) continue
      const account = accountOf(arn)
      const isForeign = isOutside(now, account)
      yield {
        subject: `${who.principal.id} in ${account}`,
        severity,
        title: `${Who(who.principal)} reached ${isForeign ? 'account' : 'our account'} ${account}${isForeign ? ', which is not one of ours,' : ''} as ${roleName(arn)}${viaWords(via)}`,
        normal:
          who.accounts.size === 0
            ? 'It reached no account before.'
            : `Until now it had roles in ${listed(who.accounts.names())} only.`,
        principal: who.principal,
        account,
        uses,
      }
    }
  },

  examples: [
    fires(
      'an account that no workload of the cluster ever reached',
      () => usualAnd(issued(CART, role('vault', OUTSIDE_ACCOUNT), { via: [role('cart')] })),
      'high',
    ),
    fires(
      'an account that is not in the settings',
      () => ({
        ...usualAnd(issued(CART, role('vault', OUTSIDE_ACCOUNT), { via: [role('cart')] })),
        config: {
          accounts: [ACCOUNT, LEDGER_ACCOUNT],
          clusters: [],
          network: { egress: [], vpcEndpoints: [] },
        },
      }),
      'critical',
    ),
    fires(
      'an account that others of the cluster reach',
      () => usualAnd(issued(CART, role('books', LEDGER_ACCOUNT), { via: [role('cart')] })),
      'medium',
    ),
    fires(
      'by a role that the pipeline made there today, in an account that others of the cluster reach',
      () =>
        usualAnd(
          called(PIPELINE, role('deploy', LEDGER_ACCOUNT), 'iam:CreateRole', {
            account: LEDGER_ACCOUNT,
            what: role('books', LEDGER_ACCOUNT),
            at: THEN - minutes(20),
          }),
          issued(CART, role('books', LEDGER_ACCOUNT), { via: [role('cart')] }),
        ),
      'low',
    ),
    quiet('the account it reaches every hour', () =>
      usualAnd(issued(CHECKOUT, role('books', LEDGER_ACCOUNT), { via: [role('checkout')] })),
    ),
  ],
}

const isOutside = ({ config }: Now, account: string): boolean =>
  config !== null && config.accounts.length > 0 && !config.accounts.includes(account)

function severityOf(use: Use, now: Now): Severity | null {
  const { who, role, first } = use
  const account = accountOf(role)
  const { memory } = now
  if (isOutside(now, account)) return 'critical'
  const isGrown = who.isGrown(first)
  // What one of them began to do lately is no home of all yet.
  if (memory.isOld(who.cluster?.accounts.get(account)?.first, first)) return isGrown ? 'low' : null
  if (who.cluster?.reached.has(account)) return isGrown && !isJustMade(use, now) ? 'medium' : 'low'
  // A new service may come with an account of its own; an account that nobody ever saw is another matter.
  if (!isGrown) return memory.accounts.has(account) ? 'medium' : 'high'
  return 'high'
}
