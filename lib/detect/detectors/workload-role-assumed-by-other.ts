import { roleName } from '../../identity/arn.ts'
import type { Severity } from '../../rule.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { accountOf, isHuman, type RoleMemory } from '../memory.ts'
import {
  days,
  issued,
  LEDGER_ACCOUNT,
  NODE,
  NODE_ROLE,
  PIPELINE,
  role,
  someone,
  THEN,
  usualAnd,
} from '../sample.ts'
import type { Use } from '../use.ts'
import { listed, viaWords, Who } from '../words.ts'

export const workloadRoleAssumedByOther: Detector = {
  id: 'workload-role-assumed-by-other',
  title: 'Role of a workload taken by something that is no workload',
  severity: 'high',
  attack: ['T1078.004', 'T1550.001', 'T1199'],
  why: 'A trust that lets in a pipeline, a node, a service or another account beside the workload is a second door, and somebody has just used it.',
  blindSpots:
    'Kinds of principals that had the role while podtrail learned are taken for normal. Where the first record of a chain is missing, its start is not known, and a way that is known is not reported.',
  runbook: [
    'Follow `principal` to who it was, and to what was done: podtrail trace EVENT-ID.',
    'See who changed the trust of `role` in the 7 days before `firstSeen`: podtrail touched ROLE-ARN --since 7d.',
    'Unless it was meant, narrow the trust to the workload today: podtrail tighten ROLE.',
  ],

  *look({ hour, memory }) {
    const suspects = hour.issues.filter((use) => {
      const { kind } = use.who.principal
      if (kind === 'workload' || isHuman(use.who.principal)) return false
      const known = memory.roles.get(use.role)
      if (known?.kinds.has('workload') !== true || !memory.isOld(known.first, use.first))
        return false
      return !known.kinds.has(kind) && !isKnownWay(use, known)
    })
    for (const uses of grouped(suspects, (use) => `${use.who.key}\n${use.role}`)) {
      const { who, role: arn, via } = uses[0]!
      const known = memory.roles.get(arn)!
      yield {
        subject: `${who.principal.id} as ${arn}`,
        severity: SEVERITIES[who.principal.kind] ?? 'medium',
        title: `${Who(who.principal)} took role ${roleName(arn)}${viaWords(via)}, which is a workload’s`,
        normal: `So far only workloads${known.namespaces.size === 0 ? '' : ` of ${listed(known.namespaces.names())}`} had it.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a pipeline',
      () => usualAnd(issued(PIPELINE, role('refunds'), { client: 'boto' })),
      'high',
    ),
    fires(
      'a node goes on to the role of a pod',
      () => usualAnd(issued(NODE, role('checkout'), { via: [NODE_ROLE] })),
      'high',
    ),
    fires(
      'another account',
      () =>
        usualAnd(
          issued(someone('account', '999988887777', { account: '999988887777' }), role('checkout')),
        ),
      'high',
    ),
    quiet('the start of the usual chain is missing', () =>
      usualAnd(
        issued(
          someone('role', role('checkout'), { account: '111122223333' }),
          role('ledger', LEDGER_ACCOUNT),
        ),
      ),
    ),
    quiet('the trail of the caller’s account is dark', () =>
      usualAnd(
        issued(
          someone('account', '111122223333', { account: '111122223333' }),
          role('ledger', LEDGER_ACCOUNT),
        ),
      ),
    ),
    quiet('a pipeline that always had it', () =>
      usualAnd(
        ...[16, 8, 0].map((day) => issued(PIPELINE, role('refunds'), { at: THEN - days(day) })),
      ),
    ),
  ],
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  'web-identity': 'high',
  node: 'high',
  account: 'high',
}

/** The start of a chain is not known, since a record is missing; but the role, or account, it is known from leads here anyway. */
function isKnownWay({ who, via }: Use, { from }: RoleMemory): boolean {
  const { kind, id } = who.principal
  if (kind !== 'role' && kind !== 'account') return false
  const last = via.at(-1) ?? (kind === 'role' ? id : undefined)
  if (last !== undefined) return from.has(last)
  return from.names().some((role) => accountOf(role) === id)
}
