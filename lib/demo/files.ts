import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Random } from './random.ts'
import { type CloudTrailRecord, insight } from './records.ts'
import type { Posted } from './stage.ts'
import { HOUR, MINUTE, timestamp } from './time.ts'
import { ACCOUNT, ORGANISATION } from './world.ts'

/** An object in the trail's bucket. */
export interface CompanyFile {
  /** The S3 key. */
  path: string
  records: unknown[]
  /** Present in the files a reader must skip; the digest's content is not a list of records. */
  skip?: 'digest' | 'insight'
  content?: unknown
}

const BUCKET = 'acme-cloudtrail'
const SLOT = 10 * MINUTE

/** Sorts records into log files by account, region and time of delivery, some of them twice. */
export function logFiles(
  posted: readonly Posted[],
  random: Random,
): { files: CompanyFile[]; duplicates: number } {
  const slots = new Map<
    string,
    { account: string; region: string; at: number; records: CloudTrailRecord[] }
  >()
  const put = (record: CloudTrailRecord, delivered: number) => {
    const slot = Math.ceil(delivered / SLOT) * SLOT
    const { recipientAccountId: account, awsRegion: region } = record
    const key = `${account} ${region} ${slot}`
    const file = slots.get(key)
    if (file === undefined) slots.set(key, { account, region, at: slot, records: [record] })
    else file.records.push(record)
  }
  let duplicates = 0
  // Delivery is at least once: a record now and then comes again in a later file.
  const again = Math.max(1, Math.min(2_000, Math.floor(posted.length / 8)))
  posted.forEach(({ at, record }, index) => {
    // One in a hundred is late by half an hour, and then a child may come before its parent.
    const late = random.chance(0.01) ? random.int(20, 40) * MINUTE : 0
    const delivered = at + random.int(90_000, 240_000) + late
    put(record, delivered)
    if (
      index % again === again - 1 &&
      record.eventType !== 'AwsServiceEvent' &&
      'userAgent' in record
    ) {
      put(record, delivered + random.int(12, 30) * MINUTE)
      duplicates += 1
    }
  })
  const files = [...slots.values()].map(({ account, region, at, records }) => ({
    path: logPath('CloudTrail', account, region, at, random),
    records: shuffled(records, random),
  }))
  files.sort((left, right) => (nameOf(left.path) < nameOf(right.path) ? -1 : 1))
  return { files, duplicates }
}

/** One digest and one Insights file: they lie beside the log files and are none. */
export function bystanders(
  files: readonly CompanyFile[],
  random: Random,
  end: number,
): CompanyFile[] {
  const to = Math.floor(end / HOUR) * HOUR
  const account = ACCOUNT.prod
  const region = 'us-east-1'
  const stamp = new Date(to).toISOString().replace(/[-:]|\.\d+/g, '')
  const folder = `AWSLogs/${ORGANISATION}/${account}/CloudTrail-Digest/${region}/${dayPath(to)}`
  const path = `${folder}/${account}_CloudTrail-Digest_${region}_acme-org_${region}_${stamp}.json.gz`
  const digest = {
    awsAccountId: account,
    digestStartTime: timestamp(to - HOUR),
    digestEndTime: timestamp(to),
    digestS3Bucket: BUCKET,
    digestS3Object: path,
    digestPublicKeyFingerprint: random.hex(32),
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: timestamp(to - 4 * MINUTE),
    oldestEventTime: timestamp(to - HOUR),
    previousDigestS3Bucket: null,
    previousDigestS3Object: null,
    previousDigestHashValue: null,
    previousDigestHashAlgorithm: null,
    previousDigestSignature: null,
    logFiles: files
      .filter((file) => file.path.includes(`/${account}/CloudTrail/${region}/`))
      .filter((file) => within(file.path, to - HOUR, to))
      .map((file) => ({
        s3Bucket: BUCKET,
        s3Object: file.path,
        hashValue: createHash('sha256')
          .update(text({ Records: file.records }))
          .digest('hex'),
        hashAlgorithm: 'SHA-256',
        newestEventTime: timestamp(to - 4 * MINUTE),
        oldestEventTime: timestamp(to - HOUR),
      })),
  }
  const at = to - 2 * HOUR
  const place = { ip: '', userAgent: '' }
  const frame = { at, region, place, random, recipient: account }
  return [
    { path, records: [], skip: 'digest', content: digest },
    {
      path: logPath('CloudTrail-Insight', account, region, at + SLOT, random),
      records: [insight(frame, 's3.amazonaws.com', 'PutBucketPolicy')],
      skip: 'insight',
    },
  ]
}

/** The bytes of a log file: one gzip member. */
export function logFileBytes(records: unknown[]): Buffer {
  return gzipSync(text({ Records: records }))
}

/** The bytes of any file of the company. */
export function fileBytes(file: CompanyFile): Buffer {
  return file.content === undefined ? logFileBytes(file.records) : gzipSync(text(file.content))
}

const text = (value: unknown) => JSON.stringify(value)

function logPath(
  kind: 'CloudTrail' | 'CloudTrail-Insight',
  account: string,
  region: string,
  at: number,
  random: Random,
): string {
  const stamp = new Date(at).toISOString().slice(0, 16).replace(/[-:]/g, '')
  const folder = `AWSLogs/${ORGANISATION}/${account}/${kind}/${region}/${dayPath(at)}`
  return `${folder}/${account}_${kind}_${region}_${stamp}Z_${random.letters(16)}.json.gz`
}

const dayPath = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '/')

// Files in the order of delivery: by stamp, then by account.
function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return `${name.split('_')[3]} ${name}`
}

function within(path: string, from: number, to: number): boolean {
  const stamp = nameOf(path).slice(0, 14)
  const at = Date.parse(
    `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 11)}:${stamp.slice(11, 13)}:00Z`,
  )
  return at > from && at <= to
}

// No order is promised inside a file.
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items]
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = random.int(0, index)
    const held = result[index] as T
    result[index] = result[other] as T
    result[other] = held
  }
  return result
}
