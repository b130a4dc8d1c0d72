import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { anomaly } from '../finding/samples.ts'
import { bytesOf, factsOf } from '../properties/deliver.ts'
import { chainOf } from '../properties/late-binding.ts'
import { ACCOUNTS } from '../properties/records.ts'
import { grantOf } from './grants.ts'
import { Artefacts, type LambdaFunction } from './lambda/function.ts'
import { Recorder } from './recorder.ts'
import { client, newTable } from './tables.ts'

/*
 * The scheduled functions and the API, as they are packed, on a table of DynamoDB Local and topics and queues of moto.
 */

const CALLER = 'arn:aws:iam::111111111111:role/security'
const SETTINGS = `
accounts: ${JSON.stringify(ACCOUNTS)}
clusters: []
network: { egress: [], vpcEndpoints: [] }
auth: { iam: { '${CALLER}': viewer } }
`
const aws = {
  region: 'eu-west-1',
  endpoint: inject('moto'),
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
}
const sns = new SNSClient(aws)
const sqs = new SQSClient(aws)
let artefacts: Artefacts
let dynamodb: Recorder
let name: string
let topic: string
let queue: string
const running: LambdaFunction[] = []

beforeAll(async () => {
  artefacts = await Artefacts.build(SETTINGS)
  dynamodb = await Recorder.start(inject('dynamodb'))
  name = await newTable()
  topic = (await sns.send(new CreateTopicCommand({ Name: `alerts-${process.pid}` }))).TopicArn!
  queue = (await sqs.send(new CreateQueueCommand({ QueueName: `alerts-${process.pid}` }))).QueueUrl!
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }),
  )
  await sns.send(
    new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: Attributes!['QueueArn']! }),
  )
  const store = dynamoStore(client, name)
  const chain = chainOf({ hops: 3, gap: 900, kept: ['both', 'both'] })
  await ingest(store, [factsOf(bytesOf('log file', chain), 'logs/chain.json', null)])
  await rollUpDirty(store)
}, 300_000)

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()))
  await dynamodb.stop()
  artefacts.remove()
  sns.destroy()
  sqs.destroy()
})

async function start(which: string): Promise<LambdaFunction> {
  dynamodb.seen.length = 0
  const started = await artefacts.start(which, {
    PODTRAIL_STORE: `dynamodb:${name}?region=eu-west-1&endpoint=${encodeURIComponent(dynamodb.url)}`,
    PODTRAIL_ALERT_TOPIC: topic,
    PODTRAIL_BUCKETS: 'acme-functions=123456789012',
    PODTRAIL_TRAIL_PREFIX: 'AWSLogs/',
    AWS_ENDPOINT_URL_SNS: inject('moto'),
    AWS_ENDPOINT_URL_S3: inject('moto'),
    AWS_ENDPOINT_URL_CLOUDTRAIL: inject('moto'),
  })
  running.push(started)
  return started
}

function expectWithin(role: string): void {
  const { refuses } = grantOf(role)
  expect([...new Set(dynamodb.seen.flatMap(refuses))]).toEqual([])
  expect(dynamodb.seen.length).toBeGreaterThan(1)
}

const metricsOf = (one: LambdaFunction) => one.log.findLast((line) => '_aws' in line)

const ANOMALY = anomaly()

it('a finding goes from the outbox to the topic, to whoever is subscribed, and once', async () => {
  const window = { from: ANOMALY.firstSeen - 10, to: ANOMALY.lastSeen + 10 }
  const scope = { rules: [ANOMALY.rule], window, notLooked: [], isComplete: true }
  await reconcile(dynamoStore(client, name), { anomalies: [ANOMALY], scope }, ANOMALY.lastSeen + 60)
  const dispatch = await start('dispatch')
  await dispatch.invoke({})
  expect(metricsOf(dispatch)).toMatchObject({
    AlertsSent: 1,
    AlertsDead: 0,
    OutboxOldestSeconds: 0,
  })
  expectWithin('Dispatch')
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }),
  )
  expect(Messages).toHaveLength(1)
  const { Message, TopicArn } = JSON.parse(Messages![0]!.Body!) as Record<string, string>
  expect(TopicArn).toBe(topic)
  expect(Message).toContain('sandbox/debug reached')
  await dispatch.invoke({})
  expect(metricsOf(dispatch)).toMatchObject({ AlertsSent: 0 })
})

it('what is unusual is looked for, and what is not seen is told', async () => {
  const detect = await start('detect')
  await detect.invoke({})
  expect(metricsOf(detect)).toHaveProperty('Found')
  expectWithin('Detect')
  const coverage = await start('coverage')
  await coverage.invoke({})
  // All of it was long ago: nothing is seen of any account by now.
  const metrics = Object.assign({}, ...coverage.log.filter((line) => '_aws' in line))
  expect(metrics).toMatchObject({ TrailProblems: 0, TrailsNotLooked: 1, IntegrityFailures: 0 })
  expect(metrics).toHaveProperty('PlacesBlind')
  expectWithin('Coverage')
  expect(await dynamoStore(client, name).verifications.trails()).toMatchObject([
    { code: 'not-found', verdict: 'not-looked' },
  ])
})

/** As an HTTP API hands on a request, with what its authorizer found. */
function request(path: string, userArn?: string): object {
  const authorizer = userArn === undefined ? {} : { authorizer: { iam: { userArn } } }
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path.split('?')[0],
    rawQueryString: path.split('?')[1] ?? '',
    headers: { host: 'example.execute-api.eu-west-1.amazonaws.com', accept: 'application/json' },
    requestContext: {
      accountId: '111111111111',
      apiId: 'example',
      domainName: 'example.execute-api.eu-west-1.amazonaws.com',
      http: {
        method: 'GET',
        path: path.split('?')[0],
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'test',
      },
      requestId: 'request',
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '02/Mar/2026:14:00:00 +0000',
      timeEpoch: 1_772_460_000_000,
      ...authorizer,
    },
    isBase64Encoded: false,
  }
}

it('the API answers those whom the gateway knows and the settings name, and nobody else', async () => {
  const api = await start('api')
  const ask = async (path: string, userArn?: string) =>
    (await api.invoke(request(path, userArn))) as { statusCode: number; body: string }
  expect(await ask('/healthz')).toMatchObject({ statusCode: 200 })
  for (const stranger of [undefined, 'arn:aws:iam::111111111111:role/other'])
    expect((await ask('/api/v1/edges', stranger)).statusCode).toBe(401)
  const session = 'arn:aws:sts::111111111111:assumed-role/security/somebody'
  const { statusCode, body } = await ask('/api/v1/edges', session)
  expect(statusCode).toBe(200)
  expect((JSON.parse(body) as { items: unknown[] }).items.length).toBeGreaterThan(2)
  expectWithin('Api')
})
