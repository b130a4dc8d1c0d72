import type { ScheduledHandler } from 'aws-lambda'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { packedConfig, setting } from '../lib/aws/environment.ts'
import { logOf } from '../lib/aws/log.ts'
import { knownFrom } from '../lib/graph/answer.ts'
import { answerCoverage, type CoverageItem } from '../lib/graph/answer-coverage.ts'

const DAY = 86_400
/** Log files come up to about 15 minutes late. */
const LATE = 1800

const log = logOf('coverage')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const known = knownFrom(packedConfig())

/** Schedule → what of our accounts was not seen during the last day, as metrics and a line for each. */
export const handler: ScheduledHandler = async () => {
  const now = Math.floor(Date.now() / 1000)
  const { items, quarantined } = await answerCoverage(store, { from: now - DAY, to: now }, known)
  const isBlind = ({ status, gaps }: CoverageItem): boolean =>
    status === 'silent' ||
    status === 'missing' ||
    gaps.some(({ to }) => Date.parse(to) / 1000 > now - LATE)
  const [blind, others] = [items.filter(isBlind), items.filter((item) => !isBlind(item))]
  for (const { account, region, status, lastEvent } of blind)
    log.warn('not seen', { account, region, status, last_event: lastEvent })
  log.metrics({
    PlacesBlind: blind.length,
    PlacesWithGaps: others.filter(({ status }) => status === 'gap').length,
    Quarantined: quarantined,
  })
}
