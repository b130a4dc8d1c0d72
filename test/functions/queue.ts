import { gzipSync } from 'node:zlib'
import { type Intake, type Message, takeIn } from '../../lib/aws/intake.ts'
import { logOf } from '../../lib/aws/log.ts'
import type { StoredObject as Fetched } from '../../lib/aws/s3.ts'
import { readLog } from '../../lib/local/read-log.ts'
import type { Ledger } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import type { Json } from '../properties/records.ts'

const BUCKET = 'acme-cloudtrail'

/** Objects of the bucket by key; what is not there is gone. Synthetic, as all records here. */
export type Bucket = Map<string, Buffer>

let made = 0

/** A key as CloudTrail would give it. */
export function keyOfLog(): string {
  const name = `111111111111_CloudTrail_eu-west-1_20260302T1400Z_${String(++made).padStart(16, 'A')}.json.gz`
  return `AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02/${name}`
}

export function logFile(records: readonly Json[]): Buffer {
  return gzipSync(JSON.stringify({ Records: records }))
}

/** A notification of S3 about objects that are there now. */
export function created(keys: readonly string[], bucket = BUCKET): string {
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: bucket },
        object: { key: encodeURIComponent(key).replaceAll('%2F', '/') },
      },
    })),
  })
}

export interface Worker {
  /** The messages that failed. */
  take(messages: readonly Message[]): Promise<Set<string>>
  readonly fetched: string[]
  readonly log: Record<string, unknown>[]
}

/** The function as it is, with a bucket in memory and any ledger. */
export function worker(
  ledger: Ledger,
  bucket: Bucket,
  {
    hasTime = () => true,
    fetch = fetchFrom(bucket),
  }: Partial<Pick<Intake, 'hasTime' | 'fetch'>> = {},
): Worker {
  const reader = new FileReader()
  const fetched: string[] = []
  const log: Record<string, unknown>[] = []
  return {
    fetched,
    log,
    take: async (messages) => {
      const { failed, counts } = await takeIn(messages, {
        buckets: new Set([BUCKET]),
        fetch: (object) => {
          fetched.push(object.key)
          return fetch(object)
        },
        read: (source, deliveredAt, stored) => readLog(reader, { source, deliveredAt, stored }),
        ledger,
        hasTime,
        log: logOf(
          'test',
          (line) => log.push(JSON.parse(line) as Record<string, unknown>),
          () => 0,
        ),
      })
      log.push(counts)
      return new Set(failed)
    },
  }
}

export function fetchFrom(bucket: Bucket): Intake['fetch'] {
  return async ({ key }): Promise<Fetched> => {
    const bytes = bucket.get(key)
    // The reader gives large buffers back, and would take ours.
    return bytes === undefined
      ? { kind: 'refused', reason: 'unreadable' }
      : { kind: 'bytes', bytes: Buffer.from(bytes) }
  }
}

/** A queue that hands a message out again until it succeeds, at most `triesMax` times; what is left then is dead. */
export async function untilDone(
  messages: readonly Message[],
  take: (messages: readonly Message[]) => Promise<ReadonlySet<string>>,
  triesMax = 10,
): Promise<Message[]> {
  let left = [...messages]
  for (let tries = 0; tries < triesMax && left.length > 0; tries++) {
    const failed = await take(left)
    left = left.filter(({ id }) => failed.has(id))
  }
  return left
}
