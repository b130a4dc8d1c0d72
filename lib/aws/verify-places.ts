import type { S3Client } from '@aws-sdk/client-s3'
import { verifyDigests } from '../coverage/digest-chain.ts'
import type { PublicKey } from '../coverage/public-keys.ts'
import { parseDigestName } from '../source/digest.ts'
import { listLogs } from './s3.ts'
import { treeOf } from './s3-tree.ts'
import type { S3Url } from './urls.ts'
import type { VerifiedPlace } from './verifications.ts'

const HOUR = 3_600
const DAY = 24 * HOUR
/** Digests of an hour are there two hours after it; one more, so that a late one is none that is missing. */
const SETTLES = 3 * HOUR
/** Verified at once. */
const SPAN_MAX = 6 * HOUR
/** What failed may have been late, or be mended: it is looked at again for so long, and told all the while. */
const RETRIED = DAY
/** What was given up on is told for so long. */
const KEPT = 30 * DAY
/** Problems of one place that are kept: whoever puts thousands of files there is told of all the same. */
const PROBLEMS_MAX = 200

/** An account and region of which log files come. */
export interface Place {
  readonly account: string
  readonly region: string
}

export interface Verifying {
  readonly client: Pick<S3Client, 'send'>
  /** The bucket, and what its keys begin with, up to the accounts. */
  readonly url: S3Url
  readonly owner: string
  /** Null: they could not be read. */
  keys(region: string, from: number, to: number): Promise<readonly PublicKey[] | null>
  put(place: VerifiedPlace): Promise<void>
  /** Seconds. */
  readonly now: number
  hasTime(): boolean
}

/** There is no time left to go on with a place; it comes first in line again after all others. */
class NoTime extends Error {}

/**
 * Verifies what was delivered since the last time, of as many places as there is time for, those first that waited longest. Each goes
 * as far as its digests are settled. Returns all places as they are known now.
 */
export async function verifyPlaces(
  places: readonly Place[],
  known: readonly VerifiedPlace[],
  verifying: Verifying,
): Promise<VerifiedPlace[]> {
  const { now } = verifying
  const settled = Math.floor((now - SETTLES) / HOUR) * HOUR
  const byName = new Map(known.map((place) => [nameOf(place), place]))
  for (const place of places.filter(isPlace))
    if (!byName.has(nameOf(place)))
      byName.set(nameOf(place), {
        ...place,
        until: settled - HOUR,
        triedAt: 0,
        isTrails: false,
        open: [],
        settled: [],
      })
  const due = [...byName.values()]
    .filter(({ until, triedAt }) => until < settled && triedAt < now - HOUR / 2)
    .sort((a, b) => a.triedAt - b.triedAt)
  for (const place of due) {
    if (!verifying.hasTime()) break
    // Written down before, so that a place that takes too long does not hold up all others.
    const tried = { ...place, triedAt: now }
    await verifying.put(tried)
    byName.set(nameOf(place), tried)
    const next = await verifyPlace(tried, settled, verifying)
    if (next === null) continue
    await verifying.put(next)
    byName.set(nameOf(place), next)
  }
  return [...byName.values()]
}

/** How far the digests of a place are behind, in seconds: what may not be verified yet is none of it, nor what failed. */
export function behind({ until, open }: VerifiedPlace, now: number): number {
  if (open.length > 0) return 0
  return Math.max(0, Math.floor((now - SETTLES) / HOUR) * HOUR - until)
}

async function verifyPlace(
  place: VerifiedPlace,
  settled: number,
  { client, url, owner, keys, now, hasTime }: Verifying,
): Promise<VerifiedPlace | null> {
  const { account, region, until: from } = place
  // What failed holds up nothing that came after it.
  const to = Math.min(settled, from + SPAN_MAX + (place.open.length > 0 ? RETRIED : 0))
  const digests = await keysIn(url, place, 'CloudTrail-Digest', from - 2 * HOUR, to + SETTLES)
  const logs = await keysIn(url, place, 'CloudTrail', from, to)
  const isTrails = place.isTrails || digests.length > 0 || logs.length > 0
  if (!isTrails) return { ...place, until: to }
  const ends = digests.flatMap((key) => parseDigestName(key)?.endAt ?? [])
  const tree = treeOf(client, { bucket: url.bucket, owner }, [...digests, ...logs])
  const known = await keys(region, Math.min(from, ...ends), Math.max(to, ...ends))
  const asked = { from, to, account, region, bucket: url.bucket }
  try {
    const { items } = await verifyDigests(tree, known, asked, () => {
      if (!hasTime()) throw new NoTime()
    })
    const open = items.slice(0, PROBLEMS_MAX)
    const kept = place.settled.filter(({ from: a, to: b }) => isYoung(b ?? a, now))
    if (open.length > 0 && now - from < RETRIED) return { ...place, isTrails, open, settled: kept }
    return {
      ...place,
      until: to,
      isTrails,
      open: [],
      settled: [...kept, ...open].slice(-PROBLEMS_MAX),
    }
  } catch (error) {
    if (!(error instanceof NoTime)) throw error
    return null
  }
}

/** Keys of one kind whose names say a time from `from` up to `to`; of digests all of those days. */
async function keysIn(
  url: S3Url,
  { account, region }: Place,
  kind: 'CloudTrail' | 'CloudTrail-Digest',
  from: number,
  to: number,
): Promise<string[]> {
  const found: string[] = []
  for (let day = Math.floor(from / DAY); day * DAY < to; day++) {
    const prefix = `${url.prefix}${account}/${kind}/${region}/${stampOf(day * DAY)
      .slice(0, 8)
      .replace(/(\d{4})(\d\d)/, '$1/$2/')}/`
    // Names of log files differ in their times first, so that there is no need to list the day.
    const name = `${prefix}${account}_${kind}_${region}_`
    const [first, end] = kind === 'CloudTrail' ? [from, to].map(stampOf) : ['', '~']
    for await (const { key } of listLogs({ ...url, prefix }, { after: `${name}${first}` })) {
      if (key >= `${name}${end}`) break
      found.push(key)
    }
  }
  return found
}

/** As names of log files have it, to the minute. */
function stampOf(at: number): string {
  return new Date(at * 1000).toISOString().replace(/[-:]/g, '').slice(0, 13)
}

function isYoung(at: string | null, now: number): boolean {
  return at !== null && now - Date.parse(at) / 1000 < KEPT
}

const nameOf = ({ account, region }: Place): string => `${account}\n${region}`
/** Both become part of a key to ask for, and both come from records. */
const isPlace = ({ account, region }: Place): boolean =>
  /^\d{12}$/.test(account) && /^[a-z]{2,8}(?:-[a-z]+)+-\d{1,2}$/.test(region)
