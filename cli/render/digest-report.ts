import type { ChainItem, DigestReport } from '../../lib/coverage/digest-chain.ts'
import type { IntegrityProblem } from '../../lib/coverage/integrity.ts'
import { type CsvColumn, csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { middle, visible } from './safe.ts'
import { type Column, tableOf } from './table.ts'
import { counted, wrapped } from './words.ts'

/** Problems that are printed one by one; the rest is counted. */
const PROBLEMS_MAX = 50

/** One line a chain of digests, then each problem on some lines of its own. */
export function digestReportView(answer: DigestReport, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => csvOf(answer.items, CSV),
    table: (wide) => {
      const { paint } = output
      const width = wide ? null : output.width
      const { chains, items } = answer
      const shown = wide ? items : items.slice(0, PROBLEMS_MAX)
      const header = (text: string): string => paint('dim', text)
      const lines = chains.length === 0 ? [] : tableOf(chains, COLUMNS, { width, wide, header })
      for (const item of shown) lines.push('', ...linesOf(item, width, paint))
      if (items.length > shown.length)
        lines.push(
          '',
          `… and ${counted(items.length - shown.length, 'problem')} more; -o wide lists all.`,
        )
      return lines
    },
  }
}

function linesOf(item: IntegrityProblem, width: number | null, paint: Output['paint']): string[] {
  const { verdict, code, account, region, trail, path, from, to, text } = item
  const place = [account, region, trail].filter((part) => part !== null).join(' ')
  const time = from === null || to === null ? (from ?? to) : `${from} → ${to}`
  const line = (words: string): string => {
    const clean = visible(words)
    return width === null ? clean : middle(clean, width)
  }
  const head = line(`${verdict === 'failed' ? 'FAILED' : 'NOT LOOKED'}  ${code}`)
  return [
    paint(verdict === 'failed' ? 'red' : 'yellow', head),
    ...(place === '' && time === null ? [] : [line(`  ${[place, time ?? ''].join('  ').trim()}`)]),
    ...(path === null ? [] : [line(`  ${path}`)]),
    ...wrapped(`  ${visible(text)}`, width, '  ').map((part) =>
      width === null ? part : middle(part, width),
    ),
  ]
}

const short = (time: string | null): string =>
  time === null ? '–' : `${time.slice(0, 16).replace('T', ' ')}Z`
const number = (value: number): string => value.toLocaleString('en-US')

const COLUMNS: readonly Column<ChainItem>[] = [
  { title: 'ACCOUNT', value: ({ account }) => account },
  { title: 'REGION', value: ({ region }) => region, min: 9 },
  {
    title: 'TRAIL',
    value: ({ trail, isBackfill }) => (isBackfill ? `${trail} (backfill)` : trail),
    min: 8,
    drop: 3,
  },
  { title: 'FROM', value: ({ from }) => short(from), drop: 1 },
  { title: 'TO', value: ({ to }) => short(to), drop: 2 },
  {
    title: 'SIGNED',
    value: ({ signed, digests }) => `${number(signed)}/${number(digests)}`,
    right: true,
  },
  {
    title: 'INTACT',
    value: ({ intact, logFiles }) => `${number(intact)}/${number(logFiles)}`,
    right: true,
  },
  { title: 'FAILED', value: ({ failed }) => number(failed), right: true },
  { title: 'NOT LOOKED', value: ({ notLooked }) => number(notLooked), right: true },
]

const CSV: readonly CsvColumn<IntegrityProblem>[] = [
  ['verdict', ({ verdict }) => verdict],
  ['code', ({ code }) => code],
  ['account', ({ account }) => account],
  ['region', ({ region }) => region],
  ['trail', ({ trail }) => trail],
  ['path', ({ path }) => path],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['text', ({ text }) => text],
]
