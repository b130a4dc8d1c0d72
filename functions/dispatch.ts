import type { ScheduledHandler } from 'aws-lambda'
import { deliver } from '../lib/alert/deliver.ts'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { alertSettings, packedConfig, setting } from '../lib/aws/environment.ts'
import { logOf } from '../lib/aws/log.ts'
import { SnsSink } from '../lib/aws/sns.ts'
import { ANOMALY_RULES } from '../lib/coverage/rules.ts'
import { CHECKS } from '../lib/drift/all.ts'

const log = logOf('dispatch')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const settings = alertSettings(packedConfig(), setting('PODTRAIL_ALERT_TOPIC'))
const rules = new Map([...ANOMALY_RULES, ...CHECKS].map((rule) => [rule.id, rule]))
const sink = new SnsSink()

/** Schedule → what stands in the outbox is sent to topics. */
export const handler: ScheduledHandler = async () => {
  const now = Math.floor(Date.now() / 1000)
  const sent = await deliver(store, sink, settings, rules, now)
  for (const [target, reason] of sent.errors) log.error('not sent', { target, reason })
  const [oldest] = await store.due(now, 1)
  log.metrics({
    AlertsSent: sent.messages,
    AlertsRetried: sent.retried,
    AlertsDied: sent.died,
    AlertsDead: (await store.dead(100)).length,
    OutboxOldestSeconds: oldest === undefined ? 0 : now - oldest.since,
  })
}
