import { SIGNAL, SIGNAL_COLUMNS, type SignalTable } from '../graph/signals.ts'
import type { Principal } from '../model.ts'
import type { Dictionary } from './dictionary.ts'

/** Columns that hold numbers of strings. */
const TEXTS: readonly number[] = [
  SIGNAL.via,
  SIGNAL.role,
  SIGNAL.action,
  SIGNAL.network,
  SIGNAL.what,
  SIGNAL.more,
]

/**
 * One partition's signals as numbers of seven bits a byte, row after row: the store's numbers of principals and strings, count, first
 * second, and seconds from there to the last.
 */
export function encodeSignals(table: SignalTable, dictionary: Dictionary): Uint8Array {
  const { keys, count, first, last } = table
  const names = table.strings.map((text) => dictionary.name(text))
  const principals = table.principals.map((principal) => dictionary.principal(principal))
  const out = new Varints(count.length * 24)
  for (let row = 0; row < count.length; row++) {
    for (let column = 0; column < SIGNAL_COLUMNS; column++) {
      const value = keys[row * SIGNAL_COLUMNS + column]!
      if (column === SIGNAL.principal) out.write(principals[value]!)
      else out.write(TEXTS.includes(column) ? names[value]! : value)
    }
    out.write(count[row]!)
    out.write(first[row]!)
    out.write(last[row]! - first[row]!)
  }
  return out.bytes()
}

/** Strings and principals by their numbers in the store. */
export interface Names {
  text(id: number): string
  principal(id: number): Principal
}

export function decodeSignals(bytes: Uint8Array, names: Names): SignalTable {
  const strings = new Numbered<string>((id) => names.text(id))
  const principals = new Numbered<Principal>((id) => names.principal(id))
  const keys: number[] = []
  const count: number[] = []
  const first: number[] = []
  const last: number[] = []
  let at = 0
  const read = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    for (let column = 0; column < SIGNAL_COLUMNS; column++) {
      const value = read()
      if (column === SIGNAL.principal) keys.push(principals.number(value))
      else keys.push(TEXTS.includes(column) ? strings.number(value) : value)
    }
    count.push(read())
    first.push(read())
    last.push(first.at(-1)! + read())
  }
  return {
    principals: principals.values,
    strings: strings.values,
    keys: Int32Array.from(keys),
    count: Uint32Array.from(count),
    first: Uint16Array.from(first),
    last: Uint16Array.from(last),
  }
}

/** Values in the order in which their numbers are met. */
class Numbered<Value> {
  readonly values: Value[] = []
  readonly #numbers = new Map<number, number>()
  readonly #read: (id: number) => Value

  constructor(read: (id: number) => Value) {
    this.#read = read
  }

  number(id: number): number {
    let number = this.#numbers.get(id)
    if (number === undefined) {
      number = this.values.push(this.#read(id)) - 1
      this.#numbers.set(id, number)
    }
    return number
  }
}

class Varints {
  #bytes: Uint8Array
  #length = 0

  constructor(size: number) {
    this.#bytes = new Uint8Array(size)
  }

  write(number: number): void {
    if (this.#length + 8 > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length + 8)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    let rest = number
    while (rest >= 128) {
      this.#bytes[this.#length++] = 128 + (rest % 128)
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
