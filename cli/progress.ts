const QUIET_MS = 500
const EVERY_MS = 100

/** A line on stderr that says how far a long task has come; only on a terminal, and only once it takes long. */
export class Progress {
  readonly #isShown: boolean
  readonly #startedAt = performance.now()
  #printedAt = 0

  constructor(quiet: boolean) {
    this.#isShown = process.stderr.isTTY && !quiet
  }

  /** `text` must be short and visible. Cheap enough to be called for every file. */
  show(text: () => string): void {
    if (!this.#isShown) return
    const now = performance.now()
    if (now - this.#startedAt < QUIET_MS || now - this.#printedAt < EVERY_MS) return
    this.#printedAt = now
    process.stderr.write(`\r\u001b[K${text()}`)
  }

  done(): void {
    if (this.#printedAt > 0) process.stderr.write('\r\u001b[K')
    this.#printedAt = 0
  }
}
