import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { beforeAll, beforeEach, expect, inject, it } from 'vitest'
import { S3Blobs } from '../../lib/aws/blobs.ts'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { logPk } from '../../lib/aws/keys.ts'
import { Table } from '../../lib/aws/table.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { bytesOf, factsOf } from '../properties/deliver.ts'
import {
  ACCOUNTS,
  call,
  eventId,
  keyOf,
  roleOf,
  type Session,
  START,
  sessionIdentity,
} from '../properties/records.ts'
import { client, newTable } from './tables.ts'

/*
 * Long facts in a bucket of a moto server, short ones in the table.
 */

const BUCKET = 'acme-facts'
const s3 = new S3Client({
  region: 'us-east-1',
  endpoint: inject('moto'),
  forcePathStyle: true,
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
})
const blobs = (bucket: string | null = BUCKET, sender: Pick<S3Client, 'send'> = s3) =>
  new S3Blobs(() => sender, bucket)
/** The first second of an hour. */
const FIRST = Math.ceil(START / 3600) * 3600
const session: Session = { role: roleOf(ACCOUNTS[0], 'app'), name: 'w', key: keyOf(1), at: START }
const factsFrom = (first: number, count: number) =>
  factsOf(
    bytesOf(
      'log file',
      Array.from({ length: count }, (_, index) =>
        call(
          eventId(first + index),
          FIRST + (index % 3000),
          sessionIdentity(session),
          ACCOUNTS[0],
          'photos',
        ),
      ),
    ),
    `logs/${first}.json`,
    null,
  )
const LONG = factsFrom(0, 3000)
const SHORT = factsFrom(10_000, 20)
const PARTITION = LONG.deltas[0]!.partition
const WINDOW = { from: FIRST, to: FIRST + 3600 }

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
})

let name: string
beforeEach(async () => {
  name = await newTable()
})

const openStore = (parts: { blobs?: S3Blobs | null } = { blobs: blobs() }) =>
  dynamoStore(client, name, parts)
const entries = () => new Table(client, name).query(logPk(PARTITION))
const objects = async (): Promise<string[]> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  return Contents.map(({ Key }) => Key!)
}
const callsIn = async (store: ReturnType<typeof openStore>): Promise<number> => {
  const sums = await store.activity({}, WINDOW)
  return sums.reduce((total, { count }) => total + count, 0)
}

it('stand in the bucket where they are long, and answer like any other', async () => {
  expect(await ingest(openStore(), [LONG])).toEqual([{ accepted: 3000, duplicate: 0 }])
  expect(await ingest(openStore(), [SHORT])).toEqual([{ accepted: 20, duplicate: 0 }])
  const [long, short] = await entries()
  expect(long!['blob']).toMatch(/^s3:\/\/acme-facts\/deltas\/[\w-]+\/[\w-]+$/)
  expect(long).not.toHaveProperty('value')
  expect(short).not.toHaveProperty('blob')
  // Another process, which reads what is known, knows all of it.
  const again = { ...LONG, id: 'b'.repeat(64) }
  expect(await ingest(openStore(), [again])).toEqual([{ accepted: 0, duplicate: 3000 }])
  const store = openStore()
  await rollUpDirty(store)
  expect(await callsIn(store)).toBe(3020)
})

it('are read from where they are by whoever writes none there', async () => {
  await ingest(openStore(), [LONG])
  const before = await objects()
  const reader = openStore({ blobs: blobs(null) })
  expect(await ingest(reader, [{ ...LONG, id: 'b'.repeat(64) }])).toEqual([
    { accepted: 0, duplicate: 3000 },
  ])
  const more = factsFrom(20_000, 3000)
  expect(await ingest(reader, [more])).toEqual([{ accepted: 3000, duplicate: 0 }])
  expect(await objects()).toEqual(before)
  await rollUpDirty(reader)
  expect(await callsIn(reader)).toBe(6000)
  await expect(openStore({ blobs: null }).deltas(PARTITION)).rejects.toThrow('stands elsewhere')
})

it('are written before the item that names them; cut off between, the next try finds its way', async () => {
  const refusing = { send: () => Promise.reject(new Error('no')) } as never
  await expect(ingest(openStore({ blobs: blobs(BUCKET, refusing) }), [LONG])).rejects.toThrow('no')
  expect(await entries()).toEqual([])
  expect(await ingest(openStore(), [LONG])).toEqual([{ accepted: 3000, duplicate: 0 }])
  const written = await objects()
  // Written again under the same name, as a try does that died before the item.
  const [entry] = await entries()
  const bytes = await blobs().get(String(entry!['blob']))
  expect(await blobs().put(logPk(PARTITION), bytes)).toBe(entry!['blob'])
  expect(await objects()).toEqual(written)
})

it('that are gone are not taken for nothing', async () => {
  await ingest(openStore(), [LONG])
  const gone = {
    send: () => Promise.reject(Object.assign(new Error('gone'), { name: 'NoSuchKey' })),
  } as never
  const store = openStore({ blobs: blobs(BUCKET, gone) })
  await expect(rollUpDirty(store)).rejects.toThrow('gone')
  await expect(ingest(store, [{ ...LONG, id: 'b'.repeat(64) }])).rejects.toThrow('gone')
})
