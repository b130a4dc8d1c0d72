import {
  CreateTopicCommand,
  DeleteTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { deliver } from '../../lib/alert/deliver.ts'
import { messageOf } from '../../lib/alert/message.ts'
import type { AlertSettings } from '../../lib/alert/route.ts'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { SnsSink } from '../../lib/aws/sns.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { FindingStore } from '../../lib/ports.ts'
import { HOSTILE } from '../alert/hostile.ts'
import { alert, FORMAT_LIST, RULES } from '../alert/samples.ts'
import { AT, anomaly, finding, scope } from '../finding/samples.ts'
import { findings, outbox } from '../properties/findings.ts'
import { itHolds } from '../properties/holds.ts'
import { client, newTable, withNewTable } from './tables.ts'

const place = {
  region: 'eu-west-1',
  endpoint: inject('moto'),
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
}
const sns = new SNSClient({ ...place, maxAttempts: 1 })
const sqs = new SQSClient(place)
const NOW = AT + 300

let made = 0
const stores: FindingStore[] = []
afterEach(() => {
  for (const store of stores.splice(0)) (store as { close?: () => void }).close?.()
})

interface Received {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
}

/** A topic, and a queue that is subscribed to it as a consumer would be. */
async function topicWithQueue(
  filter?: object,
): Promise<{ topic: string; received: () => Promise<Received[]> }> {
  const name = `podtrail-${process.pid}-${++made}`
  const { TopicArn: topic } = await sns.send(new CreateTopicCommand({ Name: name }))
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  )
  await sns.send(
    new SubscribeCommand({
      TopicArn: topic,
      Protocol: 'sqs',
      Endpoint: Attributes!['QueueArn']!,
      Attributes: {
        RawMessageDelivery: 'true',
        ...(filter === undefined ? {} : { FilterPolicy: JSON.stringify(filter) }),
      },
    }),
  )
  const received = async (): Promise<Received[]> => {
    const all: Received[] = []
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
        }),
      )
      if (Messages.length === 0) return all
      for (const { Body, MessageAttributes = {} } of Messages)
        all.push({
          body: Body!,
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([key, { StringValue }]) => [key, StringValue!]),
          ),
        })
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: ReceiptHandle!,
          })),
        }),
      )
    }
  }
  return { topic: topic!, received }
}

const settings = (
  to: string,
  given: Partial<AlertSettings['routes'][number]> = {},
): AlertSettings => ({
  routes: [{ to, formats: ['json'], minimumSeverity: 'low', decisions: false, ...given }],
  storm: { most: 20, minutes: 10 },
})
const sink = new SnsSink(() => sns)

/** Findings in a store of its own. */
async function storeWith(
  anomalies: readonly Anomaly[],
  store?: FindingStore,
): Promise<FindingStore> {
  const own = store ?? openSqliteStore(':memory:')
  stores.push(own)
  await reconcile(own, { anomalies, scope: scope() }, NOW)
  return own
}
const apart = (subject: string, given: Partial<Anomaly> = {}): Anomaly =>
  anomaly({ subject, story: subject, ...given })
const idsOf = (received: readonly Received[]): string[] =>
  received.map(({ body }) => JSON.parse(body).id).sort()
async function idsIn(store: FindingStore): Promise<string[]> {
  return (await store.findingsAfter('', 100_000)).map(({ id }) => `${id}.1`).sort()
}

describe('SNS', () => {
  it('brings a subscribed queue exactly the ids of what was found, from the table', async () => {
    const { topic, received } = await topicWithQueue()
    const store = dynamoStore(client, await newTable())
    await storeWith(
      Array.from({ length: 45 }, (_, n) => apart(`${n}`)),
      store,
    )
    await deliver(store, sink, settings(topic), RULES, NOW)
    expect(idsOf(await received())).toEqual(await idsIn(store))
    expect(await store.due(1e12, 9)).toEqual([])
  })

  it('takes every format of the most hostile finding, and its attributes', async () => {
    const { topic, received } = await topicWithQueue()
    const messages = HOSTILE.flatMap((text, n) =>
      FORMAT_LIST.map((format) =>
        messageOf(
          alert(finding({ subject: `${text} ${n}`, title: text, normal: text, networks: [text] })),
          format,
          topic,
        ),
      ),
    )
    expect((await sink.send(topic, messages)).filter((error) => error !== null)).toEqual([])
    const all = await received()
    expect(all.map(({ body }) => body).sort()).toEqual(messages.map(({ body }) => body).sort())
    expect(all.every(({ attributes }) => attributes['severity_num'] === '4')).toBe(true)
  })

  it('filters by attributes', async () => {
    const { topic, received } = await topicWithQueue({ severity: ['high'], format: ['json'] })
    const store = await storeWith([
      apart('a', { severity: 'high' }),
      apart('b', { severity: 'low' }),
    ])
    await deliver(store, sink, settings(topic, { formats: ['json', 'text'] }), RULES, NOW)
    expect((await received()).map(({ attributes }) => attributes['severity'])).toEqual(['high'])
  })

  it('gone for a while: everything arrives once when it is back', async () => {
    const { topic } = await topicWithQueue()
    await sns.send(new DeleteTopicCommand({ TopicArn: topic }))
    const store = await storeWith(Array.from({ length: 25 }, (_, n) => apart(`${n}`)))
    let now = NOW
    for (; now < NOW + 7_200; now += 600) {
      const { messages, errors } = await deliver(store, sink, settings(topic), RULES, now)
      expect(messages).toBe(0)
      if (errors.size > 0) expect([...errors.values()][0]).toMatch(/NotFound/)
    }
    expect(await store.dead(99)).toEqual([])
    const back = await topicWithQueue()
    // What was to go to the topic that is gone goes to the one in its place.
    for (; now < NOW + 14_400; now += 600)
      await deliver(store, sink, settings(back.topic), RULES, now)
    expect(idsOf(await back.received())).toEqual(await idsIn(store))
    expect(await store.due(1e12, 9)).toEqual([])
  })

  it('published, and the publisher died: it comes again under the same ids', async () => {
    const { topic, received } = await topicWithQueue()
    const store = await storeWith(Array.from({ length: 12 }, (_, n) => apart(`${n}`)))
    const dying = {
      send: async (to: string, messages: Parameters<SnsSink['send']>[1]) => {
        await sink.send(to, messages)
        throw new Error('the process ended')
      },
    }
    await expect(deliver(store, dying, settings(topic), RULES, NOW)).rejects.toThrow(
      'the process ended',
    )
    await deliver(store, sink, settings(topic), RULES, NOW + 1)
    expect(await received()).toHaveLength(12)
    await deliver(store, sink, settings(topic), RULES, NOW + 600)
    expect(idsOf(await received())).toEqual(await idsIn(store))
    expect(await store.due(1e12, 9)).toEqual([])
  })

  it('a storm of 100,000 findings: the critical ones, a few others, and one summary with true counts', async () => {
    const { topic, received } = await topicWithQueue()
    const total = 100_000
    const store = await storeWith(
      Array.from({ length: total }, (_, n) =>
        apart(`${n}`, { severity: n % 10_000 === 0 ? 'critical' : 'low' }),
      ),
    )
    const before = process.memoryUsage().heapUsed
    const delivery = await deliver(store, sink, settings(topic, { formats: ['text'] }), RULES, NOW)
    expect(delivery).toMatchObject({ messages: 31, summaries: 1, delivered: total, retried: 0 })
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000)
    const bodies = (await received()).map(({ body }) => body)
    expect(bodies).toHaveLength(31)
    expect(
      bodies.filter((body) => body.startsWith('99,970 findings at once: 99,970 low')),
    ).toHaveLength(1)
    expect(await store.due(1e12, 9)).toEqual([])
  })
})

const open = async (): Promise<{ store: FindingStore; close: () => void }> => {
  const { sender, name } = withNewTable()
  return { store: dynamoStore(sender, name), close: () => {} }
}

itHolds('Findings', 'on the table: a function of the set of events, told once', findings(open), 5)
itHolds(
  'Outbox',
  'on the table: everything is delivered, under one id, whoever dies',
  outbox(open),
  8,
)
