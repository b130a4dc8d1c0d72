import type { JSX } from 'preact'
import { useHere } from '../app/location.ts'

export type Zone = 'utc' | 'local'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function useZone(): Zone {
  return useHere().params.get('tz') === 'local' ? 'local' : 'utc'
}

export function zoneName(zone: Zone): string {
  return zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** `23 Nov 02:14:07`; the year only where it is not the year of today. */
export function timeText(iso: string, zone: Zone, seconds = true): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const utc = zone === 'utc'
  const two = (n: number) => String(n).padStart(2, '0')
  const year = utc ? at.getUTCFullYear() : at.getFullYear()
  const month = MONTHS[utc ? at.getUTCMonth() : at.getMonth()]
  const day = utc ? at.getUTCDate() : at.getDate()
  const clock = [
    utc ? at.getUTCHours() : at.getHours(),
    utc ? at.getUTCMinutes() : at.getMinutes(),
    ...(seconds ? [utc ? at.getUTCSeconds() : at.getSeconds()] : []),
  ]
  const shownYear = year === new Date().getUTCFullYear() ? '' : ` ${year}`
  return `${day} ${month}${shownYear} ${clock.map(two).join(':')}`
}

/** `11 h ago` */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000)
  return seconds < 0 ? `in ${span(-seconds)}` : `${span(seconds)} ago`
}

export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** From and to; the day once where it is the same. */
export function TimeRange({ from, to }: { from: string; to: string }): JSX.Element {
  const zone = useZone()
  const [a, b] = [timeText(from, zone, false), timeText(to, zone, false)]
  const isSameDay = a.slice(0, -6) === b.slice(0, -6)
  return (
    <span class="time" title={`${from} to ${to}`}>
      {a}–{isSameDay ? b.slice(-5) : b} {zoneName(zone)}
    </span>
  )
}

/** A time with its zone; both zones and how long ago on hover. `bare`: the zone stands above the column. */
export function Time({
  at,
  bare = false,
  seconds = true,
}: {
  at: string | null
  bare?: boolean
  seconds?: boolean
}): JSX.Element {
  const zone = useZone()
  if (at === null) return <span class="dim">never</span>
  const title = `${timeText(at, 'utc')} UTC · ${timeText(at, 'local')} ${zoneName('local')} · ${ago(at)}`
  return (
    <time dateTime={at} title={title} class="time">
      {timeText(at, zone, seconds)}
      {bare ? '' : ` ${zoneName(zone)}`}
    </time>
  )
}
