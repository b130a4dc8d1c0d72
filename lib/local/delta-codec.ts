import type { Attempt, Delta, Partition } from '../model.ts'
import { PackedStrings, packed } from '../record/packed-strings.ts'

/** A delta as the embedded store keeps it. */
export interface DeltaRow {
  readonly events: Uint8Array
  /** All else: `COLUMNS.length + 2` lengths, the columns, seconds, strings, and attempts as JSON. */
  readonly content: Uint8Array
}

/** Columns of 32-bit numbers, in their order. */
const COLUMNS = ['callers', 'groups', 'sightings', 'shared', 'callGroup', 'callEvent'] as const
const LENGTHS = COLUMNS.length + 3
const NO_ATTEMPTS = '[]'

/** Rows that deltas were made from: one that came from another thread is stored as it came. */
const ROWS = new WeakMap<Delta, DeltaRow>()

export function encodeDelta(delta: Delta): DeltaRow {
  const row = ROWS.get(delta)
  if (row !== undefined) return row
  const strings = packed(delta.strings)
  const columns = [...COLUMNS.map((name) => delta[name]), strings.ends]
  const attempts =
    delta.attempts.length === 0 ? NO_ATTEMPTS : Buffer.from(JSON.stringify(delta.attempts), 'utf8')
  const lengths = [...columns.map(({ length }) => length), strings.bytes.length, attempts.length]
  const numbers = columns.reduce((sum, { length }) => sum + length, LENGTHS)
  const { callSecond } = delta
  const content = new Uint8Array(
    4 * numbers + 2 * callSecond.length + strings.bytes.length + attempts.length,
  )
  const words = new Uint32Array(content.buffer, 0, numbers)
  words.set(lengths)
  let at = LENGTHS
  for (const column of columns) {
    words.set(column, at)
    at += column.length
  }
  at *= 4
  new Uint16Array(content.buffer, at, callSecond.length).set(callSecond)
  at += 2 * callSecond.length
  content.set(strings.bytes, at)
  at += strings.bytes.length
  if (typeof attempts !== 'string') content.set(attempts, at)
  else for (let i = 0; i < attempts.length; i++) content[at + i] = attempts.charCodeAt(i)
  return { events: bytesOf(delta.events), content }
}

/** Most of the delta is not copied: it looks into the row. */
export function decodeDelta(row: DeltaRow, partition: Partition): Delta {
  const { events, content } = row
  const whole = content.byteOffset % 4 === 0 ? content : content.slice()
  const { buffer, byteOffset } = whole as Uint8Array<ArrayBuffer>
  const lengths = new Uint32Array(buffer, byteOffset, LENGTHS)
  let at = byteOffset + 4 * LENGTHS
  const columns = Array.from(lengths.subarray(0, COLUMNS.length + 1), (length) => {
    const column = new Uint32Array(buffer, at, length)
    at += 4 * length
    return column
  })
  const [callers, groups, sightings, shared, callGroup, callEvent, ends] = columns as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const callSecond = new Uint16Array(buffer, at, callGroup.length)
  at += 2 * callGroup.length
  const strings = new Uint8Array(buffer, at, lengths[LENGTHS - 2])
  at += strings.length
  const attempts = Buffer.from(buffer, at, lengths[LENGTHS - 1])
  const delta: Delta = {
    partition,
    strings: new PackedStrings(strings, ends),
    callers,
    groups,
    callGroup,
    callEvent,
    callSecond,
    events: words(events),
    shared,
    sightings,
    attempts:
      attempts.length === NO_ATTEMPTS.length
        ? []
        : (JSON.parse(attempts.toString('utf8')) as Attempt[]),
  }
  ROWS.set(delta, row)
  return delta
}

export function bytesOf(column: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}

export function words(bytes: Uint8Array): Uint32Array {
  if (bytes.byteOffset % 4 === 0)
    return new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / 4)
  return new Uint32Array(aligned(bytes))
}

export function halfWords(bytes: Uint8Array): Uint16Array {
  if (bytes.byteOffset % 2 === 0)
    return new Uint16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / 2)
  return new Uint16Array(aligned(bytes))
}

/** A copy that begins at the start of its buffer, as typed arrays of wider elements need it. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}
