import type { Rollup } from '../graph/rollup.ts'
import { lastPart } from '../identity/arn.ts'
import type { Partition } from '../model.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import {
  hash,
  hourText,
  networkPk,
  networksPk,
  part,
  partitionText,
  principalKey,
  rolePk,
  workloadPk,
} from './keys.ts'
import { inParallel } from './parallel.ts'
import {
  type DayRow,
  fromAnywhere,
  type HourRow,
  hourRows,
  isIn,
  nameOf,
  packedDays,
  packedHour,
  principalOf,
  Sums,
  shardOfSubject,
  subjectOf,
  sumOf,
  unpackedDays,
  unpackedHour,
  VIEW_NAMES,
  VIEWS,
  type View,
} from './row.ts'
import type { Item, Key, Table } from './table.ts'
import type { Versions } from './versions.ts'

/** An hour's rows in one view stand in one item up to this size, beyond it in parts, so that a question reads its own. */
const HOUR_BYTES_MAX = 3_500
export const HOUR_PARTS = 4
export const WHOLE = '-'

export const hourPk = (view: View, account: string): string => `H#${view}#${part(account)}`
export const hourSk = (piece: string, hour: number): string => `${piece}#${hourText(hour)}`
export const daysPk = (view: View, account: string): string => `M#${view}#${part(account)}`
export const daysSk = (shard: number, block: number): string =>
  `${String(shard).padStart(2, '0')}#${String(block).padStart(7, '0')}`
export const whereaboutsPk = (view: View, subject: string): string => `A#${view}#${hash(subject)}`
export const blockOf = (view: View, day: number): number => Math.floor(day / VIEWS[view].days)

/** Names this process has put into the directory; putting one again changes nothing. */
const KNOWN_NAMES_MAX = 200_000

/**
 * Rows in two steps. An hour's rows of one partition are written under its version. Then the days they lie in are added up anew from
 * all their hours; the sums are replaced only if nobody replaced them since they were read, which was before the hours were read: so
 * whoever writes last has seen all hours.
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
    const touched = await inParallel(rollups, async ({ rollup, version }) => {
      const state = states.get(partitionText(rollup.partition))!
      return state.version === version ? this.#putHour(rollup, version, state.begun) : null
    })
    const isWritten = touched.map((views) => views !== null)
    const written = rollups.filter((_, index) => isWritten[index])
    await this.#addUp(
      rollups.flatMap(({ rollup: { partition } }, index) =>
        [...(touched[index] ?? [])].map((view) => ({ ...partition, view })),
      ),
    )
    const lists = await this.#table.get(written.map(({ rollup }) => networksKey(rollup.partition)))
    const listOf = new Map(lists.map((item) => [`${item.pk}\n${item.sk}`, item]))
    await inParallel(written, ({ rollup, version }) => {
      const { pk, sk } = networksKey(rollup.partition)
      return this.#putNetworks(rollup, version, listOf.get(`${pk}\n${sk}`))
    })
    return inParallel(
      rollups.map(({ rollup, version }, index) => ({ rollup, version, index })),
      async ({ rollup, version, index }) =>
        isWritten[index]! && (await this.#versions.finish(rollup.partition, version)),
    )
  }

  /** Views in which the partition has, or had, rows; null if facts came in meanwhile. */
  async #putHour(
    rollup: Rollup,
    version: number,
    begun: ReadonlySet<string>,
  ): Promise<ReadonlySet<View> | null> {
    const { partition } = rollup
    const documents = documentsOf(hourRows(rollup))
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
      return this.#docs.putIf({ ...key, version }, value, {
        text: 'attribute_not_exists(pk) OR version <= :version',
        values: { ':version': version },
      })
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
    const shards = Array.from({ length: VIEWS[view].shards }, (_, shard) => shard)
    const pk = daysPk(view, account)
    for (let open = shards; open.length > 0; ) {
      const found = await this.#table.get(open.map((shard) => ({ pk, sk: daysSk(shard, block) })))
      const before = new Map(found.map((item) => [item.sk, item]))
      const sums = new Map<number, { day: number; sums: Sums }[]>(
        shards.map((shard) => [shard, []]),
      )
      for (const day of days) {
        const ofDay = shards.map(() => new Sums())
        for (const { row, hour } of await this.#hoursOf(view, account, day)) {
          const whole = sumOf(row, hour, 0, Number.POSITIVE_INFINITY)
          const shard = shardOfSubject(view, subjectOf(view, row))
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

  async #hoursOf(
    view: View,
    account: string,
    day: number,
  ): Promise<{ row: HourRow; hour: number }[]> {
    const names = [WHOLE, ...Array.from({ length: HOUR_PARTS }, (_, index) => String(index))]
    const found = await inParallel(names, async (piece) => {
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
    await this.#nameNew(view, account, old, rows)
    await this.#doubtGone(view, old, rows)
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
    old: readonly DayRow[],
    rows: readonly DayRow[],
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
  async #doubtGone(view: View, old: readonly DayRow[], rows: readonly DayRow[]): Promise<void> {
    if (view !== 'P' && view !== 'U') return
    const left = new Set(rows.map(({ texts }) => texts[0]!))
    const gone = [...new Set(old.map(({ texts }) => texts[0]!))].filter((text) => !left.has(text))
    await inParallel(gone, async (text) => {
      const key = principalKey(principalOf(text))
      await this.#table.update(key, { text: 'SET doubtful = :yes', values: { ':yes': true } })
    })
  }

  /**
   * Which hours to look through for an address. A partition's list is what counts, and stands under its version; the entries by
   * address only lead to it, and are written before it.
   */
  async #putNetworks(rollup: Rollup, version: number, item: Item | undefined): Promise<void> {
    const { partition, networks } = rollup
    const listed = item === undefined ? [] : unpacked<string[]>(await this.#docs.valueOf(item))
    const list = networks.map(shortHash).sort()
    if (JSON.stringify(list) === JSON.stringify(listed)) return
    const sk = partitionText(partition)
    const added = networks.filter((network) => !listed.includes(shortHash(network)))
    await this.#table.put(added.map((network) => ({ pk: networkPk(network), sk })))
    await this.#docs.putIf({ ...networksKey(partition), version }, packed(list), {
      text: 'attribute_not_exists(pk) OR version <= :version',
      values: { ':version': version },
    })
  }
}

/** What stands for an address in a partition's list. */
export const shortHash = (network: string): string => hash(network).slice(0, 10)

export function networksKey({ account, hour }: Partition): Key {
  return { pk: networksPk(account), sk: hourText(hour) }
}

/** Hour documents by the ends of their names. */
function documentsOf(rows: readonly HourRow[]): Map<string, Uint8Array> {
  const documents = new Map<string, Uint8Array>()
  for (const view of VIEW_NAMES) {
    const own = rows.filter((row) => isIn(view, row))
    if (own.length === 0) continue
    const whole = packedHour(own)
    if (whole.length <= HOUR_BYTES_MAX) {
      documents.set(`${view}${WHOLE}`, whole)
      continue
    }
    const parts = Map.groupBy(own, (row) => shardOfSubject(view, subjectOf(view, row)) % HOUR_PARTS)
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
