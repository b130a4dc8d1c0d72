import type { SQSHandler } from 'aws-lambda'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { setting } from '../lib/aws/environment.ts'
import { logOf } from '../lib/aws/log.ts'
import { roundIn, sendAll, sqsClient } from '../lib/aws/queue.ts'
import { rollUpDirty } from '../lib/pipeline.ts'

/** Rolling up one batch of partitions may take that long. */
const RESERVE_MS = 90_000
/**
 * After so many runs in a row the next one waits for the schedule. Lambda would stop a function that calls itself through a queue
 * at about 16: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const ROUNDS_MAX = 10
const COUNTED_MAX = 100

const log = logOf('rollup')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const queue = setting('PODTRAIL_ROLLUP_QUEUE')
const sqs = sqsClient({})

/** Queue that the schedule writes to → rows of all partitions whose facts changed. */
export const handler: SQSHandler = async ({ Records }, context) => {
  const round = Math.max(...Records.map(({ body }) => roundIn(body)))
  const hasTime = (): boolean => context.getRemainingTimeInMillis() > RESERVE_MS
  const rolled = await rollUpDirty(store, hasTime)
  const left = (await store.dirty(COUNTED_MAX)).length
  log.metrics({ PartitionsRolled: rolled, PartitionsLeft: left, RollupRounds: round })
  if (left > 0 && round < ROUNDS_MAX)
    await sendAll(sqs, queue, [JSON.stringify({ round: round + 1 })])
  return { batchItemFailures: [] }
}
