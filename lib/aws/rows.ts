import type { Rollup } from '../graph/rollup.ts'
import { lastPart } from '../identity/arn.ts'
import type { Partition } from '../model.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import {
  dayText,
  hash,
  hourText,
  networksPk,
  openSpansPk,
  part,
  partitionText,
  principalKey,
  rolePk,
  signalsPk,
  spanText,
  subjectOfPrincipal,
  workloadPk,
} from './keys.ts'
import { inParallel } from './parallel.ts'
import {
  type About,
  BLOCK_DAYS,
  DAY,
  fromAnywhere,
  HOUR,
  type HourRow,
  type Hours,
  hourRows,
  isIn,
  nameOf,
  packedHour,
  packedSpans,
  partOfShard,
  principalOf,
  SPAN_HOURS,
  type SpanRow,
  Sums,
  shardOfSubject,
  subjectOf,
  sumOf,
  unpackedHour,
  unpackedSpans,
  VIEWS,
  VIEWS_OF,
  type View,
} from './row.ts'
import { packedSignals } from './signals.ts'
import type { Expression, Item, Key, Table } from './table.ts'
import type { Versions } from './versions.ts'

/** An hour's calls stand in one item up to this size, beyond it in parts, so that a question reads its own. */
const HOUR_BYTES_MAX = 3_500
export const WHOLE = '-'

export const hourPk = (hours: Hours, account: string): string => `H#${hours}#${part(account)}`
export const hourSk = (piece: string, hour: number): string => `${piece}#${hourText(hour)}`
/** Days of a view, a block of them in one item: a question about one thing reads one shard's blocks one after another. */
export const daysPk = (view: View, account: string): string => `M#${view}#${part(account)}`
export const daysSk = (shard: number, block: number): string =>
  `${shardText(shard)}#${dayText(block)}`
/** Hours of a day, a day in one item, for the two days that a window cuts. */
export const hoursPk = (view: View, account: string): string => `G#${view}#${part(account)}`
export const hoursSk = (day: number, shard: number): string => `${dayText(day)}#${shardText(shard)}`
const shardText = (shard: number): string => String(shard).padStart(2, '0')
export const whereaboutsPk = (view: View, subject: string): string => `A#${view}#${hash(subject)}`
export const blockOf = (day: number): number => Math.floor(day / BLOCK_DAYS)

/** Names this process has put into the directory; putting one again changes nothing. */
const KNOWN_NAMES_MAX = 200_000

/** Days of which one call adds up spans beside what it was called for: a backfill leaves many. */
const OVER_AT_ONCE = 4

interface Hour {
  readonly row: HourRow
  readonly hour: number
}

/** An item of sums: a block of days, or the hours of a day. */
interface SumsItem {
  readonly key: Key
  readonly view: View
  readonly shard: number
  /** Seconds of a span. */
  readonly length: number
  /** The spans that are added up anew, as a range of their numbers. */
  readonly from: number
  readonly to: number
}

/**
 * Rows in two steps. An hour's rows of one partition are written under its version. Then the days they lie in are added up anew from
 * all their hours; the sums are replaced only if nobody replaced them since they were read, which was before the hours were read: so
 * whoever writes last has seen all hours. Of touches spans of hours are only marked as open, and added up when a later one has begun.
 */
export class RowWriter {
  readonly #table: Table
  readonly #docs: Docs
  readonly #versions: Versions
  readonly #names = new Set<string>()

  constructor(table: Table, docs: Docs, versions: Versions) {
    this.#table = table
    this.#docs = docs
    this.#versions = versions
  }

  async put(rollups: readonly { rollup: Rollup; version: number }[]): Promise<boolean[]> {
    const states = await this.#versions.states(rollups.map(({ rollup }) => rollup.partition))
    const live = rollups.map(({ rollup, version }) => {
      const state = states.get(partitionText(rollup.partition))!
      return state.version === version
        ? { rollup, version, rows: hourRows(rollup), begun: state.begun }
        : null
    })
    const writing = live.filter((one) => one !== null)
    await this.#openSpans(
      writing.filter(
        ({ rows, begun }) => rows.some(isTouch) || [...begun].some((name) => name.startsWith('U')),
      ),
    )
    const touched = await inParallel(live, async (one) =>
      one === null ? null : this.#putHour(one.rollup.partition, one.rows, one.version, one.begun),
    )
    await this.#addUp(
      rollups
        .filter((_, index) => touched[index]?.has('E') === true)
        .map(({ rollup }) => rollup.partition),
    )
    await this.#addUpOver(new Set(writing.map(({ rollup }) => rollup.partition.account)))
    const lists = await this.#table.get(writing.map(({ rollup }) => networksKey(rollup.partition)))
    const listOf = new Map(lists.map((item) => [`${item.pk}\n${item.sk}`, item]))
    await inParallel(writing, ({ rollup, version }) => {
      const { pk, sk } = networksKey(rollup.partition)
      return this.#putNetworks(rollup, version, listOf.get(`${pk}\n${sk}`))
    })
    await inParallel(writing, ({ rollup, version }) => this.#putSignals(rollup, version))
    return inParallel(
      rollups.map(({ rollup, version }, index) => ({ rollup, version, index })),
      async ({ rollup, version, index }) =>
        touched[index] !== null && (await this.#versions.finish(rollup.partition, version)),
    )
  }

  /** Marks spans as open, and names what their new touches are about, before these are written. */
  async #openSpans(
    writing: readonly { rollup: Rollup; rows: readonly HourRow[] }[],
  ): Promise<void> {
    const spans = new Map(
      writing.map(({ rollup: { partition } }) => {
        const key = {
          pk: openSpansPk(partition.account),
          sk: spanText(Math.floor(partition.hour / SPAN_HOURS)),
        }
        return [`${key.pk}\n${key.sk}`, key]
      }),
    )
    await inParallel([...spans.values()], (key) =>
      this.#table.update(key, { text: 'ADD opened :one', values: { ':one': 1 } }),
    )
    const days = Map.groupBy(writing, ({ rollup: { partition } }) =>
      JSON.stringify([partition.account, Math.floor(partition.hour / 24)]),
    )
    await inParallel([...days], async ([name, some]) => {
      const [account, day] = JSON.parse(name) as [string, number]
      const before = await this.#hoursOf('U', account, day)
      const rows = some.flatMap((one) => one.rows.filter(isTouch))
      const hours = new Set(some.map(({ rollup }) => rollup.partition.hour))
      const replacing = before.filter(({ hour }) => hours.has(hour)).map(({ row }) => row)
      for (const view of VIEWS_OF.U) {
        const old = before.map(({ row }) => row).filter((row) => isIn(view, row))
        await this.#nameNew(
          view,
          account,
          old,
          rows.filter((row) => isIn(view, row)),
        )
      }
      await this.#doubtGone('U', replacing, rows)
    })
  }

  /**
   * Adds up the touches of spans that are over: a later one of the account is open too. As long as that is of the same day, only hours
   * are added up, since nobody reads the sums of a day of which a span is open.
   */
  async #addUpOver(accounts: ReadonlySet<string>): Promise<void> {
    await inParallel([...accounts], async (account) => {
      const open = await this.#table.query(openSpansPk(account))
      const dayOf = ({ sk }: Item): number => Math.floor((Number(sk) * SPAN_HOURS) / 24)
      const over = [...Map.groupBy(open.slice(0, -1), dayOf)]
      await inParallel(over.slice(0, OVER_AT_ONCE), async ([day, spans]) => {
        await this.#addUpDay('U', account, day, day < dayOf(open.at(-1)!))
        await inParallel(spans, (item) =>
          this.#table.removeIf(item, {
            text: 'opened = :opened',
            values: { ':opened': Number(item['opened']) },
          }),
        )
      })
    })
  }

  /** Of what the partition has, or had, rows; null if facts came in meanwhile. */
  async #putHour(
    partition: Partition,
    rows: readonly HourRow[],
    version: number,
    begun: ReadonlySet<string>,
  ): Promise<ReadonlySet<string> | null> {
    const documents = documentsOf(rows)
    const added = new Set([...documents.keys()].filter((name) => !begun.has(name)))
    // Noted before it is written, so that a later version knows what to empty.
    if (added.size > 0 && !(await this.#versions.begin(partition, version, added))) return null
    const emptied = [...begun].filter((name) => !documents.has(name))
    const writes = [...documents, ...emptied.map((name) => [name, packedHour([])] as const)]
    const results = await inParallel(writes, ([name, value]) => {
      const key = {
        pk: hourPk(name[0] as Hours, partition.account),
        sk: hourSk(name.slice(1), partition.hour),
      }
      return this.#docs.putIf({ ...key, version }, value, notLater(version))
    })
    return results.every(Boolean) ? new Set(writes.map(([name]) => name[0]!)) : null
  }

  async #addUp(partitions: readonly Partition[]): Promise<void> {
    const days = Map.groupBy(partitions, ({ account, hour }) =>
      JSON.stringify([account, Math.floor(hour / 24)]),
    )
    await inParallel([...days.keys()], (name) => {
      const [account, day] = JSON.parse(name) as [string, number]
      return this.#addUpDay('E', account, day, true)
    })
  }

  /** Adds up the hours of a day, and the day if it `isOver`, in all views that are made of these hours. */
  async #addUpDay(hours: Hours, account: string, day: number, isOver: boolean): Promise<void> {
    const items = VIEWS_OF[hours].flatMap((view) =>
      Array.from({ length: VIEWS[view].shards }, (_, shard) =>
        sumsItems(view, shard, account, day).filter(({ length }) => isOver || length === HOUR),
      ),
    )
    for (let open = items; open.length > 0; ) {
      const found = await this.#table.get(open.flatMap((pair) => pair.map(({ key }) => key)))
      const before = new Map(found.map((item) => [`${item.pk}\n${item.sk}`, item]))
      const rows = await this.#hoursOf(hours, account, day)
      const shards = new Map(VIEWS_OF[hours].map((view) => [view as View, byShard(view, rows)]))
      const isDone = await inParallel(open, (pair) => {
        const { view, shard } = pair[0]!
        return this.#putSums(account, pair, before, shards.get(view)!.get(shard) ?? [])
      })
      open = open.filter((_, index) => !isDone[index])
    }
  }

  async #hoursOf(hours: Hours, account: string, day: number): Promise<Hour[]> {
    const begun = await this.#versions.begunIn(account, day)
    const own = [...begun].filter((name) => name.startsWith(hours))
    const found = await inParallel(own, async (name) => {
      const piece = name.slice(1)
      const range = { from: hourSk(piece, day * 24), to: hourSk(piece, day * 24 + 23) }
      const items = await this.#table.query(hourPk(hours, account), { range })
      return inParallel(items, async (item) => {
        const hour = Number(item.sk.slice(item.sk.indexOf('#') + 1))
        return unpackedHour(await this.#docs.valueOf(item)).map((row) => ({ row, hour }))
      })
    })
    return found.flat(2)
  }

  /** Replaces what a shard's items say of a day; false if somebody else did meanwhile. */
  async #putSums(
    account: string,
    items: readonly SumsItem[],
    before: ReadonlyMap<string, Item>,
    hours: readonly Hour[],
  ): Promise<boolean> {
    for (const { key, view, length, from, to } of items) {
      const item = before.get(`${key.pk}\n${key.sk}`)
      const old = item === undefined ? [] : unpackedSpans(await this.#docs.valueOf(item), length)
      const rows = replaced(old, from, to, addedUp(hours, length))
      if (item === undefined && rows.length === 0) continue
      const value = packedSpans(rows, length)
      if (item !== undefined && Buffer.from(packedSpans(old, length)).equals(value)) continue
      // What the hours of a day have, the day has too.
      if (!VIEWS[view].lazy && length === DAY) {
        await this.#nameNew(view, account, old, rows)
        await this.#doubtGone(view, old, rows)
      }
      const revision = Number(item?.['revision'] ?? 0)
      const unchanged =
        item === undefined
          ? { text: 'attribute_not_exists(pk)' }
          : { text: 'revision = :known', values: { ':known': revision } }
      if (!(await this.#docs.putIf({ ...key, revision: revision + 1 }, value, unchanged)))
        return false
    }
    return true
  }

  /** Where to look for a role, a principal or a resource, and by which names. Written before the rows that it leads to. */
  async #nameNew(
    view: View,
    account: string,
    old: readonly About[],
    rows: readonly About[],
  ): Promise<void> {
    const before = new Set(old.map((row) => subjectOf(view, row)))
    const items: Item[] = []
    const principals = new Set<string>()
    for (const row of rows) {
      const subject = subjectOf(view, row)
      if (before.has(subject)) continue
      before.add(subject)
      items.push({ pk: whereaboutsPk(view, subject), sk: part(account) })
      if (view === 'R')
        items.push({ pk: rolePk(lastPart(subject)), sk: hash(subject), arn: subject })
      if (view === 'P' || view === 'U') principals.add(row.texts[0]!)
    }
    const isFresh = ({ pk, sk }: Key): boolean => !this.#names.has(`${pk}\n${sk}`)
    const fresh = items.filter(isFresh)
    const listed = [...principals].flatMap((text) =>
      listingsOf(text)
        .filter(isFresh)
        .map((key) => ({ key, text })),
    )
    await this.#table.put(fresh)
    // Changed, not replaced: a doubt about a principal stays.
    await inParallel(listed, ({ key, text }) =>
      this.#table.update(key, {
        text: 'SET principal = :principal',
        values: { ':principal': text },
      }),
    )
    if (this.#names.size > KNOWN_NAMES_MAX) this.#names.clear()
    for (const { pk, sk } of [...fresh, ...listed.map(({ key }) => key)])
      this.#names.add(`${pk}\n${sk}`)
  }

  /**
   * A principal that facts have explained away here may still stand elsewhere: from now on, whoever lists it has to look. Written
   * before it is gone, since nobody would think of it later.
   */
  async #doubtGone(view: View, old: readonly About[], rows: readonly About[]): Promise<void> {
    if (view !== 'P' && view !== 'U') return
    const left = new Set(rows.map(({ texts }) => texts[0]!))
    const gone = [...new Set(old.map(({ texts }) => texts[0]!))].filter((text) => !left.has(text))
    await inParallel(gone.flatMap(listingsOf), (key) =>
      this.#table.update(key, { text: 'SET doubtful = :yes', values: { ':yes': true } }),
    )
  }

  async #putSignals({ partition, signals }: Rollup, version: number): Promise<void> {
    const key = { pk: signalsPk(partition.account), sk: hourText(partition.hour) }
    await this.#docs.putIf({ ...key, version }, packedSignals(signals), notLater(version))
  }

  /** Addresses that a partition has; whoever looks for one looks through the lists of all partitions. */
  async #putNetworks(rollup: Rollup, version: number, item: Item | undefined): Promise<void> {
    const listed = item === undefined ? [] : unpacked<string[]>(await this.#docs.valueOf(item))
    const list = rollup.networks.map(shortHash).sort()
    if (JSON.stringify(list) === JSON.stringify(listed)) return
    const key = networksKey(rollup.partition)
    await this.#docs.putIf({ ...key, version }, packed(list), notLater(version))
  }
}

/** Nobody has written the same from facts that came in later. */
function notLater(version: number): Expression {
  return {
    text: 'attribute_not_exists(pk) OR version <= :version',
    values: { ':version': version },
  }
}

/** Where a principal is listed: by its id, a workload by its namespace and name too. */
function listingsOf(text: string): Key[] {
  const principal = principalOf(text)
  const { kind, namespace, serviceAccount } = principal
  const byId = principalKey(principal)
  if (kind !== 'workload') return [byId]
  const sk = hash(subjectOfPrincipal(principal))
  return [byId, { pk: workloadPk(namespace ?? '', serviceAccount ?? ''), sk }]
}

const isTouch = ({ kind }: About): boolean => kind === 'touch'

/** What stands for an address in a partition's list. */
export const shortHash = (network: string): string => hash(network).slice(0, 8)

function networksKey({ account, hour }: Partition): Key {
  return { pk: networksPk(account), sk: hourText(hour) }
}

/** Hour documents by the ends of their names. */
function documentsOf(rows: readonly HourRow[]): Map<string, Uint8Array> {
  const documents = new Map<string, Uint8Array>()
  const [touches, others] = [rows.filter(isTouch), rows.filter((row) => !isTouch(row))]
  if (others.length > 0) documents.set(`E${WHOLE}`, packedHour(others))
  if (touches.length === 0) return documents
  const whole = packedHour(touches)
  if (whole.length <= HOUR_BYTES_MAX) return documents.set(`U${WHOLE}`, whole)
  const parts = Map.groupBy(touches, (row) => partOfShard(shardOfSubject('U', subjectOf('U', row))))
  for (const [piece, some] of parts) documents.set(`U${piece}`, packedHour(some))
  return documents
}

/** Of each shard of a view, the rows that it has. */
function byShard(view: View, rows: readonly Hour[]): Map<number, Hour[]> {
  const shardOf = new Map<string, number>()
  return Map.groupBy(
    rows.filter(({ row }) => isIn(view, row)),
    ({ row }) => {
      const subject = subjectOf(view, row)
      const shard = shardOf.get(subject) ?? shardOfSubject(view, subject)
      shardOf.set(subject, shard)
      return shard
    },
  )
}

/** Where a day, and its hours, stand. The days first: they have the names of all rows. */
function sumsItems(view: View, shard: number, account: string, day: number): SumsItem[] {
  const days = { pk: daysPk(view, account), sk: daysSk(shard, blockOf(day)) }
  const hours = { pk: hoursPk(view, account), sk: hoursSk(day, shard) }
  const own = { view, shard }
  return [
    { key: days, ...own, length: DAY, from: day, to: day + 1 },
    { key: hours, ...own, length: HOUR, from: day * 24, to: day * 24 + 24 },
  ]
}

/** What hours come to in spans of `length` seconds. */
function addedUp(hours: readonly Hour[], length: number): Map<number, Sums> {
  const spans = new Map<number, Sums>()
  for (const { row, hour } of hours) {
    const whole = sumOf(row, hour, 0, Number.POSITIVE_INFINITY)
    if (whole === null) continue
    const span = Math.floor((hour * HOUR) / length)
    const sums = spans.get(span) ?? new Sums()
    spans.set(span, sums)
    sums.add(fromAnywhere(row), whole)
  }
  return spans
}

function replaced(
  rows: readonly SpanRow[],
  from: number,
  to: number,
  spans: ReadonlyMap<number, Sums>,
): SpanRow[] {
  const byName = new Map(
    rows.map((row) => {
      const left = [...row.spans].filter(([span]) => span < from || span >= to)
      return [nameOf(row), { ...row, spans: new Map(left) }] as const
    }),
  )
  for (const [span, sums] of spans)
    for (const [name, { kind, texts, ...sum }] of sums.all) {
      const row = byName.get(name) ?? { kind, texts, spans: new Map() }
      row.spans.set(span, sum)
      byName.set(name, row)
    }
  return [...byName.values()].filter((row) => row.spans.size > 0)
}
