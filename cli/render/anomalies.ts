import type { AnomalyList } from '../../lib/finding/run-detect.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable, Style } from '../output.ts'
import { visible } from './safe.ts'
import { type Column, tableOf } from './table.ts'
import { whoOf, wrapped } from './words.ts'

type Item = AnomalyList['items'][number]

/** What was found, story by story; `wide` has a line for each. */
export function anomalyView(answer: AnomalyList, output: Output): Printable {
  const { items } = answer
  return {
    answer,
    lines: items,
    csv: () => csvOf(items, CSV),
    table: (wide) => {
      if (items.length === 0) return []
      if (!wide)
        return [...Map.groupBy(items, ({ story }) => story).values()].flatMap(blockOf(output))
      const header = (text: string): string => output.paint('dim', text)
      const [head = '', ...rows] = tableOf(items, COLUMNS, { width: null, wide, header })
      return [head, ...rows.map((row, index) => painted(items[index]!, row, output))]
    },
  }
}

const COLUMNS: readonly Column<Item>[] = [
  { title: 'SEVERITY', value: ({ severity }) => severity },
  { title: 'STORY', value: ({ story }) => story },
  { title: 'FIRST (UTC)', value: ({ firstSeen }) => firstSeen },
  { title: 'LAST (UTC)', value: ({ lastSeen }) => lastSeen },
  { title: 'RULE', value: ({ rule }) => rule },
  { title: 'COUNT', value: ({ count }) => String(count) },
  { title: 'WHAT', value: ({ title }) => title },
  { title: 'NORMAL', value: ({ normal }) => normal ?? '' },
  { title: 'FROM', value: ({ networks }) => networks.join(' ') },
  { title: 'ID', value: ({ id }) => id },
]

/** Columns of prose where there is no terminal. */
const WIDTH = 100
/** As wide as the longest severity, and a gap. */
const INDENT = ' '.repeat(10)

/** What belongs together, by time: who, and under it one paragraph for each thing that was unusual. */
function blockOf(output: Output): (story: readonly Item[]) => string[] {
  return (story) => {
    const from = story.map(({ firstSeen }) => firstSeen).sort()[0]!
    const to = story
      .map(({ lastSeen }) => lastSeen)
      .sort()
      .at(-1)!
    const who = [...new Set(story.map(({ principal, subject }) => nameOf(principal) ?? subject))]
    const head = `${who.join(', ')}  ${from}${to === from ? '' : ` → ${to}`}`
    return [
      ...wrapped(visible(head), output.width ?? WIDTH).map((line) => output.paint('bold', line)),
      ...story.flatMap((item) => {
        const width = (output.width ?? WIDTH) - INDENT.length
        const what = wrapped(visible(item.title), width).map((line) => INDENT + line)
        const rule = `${item.severity.padEnd(INDENT.length)}${item.rule}  ${output.paint('dim', item.id)}`
        return [painted(item, rule, output), ...what]
      }),
      '',
    ]
  }
}

function nameOf(principal: Item['principal']): string | null {
  return principal === null ? null : whoOf(principal)
}

function painted({ severity }: Item, text: string, output: Output): string {
  const style = STYLES[severity]
  return style === undefined ? text : output.paint(style, text)
}

const STYLES: Partial<Record<Item['severity'], Style>> = { critical: 'red', high: 'yellow' }

const CSV: readonly CsvColumn<Item>[] = [
  ['id', ({ id }) => id],
  ['rule', ({ rule }) => rule],
  ['severity', ({ severity }) => severity],
  ['title', ({ title }) => title],
  ['subject', ({ subject }) => subject],
  ['story', ({ story }) => story],
  ['normal', ({ normal }) => normal],
  ['principalKind', ({ principal }) => principal?.kind ?? null],
  ['principal', ({ principal }) => principal?.id ?? null],
  ['via', ({ via }) => via.join(' ')],
  ['role', ({ role }) => role],
  ['account', ({ account }) => account],
  ['networks', ({ networks }) => networks.join(' ')],
  ['count', ({ count }) => count],
  ['firstSeen', ({ firstSeen }) => firstSeen],
  ['lastSeen', ({ lastSeen }) => lastSeen],
]
