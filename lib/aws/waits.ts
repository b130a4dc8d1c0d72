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
import type { Key, Table } from './table.ts'

/** Says that somebody waits under a ref; it sorts before all who do. */
const SOMEBODY = '!'

/** Which partitions change when a sighting under a ref comes in. A wait is never taken back: at worst it costs a rollup. */
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
    const listOf = new Map(lists.map((item) => [`${item.pk}\n${item.sk}`, item]))
    // What a partition waits for is the same each time it is rolled up, but for a few.
    await inParallel(waits, async ({ partition, refs }) => {
      const key = listKey(partition)
      const item = listOf.get(`${key.pk}\n${key.sk}`)
      const listed = new Set(
        item === undefined ? [] : unpacked<string[]>(await this.#docs.valueOf(item)),
      )
      const added = [...new Set(refs)].filter((ref) => !listed.has(shortHash(ref)))
      if (added.length === 0) return
      const known = await this.#table.get(added.map(somebodyKey), false)
      const somebody = new Set(known.map(({ pk }) => pk))
      await this.#table.put([
        ...added.map(somebodyKey).filter(({ pk }) => !somebody.has(pk)),
        ...added.map((ref) => ({ pk: waitPk(ref), sk: partitionText(partition) })),
      ])
      const revision = Number(item?.['revision'] ?? 0)
      const value = packed([...listed, ...added.map(shortHash)].sort())
      // The list only saves writing again; where somebody else has just written one, this one is not needed.
      await this.#docs.putIf({ ...key, revision: revision + 1 }, value, {
        text: 'attribute_not_exists(pk) OR revision = :known',
        values: { ':known': revision },
      })
    })
  }

  /** Partitions that wait for any of these sightings, which have been written. */
  async partitions(sightings: readonly Sighting[]): Promise<Partition[]> {
    if (sightings.length === 0) return []
    // Of the five kinds of ref only some are ever waited for; the others need no looking up.
    const [awaited] = await this.#table.get([KINDS_AWAITED])
    if (awaited === undefined) return []
    const kinds = awaited['kinds'] as Set<string>
    const refs = new Set(sightings.flatMap(refsOf).filter((ref) => kinds.has(kindOf(ref))))
    const somebody = await this.#table.get(
      [...refs].map((ref) => ({ pk: waitPk(ref), sk: SOMEBODY })),
    )
    const found = await inParallel(somebody, ({ pk }) => this.#table.query(pk))
    return found.flatMap((items) =>
      items.filter(({ sk }) => sk !== SOMEBODY).map(({ sk }) => partitionOf(sk)),
    )
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

const somebodyKey = (ref: Ref): Key => ({ pk: waitPk(ref), sk: SOMEBODY })
const listKey = ({ account, hour }: Partition): Key => ({
  pk: awaitedPk(account),
  sk: hourText(hour),
})
const shortHash = (ref: Ref): string => hash(ref).slice(0, 12)
const kindOf = (ref: Ref): string => ref.slice(0, 1)
