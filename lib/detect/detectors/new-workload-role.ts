import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import type { Memory, RoleMemory, Subject } from '../memory.ts'
import { CHECKOUT, days, issued, pod, role, THEN, usualAnd } from '../sample.ts'
import { FRESH, type Use } from '../use.ts'
import { forDays, listed, Who } from '../words.ts'

/** A role of so many namespaces is meant to be shared. */
const SHARED_BY = 5

export const newWorkloadRole: Detector = {
  id: 'new-workload-role',
  title: 'Workload takes a role for the first time',
  severity: 'medium',
  isLearner: true,
  attack: ['T1078.004', 'T1098.003'],
  why: 'Whoever can start pods, or write annotations, becomes any role whose trust is wide enough.',
  blindSpots:
    'A role that a workload had before is not new, whoever uses it. What is new while podtrail learns is taken for normal.',
  runbook: [
    'Compare `role` with what the workload had in the last 30 days: podtrail what NS/SA --since 30d.',
    'See who changed the trust of `role` or the pod in the day before `firstSeen`: podtrail touched ROLE-ARN --since 2d, and the audit log of the cluster.',
    'If nobody meant it, take the subject out of the trust today: podtrail tighten ROLE. If it is right, approve it, so that it stands in the baseline.',
  ],

  *look({ hour, memory }) {
    const fresh = hour.issues.filter(
      (use) =>
        use.via.length === 0 &&
        use.who.principal.kind === 'workload' &&
        (use.fresh & FRESH.role) !== 0 &&
        memory.isLearned(use.who, use.first),
    )
    for (const uses of grouped(fresh, (use) => `${use.who.key}\n${use.role}`)) {
      const use = uses[0]!
      const { who, role: arn } = use
      const known = memory.roles.get(arn)
      yield {
        subject: `${who.principal.id} as ${arn}`,
        severity: severityOf(use, known, memory),
        title: `${Who(who.principal)} became role ${roleName(arn)} for the first time${others(known)}`,
        normal:
          who.roles.size === 0
            ? 'This workload had no role before.'
            : `In the ${forDays(use.first - who.first)} that it is known it had ${listed(who.roles.names().map(roleName))}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a workload takes the role of another namespace',
      () => usualAnd(issued(CHECKOUT, role('reports'))),
      'high',
    ),
    fires(
      'a new ServiceAccount takes the role of another namespace',
      () => usualAnd(issued(pod('sandbox', 'debug'), role('reports'))),
      'medium',
    ),
    fires(
      'a new namespace, with a ServiceAccount named like the one that has the role',
      () => usualAnd(issued(pod('tmp', 'reports'), role('reports'))),
      'high',
    ),
    fires(
      'another preview, where each has a namespace',
      () =>
        usualAnd(
          issued(pod('preview-1', 'reports'), role('reports'), { at: THEN - days(8) }),
          issued(pod('preview-2', 'reports'), role('reports')),
        ),
      'medium',
    ),
    fires(
      'a new service with a role of its own',
      () => usualAnd(issued(pod('shop', 'wishlist'), role('wishlist'))),
      'low',
    ),
    fires(
      'the same workload in a new cluster that is known long enough',
      () => {
        const second = 'oidc.eks.eu-west-1.amazonaws.com/id/2222'
        return usualAnd(
          ...[0, 5, 15].map((day) =>
            issued(pod('shop', 'search', second), role('search-two'), { at: THEN - days(day) }),
          ),
          issued(pod('payments', 'checkout', second), role('checkout'), { at: THEN + 60 }),
        )
      },
      'low',
    ),
    quiet('the role it always had', () => usualAnd(issued(CHECKOUT, role('checkout')))),
    quiet('while podtrail learns', () =>
      usualAnd(issued(CHECKOUT, role('reports'), { at: THEN - days(10) })),
    ),
    quiet('approved', () => ({
      ...usualAnd(issued(CHECKOUT, role('reports'))),
      baseline: [{ principal: CHECKOUT, via: [], role: role('reports') }],
    })),
  ],
}

/** A new role is somebody's new service; the role of somebody else's is what an attacker takes. */
function severityOf({ who, first }: Use, known: RoleMemory | undefined, memory: Memory): Severity {
  if (known === undefined || known.users.size === 0) return 'low'
  const { namespace, serviceAccount } = who.principal
  const isMove = known.users.names().some((key) => key.endsWith(`/${namespace}/${serviceAccount}`))
  if (isMove || known.namespaces.size >= SHARED_BY) return 'low'
  const isElsewhere = !known.namespaces.has(namespace ?? '')
  const isOldRole = memory.isOld(known.first, first)
  if (who.isGrown(first)) return isElsewhere && isOldRole ? 'high' : 'medium'
  if (!isElsewhere) return 'low'
  return isOldRole && takesName(who, known) ? 'high' : 'medium'
}

/**
 * Named like the one that has the role, in another namespace of the same cluster: a trust with a wildcard for the namespace takes it for
 * the known one. Where that is meant, as of previews, the role is known in several namespaces.
 */
function takesName({ principal }: Subject, { users, namespaces }: RoleMemory): boolean {
  const { cluster, serviceAccount } = principal
  if (namespaces.size !== 1) return false
  return users
    .names()
    .some((key) => key.startsWith(`workload\n${cluster}/`) && key.endsWith(`/${serviceAccount}`))
}

function others(known: RoleMemory | undefined): string {
  if (known === undefined || known.namespaces.size === 0) return ''
  return `, so far a role of ${listed(known.namespaces.names(), 3)}`
}
