import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier'
import type { JwtAuth } from '../api/auth/jwt.ts'

export interface JwtIssuer {
  /** URL, exactly as tokens have it. */
  readonly issuer: string
  readonly audience: string
  /** Where its keys are; left out: below the issuer, as OpenID providers have them. */
  readonly jwksUri?: string
  /** Its keys, where they are not to be fetched. */
  readonly jwks?: object
}

/**
 * Holds tokens against an issuer: signature (RS, ES and EdDSA only), issuer, audience, times. Keys are fetched when they are first
 * needed and kept; an unknown key id fetches them again, but not for every token that names one.
 */
export function jwtVerifier({ issuer, audience, jwksUri, jwks }: JwtIssuer): JwtAuth['verify'] {
  const verifier = JwtVerifier.create(
    { issuer, audience, ...(jwksUri === undefined ? {} : { jwksUri }) },
    jwks === undefined
      ? undefined
      : { jwksCache: new SimpleJwksCache({ fetcher: constant(jwks) }) },
  )
  return async (token) => {
    const claims = await verifier.verify(token)
    // The library lets a token pass that never ends.
    if (typeof claims.exp !== 'number') throw new Error('the token has no end')
    return claims
  }
}

function constant(jwks: object): { fetch: () => Promise<ArrayBuffer> } {
  const bytes = new TextEncoder().encode(JSON.stringify(jwks))
  return { fetch: async () => bytes.buffer as ArrayBuffer }
}
