import type { Profile } from './profile.ts'

/** First and last time something was seen, in seconds. */
export interface Span {
  first: number
  last: number
  /** How often an hour, of what is counted. */
  profile?: Profile
}

/**
 * Names and when they were seen, in ascending hours; at most `max`. When an hour begins with more, those not seen for the longest time
 * are forgotten, and would be new again: so whoever makes up names makes podtrail say more, never less. That it happens between hours
 * only keeps the order within an hour from mattering.
 */
export class Seen {
  readonly #max: number
  readonly #spans = new Map<string, Span>()
  #hour = -Infinity

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#spans.size
  }

  get(name: string): Span | undefined {
    return this.#spans.get(name)
  }

  has(name: string): boolean {
    return this.#spans.has(name)
  }

  names(): string[] {
    return [...this.#spans.keys()].sort()
  }

  add(name: string, first: number, last = first): Span {
    const known = this.#spans.get(name)
    if (known !== undefined) {
      if (first < known.first) known.first = first
      if (last > known.last) known.last = last
      return known
    }
    const hour = Math.floor(first / 3600)
    if (hour > this.#hour) {
      this.#hour = hour
      if (this.#spans.size > this.#max) this.#forgetOldest()
    }
    const span = { first, last }
    this.#spans.set(name, span)
    return span
  }

  /** Names first seen after `since`. */
  newSince(since: number): string[] {
    const names: string[] = []
    for (const [name, { first }] of this.#spans) if (first > since) names.push(name)
    return names.sort()
  }

  #forgetOldest(): void {
    const byAge = [...this.#spans].sort(
      ([a, { last: lastA }], [b, { last: lastB }]) => lastA - lastB || (a < b ? -1 : 1),
    )
    for (const [name] of byAge.slice(0, byAge.length - this.#max)) this.#spans.delete(name)
  }
}
