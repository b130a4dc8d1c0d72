import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { once, SETTINGS } from './clients.ts'
import { inParallel, pieces } from './parallel.ts'
import type { Place } from './urls.ts'

const queues = new Map<string, SQSClient>()

/** The process's client of SQS at a place. */
export function sqsClient(place: Place): SQSClient {
  return once(queues, place, () => new SQSClient({ ...SETTINGS, ...place }))
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MESSAGES_AT_ONCE = 10
const TRIES = 6
const WAIT_MS = 200

/** Sends all messages, or throws; then some may have been sent. */
export async function sendAll(
  client: Pick<SQSClient, 'send'>,
  url: string,
  bodies: readonly string[],
): Promise<void> {
  await inParallel(pieces(bodies, MESSAGES_AT_ONCE), async (some) => {
    let left = some.map((body) => ({ Id: randomUUID(), MessageBody: body }))
    for (let tries = 1; ; tries++) {
      const { Failed } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: url, Entries: left }),
      )
      const failed = new Map((Failed ?? []).map((one) => [one.Id, one]))
      left = left.filter(({ Id }) => failed.has(Id))
      if (left.length === 0) return
      const { Code, Message, SenderFault } = failed.get(left[0]!.Id)!
      if (SenderFault === true || tries === TRIES)
        throw new Error(`${url}: ${left.length} messages not sent: ${Code} ${Message ?? ''}`)
      await sleep(Math.random() * WAIT_MS * 2 ** tries)
    }
  })
}

/** How often a function has called itself before, by the message it sent: from 1. That of the schedule says nothing. */
export function roundIn(body: string): number {
  try {
    const { round } = JSON.parse(body) as { round?: unknown }
    return Number.isInteger(round) && Number(round) > 0 ? Number(round) : 1
  } catch {
    return 1
  }
}
