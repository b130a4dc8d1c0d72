import { type Authenticator, bearerOf, ROLES, type Role } from './caller.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface JwtAuth {
  /** The claims of a token whose signature, issuer, audience and times hold; throws for any other. Keys are the adapter's concern. */
  readonly verify: (token: string) => Promise<Claims>
  /** The claim that says what somebody may do, such as `groups`: a string or a list of them. */
  readonly claim: string
  /** What each value of it stands for. */
  readonly roles: ReadonlyMap<string, Role>
}

/** Tokens of an OpenID provider. */
export function jwtAuth({ verify, claim, roles }: JwtAuth): Authenticator {
  return {
    async authenticate(request) {
      const token = bearerOf(request)
      if (token === null) return null
      const claims = await verify(token).catch(() => null)
      if (claims === null || typeof claims['sub'] !== 'string') return null
      const role = strongest(valuesOf(claims[claim]).flatMap((value) => roles.get(value) ?? []))
      if (role === null) return null
      const { email, sub } = claims
      return { name: typeof email === 'string' ? email : sub, role, mode: 'jwt' }
    },
  }
}

function valuesOf(claim: unknown): string[] {
  const values = Array.isArray(claim) ? (claim as unknown[]) : [claim]
  return values.filter((value) => typeof value === 'string')
}

/** Null for none. */
export function strongest(roles: readonly Role[]): Role | null {
  return ROLES.findLast((role) => roles.includes(role)) ?? null
}
