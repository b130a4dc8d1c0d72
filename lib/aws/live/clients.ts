import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import type { Pace } from './pace.ts'

/** Keys of a session, until when. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type Session = () => Promise<Credentials>

/** Where the clients of one reading call, and as whom. */
export interface ClientSettings {
  readonly region: string
  /** In place of those of AWS. */
  readonly endpoint?: string
  /** How often a call is tried in all. */
  readonly attempts: number
  /** Left out: the SDK finds them. */
  readonly credentials?: Session
}

export function iamClient(settings: ClientSettings, pace: Pace): IAMClient {
  return paced(new IAMClient(optionsOf(settings)), pace)
}

export function eksClient(settings: ClientSettings, pace: Pace): EKSClient {
  return paced(new EKSClient(optionsOf(settings)), pace)
}

export function stsClient(settings: ClientSettings, pace: Pace): STSClient {
  return paced(new STSClient(optionsOf(settings)), pace)
}

/** The SDK waits longer from try to try, by chance shorter or longer, so that several do not come back together. */
function optionsOf({ attempts, ...settings }: ClientSettings) {
  const requestHandler = {
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
  }
  return { ...settings, maxAttempts: attempts, requestHandler }
}

/** Every try waits for its turn, not only the first. */
function paced<Client extends IAMClient | EKSClient | STSClient>(
  client: Client,
  pace: Pace,
): Client {
  const stack = client.middlewareStack as IAMClient['middlewareStack']
  stack.add(
    (next) => async (args) => {
      await pace.turn()
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'podtrailPace' },
  )
  return client
}
