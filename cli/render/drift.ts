import type { DriftItem, DriftList } from '../../lib/drift/answer-drift.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable, Style } from '../output.ts'
import { visible } from './safe.ts'
import { type Column, tableOf } from './table.ts'
import { resourceName } from './words.ts'

/** Findings about what is declared: declared, observed and approved side by side. */
export function driftView(answer: DriftList, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => csvOf(answer.items, CSV),
    table: (wide) => {
      if (answer.items.length === 0) return []
      const options = {
        width: wide ? null : output.width,
        wide,
        header: (text: string) => output.paint('dim', text),
      }
      const [head = '', ...rows] = tableOf(answer.items, COLUMNS, options)
      return [head, ...rows.map((row, i) => painted(row, answer.items[i]!, output.paint))]
    },
    diff: () => answer.items.map((item) => blockOf(item, output.paint)).join('\n'),
  }
}

const STYLES: Partial<Record<DriftItem['severity'], Style>> = { critical: 'red', high: 'yellow' }

function painted(row: string, { severity, status }: DriftItem, paint: Output['paint']): string {
  const style = status === 'open' ? STYLES[severity] : 'dim'
  return style === undefined ? row : paint(style, row)
}

/** One finding on several lines: what is there, what would be right, and how to get there. */
function blockOf(item: DriftItem, paint: Output['paint']): string {
  const { severity, status, rule, id, title, declared, observed, approved, fix } = item
  const head = status === 'open' ? severity.toUpperCase() : `${severity} (${status})`
  const lines = [
    paint('bold', visible(`${head} ${rule}  ${title}`)),
    ...(declared === null ? [] : [paint('red', visible(`- declared  ${declared}`))]),
    ...(approved === null ? [] : [paint('green', visible(`+ approved  ${approved}`))]),
    ...(observed === null ? [] : [visible(`  observed  ${observed}`)]),
    ...fix.commands.map((command) => paint('cyan', visible(`  $ ${command}`))),
    paint('dim', `  ${id}`),
  ]
  return `${lines.join('\n')}\n`
}

const COLUMNS: readonly Column<DriftItem>[] = [
  {
    title: 'SEVERITY',
    value: ({ severity, status }) => (status === 'open' ? severity : `${severity}, ${status}`),
  },
  { title: 'RULE', value: ({ rule }) => rule },
  {
    title: 'SUBJECT',
    value: ({ subject }) => subject,
    short: ({ subject }) => resourceName(subject),
    min: 16,
  },
  { title: 'DECLARED', value: ({ declared }) => declared ?? '–', min: 18 },
  { title: 'OBSERVED', value: ({ observed }) => observed ?? '–', min: 14, drop: 2 },
  { title: 'APPROVED', value: ({ approved }) => approved ?? '–', min: 8, drop: 1 },
  { title: 'TITLE', value: ({ title }) => title, wide: true },
  { title: 'ID', value: ({ id }) => id, wide: true },
]

const CSV: readonly CsvColumn<DriftItem>[] = [
  ['id', ({ id }) => id],
  ['rule', ({ rule }) => rule],
  ['kind', ({ kind }) => kind],
  ['severity', ({ severity }) => severity],
  ['status', ({ status }) => status],
  ['title', ({ title }) => title],
  ['subject', ({ subject }) => subject],
  ['declared', ({ declared }) => declared],
  ['observed', ({ observed }) => observed],
  ['approved', ({ approved }) => approved],
  ['firstSeen', ({ firstSeen }) => firstSeen],
  ['lastSeen', ({ lastSeen }) => lastSeen],
  ['fix', ({ fix }) => fix.commands.join(' ; ')],
]
