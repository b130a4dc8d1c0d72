import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { FileReport, Ingested } from '../ingesting.ts'
import type { Output, Printable } from '../output.ts'
import { type Column, tableOf } from './table.ts'

/** `table`: one line of sums; `wide`: one line a file. */
export function ingestReportView(
  answer: { readonly items: readonly FileReport[] },
  output: Output,
): Printable {
  const { items } = answer
  return {
    answer,
    lines: items,
    csv: () => csvOf(items, CSV),
    table: (wide) => {
      const header = (text: string): string => output.paint('dim', text)
      return wide
        ? tableOf(items, [{ title: 'FILE', value: ({ source }) => source }, ...SUMS], {
            width: null,
            wide,
            header,
          })
        : tableOf([sumOf(items)], [FILES, ...SUMS], { width: output.width, wide, header })
    },
  }
}

interface Sum {
  readonly files: number
  readonly records: number
  readonly accepted: number
  readonly duplicate: number
  readonly outOfScope: number
  readonly quarantined: { readonly length: number }
}

export function sumOf(items: Ingested['files']): Sum {
  const sum = (of: (file: FileReport) => number): number =>
    items.reduce((total, file) => total + of(file), 0)
  return {
    files: items.length,
    records: sum(({ records }) => records),
    accepted: sum(({ accepted }) => accepted),
    duplicate: sum(({ duplicate }) => duplicate),
    outOfScope: sum(({ outOfScope }) => outOfScope),
    quarantined: { length: sum(({ quarantined }) => quarantined.length) },
  }
}

const number = (value: number): string => value.toLocaleString('en-US')

const FILES: Column<Sum> = { title: 'FILES', value: ({ files }) => number(files), right: true }

const SUMS: readonly Column<Omit<Sum, 'files'>>[] = [
  { title: 'RECORDS', value: ({ records }) => number(records), right: true },
  { title: 'ACCEPTED', value: ({ accepted }) => number(accepted), right: true },
  { title: 'DUPLICATE', value: ({ duplicate }) => number(duplicate), right: true },
  { title: 'OUT OF SCOPE', value: ({ outOfScope }) => number(outOfScope), right: true },
  { title: 'QUARANTINED', value: ({ quarantined }) => number(quarantined.length), right: true },
]

const CSV: readonly CsvColumn<FileReport>[] = [
  ['source', ({ source }) => source],
  ['records', ({ records }) => records],
  ['accepted', ({ accepted }) => accepted],
  ['duplicate', ({ duplicate }) => duplicate],
  ['outOfScope', ({ outOfScope }) => outOfScope],
  ['quarantined', ({ quarantined }) => quarantined.length],
  [
    'reasons',
    ({ quarantined }) =>
      quarantined.map(({ index, reason }) => `${index ?? 'file'}:${reason}`).join(' '),
  ],
]
