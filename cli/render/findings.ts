import { alertOf } from '../../lib/alert/alert.ts'
import { text } from '../../lib/alert/text.ts'
import { findingsTable } from '../../lib/api/tables.ts'
import type { FindingDetail, FindingList } from '../../lib/finding/answer-findings.ts'
import type { Decision, Finding } from '../../lib/finding/finding.ts'
import { whoOf } from '../../lib/identity/called.ts'
import type { Output, Printable, Style } from '../output.ts'
import { visible } from './safe.ts'
import { type Column, tableOf } from './table.ts'
import { resourceName, timeFor } from './words.ts'

/** What was found, open ones first. */
export function findingsView(answer: FindingList, output: Output): Printable {
  const { lines, csv } = findingsTable(answer)
  return {
    answer,
    lines,
    csv,
    table: (wide) => {
      if (answer.items.length === 0) return []
      const width = wide ? null : output.width
      const header = (title: string): string => output.paint('dim', title)
      const [head = '', ...rows] = tableOf(answer.items, columns(width), { width, wide, header })
      return [head, ...rows.map((row, i) => painted(row, answer.items[i]!, output.paint))]
    },
  }
}

const STYLES: Partial<Record<Finding['severity'], Style>> = { critical: 'red', high: 'yellow' }

function painted(row: string, { severity, status }: Finding, paint: Output['paint']): string {
  const style = status === 'open' ? STYLES[severity] : 'dim'
  return style === undefined ? row : paint(style, row)
}

function columns(width: number | null): readonly Column<Finding>[] {
  const time = timeFor(width)
  return [
    { title: 'ID', value: ({ id }) => id, short: ({ id }) => id.slice(0, 12) },
    { title: 'SEVERITY', value: ({ severity }) => severity },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'RULE', value: ({ rule }) => rule, min: 12 },
    {
      title: 'SUBJECT',
      value: ({ principal, subject }) => (principal === null ? subject : whoOf(principal)),
      short: ({ principal, subject }) =>
        principal === null ? resourceName(subject) : whoOf(principal),
      min: 16,
    },
    { title: 'COUNT', value: ({ count }) => String(count), right: true, drop: 1 },
    { title: 'FIRST (UTC)', value: ({ firstSeen }) => time(firstSeen), drop: 2 },
    { title: 'LAST (UTC)', value: ({ lastSeen }) => time(lastSeen), drop: 3 },
    { title: 'TITLE', value: ({ title }) => title, wide: true },
    { title: 'STORY', value: ({ story }) => story, wide: true },
  ]
}

/** One finding, as an e-mail tells of it, and why it stands as it does. */
export function findingView(detail: FindingDetail): Printable {
  const { item, rule, related } = detail
  const rules = new Map(rule === null ? [] : [[rule.id, rule]])
  const lastMove = item.history.findLast(({ action }) => action !== 'comment')
  const entry = { version: item.version, action: lastMove?.action ?? 'found' }
  return {
    answer: detail,
    lines: [detail],
    csv: () => findingsTable({ items: [item] } as unknown as FindingList).csv(),
    table: () => [
      ...text
        .body(alertOf(entry, item, related, { rules, dashboard: null }), '')
        .trimEnd()
        .split('\n'),
      '',
      'History:',
      ...item.history.map((decision) => visible(lineOf(decision))),
    ],
  }
}

function lineOf({ at, by, action, from, to, reason, ticket, expires, scope }: Decision): string {
  const move = from === null || from === to ? to : `${from} → ${to}`
  const more = [
    ...(ticket === null ? [] : [`ticket ${ticket}`]),
    ...(expires === null ? [] : [`until ${expires}`]),
    ...(scope === null || scope === 'finding' ? [] : [`all of the ${scope}`]),
  ]
  const end = more.length === 0 ? '' : ` (${more.join(', ')})`
  return `  ${at} ${action} by ${by}: ${move}. ${reason}${end}`
}
