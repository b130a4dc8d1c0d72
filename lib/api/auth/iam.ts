import { lastPart, parseArn } from '../../identity/arn.ts'
import type { Authenticator, Role } from './caller.ts'
import { strongest } from './jwt.ts'

/**
 * Callers that signed with SigV4, as API Gateway verified them. Only what the gateway says of the request counts, never a header:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *
 * `roles` is by the ARN of an IAM user or role; a session of a role counts as the role, whatever the session is called.
 */
export function iamAuth(roles: ReadonlyMap<string, Role>): Authenticator {
  const byName = new Map([...roles].map(([arn, role]) => [nameOf(arn), role]))
  return {
    async authenticate(_, env) {
      const arn = userArn(env)
      const role = arn === null ? null : strongest([byName.get(nameOf(arn)) ?? []].flat())
      return arn === null || role === null ? null : { name: arn, role, mode: 'iam' }
    },
  }
}

/** Partition, account, kind and name: the ARN of a session has no path, and within an account names are unique without it. */
function nameOf(arn: string): string {
  const { partition, account, resource } = parseArn(arn) ?? {}
  const session = /^assumed-role\/([^/]+)\//.exec(resource ?? '')
  const kind = session === null ? resource?.split('/')[0] : 'role'
  const name = session === null ? lastPart(resource ?? '') : session[1]
  return JSON.stringify([partition, account, kind, name])
}

function userArn(env: unknown): string | null {
  let at: unknown = env
  for (const key of ['requestContext', 'authorizer', 'iam', 'userArn'])
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  return typeof at === 'string' && parseArn(at) !== null ? at : null
}
