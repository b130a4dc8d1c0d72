import type { SQSHandler } from 'aws-lambda'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { packedConfig, setting } from '../lib/aws/environment.ts'
import { LiveReader } from '../lib/aws/live/reader.ts'
import { logOf } from '../lib/aws/log.ts'
import { roundIn, sendAll, sqsClient } from '../lib/aws/queue.ts'
import { runDrift } from '../lib/finding/run-drift.ts'

/** Enough to run the checks and to record what they find. */
const RESERVE_MS = 180_000
/** A reading that was cut off goes on with what it has; Lambda would stop a function that calls itself through a queue at about 16. */
const ROUNDS_MAX = 10
/** Seconds for which answers of a reading that was cut off still count. */
const KEPT_FOR = 3_600

const log = logOf('drift')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const queue = setting('PODTRAIL_DRIFT_QUEUE')
const config = packedConfig()
const regions = [setting('AWS_REGION')]
const sqs = sqsClient({})

/** Queue that the schedule, and whoever sees a trust change, write to → a snapshot, and what deviates in it as findings. */
export const handler: SQSHandler = async ({ Records }, context) => {
  const round = Math.max(...Records.map(({ body }) => roundIn(body)))
  const reader = new LiveReader({
    accounts: config.accounts,
    snapshot: config.snapshot ?? { regions, kubernetes: true },
    kept: store.keptAnswers(KEPT_FOR),
    endsAt: Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS,
  })
  const now = Math.floor(Date.now() / 1000)
  const { findings, notLooked } = await runDrift(store, reader, config, now)
  const reasons = new Map(notLooked.map(({ subject, reason }) => [subject, reason]))
  for (const [subject, reason] of reasons) log.warn('could not look', { subject, reason })
  log.metrics({
    DriftFound: findings.found,
    DriftReopened: findings.reopened,
    DriftResolved: findings.resolved,
    DriftPlacesNotRead: reasons.size,
  })
  if (reader.isUnfinished && round < ROUNDS_MAX)
    await sendAll(sqs, queue, [JSON.stringify({ round: round + 1 })])
  return { batchItemFailures: [] }
}
