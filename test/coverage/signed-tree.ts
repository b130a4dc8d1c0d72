import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Tree } from '../../lib/coverage/digest-chain.ts'
import { parsePublicKeys } from '../../lib/coverage/public-keys.ts'

export const BUCKET = 'acme-cloudtrail'
const TRAIL = 'acme_org'
/** The first second that the trees are about. */
export const START = Date.parse('2026-11-23T00:01:31Z') / 1000
export const HOUR = 3600

/** A key pair of CloudTrail. */
export interface Signer {
  readonly fingerprint: string
  readonly privateKey: KeyObject
  /** As `aws cloudtrail list-public-keys` prints it. */
  readonly listed: Record<string, string>
}

export function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = publicKey.export({ type: 'pkcs1', format: 'der' })
  const fingerprint = createHash('md5').update(der).digest('hex')
  return {
    fingerprint,
    privateKey,
    listed: {
      Value: der.toString('base64'),
      ValidityStartTime: '2026-11-01T01:00:00.123000+01:00',
      ValidityEndTime: '2026-12-01T00:00:00Z',
      Fingerprint: fingerprint,
    },
  }
}

export const keysText = (...signers: readonly Signer[]): string =>
  JSON.stringify({ PublicKeyList: signers.map(({ listed }) => listed) })
export const keysOf = (...signers: readonly Signer[]) => parsePublicKeys(keysText(...signers))

/** A digest before it is signed; tests change it. */
export interface DraftDigest {
  key: string
  body: Record<string, unknown>
  /** Seconds. */
  endAt: number
  signer: Signer
}

export interface TreeOptions {
  /** Left out: `BUCKET`. */
  readonly bucket?: string
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  readonly hours?: number
  readonly logsPerHour?: number
  /** Between `AWSLogs/` and the account. */
  readonly organization?: string
  /** Before `AWSLogs/`. */
  readonly prefix?: string
  /** Hours without a log file. */
  readonly emptyHours?: readonly number[]
  /** Hours whose digest does not say what came before. */
  readonly restarts?: readonly number[]
  /** Hours in which no digest was made, and no log file. */
  readonly off?: readonly number[]
  /** Changes a digest before it is signed, as only CloudTrail could. */
  readonly draft?: (digest: DraftDigest, hour: number) => void
  readonly sidecars?: boolean
}

const stampOf = (at: number): string => new Date(at * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
const timeOf = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, -5)}Z`
const dayOf = (at: number): string => timeOf(at).slice(0, 10).replaceAll('-', '/')
export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** A bucket in memory: keys and bytes, with what S3 keeps as metadata of digests. */
export class Bucket {
  readonly files = new Map<string, Buffer>()
  readonly signatures = new Map<string, string>()
  /** How often each file was read. */
  readonly reads = new Map<string, number>()
  readonly unreadable = new Set<string>()

  /** Keys of one kind, oldest first. */
  digests(account = '', region = ''): string[] {
    return this.#keys('CloudTrail-Digest', account, region).filter((key) => key.endsWith('.gz'))
  }

  logs(account = '', region = ''): string[] {
    return this.#keys('CloudTrail', account, region)
  }

  #keys(kind: string, account: string, region: string): string[] {
    const folder = `${account === '' ? '' : `/${account}`}/${kind}/${region}`
    return [...this.files.keys()].filter((key) => `/${key}`.includes(folder)).sort()
  }

  at(key: string): Buffer {
    const bytes = this.files.get(key)
    if (bytes === undefined) throw new Error(`no ${key}`)
    return bytes
  }

  patch(key: string, change: (bytes: Buffer) => Buffer): void {
    this.files.set(key, change(Buffer.from(this.at(key))))
  }

  move(from: string, to: string): void {
    this.files.set(to, this.at(from))
    this.files.delete(from)
  }

  /** Puts the signature of a digest beside it, as a copy of its metadata. */
  sidecar(key: string): void {
    this.files.set(`${key}.sig`, Buffer.from(this.signatures.get(key)!))
  }

  tree(only: string | null = null): Tree {
    const files = [...this.files.keys()].map((key) => {
      const at = `/${key}`.lastIndexOf('/AWSLogs/')
      const root = at < 0 ? '' : key.slice(0, at)
      return { path: key, root, name: key.slice(root.length) }
    })
    return {
      files,
      refused: [],
      only,
      read: (path) => {
        this.reads.set(path, (this.reads.get(path) ?? 0) + 1)
        return this.unreadable.has(path)
          ? { kind: 'refused', reason: 'unreadable' }
          : { kind: 'bytes', bytes: this.at(path) }
      },
    }
  }

  writeTo(folder: string): void {
    for (const [key, bytes] of this.files) {
      mkdirSync(dirname(join(folder, key)), { recursive: true })
      writeFileSync(join(folder, key), bytes)
    }
  }
}

/** Log files and signed digests, hour by hour. */
export function signedBucket(signer: Signer, options: TreeOptions = {}): Bucket {
  const bucket = new Bucket()
  const { accounts = ['111122223333', '444455556666'], regions = ['us-east-1', 'eu-west-1'] } =
    options
  for (const account of accounts)
    for (const region of regions) fill(bucket, signer, account, region, options)
  return bucket
}

function fill(
  bucket: Bucket,
  signer: Signer,
  account: string,
  region: string,
  options: TreeOptions,
): void {
  const {
    hours = 24,
    prefix = '',
    organization,
    emptyHours = [],
    restarts = [],
    off = [],
  } = options
  const folder = (kind: string, at: number): string =>
    `${prefix}AWSLogs/${organization === undefined ? '' : `${organization}/`}${account}/${kind}/${region}/${dayOf(at)}`
  let previous: { key: string; hash: string; signature: string } | null = null
  for (let hour = 0; hour < hours; hour++) {
    if (off.includes(hour)) continue
    const startAt = START + hour * HOUR
    const endAt = startAt + HOUR
    const logs = emptyHours.includes(hour) ? 0 : (options.logsPerHour ?? 2)
    const logFiles = Array.from({ length: logs }, (_, index) => {
      const at = startAt + Math.floor(((index + 0.5) * HOUR) / logs)
      const name = `${account}_CloudTrail_${region}_${stampOf(at).slice(0, 13)}Z_${letters(`${account}${region}${at}`)}.json.gz`
      const key = `${folder('CloudTrail', at)}/${name}`
      const content = Buffer.from(JSON.stringify({ Records: [{ eventID: `${account}-${at}` }] }))
      bucket.files.set(key, gzipSync(content))
      return listed(key, content, at, options.bucket)
    })
    if (restarts.includes(hour)) previous = null
    const key = `${folder('CloudTrail-Digest', endAt)}/${account}_CloudTrail-Digest_${region}_${TRAIL}_us-east-1_${stampOf(endAt)}.json.gz`
    previous = addDigest(
      bucket,
      signer,
      { account, startAt, endAt, key, logFiles, previous },
      hour,
      options,
    )
  }
}

export function listed(
  key: string,
  content: Uint8Array,
  at: number,
  bucket = BUCKET,
): Record<string, unknown> {
  return {
    s3Bucket: bucket,
    s3Object: key,
    hashValue: sha256(content),
    hashAlgorithm: 'SHA-256',
    newestEventTime: timeOf(at - 60),
    oldestEventTime: timeOf(at - 120),
  }
}

type Previous = { key: string; hash: string; signature: string } | null

/** Signs a digest and puts it into the bucket. */
export function addDigest(
  bucket: Bucket,
  signer: Signer,
  at: {
    readonly account: string
    readonly startAt: number
    readonly endAt: number
    readonly key: string
    readonly logFiles: readonly Record<string, unknown>[]
    readonly previous: Previous
  },
  hour = 0,
  { draft, sidecars, bucket: name = BUCKET }: TreeOptions = {},
): Exclude<Previous, null> {
  const { account, startAt, endAt, logFiles, previous } = at
  const digest: DraftDigest = {
    key: at.key,
    endAt,
    signer,
    body: {
      awsAccountId: account,
      digestStartTime: timeOf(startAt),
      digestEndTime: timeOf(endAt),
      digestS3Bucket: name,
      digestS3Object: at.key,
      digestPublicKeyFingerprint: signer.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: logFiles.length > 0 ? timeOf(endAt - 100) : null,
      oldestEventTime: logFiles.length > 0 ? timeOf(startAt) : null,
      previousDigestS3Bucket: previous === null ? null : name,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous === null ? null : 'SHA-256',
      previousDigestSignature: previous?.signature ?? null,
      logFiles,
    },
  }
  draft?.(digest, hour)
  const { body, key } = digest
  const content = Buffer.from(JSON.stringify(body))
  const hash = sha256(content)
  const text = `${body['digestEndTime']}\n${body['digestS3Bucket']}/${body['digestS3Object']}\n${hash}\n${body['previousDigestSignature'] ?? 'null'}`
  const signature = sign('RSA-SHA256', Buffer.from(text), digest.signer.privateKey).toString('hex')
  bucket.files.set(key, gzipSync(content))
  bucket.signatures.set(key, signature)
  if (sidecars !== false) bucket.sidecar(key)
  return { key, hash, signature }
}

const letters = (seed: string): string =>
  createHash('sha256')
    .update(seed)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .slice(0, 16)
