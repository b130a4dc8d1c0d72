import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { once, SETTINGS } from './clients.ts'
import { Pace } from './live/pace.ts'
import type { Place } from './urls.ts'

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
const PER_SECOND = 2
const EVENTS_AT_ONCE = 50

const TRIES = 10
const WAIT_MS = { first: 1_000, most: 30_000 }
const LATER: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'InternalFailure',
  'ServiceUnavailable',
  'TimeoutError',
])

/** Management events of one account in one region. Times in seconds, `from` inclusive, `to` exclusive. */
export interface Lookup {
  readonly from: number
  readonly to: number
  /** Only those of a service, such as `sts.amazonaws.com`; null: all. */
  readonly eventSource: string | null
}

/** Up to 50 events, newest first. */
export interface LookedUp {
  /** As `aws cloudtrail lookup-events` prints them: `{"Events":[{"CloudTrailEvent":"…"},…]}`. */
  readonly text: string
  readonly events: number
  /** The earliest of them, in seconds; null where there are none. */
  readonly earliest: number | null
}

type Client = Pick<CloudTrailClient, 'send'>

const trails = new Map<string, CloudTrailClient>()
const paces = new Map<string, Pace>()

/** The process's client of CloudTrail at a place. It tries once: how often, and how soon again, is decided here. */
export function cloudTrailClient(place: Place): CloudTrailClient {
  return once(trails, place, () => new CloudTrailClient({ ...SETTINGS, ...place, maxAttempts: 1 }))
}

/** The account whose events are looked up: that of the credentials. */
export async function callingAccount(place: Place): Promise<string> {
  const client = new STSClient({ ...SETTINGS, ...place })
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}))
    return Account!
  } finally {
    client.destroy()
  }
}

/** Page after page, the newest events first, at the two requests a second that an account may make in a region. */
export async function* lookUpEvents(
  client: Client,
  region: string,
  { from, to, eventSource }: Lookup,
): AsyncGenerator<LookedUp> {
  const pace = once(paces, { region }, () => new Pace(PER_SECOND, Number.POSITIVE_INFINITY))
  const asked: LookupEventsCommandInput = {
    StartTime: new Date(from * 1000),
    // Both ends are meant.
    EndTime: new Date((to - 1) * 1000),
    MaxResults: EVENTS_AT_ONCE,
    ...(eventSource === null
      ? {}
      : { LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: eventSource }] }),
  }
  let next: string | undefined
  do {
    const token: string | undefined = next
    const { Events = [], NextToken } = await patiently(pace, () =>
      client.send(
        new LookupEventsCommand({ ...asked, ...(token === undefined ? {} : { NextToken: token }) }),
      ),
    )
    const times = Events.flatMap(({ EventTime }) => EventTime?.getTime() ?? [])
    yield {
      text: JSON.stringify({ Events: Events.map(({ CloudTrailEvent }) => ({ CloudTrailEvent })) }),
      events: Events.length,
      earliest: times.length === 0 ? null : Math.floor(Math.min(...times) / 1000),
    }
    next = NextToken
  } while (next !== undefined)
}

/** Others of the same account may look events up too: then each waits longer, by chance shorter or longer. */
async function patiently<Result>(pace: Pace, send: () => Promise<Result>): Promise<Result> {
  let most = WAIT_MS.first
  for (let tries = 1; ; tries++) {
    await pace.turn()
    try {
      return await send()
    } catch (error) {
      if (!LATER.has((error as Error).name) || tries === TRIES) throw error
      await sleep(most * (0.5 + Math.random() / 2))
      most = Math.min(WAIT_MS.most, 2 * most)
    }
  }
}
