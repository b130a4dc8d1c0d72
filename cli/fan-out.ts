import { sendAll, sqsClient } from '../lib/aws/queue.ts'
import { listLogs } from '../lib/aws/s3.ts'
import { parseS3Url } from '../lib/aws/urls.ts'
import type { LogFilter } from '../lib/source/log-filter.ts'
import { parseLogKey } from '../lib/source/log-key.ts'
import type { Checkpoint } from './checkpoint.ts'
import { taskOf } from './remote-task.ts'

/** Log files that are or would be read on AWS, and what that takes. */
export interface FanOut {
  readonly objects: number
  readonly bytes: number
  /** Guesses, from here on. */
  readonly records: number
  readonly minutes: number
  readonly dollars: number
}

/** What `docs/operate.md` says under "What it costs", and what was measured for it. Dollars of us-east-1. */
const MODEL = {
  /** A record takes about so many bytes of a compressed log file. */
  bytesPerRecord: 110,
  writesPerRecord: 0.06,
  readsPerRecord: 0.037,
  dollarsPerWrite: 0.625 / 1e6,
  dollarsPerRead: 0.125 / 1e6,
  /** GET, and three requests to the queue. */
  dollarsPerObject: 0.4 / 1e6 + (3 * 0.4) / 1e6,
  /** One `ingest` of 2 GB; ten of them may run at once. */
  recordsPerSecond: 10_000,
  workers: 10,
  dollarsPerSecond: 2 * 0.0000133334,
}

const MESSAGES_AT_ONCE = 1_000

/** What reading all these would take, from a listing alone. */
export async function estimate(urls: readonly string[], filter: LogFilter): Promise<FanOut> {
  let [objects, bytes] = [0, 0]
  for (const url of urls)
    for await (const { key, size } of listLogs(parseS3Url(url)!, { filter })) {
      if (!isLog(key)) continue
      objects++
      bytes += size
    }
  return sumOf(objects, bytes)
}

/** Tells the queue of the function `ingest` of all these, as if they had come in now. */
export async function fanOut(
  urls: readonly string[],
  filter: LogFilter,
  queue: string,
  checkpoint: Checkpoint<string>,
  progress: (objects: number) => void,
): Promise<FanOut> {
  const client = sqsClient(placeOf(queue))
  let [objects, bytes] = [0, 0]
  for (const url of urls) {
    const place = parseS3Url(url)!
    const task = `${queue} ${taskOf(place, filter)}`
    const after = checkpoint.get(task)
    let waiting: string[] = []
    const send = async (): Promise<void> => {
      if (waiting.length === 0) return
      await sendAll(
        client,
        queue,
        waiting.map((key) => announcementOf(place.bucket, key)),
      )
      checkpoint.set(task, waiting.at(-1)!)
      waiting = []
      progress(objects)
    }
    for await (const { key, size } of listLogs(place, {
      filter,
      ...(after === null ? {} : { after }),
    })) {
      if (!isLog(key)) continue
      objects++
      bytes += size
      waiting.push(key)
      if (waiting.length === MESSAGES_AT_ONCE) await send()
    }
    await send()
    checkpoint.set(task, null)
  }
  return sumOf(objects, bytes)
}

function isLog(key: string): boolean {
  return parseLogKey(key).kind === 'log'
}

/** One object a message, so that each comes back by itself. As CloudTrail says it. */
function announcementOf(bucket: string, key: string): string {
  return JSON.stringify({ s3Bucket: bucket, s3ObjectKey: [key] })
}

/** A queue's URL names its region. */
function placeOf(queue: string): { region?: string } {
  const region = /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(queue)?.[1]
  return region === undefined ? {} : { region }
}

function sumOf(objects: number, bytes: number): FanOut {
  const records = Math.round(bytes / MODEL.bytesPerRecord)
  const seconds = records / MODEL.recordsPerSecond
  const dollars =
    objects * MODEL.dollarsPerObject +
    records * MODEL.writesPerRecord * MODEL.dollarsPerWrite +
    records * MODEL.readsPerRecord * MODEL.dollarsPerRead +
    // Rows take about as long to make as facts to take in.
    2 * seconds * MODEL.dollarsPerSecond
  return { objects, bytes, records, minutes: seconds / MODEL.workers / 60, dollars }
}
