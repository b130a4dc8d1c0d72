import {
  type MessageAttributeValue,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  SNSClient,
} from '@aws-sdk/client-sns'
import { bytesOf } from '../alert/format.ts'
import { parseArn } from '../identity/arn.ts'
import type { AlertMessage, AlertSink } from '../ports.ts'
import { once, SETTINGS } from './clients.ts'
import type { Place } from './urls.ts'

/** Of one batch, in messages and in bytes: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
const BATCH = { messages: 10, bytes: 255_000 }

const clients = new Map<string, SNSClient>()

/** The process's client of SNS in a region. */
function snsClient(place: Place): SNSClient {
  return once(clients, place, () => new SNSClient({ ...SETTINGS, ...place }))
}

/** Publishes to SNS topics, which are named by their ARN. */
export class SnsSink implements AlertSink {
  readonly #clientFor: (place: Place) => Pick<SNSClient, 'send'>

  constructor(clientFor: (place: Place) => Pick<SNSClient, 'send'> = snsClient) {
    this.#clientFor = clientFor
  }

  async send(to: string, messages: readonly AlertMessage[]): Promise<(string | null)[]> {
    const region = parseArn(to)?.region
    const client = this.#clientFor(region === undefined ? {} : { region })
    const results: (string | null)[] = []
    for (const batch of batchesOf(messages)) results.push(...(await publish(client, to, batch)))
    return results
  }
}

async function publish(
  client: Pick<SNSClient, 'send'>,
  topic: string,
  messages: readonly AlertMessage[],
): Promise<(string | null)[]> {
  try {
    const { Failed = [] } = await client.send(
      new PublishBatchCommand({
        TopicArn: topic,
        PublishBatchRequestEntries: messages.map((message, index) =>
          entryOf(message, index, topic.endsWith('.fifo')),
        ),
      }),
    )
    const errors = new Map(Failed.map(({ Id, Code, Message }) => [Id, Message ?? Code ?? 'failed']))
    return messages.map((_, index) => errors.get(String(index)) ?? null)
  } catch (error) {
    const { name, message } = error as Error
    return messages.map(() => (message === '' ? name : `${name}: ${message}`))
  }
}

function entryOf(
  { id, thread, subject, body, attributes }: AlertMessage,
  index: number,
  isFifo: boolean,
): PublishBatchRequestEntry {
  return {
    Id: String(index),
    Subject: subject,
    Message: body,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)]),
    ),
    // A topic that keeps an order knows what it was sent before, for five minutes.
    ...(isFifo ? { MessageGroupId: thread, MessageDeduplicationId: id } : {}),
  }
}

function attributeOf(value: string): MessageAttributeValue {
  return { DataType: /^\d$/.test(value) ? 'Number' : 'String', StringValue: value }
}

function* batchesOf(messages: readonly AlertMessage[]): Generator<readonly AlertMessage[]> {
  let batch: AlertMessage[] = []
  let bytes = 0
  for (const message of messages) {
    const size = sizeOf(message)
    const isFull = batch.length === BATCH.messages || bytes + size > BATCH.bytes
    if (isFull && batch.length > 0) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function sizeOf({ subject, body, attributes }: AlertMessage): number {
  const parts = Object.entries(attributes).flatMap(([name, value]) => [name, 'String', value])
  return [subject, body, ...parts].reduce((sum, part) => sum + bytesOf(part), 0)
}
