const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Seconds since 1970 (UTC) of `YYYY-MM-DDTHH:MM:SS[.fff]Z` between two byte offsets, or -1 where it is not exactly that.
 * Date.parse is not used: it accepts 30 February and 24:00:00.
 */
export function parseEventTime(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length < 20 || length > 30) return -1
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  const hour = digits(bytes, start + 11, 2)
  const minute = digits(bytes, start + 14, 2)
  const second = digits(bytes, start + 17, 2)
  const separated =
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a &&
    bytes[end - 1] === 0x5a
  if (!separated || year < 1970 || month < 1 || month > 12 || day < 1) return -1
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1
  if (day > daysInMonth(year, month)) return -1
  if (length > 20) {
    if (bytes[start + 19] !== 0x2e || length < 22) return -1
    for (let i = start + 20; i < end - 1; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return -1
  }
  return secondsOf(year, month, day, hour, minute, second)
}

/** `parseEventTime` for many: times in the minute of the one before are told by comparing. */
export class EventClock {
  readonly #words = new Int32Array(4)
  #minute = -1

  parse(view: DataView, bytes: Uint8Array, start: number, end: number): number {
    const words = this.#words
    if (
      end - start === 20 &&
      view.getInt32(start, true) === words[0] &&
      view.getInt32(start + 4, true) === words[1] &&
      view.getInt32(start + 8, true) === words[2] &&
      view.getInt32(start + 12, true) === words[3] &&
      bytes[start + 16] === 0x3a &&
      bytes[end - 1] === 0x5a
    ) {
      const second = digits(bytes, start + 17, 2)
      return second >= 0 && second <= 59 ? this.#minute + second : -1
    }
    const at = parseEventTime(bytes, start, end)
    if (at < 0) return -1
    for (let i = 0; i < 4; i++) words[i] = view.getInt32(start + 4 * i, true)
    this.#minute = at - (at % 60)
    return at
  }
}

const text = new Uint8Array(32)

/** `parseEventTime` for a string. */
export function parseRfc3339Utc(time: string): number {
  if (time.length > text.length) return -1
  for (let i = 0; i < time.length; i++) {
    const c = time.charCodeAt(i)
    if (c > 0x7f) return -1
    text[i] = c
  }
  return parseEventTime(text, 0, time.length)
}

/**
 * Seconds of an STS `expiration` as CloudTrail prints it, a US-locale string in UTC of which two forms are known:
 * `Sep 15, 2021 4:00:36 AM` and, since 2022, `Apr 16, 2025, 3:46:56 AM`. Null for anything else.
 */
export function parseExpiration(text: string): number | null {
  const match =
    /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})[ \u202f]([AP])M$/.exec(text)
  if (match === null) {
    const iso = parseRfc3339Utc(text)
    return iso < 0 ? null : iso
  }
  const month = MONTHS.indexOf(match[1]!) + 1
  const day = Number(match[2])
  const year = Number(match[3])
  const hour12 = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  if (month === 0 || day < 1 || day > daysInMonth(year, month)) return null
  if (hour12 < 1 || hour12 > 12 || minute > 59 || second > 59) return null
  const hour = (hour12 % 12) + (match[7] === 'P' ? 12 : 0)
  return secondsOf(year, month, day, hour, minute, second)
}

function secondsOf(y: number, m: number, d: number, h: number, min: number, s: number): number {
  const before = y - 1
  const leapDays =
    Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477
  const days =
    365 * (y - 1970) + leapDays + DAYS_BEFORE_MONTH[m - 1]! + (m > 2 && isLeap(y) ? 1 : 0) + d - 1
  return days * 86_400 + h * 3600 + min * 60 + s
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The number in `count` decimal digits, or a negative number where one is no digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i]! - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    value = 10 * value + digit
  }
  return value
}
