import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Window } from '../ports.ts'
import type { TableSums } from './table-sums.ts'

/** With more of the partitions changed than this, all rows are read anew. */
const MANY = 0.3
/** Rows are taken into memory when the questions so far were about this part of all hours. */
const SHORT = 0.3

/**
 * Keeps the rows of several tables in memory up to date, for questions about everybody. The rows of a partition change only when it is
 * rolled up, and then `rolled` does.
 */
export class HourSums {
  readonly #db: DatabaseSync
  readonly #ends: StatementSync
  readonly #partitions: StatementSync
  readonly #tables: readonly TableSums<object>[]
  /** Of each partition, the version whose rows are here. */
  readonly #rolled = new Map<number, number>()
  #version: string | null = null
  #hoursAsked = 0

  constructor(db: DatabaseSync, tables: readonly TableSums<object>[]) {
    this.#db = db
    this.#tables = tables
    this.#ends = db.prepare('SELECT min(hour) AS first, max(hour) AS last FROM partition')
    this.#partitions = db.prepare('SELECT id, hour, rolled FROM partition WHERE rolled > 0')
    this.#partitions.setReturnArrays(true)
  }

  /**
   * Whether it pays to have the rows here for a question about a window, and those that will come: a few short ones are answered from
   * the rows in the store in less time.
   */
  paysFor({ from, to }: Window): boolean {
    if (this.#version !== null) return true
    const ends = this.#ends.get()!
    if (ends['first'] === null) return false
    const [first, end] = [Number(ends['first']), Number(ends['last']) + 1]
    const hours = Math.min(Math.ceil(to / 3600), end) - Math.max(Math.floor(from / 3600), first)
    this.#hoursAsked += Math.max(0, hours)
    return this.#hoursAsked > (end - first) * SHORT
  }

  /** Takes in what has changed. `version`: of the store, as it is now. */
  refresh(version: string): void {
    if (version === this.#version) return
    // Of one moment: what comes in meanwhile is another version.
    this.#db.exec('SAVEPOINT refresh')
    try {
      this.#takeIn()
      this.#version = version
    } finally {
      this.#db.exec('RELEASE refresh')
    }
  }

  #takeIn(): void {
    const partitions = this.#partitions.all() as unknown as [number, number, number][]
    const changed = partitions.filter(([id, , rolled]) => this.#rolled.get(id) !== rolled)
    if (changed.length > MANY * partitions.length) for (const table of this.#tables) table.load()
    else for (const [id, hour] of changed) for (const table of this.#tables) table.reload(id, hour)
    for (const [id, , rolled] of changed) this.#rolled.set(id, rolled)
  }
}
