import { parseArn } from '../../identity/arn.ts'
import { issuerOf } from '../../identity/workload.ts'
import { coversAction } from './action.ts'
import { claimOf } from './claim.ts'
import type {
  ClaimTest,
  Condition,
  PrincipalEntry,
  PrincipalTrust,
  Restriction,
  Statement,
  TrustAction,
  Trusted,
  TrustPolicy,
  WebIdentityTrust,
} from './model.ts'
import { operators } from './operator-names.ts'
import { accountOf, isUniqueId } from './principal.ts'

/** Which web identities the policy admits: one item per Allow statement and provider. Deny statements are not subtracted. */
export function webIdentityTrusts(policy: TrustPolicy): readonly WebIdentityTrust[] {
  return policy.statements.flatMap((statement) => {
    if (statement.effect !== 'Allow') return []
    if (!coversAction(statement.actions, 'sts:AssumeRoleWithWebIdentity')) return []
    return providersOf(statement).map((provider) => webIdentityTrust(statement, provider))
  })
}

function providersOf({ principals }: Statement): readonly string[] {
  if (principals.element === 'NotPrincipal') return ['*']
  const providers = principals.entries
    .filter(({ type, value }) => isEveryone({ type, value }) || isOidc({ type, value }))
    .map(({ value }) => value)
  return [...new Set(providers)]
}

function isEveryone({ type, value }: PrincipalEntry): boolean {
  return type === '*' || (type === 'AWS' && value === '*')
}

function isOidc({ type, value }: PrincipalEntry): boolean {
  return type === 'Federated' && !isSaml(value)
}

function isSaml(provider: string): boolean {
  return parseArn(provider)?.resource.startsWith('saml-provider/') ?? false
}

function webIdentityTrust(statement: Statement, provider: string): WebIdentityTrust {
  const issuer = issuerOf(provider)
  const claims = statement.conditions.flatMap((condition) => claimTest(condition) ?? [])
  const own = claims.filter(
    (test) => provider === '*' || test.issuer.toLowerCase() === issuer.toLowerCase(),
  )
  return {
    statement: statement.index,
    sid: statement.sid,
    provider,
    issuer,
    subjects: own.filter((test) => test.claim === 'sub'),
    audiences: own.filter((test) => test.claim === 'aud'),
    otherClaims: own.filter((test) => test.claim !== 'sub' && test.claim !== 'aud'),
    foreignClaims: claims.filter((test) => !own.includes(test)),
    restrictions: statement.conditions
      .filter((condition) => claimOf(condition.key) === null)
      .map(restriction),
  }
}

function claimTest(condition: Condition): ClaimTest | null {
  const claim = claimOf(condition.key)
  if (claim === null) return null
  return {
    claim: claim.claim,
    issuer: claim.issuer,
    operator: condition.operator.text,
    key: condition.key,
    form: formOf(condition),
    values: condition.values,
    passesWhenAbsent: passesWhenAbsent(condition),
  }
}

function formOf({ operator, values }: Condition): ClaimTest['form'] {
  const { name } = operator
  if (operators[name].negated) return 'negated'
  if (name === 'StringEquals') return 'exact'
  if (name === 'StringEqualsIgnoreCase') return 'exact-ignoring-case'
  if (name === 'Null') return 'presence'
  if (name !== 'StringLike') return 'other'
  // StringLike without a wildcard admits what StringEquals admits.
  return values.some((value) => value.includes('*') || value.includes('?')) ? 'pattern' : 'exact'
}

function passesWhenAbsent({ operator, values }: Condition): boolean {
  if (operator.name === 'Null') return values.includes('true')
  if (operator.quantifier !== null) return operator.quantifier === 'ForAllValues'
  return operator.ifExists || operators[operator.name].negated
}

function restriction(condition: Condition): Restriction {
  return {
    key: condition.key,
    operator: condition.operator.text,
    values: condition.values,
    negated: operators[condition.operator.name].negated,
    passesWhenAbsent: passesWhenAbsent(condition),
  }
}

const principalActions: readonly TrustAction[] = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:TagSession',
  'sts:SetSourceIdentity',
]

/** Whom else the policy admits: one item per Allow statement and principal. Deny statements are not subtracted. */
export function principalTrusts(policy: TrustPolicy): readonly PrincipalTrust[] {
  return policy.statements.flatMap((statement) => {
    const actions = principalActions.filter((action) => coversAction(statement.actions, action))
    if (statement.effect !== 'Allow' || actions.length === 0) return []
    return trustedOf(statement).map((trusted) => ({
      statement: statement.index,
      sid: statement.sid,
      trusted,
      actions,
      restrictions: statement.conditions.map(restriction),
    }))
  })
}

function trustedOf({ principals }: Statement): readonly Trusted[] {
  if (principals.element === 'NotPrincipal') {
    return [{ kind: 'everyone-except', except: principals.entries }]
  }
  return principals.entries.filter((entry) => !isOidc(entry)).map(trustedBy)
}

function trustedBy(entry: PrincipalEntry): Trusted {
  const { type, value } = entry
  if (isEveryone(entry)) return { kind: 'everyone' }
  if (type === 'Service') return { kind: 'service', service: value }
  if (type === 'Federated') return { kind: 'saml', provider: value }
  if (type !== 'AWS') return { kind: 'other', type, value }
  const account = accountOf(value)
  if (account !== null) return { kind: 'account', account }
  if (isUniqueId(value)) return { kind: 'deleted', uniqueId: value }
  const arn = parseArn(value)
  return arn === null
    ? { kind: 'other', type, value }
    : { kind: 'principal', arn: value, account: arn.account }
}
