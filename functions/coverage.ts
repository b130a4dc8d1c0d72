import type { ScheduledHandler } from 'aws-lambda'
import { s3Client } from '../lib/aws/clients.ts'
import { openDynamoStore } from '../lib/aws/dynamo-store.ts'
import { bucketOwners, packedConfig, setting } from '../lib/aws/environment.ts'
import { fieldsOf, logOf } from '../lib/aws/log.ts'
import { cloudTrailClient } from '../lib/aws/lookup-events.ts'
import { KeyRing } from '../lib/aws/trail-keys.ts'
import { problemsOfTrails } from '../lib/aws/trail-state.ts'
import { behind, verifyPlaces } from '../lib/aws/verify-places.ts'
import { trailHistory } from '../lib/coverage/trail-history.ts'
import { knownFrom } from '../lib/graph/answer.ts'
import { answerCoverage, type CoverageItem } from '../lib/graph/answer-coverage.ts'

const DAY = 86_400
/** Log files come up to about 15 minutes late. */
const LATE = 1800
/** Enough to write down what was verified. */
const RESERVE_MS = 60_000

const log = logOf('coverage')
const store = openDynamoStore(setting('PODTRAIL_STORE'))
const known = knownFrom(packedConfig())
const [[bucket, owner]] = [...bucketOwners(setting('PODTRAIL_BUCKETS'))] as [[string, string]]
const url = { bucket, prefix: setting('PODTRAIL_TRAIL_PREFIX') }
const keys = new KeyRing((error) => log.warn('no public keys', fieldsOf(error)))

/** Schedule → what of our accounts was not seen during the last day, whether the trail records, and whether its files are what it delivered. */
export const handler: ScheduledHandler = async (_, context) => {
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
  await lookAtTrails(now)
  await verify(items, now, () => context.getRemainingTimeInMillis() > RESERVE_MS)
}

async function lookAtTrails(now: number): Promise<void> {
  const { verifications } = store
  const clientAt = (region: string) => cloudTrailClient({ region })
  const found = await problemsOfTrails(clientAt, setting('AWS_REGION'), bucket)
  for (const { code, trail, text } of found) log.warn('trail', { code, trail, text })
  await verifications.putTrails(trailHistory((await verifications.trails()) ?? [], found, now))
  log.metrics({
    TrailProblems: found.filter(({ verdict }) => verdict === 'failed').length,
    TrailsNotLooked: found.filter(({ verdict }) => verdict === 'not-looked').length,
  })
}

async function verify(
  items: readonly CoverageItem[],
  now: number,
  hasTime: () => boolean,
): Promise<void> {
  const { verifications } = store
  const places = await verifyPlaces(
    items.flatMap(({ account, region }) => (region === null ? [] : [{ account, region }])),
    await verifications.places(),
    {
      client: s3Client({}),
      url,
      owner,
      keys: (region, from, to) => keys.of(region, from, to),
      put: (place) => verifications.putPlace(place),
      now,
      hasTime,
    },
  )
  const open = places.flatMap((place) => place.open)
  for (const { code, account, region, path, text } of open)
    log.warn('not verified', { code, account, region, path, text })
  log.metrics({
    IntegrityFailures: open.filter(({ verdict }) => verdict === 'failed').length,
    IntegrityNotLooked: open.filter(({ verdict }) => verdict === 'not-looked').length,
    VerifiedSecondsBehind: Math.max(0, ...places.map((place) => behind(place, now))),
  })
}
