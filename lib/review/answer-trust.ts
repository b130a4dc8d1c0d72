import type { Config } from '../config.ts'
import { type NoSnapshot, readWorld } from '../drift/answer-drift.ts'
import { type NotDeclared, rolesNamed } from '../drift/answer-why.ts'
import { evaluateTrust, type Statement, type TrustPolicy } from '../drift/trust-policy.ts'
import type { Role, World } from '../drift/world.ts'
import { type Answer, type Asked, frameOf, type Known } from '../graph/answer.ts'
import { nearest } from '../graph/nearest.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { EdgeSum } from '../ports.ts'
import { mildest, requestsOf, whoIs } from './tighten.ts'

/** Somebody who was seen assuming the role. */
export interface Seen {
  readonly who: string
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** One statement of the trust: whom it names, what it asks for, and who of those seen it lets in. */
export interface TrustStatement {
  /** Counted from 0. */
  readonly index: number
  readonly sid: string | null
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly { readonly type: string; readonly value: string }[]
  /** `NotPrincipal` and `NotAction` mean all others. */
  readonly negated: { readonly principals: boolean; readonly actions: boolean }
  readonly actions: readonly string[]
  readonly conditions: readonly {
    readonly operator: string
    readonly key: string
    readonly values: readonly string[]
  }[]
  /** Of an Allow: whom it alone would let in, or may. Of a Deny: nobody. */
  readonly usedBy: readonly Seen[]
}

export interface RoleTrust extends Omit<Answer<'RoleTrust', TrustStatement>, 'next'> {
  readonly snapshot: { readonly id: string; readonly at: string }
  readonly role: string
  /** As declared. */
  readonly document: unknown
  /** Why it cannot be read; null: it can. */
  readonly unreadable: string | null
  /** Seen in the window, and refused by what is declared now. */
  readonly refusedToday: readonly Seen[]
}

export interface RoleAsked extends Asked {
  /** ARN or name of a role. */
  readonly role: string
}

/** The trust of a role, as the newest snapshot has it, beside who was seen in the window. */
export async function answerTrust(
  store: Parameters<typeof readWorld>[0],
  asked: RoleAsked,
  known: Known,
  config: Config | null,
): Promise<RoleTrust | NoSnapshot | NotDeclared> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config)
  if (read === null) return { kind: 'NoSnapshot' }
  const { world, snapshot } = read
  const role = declaredRole(world, asked.role)
  if ('kind' in role) return role
  const { policy } = role
  const uses = await store.edges({ roles: [role.arn] }, frame.window)
  const decide = (of: TrustPolicy, edge: EdgeSum) =>
    mildest(requestsOf(world, role, edge).map((request) => evaluateTrust(of, request).decision))
  const seenAs = (edge: EdgeSum): Seen => {
    const { principal, count, firstSeen, lastSeen } = edge
    const who = whoIs({ ...edge, principal: known.clusters.named(principal) })
    return { who, count, firstSeen: timestamp(firstSeen), lastSeen: timestamp(lastSeen) }
  }
  return {
    apiVersion: 'podtrail/v1',
    kind: 'RoleTrust',
    window: frame.shown,
    coverage: frame.coverage,
    snapshot: { id: snapshot.id, at: timestamp(snapshot.at) },
    role: role.arn,
    document: role.trust,
    unreadable: policy.kind === 'policy' ? null : policy.reason,
    refusedToday:
      policy.kind === 'policy'
        ? uses.filter((edge) => decide(policy, edge) === 'refused').map(seenAs)
        : [],
    items:
      policy.kind === 'policy'
        ? policy.statements.map((statement) => ({
            ...partsOf(statement),
            usedBy: uses
              .filter(
                (edge) =>
                  statement.effect === 'Allow' &&
                  decide({ ...policy, statements: [statement] }, edge) !== 'refused',
              )
              .map(seenAs),
          }))
        : [],
  }
}

/** The one role that is meant. */
export function declaredRole(world: World, text: string): Role | NotDeclared {
  const [arn] = rolesNamed(world.declared, text)
  const role = arn === undefined ? undefined : world.declared.role(arn)
  if (role !== undefined) return role
  const names = world.declared.roles.map(({ name }) => name)
  return { kind: 'NotDeclared', what: 'role', text, suggestions: nearest(text, names) }
}

function partsOf(statement: Statement): Omit<TrustStatement, 'usedBy'> {
  const { index, sid, effect, principals, actions, conditions } = statement
  return {
    index,
    sid,
    effect,
    principals: principals.entries,
    negated: {
      principals: principals.element === 'NotPrincipal',
      actions: actions.element === 'NotAction',
    },
    actions: actions.patterns,
    conditions: conditions.map(({ operator, key, values }) => ({
      operator: operator.text,
      key,
      values,
    })),
  }
}
