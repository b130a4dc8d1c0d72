import { SIGNAL, SIGNAL_COLUMNS, type SignalTable } from '../graph/signals.ts'
import type { Principal } from '../model.ts'
import { compressed, decompressed } from './codec.ts'
import { ColumnReader, ColumnWriter, numbered, sortedRows } from './columns.ts'

const STRINGS: ReadonlySet<number> = new Set([
  SIGNAL.via,
  SIGNAL.role,
  SIGNAL.action,
  SIGNAL.network,
  SIGNAL.what,
  SIGNAL.more,
])
const HOUR = 3600

/** A partition's signals as one value. Strings, principals and rows are sorted, so that each is much like the one before. */
export function packedSignals({ principals, strings, ...columns }: SignalTable): Uint8Array {
  const { texts, numberOf } = numbered(strings)
  const names = principals.map((principal) => JSON.stringify(principal))
  const people = numbered(names)
  const renumbered = columns.keys.map((value, at) => {
    const column = at % SIGNAL_COLUMNS
    if (column === SIGNAL.principal) return people.numberOf.get(names[value]!)!
    return STRINGS.has(column) ? numberOf.get(strings[value]!)! : value
  })
  const { rows, placeOf } = sortedRows(renumbered, SIGNAL_COLUMNS)
  const sums: { count: number; first: number; last: number }[] = []
  placeOf.forEach((place, row) => {
    const [count, first, last] = [columns.count[row]!, columns.first[row]!, columns.last[row]!]
    sums[place] = { count, first, last }
  })
  const writer = new ColumnWriter()
  writer.texts(people.texts)
  writer.texts(texts)
  writer.rows(rows, SIGNAL_COLUMNS)
  writer.sums(sums, HOUR)
  return compressed(writer.bytes())
}

export function unpackedSignals(value: Uint8Array): SignalTable {
  const reader = new ColumnReader(decompressed(value))
  const principals = reader.texts().map((text) => JSON.parse(text) as Principal)
  const strings = reader.texts()
  const keys = Int32Array.from(reader.rows(SIGNAL_COLUMNS))
  const sums = reader.sums(HOUR)
  return {
    principals,
    strings,
    keys,
    count: Uint32Array.from(sums, ({ count }) => count),
    first: Uint16Array.from(sums, ({ first }) => first),
    last: Uint16Array.from(sums, ({ last }) => last),
  }
}
