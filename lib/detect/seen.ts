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
  /** Most have one or two names, which are found faster, and in less memory, without a map. */
  #few: string[] = NONE
  #fewSpans: Span[] = NO_SPANS
  #many: Map<string, Span> | null = null
  #hour = -Infinity

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#many === null ? this.#few.length : this.#many.size
  }

  get(name: string): Span | undefined {
    if (this.#many !== null) return this.#many.get(name)
    const few = this.#few
    for (let i = 0; i < few.length; i++) if (few[i] === name) return this.#fewSpans[i]
    return undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  names(): string[] {
    return (this.#many === null ? [...this.#few] : [...this.#many.keys()]).sort()
  }

  add(name: string, first: number, last = first): Span {
    const known = this.get(name)
    if (known !== undefined) {
      if (first < known.first) known.first = first
      if (last > known.last) known.last = last
      return known
    }
    const hour = Math.floor(first / 3600)
    if (hour > this.#hour) {
      this.#hour = hour
      if (this.size > this.#max) this.#forgetOldest()
    }
    const span: Span = { first, last }
    this.#set(name, span)
    return span
  }

  /** Names first seen after `since`. */
  newSince(since: number): string[] {
    return this.names().filter((name) => this.get(name)!.first > since)
  }

  #set(name: string, span: Span): void {
    if (this.#many === null && this.#few.length < Math.min(FEW, this.#max)) {
      if (this.#few.length === 0) {
        this.#few = []
        this.#fewSpans = []
      }
      this.#few.push(name)
      this.#fewSpans.push(span)
      return
    }
    this.#many ??= new Map(this.#few.map((known, index) => [known, this.#fewSpans[index]!]))
    this.#few = NONE
    this.#fewSpans = NO_SPANS
    this.#many.set(name, span)
  }

  #forgetOldest(): void {
    const many = this.#many
    if (many === null) return
    const byAge = [...many].sort(
      ([a, { last: lastA }], [b, { last: lastB }]) => lastA - lastB || (a < b ? -1 : 1),
    )
    for (const [name] of byAge.slice(0, byAge.length - this.#max)) many.delete(name)
  }
}

const FEW = 4
const NONE: string[] = []
const NO_SPANS: Span[] = []
