import type { Change } from './fix.ts'
import type {
  Condition,
  PrincipalEntry,
  Statement,
  TrustPolicy,
  WebIdentityTrust,
} from './trust-policy.ts'
import type { Role } from './world.ts'

/** What the EKS webhook asks for unless an annotation says otherwise. */
export const STS_AUDIENCE = 'sts.amazonaws.com'

/** Written as IAM shows it; what was a list of one becomes a single value. */
export function documentOf(policy: Pick<TrustPolicy, 'version'>, statements: readonly object[]) {
  return { Version: policy.version, Statement: statements }
}

export function statementJson(statement: Statement): Record<string, unknown> {
  const { sid, effect, principals, actions, conditions } = statement
  const byType = Map.groupBy(principals.entries, ({ type }) => type)
  const condition: Record<string, Record<string, unknown>> = {}
  for (const { operator, key, values } of conditions) {
    condition[operator.text] ??= {}
    condition[operator.text]![key] = single(values)
  }
  return {
    ...(sid === null ? {} : { Sid: sid }),
    Effect: effect,
    [principals.element]: Object.fromEntries(
      [...byType].map(([type, entries]) => [type, single(entries.map(({ value }) => value))]),
    ),
    [actions.element]: single(actions.patterns),
    ...(conditions.length === 0 ? {} : { Condition: condition }),
  }
}

function single(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? values[0]! : values
}

/** A statement that lets these subjects of one provider in, and nobody else. */
export function webIdentityStatement(
  provider: string,
  issuer: string,
  subjects: readonly string[],
  audiences: readonly string[] = [STS_AUDIENCE],
): Record<string, unknown> {
  return {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${issuer}:aud`]: single(audiences), [`${issuer}:sub`]: single(subjects) },
    },
  }
}

/** Who a web identity statement should let in. */
export interface Pin {
  readonly subjects: readonly string[]
  readonly audiences: readonly string[]
  /** Another provider ARN than the one that is written. */
  readonly provider?: string
}

/**
 * Rewrites what a role's trust says of some providers: each gets a statement of its own with exactly these subjects and audiences; one
 * without any subject is no longer trusted. Conditions that are not about subject or audience stay.
 */
export function pinned(role: Role, pins: ReadonlyMap<WebIdentityTrust, Pin>): readonly Change[] {
  if (role.policy.kind !== 'policy') return []
  const statements: Record<string, unknown>[] = []
  for (const statement of role.policy.statements) {
    const own = [...pins].filter(([trust]) => trust.statement === statement.index)
    const taken = new Set(own.map(([{ provider }]) => provider))
    const rest = withoutEntries(
      statement,
      ({ type, value }) => type === 'Federated' && taken.has(value),
    )
    if (rest !== null) statements.push(statementJson(rest))
    for (const [trust, pin] of own)
      if (pin.subjects.length > 0) statements.push(pinnedStatement(statement, trust, pin))
  }
  return settled(role, statements)
}

function pinnedStatement(
  statement: Statement,
  trust: WebIdentityTrust,
  { subjects, audiences, provider }: Pin,
): Record<string, unknown> {
  const { issuer, subjects: subs, audiences: auds, foreignClaims } = trust
  const replaced = new Set([...subs, ...auds, ...foreignClaims].map(({ key }) => key.toLowerCase()))
  const kept = statement.conditions.filter(({ key }) => !replaced.has(key.toLowerCase()))
  const json = statementJson({ ...statement, conditions: kept })
  const conditions = (json['Condition'] ?? {}) as Record<string, Record<string, unknown>>
  const { Condition: _, Principal: __, NotPrincipal: ___, ...others } = json
  const pin = webIdentityStatement(provider ?? trust.provider, issuer, subjects, audiences)
  const pinCondition = pin['Condition'] as { StringEquals: Record<string, unknown> }
  return {
    ...others,
    Principal: pin['Principal'],
    Action: statement.actions.patterns.some((one) => one.toLowerCase() === 'sts:tagsession')
      ? ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']
      : 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      ...conditions,
      StringEquals: { ...conditions['StringEquals'], ...pinCondition.StringEquals },
    },
  }
}

/** The statement without some principals; null where none is left. */
export function withoutEntries(
  statement: Statement,
  isOut: (entry: PrincipalEntry) => boolean,
): Statement | null {
  const { element, entries } = statement.principals
  if (statement.effect !== 'Allow' || element !== 'Principal') return statement
  const left = entries.filter((entry) => !isOut(entry))
  if (left.length === entries.length) return statement
  return left.length === 0 ? null : { ...statement, principals: { element, entries: left } }
}

/** Sets the trust to these statements; a role that nobody may assume any more goes. */
export function settled(
  role: Role,
  statements: readonly Record<string, unknown>[],
): readonly Change[] {
  if (role.policy.kind !== 'policy') return []
  if (!statements.some((one) => one['Effect'] === 'Allow'))
    return [
      ...role.policies.map((policy) => ({
        kind: 'detach-policy' as const,
        role: role.arn,
        policy,
      })),
      { kind: 'delete-role', role: role.arn },
    ]
  return [{ kind: 'set-trust', role: role.arn, document: documentOf(role.policy, statements) }]
}

/** The trust with each statement changed; null drops it. */
export function mapped(
  role: Role,
  change: (statement: Statement) => Statement | Record<string, unknown> | null,
): readonly Change[] {
  if (role.policy.kind !== 'policy') return []
  return settled(
    role,
    role.policy.statements.flatMap((statement) => {
      const next = change(statement)
      if (next === null) return []
      return [isStatement(next) ? statementJson(next) : next]
    }),
  )
}

function isStatement(value: Statement | Record<string, unknown>): value is Statement {
  return 'principals' in value
}

/** The trust without some subjects; whoever else is in the same condition stays. */
export function withoutSubjects(
  role: Role,
  gone: ReadonlyMap<WebIdentityTrust, ReadonlySet<string>>,
): readonly Change[] {
  return mapped(role, (statement) => {
    let current: Statement | null = statement
    for (const [trust, subjects] of gone) {
      if (trust.statement !== statement.index || current === null) continue
      const keys = new Set(trust.subjects.map(({ key }) => key.toLowerCase()))
      const conditions: readonly Condition[] = current.conditions.map((condition) =>
        keys.has(condition.key.toLowerCase())
          ? { ...condition, values: condition.values.filter((value) => !subjects.has(value)) }
          : condition,
      )
      current = conditions.some(({ values }) => values.length === 0)
        ? withoutEntries(
            statement,
            ({ type, value }) => type === 'Federated' && value === trust.provider,
          )
        : { ...current, conditions }
    }
    return current
  })
}
