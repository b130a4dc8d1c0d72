import type { Finding } from '../finding/finding.ts'
import type { OutboxEntry } from '../ports.ts'
import { FORMATS } from './all.ts'
import { type Target, wantedBy } from './route.ts'

/** Beginning to send, so that nobody else does: whoever dies meanwhile is followed by another after this long. */
const LEASE_S = 300
/** Waits of one minute, two, four, … one hour: about a day in all. */
const ATTEMPTS_MAX = 30
const WAIT_S = { first: 60, most: 3_600 }

/** The entry while somebody sends it. */
export function begun(entry: OutboxEntry, now: number): OutboxEntry {
  return { ...entry, attempts: entry.attempts + 1, nextAt: now + LEASE_S }
}

/** One message and the entries it is for, the first of which leads. */
export interface Parcel {
  readonly target: Target
  readonly entries: readonly OutboxEntry[]
}

/** What to send of some entries, the most severe first; to people, one message for each story. */
export function parcelsOf(
  entries: readonly OutboxEntry[],
  targets: readonly Target[],
): Map<Target, Parcel[]> {
  const parcels = new Map<Target, Parcel[]>()
  for (const target of targets) {
    const wanted = entries.filter((entry) => wantedBy(entry, [target]).length > 0)
    if (wanted.length === 0) continue
    const groups = FORMATS[target.format].isForPeople
      ? [...Map.groupBy(wanted, ({ story, isDecision }) => `${isDecision} ${story}`).values()]
      : wanted.map((entry) => [entry])
    parcels.set(
      target,
      groups.map((group) => ({ target, entries: group })),
    )
  }
  return parcels
}

/** How sending to one target went: nothing is known of entries that are not named. */
export interface Outcome {
  readonly target: Target
  readonly entry: OutboxEntry
  /** Null: it has arrived. */
  readonly error: string | null
}

/**
 * What stands in the outbox afterwards: nothing where it has arrived everywhere. What did not arrive is tried again later, and in the
 * end is dead, where people see it.
 */
export function afterwards(
  entry: OutboxEntry,
  outcomes: readonly Outcome[],
  targets: readonly Target[],
  now: number,
): OutboxEntry | null {
  const arrived = outcomes.flatMap(({ target, error }) => (error === null ? [target.name] : []))
  const after = { ...entry, arrived: [...entry.arrived, ...arrived] }
  const left = wantedBy(after, targets)
  if (left.length === 0) return null
  const errors = outcomes.flatMap(({ target, error }) =>
    error === null ? [] : [`${target.name}: ${error}`],
  )
  const wait = Math.min(WAIT_S.most, WAIT_S.first * 2 ** Math.min(20, entry.attempts - 1))
  return {
    ...after,
    nextAt: now + wait,
    isDead: entry.attempts >= ATTEMPTS_MAX,
    error: errors.length === 0 ? entry.error : errors.join('; ').slice(0, 500),
  }
}

/** A dead entry as if it had just come in. */
export function revived(entry: OutboxEntry, now: number): OutboxEntry {
  return { ...entry, attempts: 0, nextAt: now, isDead: false, error: null }
}

/** The findings behind a parcel, the one that leads first; those that are not there are left out. */
export function findingsIn({ entries }: Parcel, findings: ReadonlyMap<string, Finding>): Finding[] {
  return entries.flatMap(({ finding }) => findings.get(finding) ?? [])
}
