import type { Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known } from './answer.ts'
import { contextOf, pairsOf } from './coverage-statement.ts'
import { timestamp } from './timestamp.ts'

/**
 * `seen`: events, and no gap in the window; `gap`: silent for a while, longer than is usual here; `silent`: and still is;
 * `quiet`: so few events that a gap could not be told; `missing`: in scope, and nothing was ever seen of it.
 */
export type CoverageStatus = 'seen' | 'gap' | 'silent' | 'quiet' | 'missing'

export interface CoverageItem {
  readonly account: string
  /** Null for an account of which nothing was seen. */
  readonly region: string | null
  readonly status: CoverageStatus
  readonly firstEvent: string | null
  readonly lastEvent: string | null
  /** The longest that an event took to be delivered, as far as the names of files tell. */
  readonly lagSeconds: number | null
  /** To the five minutes: each is up to five minutes longer on either side. */
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly minutes: number }[]
}

export interface CoverageList extends Answer<'CoverageList', CoverageItem> {
  /** Records and files that could not be read, up to `QUARANTINE_MAX`. */
  readonly quarantined: number
}

export const QUARANTINE_MAX = 1000

/** What was seen of each account and region, and what was not. */
export async function answerCoverage(
  store: Pick<Questions, 'coverage' | 'extent' | 'quarantine'>,
  asked: Omit<Asked, 'cursor' | 'limit'>,
  known: Pick<Known, 'accounts'>,
): Promise<CoverageList> {
  const frame = await frameOf(store, { ...asked, limit: 0 }, known)
  const { window, coverage } = frame
  const extent = await store.extent()
  const facts = await store.coverage(contextOf(window))
  const items: CoverageItem[] = []
  for (const pair of extent === null ? [] : pairsOf(facts, extent.to)) {
    const gaps = pair.gaps.filter(({ from, to }) => from < window.to && to > window.from)
    const isSilent = gaps.some(({ from }) => from > pair.last)
    items.push({
      account: pair.account,
      region: pair.region,
      status: isSilent ? 'silent' : gaps.length > 0 ? 'gap' : pair.quiet ? 'quiet' : 'seen',
      firstEvent: timestamp(pair.first),
      lastEvent: timestamp(pair.last),
      lagSeconds: pair.lagMax,
      gaps: gaps.map(({ from, to }) => ({
        from: timestamp(from),
        to: timestamp(to),
        minutes: (to - from) / 60,
      })),
    })
  }
  for (const account of coverage.missing)
    items.push({
      account,
      region: null,
      status: 'missing',
      firstEvent: null,
      lastEvent: null,
      lagSeconds: null,
      gaps: [],
    })
  return {
    apiVersion: 'podtrail/v1',
    kind: 'CoverageList',
    window: frame.shown,
    coverage,
    quarantined: (await store.quarantine(QUARANTINE_MAX)).length,
    items,
    next: null,
  }
}
