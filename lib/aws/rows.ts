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
  openDaysPk,
  part,
  partitionText,
  principalKey,
  rolePk,
  signalsPk,
  workloadPk,
} from './keys.ts'
import { inParallel } from './parallel.ts'
import {
  type About,
  type DayRow,
  fromAnywhere,
  HOUR_VIEWS,
  type HourRow,
  hourRows,
  isIn,
  LAZY_VIEWS,
  nameOf,
  packedDays,
  packedHour,
  principalOf,
  SHARDS,
  Sums,
  shardOfSubject,
  subjectOf,
  sumOf,
  unpackedDays,
  unpackedHour,
  VIEWS,
  type View,
} from './row.ts'
import { packedSignals } from './signals.ts'
import type { Expression, Item, Key, Table } from './table.ts'
import type { Versions } from './versions.ts'

/** An hour's rows in one view stand in one item up to this size, beyond it in parts, so that a question reads its own. */
const HOUR_BYTES_MAX = 3_500
export const WHOLE = '-'

export const hourPk = (view: View, account: string): string => `H#${view}#${part(account)}`
export const hourSk = (piece: string, hour: number): string => `${piece}#${hourText(hour)}`
export const daysPk = (view: View, account: string): string => `M#${view}#${part(account)}`
export const daysSk = (shard: number, block: number): string =>
  `${String(shard).padStart(2, '0')}#${dayText(block)}`
export const whereaboutsPk = (view: View, subject: string): string => `A#${view}#${hash(subject)}`
export const blockOf = (view: View, day: number): number => Math.floor(day / VIEWS[view].days)

/** Names this process has put into the directory; putting one again changes nothing. */
const KNOWN_NAMES_MAX = 200_000

/** Days that one call adds up beside what it was called for: a backfill leaves many. */
const OVER_AT_ONCE = 4

interface Hour {
  readonly row: HourRow
  readonly hour: number
}

/**
 * Rows in two steps. An hour's rows of one partition are written under its version. Then the days they lie in are added up anew from
 * all their hours; the sums are replaced only if nobody replaced them since they were read, which was before the hours were read: so
 * whoever writes last has seen all hours. Days of touches are only marked as open, and added up when a later day has begun.
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
    await this.#openDays(
      writing.filter(
        ({ rows, begun }) => rows.some(isTouch) || [...begun].some((name) => name.startsWith('U')),
      ),
    )
    const touched = await inParallel(live, async (one) =>
      one === null ? null : this.#putHour(one.rollup.partition, one.rows, one.version, one.begun),
    )
    await this.#addUp(
      rollups.flatMap(({ rollup: { partition } }, index) =>
        [...(touched[index] ?? [])]
          .filter((view) => !VIEWS[view].lazy)
          .map((view) => ({ ...partition, view })),
      ),
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

  /** Marks days as open, and names what their new touches are about, before these are written. */
  async #openDays(writing: readonly { rollup: Rollup; rows: readonly HourRow[] }[]): Promise<void> {
    const days = Map.groupBy(writing, ({ rollup: { partition } }) =>
      JSON.stringify([partition.account, Math.floor(partition.hour / 24)]),
    )
    await inParallel([...days], async ([name, some]) => {
      const [account, day] = JSON.parse(name) as [string, number]
      await this.#table.update(
        { pk: openDaysPk(account), sk: dayText(day) },
        { text: 'ADD opened :one', values: { ':one': 1 } },
      )
      const before = await this.#hoursOf('U', account, day)
      const rows = some.flatMap((one) => one.rows.filter(isTouch))
      const hours = new Set(some.map(({ rollup }) => rollup.partition.hour))
      const replacing = before.filter(({ hour }) => hours.has(hour)).map(({ row }) => row)
      for (const view of LAZY_VIEWS) {
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

  /** Adds up the touches of days that are over: a later day of the account is open too. */
  async #addUpOver(accounts: ReadonlySet<string>): Promise<void> {
    await inParallel([...accounts], async (account) => {
      const open = await this.#table.query(openDaysPk(account))
      await inParallel(open.slice(0, -1).slice(0, OVER_AT_ONCE), async (item) => {
        const day = Number(item.sk)
        for (const view of LAZY_VIEWS) await this.#addUpBlock(view, account, [day])
        await this.#table.removeIf(item, {
          text: 'opened = :opened',
          values: { ':opened': Number(item['opened']) },
        })
      })
    })
  }

  /** Views in which the partition has, or had, rows; null if facts came in meanwhile. */
  async #putHour(
    partition: Partition,
    rows: readonly HourRow[],
    version: number,
    begun: ReadonlySet<string>,
  ): Promise<ReadonlySet<View> | null> {
    const documents = documentsOf(rows)
    const added = new Set([...documents.keys()].filter((name) => !begun.has(name)))
    // Noted before it is written, so that a later version knows what to empty.
    if (added.size > 0 && !(await this.#versions.begin(partition, version, added))) return null
    const emptied = [...begun].filter((name) => !documents.has(name))
    const writes = [...documents, ...emptied.map((name) => [name, packedHour([])] as const)]
    const results = await inParallel(writes, ([name, value]) => {
      const view = name[0] as View
      const key = {
        pk: hourPk(view, partition.account),
        sk: hourSk(name.slice(1), partition.hour),
      }
      return this.#docs.putIf({ ...key, version }, value, notLater(version))
    })
    return results.every(Boolean) ? new Set(writes.map(([name]) => name[0] as View)) : null
  }

  async #addUp(hours: readonly (Partition & { view: View })[]): Promise<void> {
    const blocks = new Map<string, { view: View; account: string; days: Set<number> }>()
    for (const { account, hour, view } of hours) {
      const day = Math.floor(hour / 24)
      const name = `${view}#${account}#${blockOf(view, day)}`
      const block = blocks.get(name) ?? { view, account, days: new Set() }
      block.days.add(day)
      blocks.set(name, block)
    }
    await inParallel([...blocks.values()], ({ view, account, days }) =>
      this.#addUpBlock(view, account, [...days]),
    )
  }

  async #addUpBlock(view: View, account: string, days: readonly number[]): Promise<void> {
    const block = blockOf(view, days[0]!)
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
    const pk = daysPk(view, account)
    for (let open = shards; open.length > 0; ) {
      const found = await this.#table.get(open.map((shard) => ({ pk, sk: daysSk(shard, block) })))
      const before = new Map(found.map((item) => [item.sk, item]))
      const sums = new Map<number, { day: number; sums: Sums }[]>(
        shards.map((shard) => [shard, []]),
      )
      for (const day of days) {
        const ofDay = shards.map(() => new Sums())
        for (const { row, hour } of await this.#hoursOf(VIEWS[view].hours, account, day)) {
          if (!isIn(view, row)) continue
          const whole = sumOf(row, hour, 0, Number.POSITIVE_INFINITY)
          const shard = shardOfSubject(subjectOf(view, row))
          if (whole !== null) ofDay[shard]!.add(fromAnywhere(row), whole)
        }
        ofDay.forEach((own, shard) => {
          sums.get(shard)!.push({ day, sums: own })
        })
      }
      const isDone = await inParallel(open, (shard) => {
        const key = { pk, sk: daysSk(shard, block) }
        return this.#putDays(view, account, key, before.get(key.sk), sums.get(shard)!)
      })
      open = open.filter((_, index) => !isDone[index])
    }
  }

  async #hoursOf(view: View, account: string, day: number): Promise<Hour[]> {
    const begun = await this.#versions.begunIn(account, day)
    const own = [...begun].filter((name) => name.startsWith(view))
    const found = await inParallel(own, async (name) => {
      const piece = name.slice(1)
      const range = { from: hourSk(piece, day * 24), to: hourSk(piece, day * 24 + 23) }
      const items = await this.#table.query(hourPk(view, account), { range })
      return inParallel(items, async (item) => {
        const hour = Number(item.sk.slice(item.sk.indexOf('#') + 1))
        return unpackedHour(await this.#docs.valueOf(item)).map((row) => ({ row, hour }))
      })
    })
    return found.flat(2)
  }

  async #putDays(
    view: View,
    account: string,
    key: Key,
    item: Item | undefined,
    days: readonly { day: number; sums: Sums }[],
  ): Promise<boolean> {
    const old = item === undefined ? [] : unpackedDays(await this.#docs.valueOf(item))
    const rows = replaced(old, days)
    const value = packedDays(rows)
    if (item === undefined && rows.length === 0) return true
    if (item !== undefined && Buffer.from(packedDays(old)).equals(value)) return true
    if (!VIEWS[view].lazy) {
      await this.#nameNew(view, account, old, rows)
      await this.#doubtGone(view, old, rows)
    }
    const revision = Number(item?.['revision'] ?? 0)
    const unchanged =
      item === undefined
        ? { text: 'attribute_not_exists(pk)' }
        : { text: 'revision = :known', values: { ':known': revision } }
    return this.#docs.putIf({ ...key, revision: revision + 1 }, value, unchanged)
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
    const principals = new Map<string, Key>()
    for (const row of rows) {
      const subject = subjectOf(view, row)
      if (before.has(subject)) continue
      before.add(subject)
      items.push({ pk: whereaboutsPk(view, subject), sk: part(account) })
      if (view === 'R')
        items.push({ pk: rolePk(lastPart(subject)), sk: hash(subject), arn: subject })
      if (view === 'P' || view === 'U') {
        const text = row.texts[0]!
        const principal = principalOf(text)
        const { namespace, serviceAccount } = principal
        principals.set(text, principalKey(principal))
        if (principal.kind === 'workload')
          items.push({
            pk: workloadPk(namespace ?? '', serviceAccount ?? ''),
            sk: hash(subject),
            principal: text,
          })
      }
    }
    const isFresh = ({ pk, sk }: Key): boolean => !this.#names.has(`${pk}\n${sk}`)
    const fresh = [...items.filter(isFresh), ...[...principals.values()].filter(isFresh)]
    await this.#table.put(items.filter(isFresh))
    // Changed, not replaced: a doubt about a principal stays.
    await inParallel([...principals], async ([text, key]) => {
      if (isFresh(key))
        await this.#table.update(key, {
          text: 'SET principal = :principal',
          values: { ':principal': text },
        })
    })
    if (this.#names.size > KNOWN_NAMES_MAX) this.#names.clear()
    for (const { pk, sk } of fresh) this.#names.add(`${pk}\n${sk}`)
  }

  /**
   * A principal that facts have explained away here may still stand elsewhere: from now on, whoever lists it has to look. Written
   * before it is gone, since nobody would think of it later.
   */
  async #doubtGone(view: View, old: readonly About[], rows: readonly About[]): Promise<void> {
    if (view !== 'P' && view !== 'U') return
    const left = new Set(rows.map(({ texts }) => texts[0]!))
    const gone = [...new Set(old.map(({ texts }) => texts[0]!))].filter((text) => !left.has(text))
    await inParallel(gone, async (text) => {
      const key = principalKey(principalOf(text))
      await this.#table.update(key, { text: 'SET doubtful = :yes', values: { ':yes': true } })
    })
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

const isTouch = ({ kind }: About): boolean => kind === 'touch'

/** What stands for an address in a partition's list. */
export const shortHash = (network: string): string => hash(network).slice(0, 8)

function networksKey({ account, hour }: Partition): Key {
  return { pk: networksPk(account), sk: hourText(hour) }
}

/** Hour documents by the ends of their names. */
function documentsOf(rows: readonly HourRow[]): Map<string, Uint8Array> {
  const documents = new Map<string, Uint8Array>()
  for (const view of HOUR_VIEWS) {
    const own = rows.filter((row) => isIn(view, row))
    if (own.length === 0) continue
    const whole = packedHour(own)
    if (whole.length <= HOUR_BYTES_MAX) {
      documents.set(`${view}${WHOLE}`, whole)
      continue
    }
    const parts = Map.groupBy(own, (row) => shardOfSubject(subjectOf(view, row)))
    for (const [piece, some] of parts) documents.set(`${view}${piece}`, packedHour(some))
  }
  return documents
}

function replaced(rows: readonly DayRow[], days: readonly { day: number; sums: Sums }[]): DayRow[] {
  const byName = new Map(
    rows.map((row) => [nameOf(row), { ...row, days: new Map(row.days) }] as const),
  )
  for (const { day, sums } of days) {
    for (const row of byName.values()) row.days.delete(day)
    for (const [name, { kind, texts, ...sum }] of sums.all) {
      const row = byName.get(name) ?? { kind, texts, days: new Map() }
      row.days.set(day, sum)
      byName.set(name, row)
    }
  }
  return [...byName.values()].filter((row) => row.days.size > 0)
}
