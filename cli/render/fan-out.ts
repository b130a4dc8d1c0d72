import { csvOf } from '../../lib/text/csv.ts'
import type { FanOut } from '../fan-out.ts'
import type { Output, Printable } from '../output.ts'
import { tableOf } from './table.ts'

export function fanOutView(
  item: FanOut,
  kind: 'IngestEstimate' | 'IngestSent',
  output: Output,
): Printable {
  const number = (value: number, digits = 0): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return {
    answer: { apiVersion: 'podtrail/v1', kind, items: [item], next: null },
    lines: [item],
    csv: () =>
      csvOf(
        [item],
        [
          ['objects', ({ objects }) => objects],
          ['bytes', ({ bytes }) => bytes],
          ['records', ({ records }) => records],
          ['minutes', ({ minutes }) => minutes],
          ['dollars', ({ dollars }) => dollars],
        ],
      ),
    table: (wide) =>
      tableOf(
        [item],
        [
          { title: 'OBJECTS', value: ({ objects }) => number(objects), right: true },
          { title: 'GB', value: ({ bytes }) => number(bytes / 1e9, 2), right: true },
          { title: 'RECORDS, ABOUT', value: ({ records }) => number(records), right: true },
          {
            title: 'MINUTES, ABOUT',
            value: ({ minutes }) => number(Math.ceil(minutes)),
            right: true,
          },
          { title: 'DOLLARS, ABOUT', value: ({ dollars }) => number(dollars, 2), right: true },
        ],
        { width: output.width, wide, header: (text) => output.paint('dim', text) },
      ),
  }
}
