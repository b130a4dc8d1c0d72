import type { CoverageFact } from '../model.ts'
import type { Window } from '../ports.ts'
import { type Gap, gapsIn, hasEventIn, isQuiet, slotsOf } from './gaps.ts'
import { compare } from './order.ts'
import { timestamp } from './timestamp.ts'

/** What an answer rests on. `blind`: nothing at all of the window was seen; `complete`: no part is known to be missing. */
export interface CoverageStatement {
  readonly status: 'complete' | 'partial' | 'blind'
  /** Accounts and regions with events in the window. */
  readonly accounts: readonly string[]
  readonly regions: readonly string[]
  readonly gaps: readonly {
    readonly account: string
    readonly region: string
    readonly from: string
    readonly to: string
  }[]
  /** Accounts in scope without a single event in the window and the weeks around it. */
  readonly missing: readonly string[]
  /** How many pairs of account and region have too few events to tell a gap. */
  readonly quiet: number
  /** Of all that is stored. */
  readonly firstEvent: string | null
  readonly lastEvent: string | null
}

const WEEK = 7 * 86_400

/**
 * Facts of these weeks tell what is usual in a window, and who has fallen silent: those of the window, and at least one on either
 * side. Whole weeks, and as many for all short windows, so that what is found out of them serves many.
 */
export function contextOf({ from, to }: Window): Window {
  const first = Math.floor(from / WEEK)
  const end = Math.max(Math.ceil(to / WEEK), first + 2)
  return { from: (first - 1) * WEEK, to: (end + 1) * WEEK }
}

/** Delivery takes up to about 15 minutes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html */
const DELIVERY_MAX = 15 * 60

/** One account and region. */
export interface Pair {
  readonly account: string
  readonly region: string
  readonly first: number
  readonly last: number
  readonly lagMax: number | null
  readonly gaps: readonly Gap[]
  readonly quiet: boolean
}

/** By what they were made of: finding gaps takes longer than most answers. */
const found = new WeakMap<readonly CoverageFact[], { end: number; pairs: readonly Pair[] }>()

/** All pairs of the facts, by account and region. `end`: the newest event of the whole store. */
export function pairsOf(facts: readonly CoverageFact[], end: number): readonly Pair[] {
  const known = found.get(facts)
  if (known?.end === end) return known.pairs
  const pairs = findPairs(facts, end)
  found.set(facts, { end, pairs })
  return pairs
}

function findPairs(facts: readonly CoverageFact[], end: number): Pair[] {
  const byPair = new Map<string, CoverageFact[]>()
  for (const fact of facts) {
    const key = `${fact.account}\u0000${fact.region}`
    const same = byPair.get(key)
    if (same === undefined) byPair.set(key, [fact])
    else same.push(fact)
  }
  return [...byPair.keys()].sort(compare).map((key) => {
    const same = byPair.get(key)!
    const { account, region } = same[0]!
    const slots = slotsOf(same)
    const lags = same.flatMap(({ lagMax }) => lagMax ?? [])
    return {
      account,
      region,
      first: Math.min(...same.map(({ first }) => first)),
      last: Math.max(...same.map(({ last }) => last)),
      lagMax: lags.length === 0 ? null : Math.max(...lags),
      gaps: gapsIn(slots, end, byPair.size),
      quiet: isQuiet(slots),
    }
  })
}

/** What was seen of a window. `extent`: of all that is stored; `accounts`: those in scope. */
export function coverageStatement(
  facts: readonly CoverageFact[],
  window: Window,
  extent: Window | null,
  accounts: readonly string[],
): CoverageStatement {
  const inside = facts.filter((fact) => hasEventIn(fact, window))
  const seen = new Set(facts.map(({ account }) => account))
  const missing = [...new Set(accounts)].filter((account) => !seen.has(account)).sort(compare)
  const pairs = extent === null ? [] : pairsOf(facts, extent.to)
  const gaps = pairs.flatMap((pair) =>
    pair.gaps
      .filter(({ from, to }) => from < window.to && to > window.from)
      .map(({ from, to }) => ({
        account: pair.account,
        region: pair.region,
        from: timestamp(from),
        to: timestamp(to),
      })),
  )
  const beyond =
    extent !== null &&
    (window.from < extent.from - DELIVERY_MAX || window.to > extent.to + DELIVERY_MAX)
  const partial = gaps.length > 0 || missing.length > 0 || beyond
  return {
    status: inside.length === 0 ? 'blind' : partial ? 'partial' : 'complete',
    accounts: [...new Set(inside.map(({ account }) => account))].sort(compare),
    regions: [...new Set(inside.map(({ region }) => region))].sort(compare),
    gaps,
    missing,
    quiet: pairs.filter(({ quiet }) => quiet).length,
    firstEvent: extent === null ? null : timestamp(extent.from),
    lastEvent: extent === null ? null : timestamp(extent.to - 1),
  }
}
