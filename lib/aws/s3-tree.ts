import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Tree, TreeFile } from '../coverage/digest-chain.ts'
import { parseDigestName } from '../source/digest.ts'
import { s3Client } from './clients.ts'
import { getObject, listLogs } from './s3.ts'
import type { S3Url } from './urls.ts'

const AWS_LOGS = '/AWSLogs/'
/** What a copy on disk has beside a digest, and S3 has as its metadata. */
const SIGNATURE = '.sig'

/** All objects below a prefix, or all of the tree that one digest lies in. */
export async function bucketTree(url: S3Url): Promise<Tree> {
  const client = s3Client(url)
  const only = parseDigestName(url.prefix) === null ? null : url.prefix
  const prefix = only === null ? url.prefix : url.prefix.slice(0, `/${only}`.lastIndexOf(AWS_LOGS))
  const keys: string[] = []
  for await (const { key } of listLogs({ ...url, prefix })) keys.push(key)
  return treeOf(client, { bucket: url.bucket }, keys, only)
}

export interface OwnedBucket {
  readonly bucket: string
  /** Account of the bucket, where it is known. */
  readonly owner?: string
}

/** Objects of a bucket as files, digests with their signatures. `only`: key of the one digest that is asked about. */
export function treeOf(
  client: Pick<S3Client, 'send'>,
  { bucket, owner }: OwnedBucket,
  keys: readonly string[],
  only: string | null = null,
): Tree {
  const there = new Set(keys)
  const signatures = keys.flatMap((key) =>
    parseDigestName(key) === null || there.has(key + SIGNATURE) ? [] : [key + SIGNATURE],
  )
  const root = `s3://${bucket}/`
  return {
    files: [...keys, ...signatures].map((key) => fileOf(root, key)),
    refused: [],
    only: only === null ? null : root + only,
    read: (path, storedMax) => {
      const key = path.slice(root.length)
      return there.has(key)
        ? getObject(client, bucket, key, storedMax, owner)
        : metadataOf(client, bucket, key.slice(0, -SIGNATURE.length), owner)
    },
  }
}

function fileOf(root: string, key: string): TreeFile {
  const at = `/${key}`.lastIndexOf(AWS_LOGS)
  const before = at < 0 ? '' : key.slice(0, at)
  return { path: root + key, root: root + before, name: key.slice(before.length) }
}

/** As `aws s3api head-object` prints it. */
async function metadataOf(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
  owner: string | undefined,
): ReturnType<typeof getObject> {
  try {
    const { Metadata } = await client.send(
      new HeadObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
      }),
    )
    return { kind: 'bytes', bytes: Buffer.from(JSON.stringify({ Metadata })) }
  } catch (error) {
    if (!['NotFound', 'NoSuchKey', 'AccessDenied', 'Forbidden'].includes((error as Error).name))
      throw error
    return { kind: 'refused', reason: 'unreadable' }
  }
}
