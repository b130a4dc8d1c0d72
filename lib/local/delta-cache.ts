import type { Delta } from '../model.ts'
import { packed } from '../record/packed-strings.ts'

/** Deltas read lately, up to a number of bytes. A delta never changes, so nothing here can be out of date. */
export class DeltaCache {
  readonly #bytesMax: number
  readonly #deltas = new Map<number, Delta>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(id: number): Delta | undefined {
    const delta = this.#deltas.get(id)
    if (delta !== undefined) {
      // A Map keeps the order of insertion: whoever is asked for moves to its end.
      this.#deltas.delete(id)
      this.#deltas.set(id, delta)
    }
    return delta
  }

  set(id: number, delta: Delta): void {
    this.#deltas.set(id, delta)
    this.#bytes += weight(delta)
    for (const [oldest, old] of this.#deltas) {
      if (this.#bytes <= this.#bytesMax || oldest === id) break
      this.#deltas.delete(oldest)
      this.#bytes -= weight(old)
    }
  }
}

/** About what it takes: its strings may be there a second time, as text. */
function weight({ strings, events, callers, groups, callGroup, sightings }: Delta): number {
  const numbers = events.length + callers.length + groups.length + sightings.length
  return 1000 + 4 * numbers + 10 * callGroup.length + 2 * packed(strings).bytes.length
}
