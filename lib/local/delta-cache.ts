import type { Delta } from '../model.ts'

/** Deltas read lately, up to a number of events. A delta never changes, so nothing here can be out of date. */
export class DeltaCache {
  readonly #eventsMax: number
  readonly #deltas = new Map<number, Delta>()
  #events = 0

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax
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
    this.#events += weight(delta)
    for (const [oldest, old] of this.#deltas) {
      if (this.#events <= this.#eventsMax || oldest === id) break
      this.#deltas.delete(oldest)
      this.#events -= weight(old)
    }
  }
}

function weight(delta: Delta): number {
  return 8 + delta.events.length / 2
}
