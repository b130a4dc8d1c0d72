import type { Here } from './location.ts'

/** The time that a page is about, as the address says it. */
export interface TimeChoice {
  /** `24h`: so long up to the newest event; null: the times below. */
  readonly since: string | null
  /** RFC 3339; null: from the first, to the last event stored. */
  readonly from: string | null
  readonly to: string | null
}

const UNIT: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }
export const PRESETS: readonly (readonly [value: string, words: string])[] = [
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
]

/** An address without a time is about the last day: enough to see what is new against the days before. */
export const DEFAULT_SINCE = '24h'
export const ALL = 'all'

export function timeChoice({ params }: Here): TimeChoice {
  const [since, from, to] = [params.get('since'), params.get('from'), params.get('to')]
  return { since: since ?? (from === null && to === null ? DEFAULT_SINCE : null), from, to }
}

export function secondsOf(duration: string): number | null {
  const match = /^(\d{1,4})([mhdw])$/.exec(duration)
  return match === null ? null : Number(match[1]) * UNIT[match[2]!]!
}

/**
 * `from` and `to` for the API. A length of time ends with the newest event that is stored, not now: where nothing comes in any
 * more, the last day of what is known still says something, and coverage says how old it is.
 */
export function windowQuery(
  { since, from, to }: TimeChoice,
  newest: string | null,
): { from: string | null; to: string | null } {
  const length = since === null ? null : secondsOf(since)
  if (length === null) return { from, to }
  if (newest === null) return { from: null, to: null }
  // Round times read better, and five minutes more than there is are within what delivery takes.
  const round = length < 6 * 3600 ? 60_000 : 300_000
  const end = Math.ceil((Date.parse(newest) + 1000) / round) * round
  return { from: rfc3339(end - length * 1000), to: rfc3339(end) }
}

/** One window earlier or later. */
export function shifted(from: string, to: string, by: 1 | -1): { from: string; to: string } {
  const start = Date.parse(from)
  const end = Date.parse(to)
  const width = end - start
  return { from: rfc3339(start + by * width), to: rfc3339(end + by * width) }
}

/** An hour and a half-hour on each side of what happened. */
export function around(first: string, last: string): { from: string; to: string } {
  const half = 30 * 60_000
  return { from: rfc3339(Date.parse(first) - half), to: rfc3339(Date.parse(last) + half) }
}

export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** What somebody typed as a time: `2026-11-23 02:00..03:00`, two RFC 3339 times, a date, or `-2h`. Null: it is none. */
export function parseTyped(text: string): TimeChoice | null {
  const typed = text.trim()
  const back = /^-?(\d{1,4}[mhdw])$/.exec(typed)
  if (back !== null) return { since: back[1]!, from: null, to: null }
  const [first, second] = typed.split(/\s*(?:\.\.|→|\bto\b|\/)\s*/) as [string, string?]
  const start = parseMoment(first, null)
  if (start === null) return null
  if (second === undefined || second === '')
    return { since: null, from: rfc3339(start.at), to: rfc3339(start.at + start.width) }
  const end = parseMoment(second, first.slice(0, 10))
  if (end === null || end.at <= start.at) return null
  return { since: null, from: rfc3339(start.at), to: rfc3339(end.at) }
}

/** `day`: for a clock time without its date. Width: how much time the text names. */
function parseMoment(text: string, day: string | null): { at: number; width: number } | null {
  if (/^\d{9,10}$/.test(text)) return { at: Number(text) * 1000, width: 3_600_000 }
  const match =
    /^(?:(\d{4}-\d{2}-\d{2})(?:[T ]|$))?(?:(\d{1,2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.exec(
      text,
    )
  if (match === null || text === '') return null
  const [, date = day, clock, second = ':00', zone = 'Z'] = match
  if (date === null) return null
  const at = Date.parse(`${date}T${(clock ?? '00:00').padStart(5, '0')}${second}${zone}`)
  return Number.isNaN(at) ? null : { at, width: clock === undefined ? 86_400_000 : 3_600_000 }
}
