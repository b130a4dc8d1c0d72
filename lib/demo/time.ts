/** Milliseconds in the units stories are told in. */
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** RFC 3339 to the second, as CloudTrail writes eventTime. */
export function timestamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** The US-locale form STS writes for a credential's end: `Nov 23, 2026, 3:14:07 AM`. */
export function expiration(at: number): string {
  const date = new Date(at)
  const hour = date.getUTCHours()
  const clock = date.toISOString().slice(14, 19)
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  return `${day}, ${hour % 12 || 12}:${clock} ${hour < 12 ? 'AM' : 'PM'}`
}

/** `hour:minute:second` UTC of the last night whose 02:00-03:00 is over by `end`. */
export function lastNight(end: number, hour: number, minute = 0, second = 0): number {
  const today = Math.floor(end / DAY) * DAY
  const night = today + 3 * HOUR <= end ? today : today - DAY
  return night + hour * HOUR + minute * MINUTE + second * SECOND
}
