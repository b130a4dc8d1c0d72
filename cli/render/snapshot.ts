import type { PartItem, SnapshotItem, SnapshotList } from '../../lib/drift/answer-snapshots.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { type Column, tableOf } from './table.ts'

/** The snapshots that are kept, and what is in the newest. */
export function snapshotView(answer: SnapshotList, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => csvOf(answer.items, CSV),
    table: (wide) => {
      const options = {
        width: wide ? null : output.width,
        wide,
        header: (text: string) => output.paint('dim', text),
      }
      const kept = tableOf(answer.items, COLUMNS, options)
      if (answer.parts.length === 0) return kept
      return [...kept, '', 'In the newest:', ...tableOf(answer.parts, PARTS, options)]
    },
  }
}

const COLUMNS: readonly Column<SnapshotItem>[] = [
  { title: 'SNAPSHOT', value: ({ id }) => id.slice(0, 12) },
  { title: 'TAKEN (UTC)', value: ({ at }) => at },
  { title: 'APPROVED (UTC)', value: ({ approvedAt }) => approvedAt ?? '–' },
  { title: 'ID', value: ({ id }) => id, wide: true },
]

const PARTS: readonly Column<PartItem>[] = [
  { title: 'OF', value: ({ of }) => of, min: 16 },
  { title: 'WHAT', value: ({ what }) => what },
  { title: 'COUNT', value: ({ count }) => String(count), right: true },
  { title: 'READ', value: ({ missing }) => (missing === null ? 'all' : missing), min: 20 },
]

const CSV: readonly CsvColumn<SnapshotItem>[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ['approvedAt', ({ approvedAt }) => approvedAt],
]
