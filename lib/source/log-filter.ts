import type { LogKey } from './log-key.ts'

const DAY = 86_400

/** Which log files are meant. Times are when they were delivered, in seconds, `from` inclusive, `to` exclusive; null: any. */
export interface LogFilter {
  readonly accounts: ReadonlySet<string> | null
  readonly regions: ReadonlySet<string> | null
  readonly from: number | null
  readonly to: number | null
}

export const EVERY_LOG: LogFilter = { accounts: null, regions: null, from: null, to: null }

/** Whether a file may be in a folder: all of them, some or none. Folders that follow no layout may have anything. */
export type Held = 'all' | 'some' | 'none'

export function isEvery({ accounts, regions, from, to }: LogFilter): boolean {
  return accounts === null && regions === null && from === null && to === null
}

/** Whether the name of a file says that it is meant. One that says nothing is, where all are. */
export function isChosen(key: LogKey, filter: LogFilter): boolean {
  if (isEvery(filter)) return true
  const { account, region, deliveredAt } = key
  return (
    (filter.accounts === null || (account !== null && filter.accounts.has(account))) &&
    (filter.regions === null || (region !== null && filter.regions.has(region))) &&
    ((filter.from === null && filter.to === null) ||
      (deliveredAt !== null &&
        deliveredAt >= (filter.from ?? 0) &&
        deliveredAt < (filter.to ?? Number.POSITIVE_INFINITY)))
  )
}

/** What a folder such as `logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/` holds of what is meant; it ends in a slash. */
export function heldIn(folder: string, filter: LogFilter): Held {
  if (isEvery(filter)) return 'all'
  const root = `/${folder}`.lastIndexOf('/AWSLogs/')
  if (root < 0) return 'some'
  const parts = folder.slice(root + 'AWSLogs/'.length, -1).split('/')
  if (/^o-[a-z0-9]+$/.test(parts[0]!)) parts.shift()
  const [account, service, region, ...date] = parts as (string | undefined)[]
  if (account === undefined || account === '') return 'some'
  if (filter.accounts?.has(account) === false) return 'none'
  if (service !== undefined && service !== 'CloudTrail') return 'none'
  if (region === undefined) return 'some'
  if (filter.regions?.has(region) === false) return 'none'
  return heldInDate(date.join('/'), filter)
}

/** Of a folder's date: `2026`, `2026/11` or `2026/11/24`, or nothing yet. */
function heldInDate(date: string, { from, to }: LogFilter): Held {
  if (from === null && to === null) return 'all'
  const match = /^(\d{4})(?:\/(\d\d))?(?:\/(\d\d))?/.exec(date)
  if (match === null) return 'some'
  const [year, month, day] = match
    .slice(1)
    .map((part) => (part === undefined ? null : Number(part)))
  const start = Date.UTC(year!, (month ?? 1) - 1, day ?? 1) / 1000
  const end =
    (day !== null
      ? Date.UTC(year!, month! - 1, day! + 1)
      : month !== null
        ? Date.UTC(year!, month!, 1)
        : Date.UTC(year! + 1, 0, 1)) / 1000
  // A file is called by when it was made, and lies in the folder of the day it was delivered: perhaps the next.
  if (end + DAY <= (from ?? 0) || start - DAY >= (to ?? Number.POSITIVE_INFINITY)) return 'none'
  const isWhole = start - DAY >= (from ?? 0) && end + DAY <= (to ?? Number.POSITIVE_INFINITY)
  return isWhole || day !== null ? 'all' : 'some'
}
