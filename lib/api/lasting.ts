/** What takes long to read is good for so many times as long as it took, even though something was stored since; at most so long (ms). */
const REUSE = 20
const STANDS_MAX = 5000

/** One value that is read anew when the store has changed, but not all the time. */
export class Lasting<Value> {
  #kept: { readonly value: Value; readonly version: string; readonly until: number } | null = null
  readonly #now: () => number

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  async get(version: string, read: () => Promise<Value>): Promise<Value> {
    const kept = this.#kept
    if (kept !== null && (kept.version === version || this.#now() < kept.until)) return kept.value
    const started = this.#now()
    const value = await read()
    const stands = Math.min(REUSE * (this.#now() - started), STANDS_MAX)
    this.#kept = { value, version, until: started + stands }
    return value
  }
}
