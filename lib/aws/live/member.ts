import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts'
import type { Session } from './clients.ts'

const SESSION_NAME = 'podtrail-snapshot'
/** A session is not used in its last five minutes. */
const MARGIN_MS = 300_000

/** Sessions of the role that reads a member account: one, and another before it ends. */
export function memberSession(
  sts: STSClient,
  role: string,
  externalId: string | undefined,
): Session {
  const assume = async () => {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: role,
        RoleSessionName: SESSION_NAME,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      }),
    )
    return {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
      expiration: given!.Expiration!,
    }
  }
  let session: ReturnType<typeof assume> | null = null
  return async () => {
    const endsAt = session === null ? 0 : (await session).expiration.getTime()
    if (endsAt < Date.now() + MARGIN_MS) session = assume()
    return session!
  }
}
