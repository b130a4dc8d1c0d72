import type { Attempt, Delta, Partition } from '../model.ts'
import {
  GROUP,
  GROUP_COLUMNS,
  IDENTITY_COLUMNS,
  SIGHTING,
  SIGHTING_COLUMNS,
  SIGHTING_STRINGS_FROM,
} from '../record/columns.ts'
import { TupleInterner } from '../record/tuples.ts'
import { compressed, decompressed } from './codec.ts'
import { ColumnReader, ColumnWriter, numbered, sortedRows } from './columns.ts'

/** A delta and the file it is of. */
export interface FileDelta {
  readonly file: string
  readonly delta: Delta
}

/** Fingerprints do not compress, and are read without the rest; so they are kept apart. */
export interface PackedDeltas {
  readonly events: Uint8Array
  readonly rest: Uint8Array
}

/** The last column of a caller is no string. */
const IDENTITY_STRINGS = IDENTITY_COLUMNS - 1
/** How many of each a delta has. */
const COUNTS = ['events', 'groups', 'calls', 'shared', 'sightings'] as const

/**
 * Deltas of one partition as one value, which is as small as can be: files of one hour have most strings, callers and groups in
 * common, so these stand once, sorted. The order of calls and events in a file says nothing; so calls stand by group and second, and
 * events in the order of their calls.
 */
export function packedDeltas(deltas: readonly FileDelta[]): PackedDeltas {
  const { texts, numberOf } = numbered(deltas.flatMap(({ delta }) => stringsOf(delta)))
  const places = new Places(
    deltas.map(({ delta }) => delta),
    numberOf,
  )
  const counts: number[] = []
  const groups: number[] = []
  const calls: number[] = []
  const seconds: number[] = []
  const events: number[] = []
  const shared: number[] = []
  const prints: Uint32Array[] = []
  const sharedPrints: number[] = []
  deltas.forEach(({ delta }, index) => {
    const groupOf = places.groups[index]!
    const order = callsByGroup(delta, groupOf)
    const moved = new Moved(delta.events)
    let group = -1
    let before = 0
    const first = groups.length
    for (const call of order) {
      const own = groupOf[delta.callGroup[call]!]!
      if (own !== group) {
        groups.push(own - Math.max(group, 0))
        calls.push(0)
        group = own
        before = 0
      }
      calls[calls.length - 1]!++
      seconds.push(delta.callSecond[call]! - before)
      before = delta.callSecond[call]!
      events.push(moved.place(delta.callEvent[call]!))
    }
    counts.push(delta.events.length / 2, groups.length - first, order.length)
    counts.push(delta.shared.length / 3, delta.sightings.length / SIGHTING_COLUMNS)
    for (let at = 0; at < delta.shared.length; at += 3) {
      shared.push(moved.place(delta.shared[at]!))
      sharedPrints.push(delta.shared[at + 1]!, delta.shared[at + 2]!)
    }
    prints.push(moved.finish())
  })
  const writer = new ColumnWriter()
  writer.raw(Buffer.from(JSON.stringify(deltas.map(({ file }) => file))))
  writer.raw(Buffer.from(JSON.stringify(deltas.map(({ delta }) => delta.attempts))))
  writer.texts(texts)
  writer.rows(places.callerRows, IDENTITY_COLUMNS)
  writer.rows(places.groupRows, GROUP_COLUMNS)
  writer.rows(Uint32Array.from(counts), COUNTS.length)
  writer.numbers(groups)
  writer.numbers(calls)
  writer.numbers(seconds)
  writer.steps(events)
  writer.steps(shared)
  writer.rows(places.sightingRows, SIGHTING_COLUMNS)
  writer.raw(bytesOf(Uint32Array.from(sharedPrints)))
  return { events: Buffer.concat(prints.map(bytesOf)), rest: compressed(writer.bytes()) }
}

export function unpackedDeltas({ events, rest }: PackedDeltas, partition: Partition): FileDelta[] {
  const reader = new ColumnReader(decompressed(rest))
  const files = JSON.parse(reader.raw().toString()) as string[]
  const attempts = JSON.parse(reader.raw().toString()) as Attempt[][]
  const strings = reader.texts()
  const callerRows = reader.rows(IDENTITY_COLUMNS)
  const groupRows = reader.rows(GROUP_COLUMNS)
  const counts = reader.rows(COUNTS.length)
  const groups = reader.numbers()
  const calls = reader.numbers()
  const seconds = reader.numbers()
  const callEvents = reader.steps()
  const sharedEvents = reader.steps()
  const sightings = reader.rows(SIGHTING_COLUMNS)
  const sharedPrints = eventsOf(reader.raw())
  const prints = eventsOf(events)
  const at = { events: 0, groups: 0, calls: 0, shared: 0, sightings: 0 }
  return files.map((file, index) => {
    const count = Object.fromEntries(
      COUNTS.map((name, column) => [name, counts[index * COUNTS.length + column]!]),
    ) as typeof at
    const callers = new Own(callerRows, IDENTITY_COLUMNS)
    const own = new Uint32Array(count.groups * GROUP_COLUMNS)
    const callGroup = new Uint32Array(count.calls)
    const callSecond = new Uint16Array(count.calls)
    let group = 0
    let call = 0
    for (let local = 0; local < count.groups; local++) {
      group += groups[at.groups + local]!
      own.set(
        groupRows.subarray(group * GROUP_COLUMNS, (group + 1) * GROUP_COLUMNS),
        local * GROUP_COLUMNS,
      )
      own[local * GROUP_COLUMNS] = callers.number(own[local * GROUP_COLUMNS]!)
      let second = 0
      for (const end = call + calls[at.groups + local]!; call < end; call++) {
        second += seconds[at.calls + call]!
        callGroup[call] = local
        callSecond[call] = second
      }
    }
    const ownSightings = sightings.slice(
      at.sightings * SIGHTING_COLUMNS,
      (at.sightings + count.sightings) * SIGHTING_COLUMNS,
    )
    for (let row = SIGHTING.caller; row < ownSightings.length; row += SIGHTING_COLUMNS)
      ownSightings[row] = callers.number(ownSightings[row]!)
    const shared = new Uint32Array(3 * count.shared)
    for (let row = 0; row < count.shared; row++) {
      const from = at.shared + row
      shared.set(
        [sharedEvents[from]!, sharedPrints[2 * from]!, sharedPrints[2 * from + 1]!],
        3 * row,
      )
    }
    const delta: Delta = {
      partition,
      strings,
      callers: callers.rows(),
      groups: own,
      callGroup,
      callEvent: callEvents.slice(at.calls, at.calls + count.calls),
      callSecond,
      events: prints.slice(2 * at.events, 2 * (at.events + count.events)),
      shared,
      sightings: ownSightings,
      attempts: attempts[index]!,
    }
    for (const name of COUNTS) at[name] += count[name]
    return { file, delta }
  })
}

export function eventsOf(bytes: Uint8Array): Uint32Array {
  // A copy of its own, since numbers of four bytes have to begin at a multiple of four.
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}

/** Where callers, groups and sightings of several deltas stand in tables that are theirs together. */
class Places {
  readonly callerRows: Uint32Array
  readonly groupRows: Uint32Array
  readonly sightingRows: Uint32Array
  /** For each delta, the number of each of its groups. */
  readonly groups: readonly Uint32Array[]

  constructor(deltas: readonly Delta[], numberOf: ReadonlyMap<string, number>) {
    const strings = deltas.map((delta) =>
      Uint32Array.from(stringsOf(delta), (text) => numberOf.get(text)!),
    )
    const callers = new Shared(IDENTITY_COLUMNS)
    const callerOf = callers.places(
      deltas.map((delta, index) =>
        changed(delta.callers, IDENTITY_COLUMNS, (value, column) =>
          column < IDENTITY_STRINGS ? strings[index]![value]! : value,
        ),
      ),
    )
    const groups = new Shared(GROUP_COLUMNS)
    this.groups = groups.places(
      deltas.map((delta, index) =>
        changed(delta.groups, GROUP_COLUMNS, (value, column) =>
          column === GROUP.caller ? callerOf[index]![value]! : strings[index]![value]!,
        ),
      ),
    )
    const sightings = deltas.flatMap((delta, index) => [
      ...changed(delta.sightings, SIGHTING_COLUMNS, (value, column) => {
        if (column === SIGHTING.caller) return callerOf[index]![value]!
        return column < SIGHTING_STRINGS_FROM ? value : strings[index]![value]!
      }),
    ])
    this.callerRows = callers.rows
    this.groupRows = groups.rows
    this.sightingRows = Uint32Array.from(sightings)
  }
}

/** Rows that several tables have in common, sorted. */
class Shared {
  rows: Uint32Array = new Uint32Array()
  readonly #width: number

  constructor(width: number) {
    this.#width = width
  }

  /** For each table, which row of all each of its rows is. */
  places(tables: readonly Uint32Array[]): Uint32Array[] {
    const all = new TupleInterner(this.#width)
    const tuple = new Int32Array(this.#width)
    const numbers = tables.map((table) =>
      Uint32Array.from({ length: table.length / this.#width }, (_, row) => {
        tuple.set(table.subarray(row * this.#width, (row + 1) * this.#width))
        return all.intern(tuple)
      }),
    )
    const { rows, placeOf } = sortedRows(all.rows(), this.#width)
    this.rows = rows
    return numbers.map((own) => own.map((number) => placeOf[number]!))
  }
}

/** Rows of a table that one delta has, numbered as they are met. */
class Own {
  readonly #table: Uint32Array
  readonly #width: number
  readonly #numbers = new Map<number, number>()

  constructor(table: Uint32Array, width: number) {
    this.#table = table
    this.#width = width
  }

  number(row: number): number {
    const known = this.#numbers.get(row) ?? this.#numbers.size
    this.#numbers.set(row, known)
    return known
  }

  rows(): Uint32Array {
    const rows = new Uint32Array(this.#numbers.size * this.#width)
    for (const [row, number] of this.#numbers)
      rows.set(
        this.#table.subarray(row * this.#width, (row + 1) * this.#width),
        number * this.#width,
      )
    return rows
  }
}

/** Fingerprints in the order in which they are asked for; those that nobody asks for come last. */
class Moved {
  readonly #events: Uint32Array
  readonly #placeOf: Int32Array
  readonly #moved: Uint32Array
  #next = 0

  constructor(events: Uint32Array) {
    this.#events = events
    this.#placeOf = new Int32Array(events.length / 2).fill(-1)
    this.#moved = new Uint32Array(events.length)
  }

  place(event: number): number {
    let place = this.#placeOf[event]!
    if (place < 0) {
      place = this.#next++
      this.#placeOf[event] = place
      this.#moved.set(this.#events.subarray(2 * event, 2 * event + 2), 2 * place)
    }
    return place
  }

  finish(): Uint32Array {
    for (let event = 0; event < this.#placeOf.length; event++) this.place(event)
    return this.#moved
  }
}

function callsByGroup({ callGroup, callSecond }: Delta, groupOf: Uint32Array): Uint32Array {
  return Uint32Array.from(callGroup, (_, call) => call).sort(
    (a, b) =>
      groupOf[callGroup[a]!]! - groupOf[callGroup[b]!]! || callSecond[a]! - callSecond[b]! || a - b,
  )
}

function changed(
  table: Uint32Array,
  width: number,
  change: (value: number, column: number) => number,
): Uint32Array {
  return table.map((value, at) => change(value, at % width))
}

function stringsOf({ strings }: Delta): string[] {
  return Array.from({ length: strings.length }, (_, index) => strings.at(index)!)
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
