import type { SQSHandler } from 'aws-lambda'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { packedConfig, setting } from '../lib/aws/environment.ts'
import { takeInEvents } from '../lib/aws/fast-intake.ts'
import { fieldsOf, logOf } from '../lib/aws/log.ts'
import { sendAll, sqsClient } from '../lib/aws/queue.ts'
import { watching } from '../lib/aws/watching.ts'
import { FileReader } from '../lib/record/read-file.ts'

const log = logOf('fastpath')
const drifts = setting('PODTRAIL_DRIFT_QUEUE')
const sqs = sqsClient({})
const ledger = watching(
  openDynamoStore(setting('PODTRAIL_STORE')),
  () => sendAll(sqs, drifts, ['{}']),
  (error) => log.warn('drift was not told of a change', fieldsOf(error)),
)
const accounts = new Set(packedConfig().accounts)
const reader = new FileReader()

/** Queue of events of EventBridge → the same facts, minutes before the log file has them. */
export const handler: SQSHandler = async ({ Records }) => {
  const messages = Records.map(({ messageId, body }) => ({ id: messageId, body }))
  const { failed, counts } = await takeInEvents(messages, { reader, ledger, accounts, log })
  log.metrics(counts)
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) }
}
