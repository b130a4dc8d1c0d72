import type { Partition, Sighting } from '../model.ts'
import { type Ref, refsOf } from '../session/refs.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import {
  awaitedPk,
  hash,
  hourText,
  KINDS_AWAITED,
  partitionOf,
  partitionText,
  waitPk,
} from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Item, Key, Table } from './table.ts'

/** Says that somebody waits under a ref; it sorts before all who do. */
const SOMEBODY = '!'

/**
 * Which partitions change when a sighting under a ref comes in. Under the ref stand accounts and days, since what an hour waits for the
 * next one mostly does too; which hours of the day are meant, the list of each says. Both are written before the wait counts. A wait
 * is never taken back: at worst it costs a rollup.
 */
export class Waits {
  readonly #table: Table
  readonly #docs: Docs
  readonly #kinds = new Set<string>()

  constructor(table: Table, docs: Docs) {
    this.#table = table
    this.#docs = docs
  }

  async add(waits: readonly { partition: Partition; refs: readonly Ref[] }[]): Promise<void> {
    await this.#addKinds(new Set(waits.flatMap(({ refs }) => refs.map(kindOf))))
    const lists = await this.#table.get(waits.map(({ partition }) => listKey(partition)))
    const listOf = new Map(lists.map((item) => [nameOf(item), item]))
    const fresh = await inParallel(waits, async ({ partition, refs }) => {
      const list = await this.#listed(listOf.get(nameOf(listKey(partition))))
      // What a partition waits for is the same each time it is rolled up, but for a few.
      const added = [...new Set(refs)].filter((ref) => !list.hashes.has(shortHash(ref)))
      return { partition, list, added }
    })
    const keys = fresh.flatMap(({ partition, added }) =>
      added.flatMap((ref) => [somebodyKey(ref), dayKey(ref, partition)]),
    )
    const known = new Set((await this.#table.get(keys, false)).map(nameOf))
    const unknown = new Map(keys.map((key) => [nameOf(key), key]))
    await this.#table.put([...unknown.values()].filter((key) => !known.has(nameOf(key))))
    await inParallel(
      fresh.filter(({ added }) => added.length > 0),
      ({ partition, list, added }) => this.#list(listKey(partition), list, added.map(shortHash)),
    )
  }

  /** Partitions that wait for any of these sightings, which have been written. */
  async partitions(sightings: readonly Sighting[]): Promise<Partition[]> {
    if (sightings.length === 0) return []
    // Of the five kinds of ref only some are ever waited for; the others need no looking up.
    const [awaited] = await this.#table.get([KINDS_AWAITED])
    if (awaited === undefined) return []
    const kinds = awaited['kinds'] as Set<string>
    const refs = new Set(sightings.flatMap(refsOf).filter((ref) => kinds.has(kindOf(ref))))
    const somebody = new Set(
      (await this.#table.get([...refs].map(somebodyKey))).map(({ pk }) => pk),
    )
    const hashesOf = new Map<string, string[]>()
    await inParallel(
      [...refs].filter((ref) => somebody.has(waitPk(ref))),
      async (ref) => {
        for (const { sk } of await this.#table.query(waitPk(ref)))
          if (sk !== SOMEBODY) hashesOf.set(sk, [...(hashesOf.get(sk) ?? []), shortHash(ref)])
      },
    )
    const found = await inParallel([...hashesOf], async ([day, hashes]) => {
      const { account, hour } = partitionOf(day)
      const range = { from: hourText(hour), to: hourText(hour + 23) }
      const lists = await this.#table.query(awaitedPk(account), { range })
      return inParallel(lists, async (item) => {
        const list = await this.#listed(item)
        const partition = { account, hour: Number(item.sk) }
        return hashes.some((hash) => list.hashes.has(hash)) ? [partition] : []
      })
    })
    return found.flat(2)
  }

  async #listed(item: Item | undefined): Promise<List> {
    if (item === undefined) return { revision: 0, hashes: new Set() }
    const hashes = new Set(unpacked<string[]>(await this.#docs.valueOf(item)))
    return { revision: Number(item['revision']), hashes }
  }

  /** Adds to the list of a partition, whoever else does. */
  async #list(key: Key, known: List, added: readonly string[]): Promise<void> {
    for (let list = known; ; ) {
      const { revision, hashes } = list
      const value = packed([...new Set([...hashes, ...added])].sort())
      const unchanged =
        revision === 0
          ? { text: 'attribute_not_exists(pk)' }
          : { text: 'revision = :known', values: { ':known': revision } }
      if (await this.#docs.putIf({ ...key, revision: revision + 1 }, value, unchanged)) return
      const [item] = await this.#table.get([key])
      list = await this.#listed(item)
    }
  }

  async #addKinds(kinds: ReadonlySet<string>): Promise<void> {
    const added = new Set([...kinds].filter((kind) => !this.#kinds.has(kind)))
    if (added.size === 0) return
    await this.#table.update(KINDS_AWAITED, {
      text: 'ADD kinds :kinds',
      values: { ':kinds': added },
    })
    for (const kind of added) this.#kinds.add(kind)
  }
}

/** Hashes of the refs that a partition waits for. */
interface List {
  readonly revision: number
  readonly hashes: ReadonlySet<string>
}

const somebodyKey = (ref: Ref): Key => ({ pk: waitPk(ref), sk: SOMEBODY })
/** Under the name of its first hour, a day of an account. */
const dayKey = (ref: Ref, { account, hour }: Partition): Key => ({
  pk: waitPk(ref),
  sk: partitionText({ account, hour: hour - (hour % 24) }),
})
const listKey = ({ account, hour }: Partition): Key => ({
  pk: awaitedPk(account),
  sk: hourText(hour),
})
const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`
const shortHash = (ref: Ref): string => hash(ref).slice(0, 12)
const kindOf = (ref: Ref): string => ref.slice(0, 1)
