import { isAscii } from 'node:buffer'
import type { Attempt, Delta, Partition, StringTable } from '../model.ts'

/** The columns of a delta as the embedded store keeps them. */
export interface DeltaRow {
  readonly events: Uint8Array
  /** All strings one after another. */
  readonly strings: Uint8Array
  /** Where in `strings` each ends, in bytes. */
  readonly string_ends: Uint8Array
  readonly callers: Uint8Array
  readonly groups: Uint8Array
  readonly call_group: Uint8Array
  readonly call_event: Uint8Array
  readonly call_second: Uint8Array
  readonly shared: Uint8Array
  readonly sightings: Uint8Array
  readonly attempts: string
}

export function encodeDelta(delta: Delta): DeltaRow {
  return {
    events: bytesOf(delta.events),
    ...encodeStrings(delta.strings),
    callers: bytesOf(delta.callers),
    groups: bytesOf(delta.groups),
    call_group: bytesOf(delta.callGroup),
    call_event: bytesOf(delta.callEvent),
    call_second: bytesOf(delta.callSecond),
    shared: bytesOf(delta.shared),
    sightings: bytesOf(delta.sightings),
    attempts: JSON.stringify(delta.attempts),
  }
}

export function decodeDelta(row: DeltaRow, partition: Partition): Delta {
  return {
    partition,
    strings: new StoredStrings(row.strings, words(row.string_ends)),
    callers: words(row.callers),
    groups: words(row.groups),
    callGroup: words(row.call_group),
    callEvent: words(row.call_event),
    callSecond: halfWords(row.call_second),
    events: words(row.events),
    shared: words(row.shared),
    sightings: words(row.sightings),
    attempts: JSON.parse(row.attempts) as Attempt[],
  }
}

function encodeStrings(table: StringTable): { strings: Uint8Array; string_ends: Uint8Array } {
  if (table instanceof StoredStrings) return table.encoded()
  const strings = Array.from({ length: table.length }, (_, index) => table.at(index)!)
  const bytes = Buffer.from(strings.join(''), 'utf8')
  let end = 0
  const ends = Uint32Array.from(strings, (text) => (end += text.length))
  if (end !== bytes.length) {
    end = 0
    strings.forEach((text, index) => {
      end += Buffer.byteLength(text, 'utf8')
      ends[index] = end
    })
  }
  return { strings: bytes, string_ends: bytesOf(ends) }
}

/** Strings that are cut out when asked for. */
class StoredStrings implements StringTable {
  readonly length: number
  readonly #bytes: Buffer
  readonly #ends: Uint32Array
  /** All of it, where it is ASCII, so that positions in bytes are positions in the string. */
  readonly #text: string | null

  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#ends = ends
    this.length = ends.length
    this.#text = isAscii(this.#bytes) ? this.#bytes.toString('latin1') : null
  }

  encoded(): { strings: Uint8Array; string_ends: Uint8Array } {
    return { strings: this.#bytes, string_ends: bytesOf(this.#ends) }
  }

  at(index: number): string {
    const start = index === 0 ? 0 : this.#ends[index - 1]!
    const end = this.#ends[index]!
    return this.#text === null
      ? this.#bytes.toString('utf8', start, end)
      : this.#text.slice(start, end)
  }
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
