import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Delta } from '../model.ts'
import { referableAt, sightingCount } from '../record/columns.ts'
import { type Ref, refsOf } from '../session/refs.ts'
import { hashesOfSessionName, hashOf, placeOf } from './hash.ts'
import { insertMany, type ManyRows, manyRows } from './many-rows.ts'

/** Where sightings stand, by the hash of what they are found by, and who waits for them. */
export class SightingIndex {
  readonly #insert: ManyRows
  readonly #find: StatementSync
  readonly #findMany: StatementSync
  readonly #wait: StatementSync
  readonly #isAwaited: StatementSync
  readonly #wake: StatementSync
  #hashes: number[] = []
  #places: number[] = []

  constructor(db: DatabaseSync) {
    this.#insert = manyRows(db, 'INSERT OR IGNORE INTO sighting', 2)
    this.#find = db.prepare('SELECT place FROM sighting WHERE hash = ?')
    this.#findMany = db.prepare('SELECT place FROM sighting WHERE hash >= ? AND hash < ?')
    this.#wait = db.prepare('INSERT OR IGNORE INTO waiter VALUES (?, ?)')
    this.#isAwaited = db.prepare('SELECT 1 FROM waiter LIMIT 1')
    this.#wake = db.prepare(
      `UPDATE partition SET version = version + 1 WHERE id IN
       (SELECT w.partition FROM json_each(?) j JOIN waiter w ON w.hash = j.value)`,
    )
  }

  /** Notes the sightings of a delta, to be written by `flush`. */
  add(delta: Delta, row: number): void {
    for (let position = 0; position < sightingCount(delta); position++) {
      const place = placeOf(row, position)
      for (const ref of refsOf(referableAt(delta, position))) {
        this.#hashes.push(hashOf(ref))
        this.#places.push(place)
      }
    }
  }

  /** Writes what was noted, and makes the partitions dirty that wait for it. */
  flush(): void {
    const hashes = this.#hashes
    const places = this.#places
    this.forget()
    if (hashes.length === 0) return
    // In the order of the index, so that each of its pages is visited once.
    const order = Uint32Array.from(hashes, (_, index) => index)
    order.sort((a, b) => hashes[a]! - hashes[b]!)
    insertMany(this.#insert, order.length, (index, values) => {
      values.push(hashes[order[index]!]!, places[order[index]!]!)
    })
    if (this.#isAwaited.get() !== undefined) this.#wake.run(JSON.stringify(hashes))
  }

  /** What was noted belongs to a transaction that failed. */
  forget(): void {
    this.#hashes = []
    this.#places = []
  }

  /** Places of what has one of these hashes, in their order; to be compared in full. */
  placesOf(hashes: Iterable<number>): { place: number; hash: number }[] {
    const places: { place: number; hash: number }[] = []
    for (const hash of hashes)
      for (const row of this.#find.all(hash)) places.push({ place: Number(row['place']), hash })
    return places.sort((a, b) => a.place - b.place)
  }

  placesOfSessionName(sessionName: string): number[] {
    return this.#findMany
      .all(...hashesOfSessionName(sessionName))
      .map((row) => Number(row['place']))
  }

  wait(partition: number, refs: readonly Ref[]): void {
    for (const ref of refs) this.#wait.run(hashOf(ref), partition)
  }
}
