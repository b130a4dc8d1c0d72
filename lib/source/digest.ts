/**
 * One digest file of CloudTrail: which log files were delivered in an hour, with their hashes, and which digest came before.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export interface Digest {
  readonly account: string
  /** Seconds; log files delivered in this time are listed. */
  readonly startAt: number
  readonly endAt: number
  /** As it is written: the signature is made over this text. */
  readonly endTime: string
  readonly bucket: string
  readonly key: string
  readonly fingerprint: string
  /** Null: the first digest of a chain. */
  readonly previous: PreviousDigest | null
  readonly oldestEventAt: number | null
  readonly newestEventAt: number | null
  readonly logFiles: readonly ListedLog[]
}

export interface PreviousDigest {
  readonly bucket: string
  readonly key: string
  /** SHA-256 of its inflated content, hex. */
  readonly hash: string
  /** Hex. */
  readonly signature: string
}

/** A log file as its digest lists it. */
export interface ListedLog {
  readonly bucket: string
  readonly key: string
  /** SHA-256 of its inflated content, hex. */
  readonly hash: string
}

/** `why` ends the sentence "the digest …". */
export type ParsedDigest =
  | { readonly kind: 'digest'; readonly digest: Digest }
  | {
      readonly kind: 'refused'
      readonly reason: 'digest-malformed' | 'algorithm-not-allowed'
      readonly why: string
    }

/** The only algorithms that CloudTrail has ever used. */
export const SIGNATURE_ALGORITHM = 'SHA256withRSA'
const HASH_ALGORITHM = 'SHA-256'

/** A digest lists the log files of one hour; a busy region has some thousands. */
export const DIGEST_LIMITS = {
  storedMax: 32 * 1024 * 1024,
  inflatedMax: 256 * 1024 * 1024,
  logFilesMax: 500_000,
} as const
const KEY_MAX = 1024

/** What the name of a digest file says. */
export interface DigestName {
  readonly account: string
  readonly region: string
  readonly trail: string
  readonly homeRegion: string
  /** Seconds, to which the digest reaches. */
  readonly endAt: number
  readonly isBackfill: boolean
}

const REGION = '[a-z]{2,8}(?:-[a-z]+)+-\\d{1,2}'
const NAME = new RegExp(
  `^(\\d{12})_CloudTrail-Digest_(${REGION})_(.+)_(${REGION})_(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)Z(_backfill)?\\.json\\.gz$`,
)

/** Reads the last part of a digest's key or path; null where it is no name of a digest. */
export function parseDigestName(path: string): DigestName | null {
  const match = NAME.exec(path.slice(path.lastIndexOf('/') + 1))
  if (match === null) return null
  const [, account, region, trail, homeRegion, year, month, day, hour, minute, second, backfill] =
    match as unknown as string[]
  const endAt = secondsOf(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (endAt === null) return null
  return {
    account: account!,
    region: region!,
    trail: trail!,
    homeRegion: homeRegion!,
    endAt,
    isBackfill: backfill !== undefined,
  }
}

/** Reads the inflated bytes of a digest file. Whatever is missing, of another type or of another algorithm refuses the whole. */
export function parseDigest(bytes: Buffer): ParsedDigest {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { kind: 'digest', digest: digestOf(new Fields(JSON.parse(text), '')) }
  } catch (error) {
    if (error instanceof Refused)
      return { kind: 'refused', reason: error.reason, why: error.message }
    return { kind: 'refused', reason: 'digest-malformed', why: 'is not JSON' }
  }
}

class Refused extends Error {
  readonly reason: 'digest-malformed' | 'algorithm-not-allowed'
  constructor(reason: Refused['reason'], why: string) {
    super(why)
    this.reason = reason
  }
}

function digestOf(fields: Fields): Digest {
  fields.algorithm('digestSignatureAlgorithm', SIGNATURE_ALGORITHM)
  const startAt = fields.time('digestStartTime')
  const endAt = fields.time('digestEndTime')
  if (endAt <= startAt) throw new Refused('digest-malformed', 'ends before it starts')
  return {
    account: fields.text('awsAccountId', /^\d{12}$/),
    startAt,
    endAt,
    endTime: fields.text('digestEndTime'),
    bucket: fields.text('digestS3Bucket'),
    key: fields.text('digestS3Object'),
    fingerprint: fields.text('digestPublicKeyFingerprint', /^[0-9a-f]{8,128}$/),
    previous: previousOf(fields),
    oldestEventAt: fields.optionalTime('oldestEventTime'),
    newestEventAt: fields.optionalTime('newestEventTime'),
    logFiles: fields.list('logFiles', DIGEST_LIMITS.logFilesMax).map((file, index) => {
      const log = new Fields(file, `logFiles[${index}].`)
      log.algorithm('hashAlgorithm', HASH_ALGORITHM)
      return {
        bucket: log.text('s3Bucket'),
        key: log.text('s3Object'),
        hash: log.text('hashValue', SHA256),
      }
    }),
  }
}

const PREVIOUS = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestHashAlgorithm',
  'previousDigestSignature',
]
const SHA256 = /^[0-9a-f]{64}$/
const HEX = /^(?:[0-9a-f]{2}){1,1024}$/

function previousOf(fields: Fields): PreviousDigest | null {
  const nulls = PREVIOUS.filter((name) => fields.isNull(name))
  if (nulls.length === PREVIOUS.length) return null
  if (nulls.length > 0)
    throw new Refused('digest-malformed', `has ${nulls[0]} null, but not all that belongs to it`)
  fields.algorithm('previousDigestHashAlgorithm', HASH_ALGORITHM)
  return {
    bucket: fields.text('previousDigestS3Bucket'),
    key: fields.text('previousDigestS3Object'),
    hash: fields.text('previousDigestHashValue', SHA256),
    signature: fields.text('previousDigestSignature', HEX),
  }
}

/** An object of which each field that is asked for must be there. */
class Fields {
  readonly #object: Readonly<Record<string, unknown>>
  readonly #path: string

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Refused('digest-malformed', `has no object at ${path || 'its top'}`)
    this.#object = value as Readonly<Record<string, unknown>>
    this.#path = path
  }

  isNull(name: string): boolean {
    return this.#get(name) === null
  }

  text(name: string, form = /^[^\0\n]+$/): string {
    const value = this.#get(name)
    if (typeof value !== 'string' || (form !== HEX && value.length > KEY_MAX) || !form.test(value))
      throw this.#wrong(name)
    return value
  }

  algorithm(name: string, allowed: string): void {
    if (this.text(name) !== allowed)
      throw new Refused('algorithm-not-allowed', `has a ${this.#path}${name} other than ${allowed}`)
  }

  time(name: string): number {
    const seconds = secondsOf(this.text(name))
    if (seconds === null) throw this.#wrong(name)
    return seconds
  }

  /** Null in the digest of an hour without events. */
  optionalTime(name: string): number | null {
    return this.isNull(name) ? null : this.time(name)
  }

  list(name: string, countMax: number): readonly unknown[] {
    const value = this.#get(name)
    if (!Array.isArray(value) || value.length > countMax) throw this.#wrong(name)
    return value
  }

  #get(name: string): unknown {
    if (!Object.hasOwn(this.#object, name))
      throw new Refused('digest-malformed', `has no ${this.#path}${name}`)
    return this.#object[name]
  }

  #wrong(name: string): Refused {
    return new Refused('digest-malformed', `has an unusable ${this.#path}${name}`)
  }
}

/** Seconds of `YYYY-MM-DDTHH:MM:SSZ`; null where it is not exactly that, or there is no such second. */
function secondsOf(text: string): number | null {
  const millis = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(millis)) return null
  // Date.parse turns 30 February into 2 March.
  return new Date(millis).toISOString() === `${text.slice(0, -1)}.000Z` ? millis / 1000 : null
}
