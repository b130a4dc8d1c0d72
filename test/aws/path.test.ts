import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { company, fileBytes } from '../../lib/demo/company.ts'
import { Cli } from '../cli/cli.ts'
import { bytesOf } from '../properties/deliver.ts'
import { chainOf } from '../properties/late-binding.ts'
import { ACCOUNTS } from '../properties/records.ts'
import { grantOf } from './grants.ts'
import { Artefacts, type LambdaFunction } from './lambda/function.ts'
import { Recorder } from './recorder.ts'
import { newTable } from './tables.ts'

/*
 * All the way, with the functions as they are packed: a log file is put into a bucket of a moto server, which tells a queue, which is
 * read as Lambda reads it; facts go to a table of DynamoDB Local, then rows; and the program answers from those.
 */

const ACCOUNT = '123456789012'
const BUCKET = 'acme-cloudtrail-path'
const FACTS = 'acme-facts-path'
const FILES_MAX = 60
const acme = company({ seed: 1, days: 1, workloads: 10 })
const files = acme.files.filter(({ skip }) => skip === undefined).slice(0, FILES_MAX)
const aws = {
  region: 'eu-west-1',
  endpoint: inject('moto'),
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
}
const s3 = new S3Client({ ...aws, forcePathStyle: true })
const sqs = new SQSClient(aws)
const settings = `accounts: ${JSON.stringify([...acme.accounts.map(({ id }) => id), ...ACCOUNTS])}\nclusters: []\nnetwork: { egress: [], vpcEndpoints: [] }\n`
const env = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-west-1',
}

let artefacts: Artefacts
let dynamodb: Recorder
let bucket: Recorder
let store: string
let queue: string
let rollups: string
let drifts: string
const running: LambdaFunction[] = []

async function start(name: string, table = store): Promise<LambdaFunction> {
  dynamodb.seen.length = 0
  dynamodb.refuse = () => null
  bucket.seen.length = 0
  const endpoint = encodeURIComponent(dynamodb.url)
  const started = await artefacts.start(name, {
    PODTRAIL_STORE: `${table.slice(0, table.indexOf('?'))}?region=eu-west-1&endpoint=${endpoint}&facts=${FACTS}`,
    PODTRAIL_BUCKETS: `${BUCKET}=${ACCOUNT}`,
    PODTRAIL_ROLLUP_QUEUE: rollups,
    PODTRAIL_DRIFT_QUEUE: drifts,
    AWS_ENDPOINT_URL_S3: bucket.url,
    AWS_ENDPOINT_URL_SQS: inject('moto'),
  })
  running.push(started)
  return started
}

async function newStore(): Promise<string> {
  const place = new URLSearchParams({ region: 'eu-west-1', endpoint: inject('dynamodb') })
  return `dynamodb:${await newTable()}?${place}`
}

async function queueOf(name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `${name}-${process.pid}` }),
  )
  return QueueUrl!
}

async function receive(url: string): Promise<{ id: string; body: string; handle: string }[]> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
  )
  return (Messages ?? []).map(({ MessageId, Body, ReceiptHandle }) => ({
    id: MessageId!,
    body: Body!,
    handle: ReceiptHandle!,
  }))
}

/** What Lambda does with a queue: hands on what is there, and deletes what did not fail. */
async function drain(url: string, reader: LambdaFunction): Promise<number> {
  let read = 0
  for (;;) {
    const messages = await receive(url)
    if (messages.length === 0) return read
    const failed = await reader.batch(messages)
    expect(failed).toEqual([])
    read += messages.length
    for (const { handle } of messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: handle }))
  }
}

beforeAll(async () => {
  artefacts = await Artefacts.build(settings)
  dynamodb = await Recorder.start(inject('dynamodb'))
  bucket = await Recorder.start(inject('moto'))
  store = await newStore()
  queue = await queueOf('ingest')
  rollups = await queueOf('rollup')
  drifts = await queueOf('drift')
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }),
  )
  for (const Bucket of [BUCKET, FACTS])
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    )
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: BUCKET,
      NotificationConfiguration: {
        QueueConfigurations: [
          { QueueArn: Attributes!['QueueArn']!, Events: ['s3:ObjectCreated:*'] },
        ],
      },
    }),
  )
}, 300_000)

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()))
  await dynamodb.stop()
  await bucket.stop()
  artefacts.remove()
  s3.destroy()
  sqs.destroy()
})

it('a log file in the bucket becomes an answer', async () => {
  const ingest = await start('ingest')
  for (const file of files)
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: file.path, Body: fileBytes(file) }))
  expect(await drain(queue, ingest)).toBeGreaterThanOrEqual(files.length)
  const metrics = ingest.log.filter((line) => '_aws' in line)
  const sum = (name: string): number =>
    metrics.reduce((total, line) => total + Number(line[name]), 0)
  expect(sum('ObjectsTaken')).toBe(files.length)
  expect(sum('RecordsAccepted')).toBeGreaterThan(100)
  await expectWithin('Ingest')

  const rollup = await start('rollup')
  expect(await rollup.batch([{ id: 'schedule', body: '{"source":"aws.events"}' }])).toEqual([])
  await expectWithin('Rollup')

  const local = new Cli()
  const remote = new Cli()
  try {
    for (const file of files)
      local.write(file.path.slice(file.path.lastIndexOf('/') + 1), fileBytes(file))
    await local.run(['ingest', '*.json.gz', '--allow-partial'])
    for (const question of [
      ['graph', '--all', '-o', 'json'],
      ['coverage', '-o', 'json'],
      ['who', '*'],
    ]) {
      const expected = await local.run(question)
      const told = await remote.run([...question, '--store', store], { env })
      expect({ ...told, stderr: '' }, question.join(' ')).toEqual({ ...expected, stderr: '' })
      expect(expected.stdout.length).toBeGreaterThan(200)
    }
  } finally {
    local.remove()
    remote.remove()
  }
})

/** All that a function asked of the table is what its role lets it, down to the keys. */
async function expectWithin(role: string): Promise<void> {
  const grant = await grantOf(role)
  const outside = dynamodb.seen.flatMap(grant.refuses)
  expect([...new Set(outside)]).toEqual([])
  expect(dynamodb.seen.length).toBeGreaterThan(10)
}

/** Synthetic: a workload, three roles one after another, a call. */
const chain = chainOf({ hops: 3, gap: 900, kept: ['both', 'both'] })

function events(): { id: string; body: string }[] {
  return bytesOf('EventBridge', chain)
    .toString('utf8')
    .split('\n')
    .map((body, index) => ({ id: `event-${index}`, body }))
}

const rollUp = async (table: string): Promise<void> => {
  const rollup = await start('rollup', table)
  expect(await rollup.batch([{ id: 'schedule', body: '{}' }])).toEqual([])
}

async function who(role: string, table: string): Promise<unknown[]> {
  const cli = new Cli()
  try {
    const { stdout } = await cli.run(['who', role, '-o', 'json', '--store', table], { env })
    return (JSON.parse(stdout) as { items: unknown[] }).items
  } finally {
    cli.remove()
  }
}

it('an event of EventBridge becomes an answer, and the log file after it a duplicate', async () => {
  const table = await newStore()
  const fastpath = await start('fastpath', table)
  const wrong = { id: 'wrong', body: '{"detail-type":"Scheduled Event","detail":{}}' }
  expect(await fastpath.batch([...events(), wrong])).toEqual(['wrong'])
  await expectWithin('Fastpath')
  await rollUp(table)
  const before = await who('hop-2', table)
  expect(before).toMatchObject([
    { principal: { kind: 'workload', serviceAccount: 'checkout' }, hop: 3, count: 1 },
  ])

  const ingest = await start('ingest', table)
  const key = 'AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02/late.json'
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytesOf('log file', chain) }),
  )
  const body = JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [key] })
  expect(await ingest.batch([{ id: 'late', body }])).toEqual([])
  expect(ingest.log.find((line) => '_aws' in line)).toMatchObject({
    RecordsAccepted: 0,
    RecordsDuplicate: chain.length,
  })
  await rollUp(table)
  expect(await who('hop-2', table)).toEqual(before)
})

it('asks nothing of a foreign bucket, is told of an object that is gone, and minds the time', async () => {
  const ingest = await start('ingest', await newStore())
  const about = (bucketName: string, key: string): string =>
    JSON.stringify({ s3Bucket: bucketName, s3ObjectKey: [key] })
  const key = files[0]!.path
  expect(
    await ingest.batch([
      { id: 'foreign', body: about('somebody-elses', key) },
      { id: 'gone', body: about(BUCKET, key.replace('.json', 'gone.json')) },
      { id: 'good', body: about(BUCKET, key) },
      { id: 'test', body: '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"x"}' },
    ]),
  ).toEqual(['foreign', 'gone'])
  expect(bucket.seen.filter(({ path }) => !path.startsWith(`/${BUCKET}/`))).toEqual([])
  // Some 40 seconds are kept for what was begun.
  const some = files
    .slice(1, 5)
    .map(({ path }, index) => ({ id: `${index}`, body: about(BUCKET, path) }))
  expect(await ingest.batch(some, { remainingMs: 60_000, perQuestionMs: 9_000 })).toEqual(['3'])
})

it('killed anywhere, it leaves what the next process finishes', async () => {
  const key = 'AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02/killed.json'
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytesOf('log file', chain) }),
  )
  const message = { id: 'm', body: JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [key] }) }
  const clean = await newStore()
  await (await start('ingest', clean)).batch([message])
  const requests = dynamodb.seen.length
  await rollUp(clean)
  const expected = await who('*', clean)
  expect(expected.length).toBeGreaterThan(2)
  for (let at = 1; at <= requests; at += Math.ceil(requests / 8)) {
    const table = await newStore()
    const dying = await start('ingest', table)
    dynamodb.refuse = () => {
      if (dynamodb.seen.length === at) void dying.stop()
      return null
    }
    await expect(dying.batch([message])).rejects.toThrow('ended with')
    expect(await (await start('ingest', table)).batch([message])).toEqual([])
    await rollUp(table)
    expect(await who('*', table), `killed at request ${at} of ${requests}`).toEqual(expected)
  }
})

it('refused by the table for being one too many, it asks again', async () => {
  const table = await newStore()
  const ingest = await start('ingest', table)
  dynamodb.refuse = () =>
    dynamodb.seen.length % 3 === 0
      ? {
          status: 400,
          body: '{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}',
        }
      : null
  const key = 'AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02/killed.json'
  const message = { id: 'm', body: JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [key] }) }
  expect(await ingest.batch([message])).toEqual([])
  expect(dynamodb.seen.length).toBeGreaterThan(20)
  await rollUp(table)
  expect(await who('hop-2', table)).toHaveLength(1)
})

it('a rollup that runs out of time calls for another, and only so often', async () => {
  const table = await newStore()
  await (await start('fastpath', table)).batch(events())
  const rollup = await start('rollup', table)
  const noTime = { remainingMs: 1, perQuestionMs: 0 }
  expect(await rollup.batch([{ id: 'schedule', body: '{}' }], noTime)).toEqual([])
  const [next] = await receive(rollups)
  expect(JSON.parse(next!.body)).toEqual({ round: 2 })
  await sqs.send(new DeleteMessageCommand({ QueueUrl: rollups, ReceiptHandle: next!.handle }))
  expect(await rollup.batch([{ id: 'last', body: '{"round":10}' }], noTime)).toEqual([])
  expect(await receive(rollups)).toEqual([])
})
