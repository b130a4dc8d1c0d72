import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { QuarantineReason } from '../model.ts'
import { SIZE_LIMITS } from '../source/inflate.ts'
import { type LogKeyKind, parseLogKey } from '../source/log-key.ts'
import { s3Client } from './clients.ts'
import { BucketUnreadable, type S3Url } from './urls.ts'

/** What became of one object: to be read, left aside because of what it is, or not readable. */
export type FoundObject =
  | { readonly kind: 'skipped'; readonly source: string; readonly what: string }
  | {
      readonly kind: 'object'
      readonly source: string
      readonly deliveredAt: number | null
      readonly stored: StoredObject
    }

export type StoredObject =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly reason: QuarantineReason }

/** Objects that are fetched ahead of whoever takes them: a fetch waits mostly for S3. */
const AHEAD_MAX = 8
const READ: readonly LogKeyKind[] = ['log', 'other']
const LOG_FILE = /\.(?:json|jsonl|ndjson|gz)$/i

/** All objects below a prefix, in the order of their keys. An object named by itself is taken whatever it is called. */
export async function* readObjects(
  url: S3Url,
  storedMax: number = SIZE_LIMITS.storedMax,
): AsyncGenerator<FoundObject> {
  const { bucket, prefix, ...place } = url
  const client = s3Client(place)
  const waiting: Promise<FoundObject>[] = []
  for await (const { key, size } of listed(client, bucket, prefix)) {
    const found = read(client, { bucket, key, size, isExplicit: key === prefix }, storedMax)
    // Whoever waits for an earlier object must not find this one's failure unhandled.
    found.catch(() => undefined)
    waiting.push(found)
    if (waiting.length >= AHEAD_MAX) yield await waiting.shift()!
  }
  for (const found of waiting) yield await found
}

async function* listed(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<{ key: string; size: number }> {
  let after: string | undefined
  do {
    const token: string | undefined = after
    const page = await client
      .send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      .catch((error: Error) => {
        if (!['NoSuchBucket', 'AccessDenied', 'PermanentRedirect'].includes(error.name)) throw error
        throw new BucketUnreadable(`${bucket}: ${error.message || error.name}`)
      })
    // A key that ends in a slash is the folder that the console made.
    for (const { Key, Size } of page.Contents ?? [])
      if (Key !== undefined && !Key.endsWith('/')) yield { key: Key, size: Size ?? 0 }
    after = page.NextContinuationToken
  } while (after !== undefined)
}

async function read(
  client: S3Client,
  object: { bucket: string; key: string; size: number; isExplicit: boolean },
  storedMax: number,
): Promise<FoundObject> {
  const { bucket, key, size, isExplicit } = object
  const source = `s3://${bucket}/${key}`
  const { kind, deliveredAt } = parseLogKey(key)
  if (!READ.includes(kind)) return { kind: 'skipped', source, what: kind }
  if (!isExplicit && !LOG_FILE.test(key)) return { kind: 'skipped', source, what: 'name' }
  const stored: StoredObject =
    size > storedMax
      ? { kind: 'refused', reason: 'too-large' }
      : await getObject(client, bucket, key, storedMax)
  return { kind: 'object', source, deliveredAt, stored }
}

/** The bytes of an object, at most `storedMax` of them. One that is gone, or that may not be read, is refused and not an error. */
export async function getObject(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
  storedMax: number,
): Promise<StoredObject> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      length += chunk.length
      // Leaving the loop closes the connection: what is left is not read.
      if (length > storedMax) return { kind: 'refused', reason: 'too-large' }
      chunks.push(chunk)
    }
    return { kind: 'bytes', bytes: Buffer.concat(chunks, length) }
  } catch (error) {
    if (!['NoSuchKey', 'NotFound', 'AccessDenied'].includes((error as Error).name)) throw error
    return { kind: 'refused', reason: 'unreadable' }
  }
}
