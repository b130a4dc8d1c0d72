import { isAscii } from 'node:buffer'
import type { StringTable } from '../model.ts'

/** Whoever asks for this many strings will ask for most of them. */
const WORTH_ALL = 256

/** Strings that stand one after another as UTF-8, and are cut out when asked for. */
export class PackedStrings implements StringTable {
  readonly length: number
  readonly bytes: Uint8Array
  /** Where in `bytes` each ends. */
  readonly ends: Uint32Array
  /** All of it, once it is worth it and where it is ASCII, so that positions in bytes are positions in the string. */
  #text: string | null = null
  #asked = 0

  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.bytes = bytes
    this.ends = ends
    this.length = ends.length
  }

  at(index: number): string {
    const start = index === 0 ? 0 : this.ends[index - 1]!
    const end = this.ends[index]!
    if (this.#text !== null) return this.#text.slice(start, end)
    if (++this.#asked === WORTH_ALL && isAscii(this.bytes)) this.#text = this.#slice(0)
    return this.#slice(start, end)
  }

  #slice(start: number, end = this.bytes.length): string {
    const { buffer, byteOffset, byteLength } = this.bytes
    return Buffer.from(buffer, byteOffset, byteLength).toString('utf8', start, end)
  }
}

/** The strings of any table, packed. */
export function packed(table: StringTable): PackedStrings {
  if (table instanceof PackedStrings) return table
  const strings = Array.from({ length: table.length }, (_, index) => table.at(index)!)
  let end = 0
  const ends = Uint32Array.from(strings, (text) => (end += Buffer.byteLength(text, 'utf8')))
  return new PackedStrings(Buffer.from(strings.join(''), 'utf8'), ends)
}
