const shape =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}))?)?$/

/**
 * Nanoseconds since 1970 of a W3C date (https://www.w3.org/TR/NOTE-datetime) or of a number of seconds; null where it is neither.
 * Four digits alone could be a year as well as seconds, so they are neither.
 */
function readInstant(text: string): bigint | null {
  if (text.length > 40) return null
  if (/^\d{5,19}$/.test(text) || /^\d{1,3}$/.test(text)) return BigInt(text) * 1_000_000_000n
  const match = shape.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) =>
    Number(match[index] ?? (index === 3 ? '1' : '0')),
  ) as [number, number, number, number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const offset = offsetMinutes(match[8] ?? 'Z')
  if (offset === null) return null
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'))
}

function offsetMinutes(zone: string): number | null {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** Below zero, zero or above, as in a sort; null where one of them is no time. */
export function compareInstants(left: string, right: string): number | null {
  const [a, b] = [readInstant(left), readInstant(right)]
  if (a === null || b === null) return null
  return a < b ? -1 : a > b ? 1 : 0
}
