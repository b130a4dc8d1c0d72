import type { Attempt, Delta, FileFacts, Identity, Sighting, Tags } from '../../lib/model.ts'
import { GROUP, GROUP_COLUMNS, identityAt, sightingsOf } from '../../lib/record/columns.ts'
import { FileReader, NotALogFile, UnreadableFile } from '../../lib/record/read-file.ts'

/** One (call, resource) of a delta, spelled out. */
export interface Call {
  account: string
  at: number
  identity: Identity
  action: string
  resource: string
  error: string
  network: string
  userAgent: string
  isShared: boolean
}

/** What a file says, in a form that two readers can be compared by. */
export interface PlainFacts {
  records: number
  outOfScope: number
  repeated: number
  quarantined: [index: number | null, reason: string][]
  calls: Call[]
  sightings: unknown[]
  attempts: Attempt[]
  coverage: unknown[]
}

const ORIGIN = { id: 'synthetic', source: 'synthetic.json', deliveredAt: null }

export function bytesOf(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8')
}

/** Reads text, or a value as JSON. */
export function read(content: unknown, reader: FileReader = new FileReader()): FileFacts {
  return reader.read(Buffer.isBuffer(content) ? content : bytesOf(content), ORIGIN)
}

/** The reason why a file is refused as a whole, or the kind of file it is instead; null where it is read. */
export function refusal(content: unknown): string | null {
  try {
    read(content)
    return null
  } catch (error) {
    if (error instanceof UnreadableFile) return error.reason
    if (error instanceof NotALogFile) return error.what
    throw error
  }
}

/** Reasons by record, and how many records were taken. */
export function outcome(content: unknown): { taken: number; bad: [number | null, string][] } {
  const facts = read(content)
  return { taken: taken(facts), bad: facts.quarantined.map(({ index, reason }) => [index, reason]) }
}

export function taken(facts: FileFacts): number {
  return facts.deltas.reduce((sum, { events }) => sum + events.length / 2, 0)
}

export function calls(facts: FileFacts): Call[] {
  return facts.deltas.flatMap(callsOf)
}

function callsOf(delta: Delta): Call[] {
  const { strings, groups, partition } = delta
  const shared = new Set<number>()
  for (let i = 0; i < delta.shared.length; i += 3) shared.add(delta.shared[i]!)
  return [...delta.callGroup].map((group, i) => {
    const row = group * GROUP_COLUMNS
    const text = (column: number): string => strings.at(groups[row + column]!)!
    return {
      account: partition.account,
      at: partition.hour * 3600 + delta.callSecond[i]!,
      identity: identityAt(delta, groups[row + GROUP.caller]!),
      action: text(GROUP.action),
      resource: text(GROUP.resource),
      error: text(GROUP.error),
      network: text(GROUP.network),
      userAgent: text(GROUP.userAgent),
      isShared: shared.has(delta.callEvent[i]!),
    }
  })
}

function plainSighting(sighting: Sighting): unknown {
  const entries = (tags: Tags | null) => (tags === null ? null : Object.entries(tags).sort())
  return {
    ...sighting,
    tags: entries(sighting.tags),
    inheritedTags: entries(sighting.inheritedTags),
  }
}

export function plainFacts(facts: FileFacts): PlainFacts {
  return {
    records: facts.records,
    outOfScope: facts.outOfScope,
    repeated: facts.repeated,
    quarantined: facts.quarantined.map(({ index, reason }) => [index, reason]),
    calls: sorted(calls(facts)),
    sightings: sorted(facts.deltas.flatMap((delta) => sightingsOf(delta).map(plainSighting))),
    attempts: sorted(facts.deltas.flatMap(({ attempts }) => attempts)),
    coverage: sorted(
      facts.coverage.map(({ slots, ...fact }) => ({
        ...fact,
        slots: [...slots].flatMap((byte, i) =>
          [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((bit) => 8 * i + bit),
        ),
      })),
    ),
  }
}

/** Deltas come in an order of their own, so order is left out of the comparison. */
export function sorted<T>(items: T[]): T[] {
  return items
    .map((item): [string, T] => [canonical(item), item])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort())
      : field,
  )
}
