const HOURS = 24

/**
 * How often something happens in an hour, by the hour of the day (UTC). Hours without it count too. Kept as sums, so that it takes
 * the same room however long it is watched.
 */
export class Profile {
  readonly #start: number
  readonly #sum = new Float64Array(HOURS)
  readonly #squares = new Float64Array(HOURS)
  /** Of the hour that is being added up. */
  #hour = -1
  #count = 0
  max = 0

  /** `hour`: the first, in hours since 1970. */
  constructor(hour: number) {
    this.#start = hour
  }

  /** Hours come in ascending order; one hour may come in several parts. */
  add(hour: number, count: number): void {
    if (hour !== this.#hour) {
      this.#hour = hour
      this.#count = 0
    }
    const of = hour % HOURS
    const before = this.#count
    this.#count += count
    this.#sum[of]! += count
    this.#squares[of]! += this.#count ** 2 - before ** 2
    if (this.#count > this.max) this.max = this.#count
  }

  /**
   * How likely `count` or more are in `hour`, if they fall as before: a negative binomial distribution with the mean and variance of
   * this hour of the day and its neighbours, or of all hours where those are larger. One more
   * than was seen counts as seen.
   */
  chance(hour: number, count: number): number {
    const days = Math.max(1, (hour - this.#start) / HOURS)
    const here = hour % HOURS
    const near = [(here + HOURS - 1) % HOURS, here, (here + 1) % HOURS]
    const all = Array.from({ length: HOURS }, (_, index) => index)
    const [meanNear, spreadNear] = this.#moments(near, days)
    const [meanAll, spreadAll] = this.#moments(all, days)
    return tail(count, Math.max(meanNear, meanAll), Math.max(spreadNear, spreadAll))
  }

  /** Mean of an hour, and its variance as a multiple of the mean. */
  #moments(hours: readonly number[], days: number): [mean: number, spread: number] {
    const n = hours.length * days
    const sum = hours.reduce((total, hour) => total + this.#sum[hour]!, 0)
    const squares = hours.reduce((total, hour) => total + this.#squares[hour]!, 0)
    const mean = (sum + 1) / n
    const variance = Math.max(0, squares / n - (sum / n) ** 2)
    return [mean, Math.max(1.5, variance / mean)]
  }
}

/** P(X ≥ count) of a negative binomial distribution, terms added up from `count` on; `spread` is variance by mean, above 1. */
function tail(count: number, mean: number, spread: number): number {
  const size = mean / (spread - 1)
  const p = 1 / spread
  let log = size * Math.log(p)
  for (let k = 0; k < count; k++) log += Math.log(((k + size) / (k + 1)) * (1 - p))
  let term = Math.exp(log)
  let sum = 0
  for (let k = count; term > sum * 1e-9 && term > 1e-300; k++) {
    sum += term
    term *= ((k + size) / (k + 1)) * (1 - p)
  }
  return Math.min(1, sum)
}
