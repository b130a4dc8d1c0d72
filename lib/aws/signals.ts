import type { SignalTable } from '../graph/signals.ts'
import type { Principal } from '../model.ts'
import { packed, unpacked } from './codec.ts'

/** A partition's signals as one value: principals and strings, then the columns. */
interface PackedSignals {
  readonly principals: readonly Principal[]
  readonly strings: readonly string[]
  readonly keys: readonly number[]
  readonly count: readonly number[]
  readonly first: readonly number[]
  readonly last: readonly number[]
}

export function packedSignals({ principals, strings, ...columns }: SignalTable): Uint8Array {
  const { keys, count, first, last } = columns
  return packed({
    principals,
    strings,
    keys: [...keys],
    count: [...count],
    first: [...first],
    last: [...last],
  } satisfies PackedSignals)
}

export function unpackedSignals(value: Uint8Array): SignalTable {
  const { principals, strings, keys, count, first, last } = unpacked<PackedSignals>(value)
  return {
    principals,
    strings,
    keys: Int32Array.from(keys),
    count: Uint32Array.from(count),
    first: Uint16Array.from(first),
    last: Uint16Array.from(last),
  }
}
