import type { SQSHandler } from 'aws-lambda'
import { s3Client } from '../lib/aws/clients.ts'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { bucketOwners, setting } from '../lib/aws/environment.ts'
import { takeIn } from '../lib/aws/intake.ts'
import { fieldsOf, logOf } from '../lib/aws/log.ts'
import { sendAll, sqsClient } from '../lib/aws/queue.ts'
import { getObject } from '../lib/aws/s3.ts'
import { watching } from '../lib/aws/watching.ts'
import { readLog } from '../lib/local/read-log.ts'
import { FileReader } from '../lib/record/read-file.ts'

/** Enough to commit what was read by then. */
const RESERVE_MS = 40_000

const log = logOf('ingest')
const drifts = setting('PODTRAIL_DRIFT_QUEUE')
const sqs = sqsClient({})
const ledger = watching(
  openDynamoStore(setting('PODTRAIL_STORE')),
  () => sendAll(sqs, drifts, ['{}']),
  (error) => log.warn('drift was not told of a change', fieldsOf(error)),
)
const owners = bucketOwners(setting('PODTRAIL_BUCKETS'))
const reader = new FileReader()
const s3 = s3Client({})

/** Queue of notifications that log files were delivered → facts in the table. */
export const handler: SQSHandler = async ({ Records }, context) => {
  const messages = Records.map(({ messageId, body }) => ({ id: messageId, body }))
  const { failed, counts } = await takeIn(messages, {
    buckets: new Set(owners.keys()),
    fetch: ({ bucket, key }) => getObject(s3, bucket, key, undefined, owners.get(bucket)),
    read: (source, deliveredAt, stored) => readLog(reader, { source, deliveredAt, stored }),
    ledger,
    hasTime: () => context.getRemainingTimeInMillis() > RESERVE_MS,
    log,
  })
  log.metrics({ ...counts, MessagesFailed: failed.size })
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) }
}
