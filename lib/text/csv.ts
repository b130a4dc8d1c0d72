import { visible } from './visible.ts'

export type CsvColumn<Item> = readonly [
  title: string,
  value: (item: Item) => string | number | null,
]

/** RFC 4180 with a header. A cell that a spreadsheet would run as a formula is made text by a leading quote. */
export function csvOf<Item>(items: readonly Item[], columns: readonly CsvColumn<Item>[]): string {
  const lines = [
    columns.map(([title]) => title),
    ...items.map((item) => columns.map(([, value]) => cell(value(item)))),
  ]
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[\s\u00a0]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text =
    FORMULA.test(value) || /^[\t\r\n]/.test(value) ? `'${visible(value)}` : visible(value)
  return /[",']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
