import { existsSync, readFileSync } from 'node:fs'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Cli } from '../cli/cli.ts'
import { bytesOf } from '../properties/deliver.ts'
import { chainOf } from '../properties/late-binding.ts'
import { Recorder } from './recorder.ts'

/*
 * `podtrail ingest s3://…` as people start it, on a bucket of a moto server. Records are synthetic.
 */

const BUCKET = 'acme-cloudtrail-history'
const RECORDS = chainOf({ hops: 3, gap: 900, kept: ['both', 'both'] })
const ACCOUNTS = ['111122223333', '222233334444']
const REGIONS = ['eu-west-1', 'us-east-1']
const DAYS = ['2026/10/31', '2026/11/01', '2026/11/02']
const KEYS = ACCOUNTS.flatMap((account) =>
  REGIONS.flatMap((region) =>
    DAYS.map((day) => {
      const name = `${account}_CloudTrail_${region}_${day.replaceAll('/', '')}T1200Z_ABCDEFGHIJKLMNOP.json`
      return `AWSLogs/o-exampleorgid/${account}/CloudTrail/${region}/${day}/${name}`
    }),
  ),
).sort()
const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' }
const aws = { region: 'eu-west-1', endpoint: inject('moto'), credentials }
const s3 = new S3Client({ ...aws, forcePathStyle: true })
const sqs = new SQSClient(aws)
let moto: Recorder
let url: string
const cli = new Cli()

beforeAll(async () => {
  moto = await Recorder.start(inject('moto'))
  url = `s3://${BUCKET}/?${new URLSearchParams({ region: 'eu-west-1', endpoint: moto.url })}`
  await s3.send(
    new CreateBucketCommand({
      Bucket: BUCKET,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  )
  // Each with a record of its own, and a digest and a flow log beside.
  for (const [index, Key] of KEYS.entries())
    await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key,
        Body: bytesOf('log file', [RECORDS[index % RECORDS.length]!]),
      }),
    )
  for (const Key of [
    'AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/eu-west-1/2026/11/01/digest.json.gz',
    'AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/11/01/flow.log.gz',
  ])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }))
})

afterAll(async () => {
  await moto.stop()
  s3.destroy()
  sqs.destroy()
  cli.remove()
})

const env = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-west-1',
}
const run = (...args: string[]) => cli.run(['ingest', url, ...args, '-o', 'json'], { env })
const keysIn = (stdout: string): string[] =>
  (JSON.parse(stdout) as { items: { source: string }[] }).items.map(({ source }) =>
    source.slice(`s3://${BUCKET}/`.length),
  )

it.each([
  [['--account', '111122223333'], '111122223333'],
  [['--region', 'us-east-1'], '/us-east-1/'],
  [['--from', '2026-11-01', '--to', '2026-11-02'], '/2026/11/01/'],
])('takes what is meant by %j, and looks nowhere else', async (options, part) => {
  moto.seen.length = 0
  const { exit, stdout } = await run(...options, '--store', `sqlite:${part.replaceAll('/', '')}.db`)
  expect(exit).toBe(0)
  expect(keysIn(stdout)).toEqual(KEYS.filter((key) => key.includes(part)))
  const fetched = moto.seen.filter(({ path }) => !path.includes('list-type'))
  expect(fetched).toHaveLength(KEYS.filter((key) => key.includes(part)).length)
})

it('goes on where it was stopped, and then forgets', async () => {
  // Each file before the one that cannot be had is kept, whatever else is committed with it.
  const keys = Array.from(
    { length: 70 },
    (_, index) => `many/${String(index).padStart(3, '0')}.json`,
  )
  const [record] = RECORDS
  for (const [index, Key] of keys.entries()) {
    const Body = bytesOf('log file', [{ ...record, eventID: `event-${index}` }])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))
  }
  const many = ['ingest', url.replace('/?', '/many/?'), '--store', 'sqlite:many.db', '-o', 'json']
  moto.refuse = ({ path }) => (path.includes('/069.json') ? { status: 501, body: 'not now' } : null)
  expect((await cli.run(many, { env })).exit).toBe(1)
  moto.refuse = () => null
  expect(readFileSync(cli.path('many.db.ingest.json'), 'utf8')).toContain('many/068.json')
  expect(keysIn((await cli.run(many, { env })).stdout)).toEqual(keys.slice(69))
  expect(readFileSync(cli.path('many.db.ingest.json'), 'utf8')).toBe('{}')
  const { stdout } = await cli.run(many, { env })
  expect(keysIn(stdout)).toEqual(keys)
  expect(JSON.parse(stdout)).toMatchObject({
    items: keys.map(() => ({ accepted: 0, duplicate: 1 })),
  })
})

it('says how much it is without reading it', async () => {
  moto.seen.length = 0
  const { exit, stdout } = await run('--dry-run', '--store', 'sqlite:none.db')
  expect(exit).toBe(0)
  const [item] = (JSON.parse(stdout) as { items: Record<string, number>[] }).items
  const bytes = KEYS.reduce(
    (sum, _, index) => sum + bytesOf('log file', [RECORDS[index % RECORDS.length]!]).length,
    0,
  )
  expect(item).toMatchObject({ objects: KEYS.length, bytes, records: Math.round(bytes / 110) })
  expect(item!['dollars']).toBeGreaterThan(0)
  expect(moto.seen.every(({ path }) => path.includes('list-type'))).toBe(true)
  expect(existsSync(cli.path('none.db'))).toBe(false)
})

it('has the queue of the function told, of each object by itself', async () => {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `history-${process.pid}` }),
  )
  const { exit, stdout } = await cli.run(
    ['ingest', url, '--region', 'eu-west-1', '--queue', QueueUrl!, '-o', 'json'],
    { env: { ...env, AWS_ENDPOINT_URL_SQS: inject('moto') } },
  )
  expect(exit).toBe(0)
  const wanted = KEYS.filter((key) => key.includes('/eu-west-1/'))
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'IngestSent',
    items: [{ objects: wanted.length }],
  })
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: QueueUrl!, MaxNumberOfMessages: 10 }),
  )
  expect((Messages ?? []).map(({ Body }) => JSON.parse(Body!) as unknown)).toEqual(
    expect.arrayContaining(wanted.map((key) => ({ s3Bucket: BUCKET, s3ObjectKey: [key] }))),
  )
})

it('says that these options are for buckets', async () => {
  cli.write('local.json', bytesOf('log file', RECORDS))
  const { exit, stderr } = await cli.run(['ingest', 'local.json', '--dry-run'])
  expect(exit).toBe(2)
  expect(stderr).toContain('for buckets')
})
