import type { CoverageFact } from '../model.ts'

const SECONDS_PER_DAY = 86_400
const SECONDS_PER_SLOT = 300
const SLOT_BYTES = SECONDS_PER_DAY / SECONDS_PER_SLOT / 8

interface OpenFact {
  readonly account: number
  readonly region: number
  readonly day: number
  readonly slots: Uint8Array
  first: number
  last: number
}

/** Notes in which five-minute slots an account and region had events. */
export class CoverageCollector {
  readonly #deliveredAt: number | null
  readonly #facts = new Map<string, OpenFact>()
  #latest: OpenFact | null = null

  constructor(deliveredAt: number | null) {
    this.#deliveredAt = deliveredAt
  }

  /** `account` and `region` are string numbers; `at` is event time in seconds. */
  add(account: number, region: number, at: number): void {
    const day = Math.floor(at / SECONDS_PER_DAY)
    let fact = this.#latest
    if (fact === null || fact.day !== day || fact.region !== region || fact.account !== account) {
      const key = `${account}/${region}/${day}`
      fact = this.#facts.get(key) ?? null
      if (fact === null) {
        fact = { account, region, day, slots: new Uint8Array(SLOT_BYTES), first: at, last: at }
        this.#facts.set(key, fact)
      }
      this.#latest = fact
    }
    if (at < fact.first) fact.first = at
    if (at > fact.last) fact.last = at
    const slot = Math.floor((at % SECONDS_PER_DAY) / SECONDS_PER_SLOT)
    fact.slots[slot >> 3]! |= 1 << (slot & 7)
  }

  facts(text: (id: number) => string): CoverageFact[] {
    return [...this.#facts.values()].map((fact) => ({
      ...fact,
      account: text(fact.account),
      region: text(fact.region),
      lagMax: this.#deliveredAt === null ? null : Math.max(0, this.#deliveredAt - fact.first),
    }))
  }
}

/** The same up to when something is known, with no slot filled: of events that come some of them, and beside the log files. */
export function unfilled(facts: readonly CoverageFact[]): CoverageFact[] {
  return facts.map((fact) => ({ ...fact, slots: new Uint8Array(SLOT_BYTES) }))
}
