import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { QuarantineReason } from '../model.ts'
import { SIZE_LIMITS } from '../source/inflate.ts'
import { EVERY_LOG, heldIn, isChosen, isEvery, type LogFilter } from '../source/log-filter.ts'
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

/** Which objects are meant, and the key after which to begin. */
export interface Listing {
  readonly filter?: LogFilter
  readonly after?: string
}

/** All log files below a prefix, in the order of their keys. An object named by itself is taken whatever it is called. */
export async function* readObjects(
  url: S3Url,
  storedMax: number = SIZE_LIMITS.storedMax,
  listing: Listing = {},
): AsyncGenerator<FoundObject> {
  const { bucket, prefix, ...place } = url
  const client = s3Client(place)
  const waiting: Promise<FoundObject>[] = []
  for await (const { key, size } of listLogs(url, listing)) {
    const found = read(client, { bucket, key, size, isExplicit: key === prefix }, storedMax)
    // Whoever waits for an earlier object must not find this one's failure unhandled.
    found.catch(() => undefined)
    waiting.push(found)
    if (waiting.length >= AHEAD_MAX) yield await waiting.shift()!
  }
  for (const found of waiting) yield await found
}

export interface Listed {
  readonly key: string
  readonly size: number
}

/** All objects below a prefix that are meant, in the order of their keys. Folders that hold none of them are not looked into. */
export async function* listLogs(
  { bucket, prefix, ...place }: S3Url,
  { filter = EVERY_LOG, after = '' }: Listing = {},
): AsyncGenerator<Listed> {
  const client = s3Client(place)
  for await (const listed of listFolder(client, bucket, prefix, filter, after))
    if (isChosen(parseLogKey(listed.key), filter)) yield listed
}

async function* listFolder(
  client: S3Client,
  bucket: string,
  folder: string,
  filter: LogFilter,
  after: string,
): AsyncGenerator<Listed> {
  const held = folder.endsWith('/') || folder === '' ? heldIn(folder, filter) : 'some'
  if (held === 'none' || (folder < after && !after.startsWith(folder))) return
  // One page of all keys below costs as much as one of the folder alone; it is worth descending only to leave folders out.
  const pages = listPages(client, bucket, folder, held === 'all' || isEvery(filter), after)
  for await (const { objects, folders } of pages)
    for (const entry of [...objects, ...folders].sort(byKey))
      if ('size' in entry) yield entry
      else yield* listFolder(client, bucket, entry.key, filter, after)
}

const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1)

async function* listPages(
  client: S3Client,
  bucket: string,
  prefix: string,
  isFlat: boolean,
  after: string,
): AsyncGenerator<{ objects: Listed[]; folders: { key: string }[] }> {
  let next: string | undefined
  do {
    const token: string | undefined = next
    const page = await client
      .send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(isFlat ? {} : { Delimiter: '/' }),
          // A folder that the key lies in would be left out with it.
          ...(isFlat && after !== '' ? { StartAfter: after } : {}),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      .catch((error: Error) => {
        if (!['NoSuchBucket', 'AccessDenied', 'PermanentRedirect'].includes(error.name)) throw error
        throw new BucketUnreadable(`${bucket}: ${error.message || error.name}`)
      })
    yield {
      // A key that ends in a slash is the folder that the console made.
      objects: (page.Contents ?? []).flatMap(({ Key, Size }) =>
        Key === undefined || Key.endsWith('/') || Key <= after
          ? []
          : [{ key: Key, size: Size ?? 0 }],
      ),
      folders: (page.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
        Prefix === undefined || Prefix === prefix ? [] : [{ key: Prefix }],
      ),
    }
    next = page.NextContinuationToken
  } while (next !== undefined)
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

/**
 * The bytes of an object, at most `storedMax` of them. One that is gone, or that may not be read, is refused and not an error; so is
 * one whose bucket belongs to another account than `owner`.
 */
export async function getObject(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
  storedMax: number = SIZE_LIMITS.storedMax,
  owner?: string,
): Promise<StoredObject> {
  try {
    const { Body } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
      }),
    )
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
