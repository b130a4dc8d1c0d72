import { parseRfc3339Utc } from '../lib/record/time.ts'
import { CliError, EXIT } from './exit.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const FORMS =
  'Give a time as 2026-11-23T02:00:00Z (or +01:00), 2026-11-23T02:00Z, 2026-11-23, "now", or back from now as -2h (s, m, h, d, w).'

/** Seconds since 1970 of a time on the command line. Without a zone it is UTC. */
export function parseTime(text: string, now: number, option: string): number {
  const back = /^(?:now)?-((?:\d+[smhdw])+)$/.exec(text)
  if (text === 'now') return now
  if (back !== null) return now - parseDuration(back[1]!, option)
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      text,
    )
  if (match !== null) {
    const [, date, minute = '00:00', second = ':00', zone = 'Z'] = match
    const at = parseRfc3339Utc(`${date}T${minute}${second}Z`)
    const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone)
    if (at >= 0 && offset === null) return at
    if (at >= 0 && offset !== null && Number(offset[2]) < 24 && Number(offset[3]) < 60) {
      const shift = Number(offset[2]) * 3600 + Number(offset[3]) * 60
      return offset[1] === '+' ? at - shift : at + shift
    }
  }
  throw new CliError(EXIT.wrongUse, `${option}: "${text}" is not a time`, [FORMS])
}

/** Seconds of `90s`, `15m`, `24h`, `7d`, `2w`, or several of them in a row: `1d12h`. */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)]
  const seconds = parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!, 0)
  if (parts.map(([part]) => part).join('') !== text || seconds <= 0 || seconds > 1e10)
    throw new CliError(EXIT.wrongUse, `${option}: "${text}" is not a duration`, [
      'Give it as 15m, 24h, 7d, 2w or 1d12h.',
    ])
  return seconds
}

/** The window that the options name; without any, nothing: the answer is then about all that is stored. */
export function parseWindow(
  { since, from, to }: { since?: string; from?: string; to?: string },
  now: number,
): { from?: number; to?: number } {
  if (since !== undefined) {
    if (from !== undefined || to !== undefined)
      throw new CliError(EXIT.wrongUse, '--since cannot be combined with --from or --to', [
        'Give --since 24h, or --from T --to T.',
      ])
    return { from: now - parseDuration(since.replace(/^-/, ''), '--since'), to: now }
  }
  const window = {
    ...(from === undefined ? {} : { from: parseTime(from, now, '--from') }),
    ...(to === undefined ? {} : { to: parseTime(to, now, '--to') }),
  }
  if (window.from !== undefined && window.to !== undefined && window.from >= window.to)
    throw new CliError(EXIT.wrongUse, '--from must be before --to', [
      'The window includes --from and excludes --to.',
    ])
  return window
}
