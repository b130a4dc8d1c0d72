import type { CoverageItem, CoverageList } from '../../lib/graph/answer-coverage.ts'
import type { CoverageStatement } from '../../lib/graph/coverage-statement.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable, Style } from '../output.ts'
import { type Column, tableOf } from './table.ts'
import { counted } from './words.ts'

/** What was seen of each account and region. */
export function coverageView(answer: CoverageList, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => csvOf(answer.items, CSV),
    table: (wide) => {
      const { paint } = output
      const width = wide ? null : output.width
      const header = (text: string): string => paint('dim', text)
      const [head = '', ...rows] = tableOf(answer.items, COLUMNS, { width, wide, header })
      return [head, ...rows.map((row, i) => painted(row, answer.items[i]!, paint))]
    },
  }
}

/** What an answer rests on, in a few lines for stderr. */
export function coverageLines(
  { status, gaps, missing, lastEvent }: CoverageStatement,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): string[] {
  const lines = [`coverage ${status}${from === null || to === null ? '' : ` of ${from} → ${to}`}`]
  for (const gap of gaps.slice(0, GAPS_MAX))
    lines.push(`  gap: ${gap.account}/${gap.region} ${span(gap)}`)
  if (gaps.length > GAPS_MAX) lines.push(`  and ${counted(gaps.length - GAPS_MAX, 'more gap')}`)
  if (missing.length > 0) lines.push(`  nothing seen of: ${missing.join(', ')}`)
  if (lastEvent !== null && to !== null && Date.parse(to) - Date.parse(lastEvent) > LATE_MS)
    lines.push(`  newest event: ${lastEvent}`)
  return lines
}

const GAPS_MAX = 3
const LATE_MS = 15 * 60 * 1000

function span({ from, to }: { from: string; to: string }): string {
  const sameDay = from.slice(0, 10) === to.slice(0, 10)
  return `${from.slice(0, 16).replace('T', ' ')}–${(sameDay ? to.slice(11, 16) : to.slice(0, 16)).replace('T', ' ')}Z`
}

const STYLES: Partial<Record<CoverageItem['status'], Style>> = {
  gap: 'yellow',
  silent: 'red',
  missing: 'red',
  quiet: 'dim',
}

function painted(row: string, { status }: CoverageItem, paint: Output['paint']): string {
  const style = STYLES[status]
  return style === undefined ? row : paint(style, row)
}

const short = (time: string | null): string =>
  time === null ? 'never' : `${time.slice(0, 16).replace('T', ' ')}Z`

const COLUMNS: readonly Column<CoverageItem>[] = [
  { title: 'ACCOUNT', value: ({ account }) => account },
  { title: 'REGION', value: ({ region }) => region ?? '–', min: 8 },
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'FIRST EVENT', value: ({ firstEvent }) => short(firstEvent), drop: 1 },
  { title: 'LAST EVENT', value: ({ lastEvent }) => short(lastEvent), drop: 3 },
  {
    title: 'LAG',
    value: ({ lagSeconds }) => (lagSeconds === null ? '–' : `${Math.ceil(lagSeconds / 60)}m`),
    right: true,
    drop: 2,
  },
  {
    title: 'GAPS',
    value: ({ gaps, status }) =>
      gaps.length > 0
        ? gaps.map((gap) => `${span(gap)} (${gap.minutes}m)`).join(', ')
        : status === 'quiet'
          ? 'cannot tell'
          : '–',
    short: ({ gaps, status }) =>
      gaps.length === 0
        ? status === 'quiet'
          ? 'cannot tell'
          : '–'
        : `${span(gaps[0]!).slice(5)}${gaps.length > 1 ? ` +${gaps.length - 1}` : ''}`,
    min: 18,
  },
]

const CSV: readonly CsvColumn<CoverageItem>[] = [
  ['account', ({ account }) => account],
  ['region', ({ region }) => region],
  ['status', ({ status }) => status],
  ['firstEvent', ({ firstEvent }) => firstEvent],
  ['lastEvent', ({ lastEvent }) => lastEvent],
  ['lagSeconds', ({ lagSeconds }) => lagSeconds],
  ['gaps', ({ gaps }) => gaps.map(({ from, to }) => `${from}/${to}`).join(' ')],
]
