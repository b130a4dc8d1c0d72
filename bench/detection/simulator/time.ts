export const MINUTE = 60
export const HOUR = 3600
export const DAY = 24 * HOUR

/** A value that changes at known times; what holds at any time is then a pure function of the time. */
export class Timeline<T> {
  readonly #steps: { from: number; value: T }[]

  constructor(value: T) {
    this.#steps = [{ from: Number.NEGATIVE_INFINITY, value }]
  }

  /** Changes must be told in their order. */
  change(from: number, value: T): void {
    this.#steps.push({ from, value })
  }

  at(time: number): T {
    let index = this.#steps.length - 1
    while (this.#steps[index]!.from > time) index--
    return this.#steps[index]!.value
  }
}

/** Day of the month, day of the week (0 is Sunday) and hour, in UTC. */
export function calendar(second: number): { date: number; weekday: number; hour: number } {
  const date = new Date(second * 1000)
  return { date: date.getUTCDate(), weekday: date.getUTCDay(), hour: date.getUTCHours() }
}

export const isWeekend = (second: number): boolean => {
  const { weekday } = calendar(second)
  return weekday === 0 || weekday === 6
}
