import type { Partition } from '../model.ts'
import type { DirtyPartition } from '../ports.ts'
import { partitionOf, QUEUES, queueKey, queuePk, versionKey } from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Key, Table } from './table.ts'

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

  /** To be called when facts of the partitions, or sightings they wait for, have been written. */
  async raise(partitions: readonly Partition[]): Promise<void> {
    const distinct = new Map(partitions.map((partition) => [queueKey(partition).sk, partition]))
    const queued = await inParallel([...distinct.values()], async (partition) => {
      const item = await this.#table.update(versionKey(partition), {
        text: 'ADD version :one',
        values: { ':one': 1 },
      })
      return { ...queueKey(partition), version: Number(item!['version']) }
    })
    await this.#table.put(queued)
  }

  async dirty(limit: number): Promise<DirtyPartition[]> {
    const dirty: DirtyPartition[] = []
    while (dirty.length < limit) {
      const queues = Array.from({ length: QUEUES }, (_, queue) => queue)
      const found = await inParallel(queues, (queue) =>
        this.#table.query(queuePk(queue), { limit }),
      )
      const first = found
        .flat()
        .sort((a, b) => (a.sk < b.sk ? -1 : 1))
        .slice(0, limit)
      const states = await this.states(first.map(({ sk }) => partitionOf(sk)))
      const done: Key[] = []
      for (const item of first) {
        const { version, rolled } = states.get(item.sk)!
        const partition = partitionOf(item.sk)
        // Whoever rolled it up stopped before taking it out of the queue.
        if (version === rolled) done.push(item)
        else dirty.push({ partition, version })
      }
      if (done.length === 0) break
      dirty.length = 0
      await inParallel(done, ({ sk }) => this.unqueue(partitionOf(sk), states.get(sk)!.version))
    }
    return dirty
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
