import { ACTIVITY, ACTIVITY_COLUMNS, type ActivityTable } from '../graph/rollup.ts'
import { thingOf } from '../record/trail.ts'
import type { Dictionary } from './dictionary.ts'

/** Kinds of subject in the `activity` table. */
export const SUBJECT = { resource: 0, principal: 1 } as const

/** Numbers in one entry of a row: principal, role, action, resource, outcome, network, count, first and last second (16 bits each). */
export const ENTRY = 8

/** What one resource or one principal has in a partition. */
export interface SubjectEntries {
  readonly kind: number
  /** Row number of the resource's name, or of the principal. */
  readonly subject: number
  readonly entries: Uint32Array
}

/**
 * The activity of one partition twice over, once by resource and once by principal: each question then reads one row an hour.
 * Sorted by subject, so that the table is written in the order of its key.
 */
export function encodeActivity(table: ActivityTable, dictionary: Dictionary): SubjectEntries[] {
  const { keys, count, first, last } = table
  const names = table.strings.map((text) => dictionary.name(text))
  const principals = table.principals.map((principal) => dictionary.principal(principal))
  const entries = new Uint32Array(count.length * ENTRY)
  for (let row = 0; row < count.length; row++) {
    const key = row * ACTIVITY_COLUMNS
    const at = row * ENTRY
    entries[at] = principals[keys[key + ACTIVITY.principal]!]!
    entries[at + 1] = names[keys[key + ACTIVITY.role]!]!
    entries[at + 2] = names[keys[key + ACTIVITY.action]!]!
    entries[at + 3] = names[keys[key + ACTIVITY.resource]!]!
    entries[at + 4] = keys[key + ACTIVITY.outcome]!
    entries[at + 5] = names[keys[key + ACTIVITY.network]!]!
    entries[at + 6] = count[row]!
    entries[at + 7] = first[row]! * 65_536 + last[row]!
  }
  const none = names[table.strings.indexOf('')] ?? -1
  const things = new Map<number, number>()
  table.strings.forEach((text, index) => {
    const thing = thingOf(text)
    if (thing !== text) things.set(names[index]!, dictionary.name(thing))
  })
  return [
    ...bySubject(SUBJECT.resource, entries, 3, none, things),
    ...bySubject(SUBJECT.principal, entries, 0, -1, NONE),
  ]
}

const NONE: ReadonlyMap<number, number> = new Map()

/**
 * Entries grouped by the number in `column`, or what `instead` has for it, in its order; entries with `none` there are left out.
 */
function bySubject(
  kind: number,
  entries: Uint32Array,
  column: number,
  none: number,
  instead: ReadonlyMap<number, number>,
): SubjectEntries[] {
  const subjectAt = (at: number): number => {
    const number = entries[at + column]!
    return instead.size === 0 ? number : (instead.get(number) ?? number)
  }
  const counts = new Map<number, number>()
  for (let at = 0; at < entries.length; at += ENTRY) {
    const subject = subjectAt(at)
    counts.set(subject, (counts.get(subject) ?? 0) + 1)
  }
  counts.delete(none)
  const own = new Map<number, { entries: Uint32Array; used: number }>()
  for (const subject of Uint32Array.from(counts.keys()).sort())
    own.set(subject, { entries: new Uint32Array(counts.get(subject)! * ENTRY), used: 0 })
  for (let at = 0; at < entries.length; at += ENTRY) {
    const group = own.get(subjectAt(at))
    if (group === undefined) continue
    const to = group.entries
    for (let i = 0; i < ENTRY; i++) to[group.used + i] = entries[at + i]!
    group.used += ENTRY
  }
  return [...own].map(([subject, group]) => ({ kind, subject, entries: group.entries }))
}
