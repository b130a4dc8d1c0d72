import { setTimeout as sleep } from 'node:timers/promises'
import { TimeOver } from './failure.ts'

/** Lets at most so many requests a second begin, and none once the time is over. */
export class Pace {
  readonly #gap: number
  readonly #endsAt: number
  #next = 0

  /** `endsAt`: milliseconds since 1970. */
  constructor(perSecond: number, endsAt: number) {
    this.#gap = 1000 / perSecond
    this.#endsAt = endsAt
  }

  /** Waits for its turn; throws `TimeOver` where that would be too late. */
  async turn(): Promise<void> {
    const now = Date.now()
    const at = Math.max(now, this.#next)
    if (at >= this.#endsAt) throw new TimeOver()
    this.#next = at + this.#gap
    if (at > now) await sleep(at - now)
  }
}
