import type { Config } from '../../config.ts'
import type { Authenticator, Role } from './caller.ts'
import { iamAuth } from './iam.ts'
import { type JwtAuth, jwtAuth } from './jwt.ts'

type Settings = NonNullable<Config['auth']>

/** The ways that the settings know to tell who asks; none where they say nothing, and an app without any does not start. */
export function configuredAuth(
  settings: Settings | undefined,
  verifierOf: (jwt: NonNullable<Settings['jwt']>) => JwtAuth['verify'],
): Authenticator[] {
  const { iam, jwt } = settings ?? {}
  return [
    ...(iam === undefined ? [] : [iamAuth(new Map<string, Role>(Object.entries(iam)))]),
    ...(jwt === undefined
      ? []
      : [
          jwtAuth({
            verify: verifierOf(jwt),
            claim: jwt.claim,
            roles: new Map<string, Role>(Object.entries(jwt.roles)),
          }),
        ]),
  ]
}
