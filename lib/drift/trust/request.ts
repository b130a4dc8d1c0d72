import { parseArn } from '../../identity/arn.ts'
import { issuerOf } from '../../identity/workload.ts'
import { claimOf } from './claim.ts'
import type { Lookup } from './condition.ts'
import type { ContextValue, Requester, TrustRequest } from './model.ts'

/**
 * What a pod's AssumeRoleWithWebIdentity asks, as far as its token says it: `<issuer>:sub` and `<issuer>:aud`.
 * `provider` is the ARN of the OIDC provider in the role's account. `context` adds keys or overrides them; all others are unknown,
 * but the claims of other issuers, which are absent.
 */
export function webIdentityRequest(token: {
  readonly provider: string
  readonly subject: string
  readonly audience: string
  readonly context?: ReadonlyMap<string, ContextValue>
}): TrustRequest {
  const issuer = issuerOf(token.provider)
  return {
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { kind: 'federated', provider: token.provider },
    context: new Map<string, ContextValue>([
      [`${issuer}:sub`.toLowerCase(), [token.subject]],
      [`${issuer}:aud`.toLowerCase(), [token.audience]],
      ...[...(token.context ?? [])].map(([key, value]) => [key.toLowerCase(), value] as const),
    ]),
  }
}

/** Finds the values of a key: what the context says, else what follows from the requester, else what the request says of all others. */
export function lookupIn(request: TrustRequest): Lookup {
  const values = new Map<string, ContextValue>()
  for (const [name, value] of request.context) {
    const key = name.toLowerCase()
    const before = values.get(key)
    // Two spellings of one key that disagree: it has one of the two values, and we do not know which.
    values.set(key, before === undefined || isSame(before, value) ? value : 'unknown')
  }
  return (name) => {
    const key = name.toLowerCase()
    return values.get(key) ?? derived(key, request.principal) ?? request.otherwise ?? 'unknown'
  }
}

function isSame(left: ContextValue, right: ContextValue): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left === right
  return left.length === right.length && left.every((value, index) => value === right[index])
}

function derived(key: string, requester: Requester): ContextValue | null {
  if (requester.kind === 'federated') {
    const claim = claimOf(key)
    // A token has one issuer.
    const foreign = claim !== null && claim.issuer !== issuerOf(requester.provider).toLowerCase()
    return foreign ? 'absent' : null
  }
  if (requester.kind === 'service') return key === 'aws:principalisawsservice' ? ['true'] : null
  if (key === 'aws:principalaccount') return [requester.account]
  if (key === 'aws:principalisawsservice') return ['false']
  if (key !== 'aws:principalarn') return null
  // "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role."
  if (requester.role !== undefined) return [requester.role]
  return parseArn(requester.arn)?.service === 'iam' ? [requester.arn] : 'unknown'
}
