import { STS_AUDIENCE } from './trust-edit.ts'
import { evaluateTrust, type TrustDecision, webIdentityRequest } from './trust-policy.ts'
import type { Role } from './world.ts'

/** A ServiceAccount that asks for a role with its token. */
export interface Asker {
  readonly namespace: string
  readonly name: string
  readonly issuer: string
  /** The provider of the issuer in the account of the role: IAM looks for it there and nowhere else. */
  readonly provider: string
  readonly subject: string
  readonly audience: string
}

export function askerOf(
  role: Pick<Role, 'arn'>,
  issuer: string,
  namespace: string,
  name: string,
  audience: string | null,
): Asker {
  return {
    namespace,
    name,
    issuer,
    provider: providerFor(role.arn, issuer),
    subject: `system:serviceaccount:${namespace}:${name}`,
    audience: audience ?? STS_AUDIENCE,
  }
}

export function providerFor(role: string, issuer: string): string {
  return role.replace(/:role\/.*$/, `:oidc-provider/${issuer}`)
}

/** What the trust of the role says to that; null where it cannot be read. */
export function decisionFor(role: Role, asker: Asker): TrustDecision['decision'] | null {
  return role.policy.kind === 'policy'
    ? evaluateTrust(role.policy, webIdentityRequest(asker)).decision
    : null
}
