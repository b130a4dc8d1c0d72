import type { Partition } from '../model.ts'
import type { DirtyPartition } from '../ports.ts'
import { hourText, partitionOf, QUEUES, queueKey, queuePk, versionKey, versionPk } from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Table } from './table.ts'

/** What is known of a partition's rows. */
export interface PartitionState {
  readonly version: number
  /** The rows' version; 0: none yet. */
  readonly rolled: number
  /** Hour documents that were ever begun, by the ends of their keys. */
  readonly begun: ReadonlySet<string>
}

/**
 * Versions of partitions, and the queue of those whose rows are behind. A version only grows; growing once too often costs one
 * rollup. The queue holds the version it was told, so that only the rollup of that version or a later one takes it out.
 */
export class Versions {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /**
   * To be called when facts of the partitions, or sightings they wait for, have been written. A partition is queued before it becomes
   * dirty; so as long as it is, it stands in the queue, whoever dies.
   */
  async raise(partitions: readonly Partition[]): Promise<void> {
    const distinct = new Map(partitions.map((partition) => [queueKey(partition).sk, partition]))
    await inParallel([...distinct.values()], async (partition) => {
      for (;;) {
        const { version, rolled } = [...(await this.states([partition])).values()][0]!
        if (version > rolled) {
          const stillDirty = { text: 'version > rolled OR attribute_not_exists(rolled)' }
          if ((await this.#grow(partition, stillDirty)) !== null) return
          continue
        }
        await this.#table.put([{ ...queueKey(partition), version: version + 1 }])
        const unchanged = version === 0 ? { text: 'attribute_not_exists(pk)' } : isVersion(version)
        if ((await this.#grow(partition, unchanged)) !== null) return
      }
    })
  }

  async dirty(limit: number): Promise<DirtyPartition[]> {
    const queues = Array.from({ length: QUEUES }, (_, queue) => queue)
    for (;;) {
      if (limit === 0) return []
      const found = await inParallel(queues, (queue) =>
        this.#table.query(queuePk(queue), { limit }),
      )
      const first = found
        .flat()
        .sort((a, b) => (a.sk < b.sk ? -1 : 1))
        .slice(0, limit)
      const states = await this.states(first.map(({ sk }) => partitionOf(sk)))
      const dirty = await inParallel(first, async (item) => {
        const partition = partitionOf(item.sk)
        const { version, rolled } = states.get(item.sk)!
        if (version > rolled) return { partition, version }
        // Whoever was about to make it dirty stopped before, or is not there yet: a rollup too many does no harm.
        if (Number(item['version']) > version)
          return { partition, version: (await this.#grow(partition))! }
        // Whoever rolled it up stopped before taking it out.
        await this.unqueue(partition, version)
        return null
      })
      const left = dirty.filter((one) => one !== null)
      if (left.length > 0 || dirty.length === 0) return left
    }
  }

  /** By the text of the partition. */
  async states(partitions: readonly Partition[]): Promise<Map<string, PartitionState>> {
    const names = new Map(
      partitions.map((partition) => {
        const { pk, sk } = versionKey(partition)
        return [`${pk}\n${sk}`, queueKey(partition).sk]
      }),
    )
    const none: PartitionState = { version: 0, rolled: 0, begun: new Set() }
    const states = new Map([...names.values()].map((name) => [name, none]))
    for (const item of await this.#table.get(partitions.map(versionKey)))
      states.set(names.get(`${item.pk}\n${item.sk}`)!, {
        version: Number(item['version']),
        rolled: Number(item['rolled'] ?? 0),
        begun: (item['begun'] as Set<string> | undefined) ?? new Set(),
      })
    return states
  }

  /** Ends of the keys of all hour documents that were ever begun in a day. */
  async begunIn(account: string, day: number): Promise<ReadonlySet<string>> {
    const range = { from: hourText(day * 24), to: hourText(day * 24 + 23) }
    const items = await this.#table.query(versionPk(account), { range })
    return new Set(items.flatMap(({ begun }) => [...((begun as Set<string> | undefined) ?? [])]))
  }

  /** Notes which documents a rollup is about to write; false if facts came in after `version`. */
  async begin(
    partition: Partition,
    version: number,
    documents: ReadonlySet<string>,
  ): Promise<boolean> {
    const change = { text: 'ADD begun :documents', values: { ':documents': documents } }
    return (await this.#table.update(versionKey(partition), change, isVersion(version))) !== null
  }

  /** The rows of this version stand. */
  async finish(partition: Partition, version: number): Promise<boolean> {
    const change = { text: 'SET rolled = :rolled', values: { ':rolled': version } }
    if ((await this.#table.update(versionKey(partition), change, isVersion(version))) === null)
      return false
    await this.unqueue(partition, version)
    return true
  }

  async #grow(
    partition: Partition,
    condition?: Parameters<Table['update']>[2],
  ): Promise<number | null> {
    const change = { text: 'ADD version :one', values: { ':one': 1 } }
    const item = await this.#table.update(versionKey(partition), change, condition)
    return item === null ? null : Number(item['version'])
  }

  async unqueue(partition: Partition, version: number): Promise<void> {
    await this.#table.removeIf(queueKey(partition), {
      text: 'version <= :known',
      values: { ':known': version },
    })
  }
}

function isVersion(version: number): { text: string; values: Record<string, unknown> } {
  return { text: 'version = :known', values: { ':known': version } }
}
