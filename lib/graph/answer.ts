import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { type ClusterNames, type Clusters, clustersOf } from '../identity/clusters.ts'
import type { CoverageFact } from '../model.ts'
import type { Questions, Window } from '../ports.ts'
import { type CoverageStatement, contextOf, coverageStatement } from './coverage-statement.ts'
import { compare } from './order.ts'
import { timestamp } from './timestamp.ts'

/** What every answer carries. Times are RFC 3339 in UTC; `from` is inclusive, `to` exclusive; null where nothing is stored yet. */
export interface Answer<Kind extends string, Item> {
  readonly apiVersion: 'podtrail/v1'
  readonly kind: Kind
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly coverage: CoverageStatement
  readonly items: readonly Item[]
  /** Hand this back as the cursor to get what follows; null at the end. */
  readonly next: string | null
}

/** Nothing in the store goes by that name. */
export interface Unknown {
  readonly kind: 'Unknown'
  readonly what: 'role' | 'workload' | 'namespace' | 'cluster' | 'session' | 'resource'
  readonly text: string
  /** Names that look like it, the closest first. */
  readonly suggestions: readonly string[]
}

/** How much of an answer, and of which time. */
export interface Asked {
  /** Event time in seconds; left out: from the first, or to the last event stored. */
  readonly from?: number
  readonly to?: number
  /** 0: everything. */
  readonly limit: number
  readonly cursor?: string
}

/** What the settings add to what the records say. */
export interface Known {
  readonly clusters: Clusters
  /** Accounts in scope; empty where no settings say so. */
  readonly accounts: readonly string[]
  readonly network: Config['network'] | null
}

/** `names`: what clusters are called in snapshots; the settings win. */
export function knownFrom(config: Config | null, names: readonly ClusterNames[] = []): Known {
  return {
    clusters: clustersOf([...(config?.clusters ?? []), ...names]),
    accounts: config?.accounts ?? [],
    network: config?.network ?? null,
  }
}

/** A cursor that is damaged, or that another question gave out. */
export class WrongCursor extends Error {}

/** The time an answer is about, and what was seen of it. */
export interface Frame {
  /** An empty window where nothing is stored and no time was given. */
  readonly window: Window
  readonly shown: Answer<string, never>['window']
  readonly coverage: CoverageStatement
  /** Nothing at all is stored. */
  readonly empty: boolean
}

/** Settles the window: what was asked for, or that of the page before, or all that is stored. */
export async function frameOf(
  store: Pick<Questions, 'extent' | 'coverage'>,
  asked: Asked,
  known: Pick<Known, 'accounts'>,
): Promise<Frame> {
  const extent = await store.extent()
  const before = asked.cursor === undefined ? null : readCursor(asked.cursor)
  const from = before?.from ?? asked.from ?? extent?.from
  const to = before?.to ?? asked.to ?? (extent === null ? undefined : Math.max(extent.to, from!))
  const window = { from: from ?? 0, to: to ?? from ?? 0 }
  const facts = extent === null ? [] : await store.coverage(contextOf(window))
  return {
    window,
    shown: {
      from: from === undefined ? null : timestamp(from),
      to: to === undefined ? null : timestamp(to),
    },
    coverage: statementOf(facts, window, extent, known.accounts),
    empty: extent === null,
  }
}

/** Statements by what they were made of: finding gaps takes longer than most answers, and a store says when nothing has changed. */
const STATEMENTS_MAX = 256
const statements = new WeakMap<readonly CoverageFact[], Map<string, CoverageStatement>>()

function statementOf(
  facts: readonly CoverageFact[],
  window: Window,
  extent: Window | null,
  accounts: readonly string[],
): CoverageStatement {
  const key = JSON.stringify([window, extent, accounts])
  const made = statements.get(facts) ?? new Map<string, CoverageStatement>()
  statements.set(facts, made)
  const known = made.get(key)
  if (known !== undefined) return known
  if (made.size >= STATEMENTS_MAX) made.clear()
  const statement = coverageStatement(facts, window, extent, accounts)
  made.set(key, statement)
  return statement
}

/** One row of an answer; rows stand in the order of their keys, which are made of their content alone. */
export interface Row<Section extends string = string, Item = unknown> {
  readonly section: Section
  readonly key: string
  readonly item: Item
}

export interface Page<AnyRow extends Row> {
  readonly rows: readonly AnyRow[]
  readonly next: string | null
}

/** The rows from the cursor on, at most `limit`. `question` is all that makes one question another, the window aside. */
export function pageOf<AnyRow extends Row>(
  rows: readonly AnyRow[],
  asked: Asked,
  { window }: Frame,
  question: readonly (string | boolean | readonly string[] | undefined)[],
): Page<AnyRow> {
  const sorted = [...rows].sort((a, b) => compare(a.key, b.key))
  const print = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16)
  const before = asked.cursor === undefined ? null : readCursor(asked.cursor)
  if (before !== null && before.print !== print)
    throw new WrongCursor('the cursor belongs to another question')
  const start = before === null ? 0 : sorted.findIndex(({ key }) => compare(key, before.key) > 0)
  const rest = start < 0 ? [] : sorted.slice(start)
  const page = asked.limit === 0 ? rest : rest.slice(0, asked.limit)
  const last = page.at(-1)
  const next =
    page.length === rest.length || last === undefined
      ? null
      : writeCursor({ print, ...window, key: last.key })
  return { rows: page, next }
}

interface Cursor extends Window {
  readonly print: string
  readonly key: string
}

function writeCursor({ print, from, to, key }: Cursor): string {
  return Buffer.from(JSON.stringify([print, from, to, key])).toString('base64url')
}

function readCursor(text: string): Cursor {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    parsed = null
  }
  if (Array.isArray(parsed) && parsed.length === 4) {
    const [print, from, to, key] = parsed as unknown[]
    if (
      typeof print === 'string' &&
      Number.isSafeInteger(from) &&
      Number.isSafeInteger(to) &&
      typeof key === 'string'
    )
      return { print, from: from as number, to: to as number, key }
  }
  throw new WrongCursor('the cursor is not one that podtrail gave out, or was cut')
}
