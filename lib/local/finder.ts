import type { DatabaseSync } from 'node:sqlite'
import type { Delta, Sighting } from '../model.ts'
import { sightingAt } from '../record/columns.ts'
import type { Facts, Print } from '../session/finder.ts'
import type { Ref } from '../session/refs.ts'
import { words } from './delta-codec.ts'
import { deltaOf, positionOf } from './hash.ts'
import type { SightingIndex } from './sighting-index.ts'

/** Facts of the embedded store as people look them up. */
export class SqliteFacts implements Facts {
  readonly #db: DatabaseSync
  readonly #index: SightingIndex
  readonly #delta: (id: number) => Delta
  readonly #sightings: (refs: readonly Ref[]) => Promise<Map<Ref, readonly Sighting[]>>

  constructor(
    db: DatabaseSync,
    index: SightingIndex,
    delta: (id: number) => Delta,
    sightings: (refs: readonly Ref[]) => Promise<Map<Ref, readonly Sighting[]>>,
  ) {
    this.#db = db
    this.#index = index
    this.#delta = delta
    this.#sightings = sightings
  }

  async sightings(refs: readonly Ref[]): Promise<Map<Ref, readonly Sighting[]>> {
    return this.#sightings(refs)
  }

  async sightingsOfName(sessionName: string): Promise<Sighting[]> {
    return this.#index
      .placesOfSessionName(sessionName)
      .map((place) => sightingAt(this.#delta(deltaOf(place)), positionOf(place)))
      .filter((sighting) => sighting.sessionName === sessionName)
  }

  async *deltasFrom(network: string): AsyncGenerator<Delta> {
    const rows = this.#db
      .prepare(
        `SELECT d.id FROM name n JOIN network w ON w.name = n.id JOIN delta d ON d.partition = w.partition
       WHERE n.text = ? ORDER BY d.id`,
      )
      .all(network)
    for (const row of rows) yield this.#delta(Number(row['id']))
  }

  async *deltasWith(wanted: readonly Print[]): AsyncGenerator<Delta> {
    for (const row of this.#db.prepare('SELECT id, events FROM delta ORDER BY id').iterate()) {
      const events = words(row['events'] as Uint8Array)
      for (let i = 0; i < events.length; i += 2)
        if (wanted.some(([a, b]) => events[i] === a && events[i + 1] === b)) {
          yield this.#delta(Number(row['id']))
          break
        }
    }
  }

  async recipients(): Promise<string[]> {
    const rows = this.#db.prepare('SELECT DISTINCT account FROM coverage').all()
    return rows.map((row) => String(row['account']))
  }
}
