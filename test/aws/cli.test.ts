import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { getObject, readObjects } from '../../lib/aws/s3.ts'
import { company, fileBytes } from '../../lib/demo/company.ts'
import { Cli, type Ran } from '../cli/cli.ts'
import { newTable } from './tables.ts'

/*
 * The program as people start it, with a bucket of a moto server and a table of DynamoDB Local, beside the same with files on disk and the
 * embedded store.
 */

const BUCKET = 'acme-cloudtrail-cli'
const FILES_MAX = 80
const acme = company({ seed: 1, days: 1, workloads: 10 })
const files = acme.files.slice(0, FILES_MAX)
const s3 = new S3Client({
  region: 'eu-west-1',
  endpoint: inject('moto'),
  forcePathStyle: true,
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
})
const env = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-west-1',
}
const local = new Cli()
const remote = new Cli()
let store: string
let onDisk: Ran
let inBucket: Ran

const place = (endpoint: string): string =>
  new URLSearchParams({ region: 'eu-west-1', endpoint }).toString()

beforeAll(async () => {
  await s3.send(
    new CreateBucketCommand({
      Bucket: BUCKET,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  )
  for (const file of files) {
    const bytes = fileBytes(file)
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `logs/${file.path}`, Body: bytes }))
    local.write(file.path.slice(file.path.lastIndexOf('/') + 1), bytes)
  }
  store = `dynamodb:${await newTable()}?${place(inject('dynamodb'))}`
  const objects = `s3://${BUCKET}/logs/?${place(inject('moto'))}`
  onDisk = await local.run(['ingest', '*.json.gz', '-o', 'json'])
  inBucket = await remote.run(['ingest', objects, '--store', store, '-o', 'json'], { env })
}, 300_000)

afterAll(() => {
  s3.destroy()
  local.remove()
  remote.remove()
})

it('ingest takes the same from a bucket into a table as from a folder into a file', () => {
  expect(inBucket.stderr).toBe(onDisk.stderr)
  expect(inBucket.exit).toBe(onDisk.exit)
  const counts = ({ stdout }: Ran): unknown[] =>
    (JSON.parse(stdout) as { items: Record<string, unknown>[] }).items
      .map(({ source: _, ...rest }) => JSON.stringify(rest))
      .sort()
  expect(counts(inBucket).length).toBeGreaterThan(FILES_MAX / 2)
  // A record that stands in two files is new in whichever comes first.
  const total = (ran: Ran, field: string): number =>
    (JSON.parse(ran.stdout) as { items: Record<string, number>[] }).items.reduce(
      (sum, item) => sum + item[field]!,
      0,
    )
  for (const field of ['records', 'accepted', 'duplicate', 'outOfScope'])
    expect(total(inBucket, field), field).toBe(total(onDisk, field))
})

it('the same questions get the same answers', async () => {
  for (const question of [
    ['graph'],
    ['coverage'],
    ['graph', '-o', 'json', '--all'],
    ['touched', 'arn:aws:s3:::acme-ledger'],
  ]) {
    const told = await remote.run([...question, '--store', store], { env })
    const expected = await local.run(question)
    expect({ ...told, stderr: '' }, question.join(' ')).toEqual({ ...expected, stderr: '' })
  }
})

it('says what is wrong: no table, no bucket', async () => {
  const none = `dynamodb:no-such-table?${place(inject('dynamodb'))}`
  const noTable = await remote.run(['graph', '--store', none], { env })
  expect(noTable).toMatchObject({ exit: 6, stdout: '' })
  expect(noTable.stderr).toContain('there is no table at dynamodb:no-such-table')
  const bucket = `s3://no-such-bucket?${place(inject('moto'))}`
  const noBucket = await remote.run(['ingest', bucket, '--store', store], { env })
  expect(noBucket.exit).toBe(6)
  expect(noBucket.stderr).toContain('no-such-bucket')
})

it('reads an object up to a limit, and refuses one that is larger or gone', async () => {
  const [file] = files
  const key = `logs/${file!.path}`
  const bytes = fileBytes(file!)
  const stored = await getObject(s3, BUCKET, key, 1_000_000)
  expect(stored).toEqual({ kind: 'bytes', bytes: Buffer.from(bytes) })
  expect(await getObject(s3, BUCKET, key, bytes.length - 1)).toEqual({
    kind: 'refused',
    reason: 'too-large',
  })
  expect(await getObject(s3, BUCKET, 'logs/gone.json', 10)).toEqual({
    kind: 'refused',
    reason: 'unreadable',
  })
})

it('lists page by page, in the order of the keys, and leaves aside what is no log file', async () => {
  for (const key of ['many/readme.txt', 'many/folder/'])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'x' }))
  // One page of a listing has at most a thousand keys.
  const keys = Array.from(
    { length: 1005 },
    (_, index) => `many/${String(index).padStart(5, '0')}.json`,
  )
  for (let at = 0; at < keys.length; at += 50)
    await Promise.all(
      keys
        .slice(at, at + 50)
        .map((Key) =>
          s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: '{"Records":[]}' })),
        ),
    )
  const found: string[] = []
  const url = { bucket: BUCKET, prefix: 'many/', region: 'eu-west-1', endpoint: inject('moto') }
  for await (const one of readObjects(url))
    found.push(one.kind === 'skipped' ? `${one.what}: ${one.source}` : one.source)
  expect(found).toEqual([
    ...keys.map((key) => `s3://${BUCKET}/${key}`),
    `name: s3://${BUCKET}/many/readme.txt`,
  ])
})
