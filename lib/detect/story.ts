import { timestamp } from '../graph/timestamp.ts'
import type { Principal } from '../model.ts'

/** Anomalies further apart than this are not one story. */
const APART = 24 * 3600

/** What happens in an account is one story, of those that share this. */
export const inAccount = (account: string): string => `account ${account}`

/** What of an anomaly says which others it belongs to. */
export interface Told {
  readonly rule: string
  readonly subject: string
  readonly principal: Principal | null
  readonly joins: ReadonlySet<string>
  readonly firstSeen: number
  readonly lastSeen: number
}

/**
 * The story of each, in their order (by `firstSeen`): one principal's, or those that share something else, each within a day of the
 * one before. Named after how it begins, so that what comes later does not change its name.
 */
export function storiesOf(all: readonly Told[]): string[] {
  const parent = all.map((_, index) => index)
  const root = (index: number): number => {
    let at = index
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }
  const latest = new Map<string, { index: number; until: number }>()
  all.forEach(({ principal, joins, firstSeen, lastSeen }, index) => {
    const keys = principal === null ? [...joins] : [`${principal.kind}\n${principal.id}`, ...joins]
    for (const key of keys) {
      const before = latest.get(key)
      if (before !== undefined && firstSeen - before.until <= APART) {
        const [a, b] = [root(before.index), root(index)]
        parent[Math.max(a, b)] = Math.min(a, b)
      }
      latest.set(key, { index, until: Math.max(lastSeen, before?.until ?? 0) })
    }
  })
  return all.map((_, index) => {
    const { principal, subject, firstSeen } = all[root(index)]!
    return `${principal?.id ?? subject} from ${timestamp(firstSeen)}`
  })
}
