import type { FileFacts, Partition } from '../model.ts'
import { type DeltaRow, decodeDelta, encodeDelta } from './delta-codec.ts'
import type { ReadLog } from './read-log.ts'

/** A read file on its way from one thread to another: columns change hands instead of being copied. */
export type PackedLog =
  | Exclude<ReadLog, { kind: 'facts' }>
  | {
      readonly kind: 'facts'
      readonly facts: Omit<FileFacts, 'deltas'>
      readonly deltas: readonly { partition: Partition; row: DeltaRow }[]
    }

export function packLog(log: ReadLog): { packed: PackedLog; transfer: ArrayBuffer[] } {
  if (log.kind !== 'facts') return { packed: log, transfer: [] }
  const { deltas, ...facts } = log.facts
  const rows = deltas.map((delta) => ({ partition: delta.partition, row: encodeDelta(delta) }))
  const buffers = rows.flatMap(({ row }) =>
    Object.values(row).flatMap((value) =>
      // Small buffers may lie in a pool that others use too; those are copied.
      value instanceof Uint8Array && value.byteLength === value.buffer.byteLength
        ? [value.buffer as ArrayBuffer]
        : [],
    ),
  )
  return { packed: { kind: 'facts', facts, deltas: rows }, transfer: [...new Set(buffers)] }
}

export function unpackLog(packed: PackedLog): ReadLog {
  if (packed.kind !== 'facts') return packed
  const deltas = packed.deltas.map(({ partition, row }) => decodeDelta(row, partition))
  return { kind: 'facts', facts: { ...packed.facts, deltas } }
}
