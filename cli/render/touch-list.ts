import type { TouchList } from '../../lib/graph/answer-touched.ts'
import { touchCsv } from '../../lib/graph/csv.ts'
import type { TouchItem } from '../../lib/graph/edges.ts'
import type { Output, Printable } from '../output.ts'
import { type Column, tableOf } from './table.ts'
import { counted, placeOf, resourceName, roleAt, shortRoles, timeFor, whoOf } from './words.ts'

/** Who did, who was refused, who failed: never in one table. */
export function touchListView(answer: TouchList, output: Output): Printable {
  return {
    answer,
    lines: answer.items,
    csv: () => touchCsv(answer.items),
    table: (wide) => {
      const { paint } = output
      const width = wide ? null : output.width
      const columns = touchColumns(answer.items, true, answer.subject.resources.length > 3, width)
      const lines: string[] = []
      for (const { outcome, title, style } of SECTIONS) {
        const items = answer.items.filter((item) => item.outcome === outcome)
        if (items.length === 0) continue
        if (lines.length > 0) lines.push('')
        const principals = new Set(items.map(({ principal: { kind, id } }) => `${kind} ${id}`)).size
        const calls = items.reduce((sum, { count }) => sum + count, 0)
        const summary = `(${counted(principals, 'principal')}, ${counted(calls, 'call')})`
        lines.push(paint(style, `${title}  ${summary}`))
        const options = { width, wide, header: (text: string) => paint('dim', text) }
        lines.push(...tableOf(items, columns, options))
      }
      return lines
    },
  }
}

const SECTIONS = [
  { outcome: 'did', title: 'DID', style: 'bold' },
  { outcome: 'refused', title: 'WAS REFUSED', style: 'red' },
  { outcome: 'failed', title: 'FAILED otherwise', style: 'yellow' },
] as const

export function touchColumns(
  items: readonly TouchItem[],
  showsWho: boolean,
  showsResource: boolean,
  width: number | null,
): Column<TouchItem>[] {
  const time = timeFor(width)
  const short = shortRoles(items.map(({ role }) => role))
  return [
    ...(showsWho
      ? ([
          { title: 'WHO', value: ({ principal }) => whoOf(principal), min: 14 },
          { title: 'WHERE', value: ({ principal }) => placeOf(principal), min: 8, drop: 2 },
        ] satisfies Column<TouchItem>[])
      : []),
    {
      title: 'AS ROLE',
      value: ({ role }) => (role === null ? '–' : roleAt(role)),
      short: ({ role }) => (role === null ? '–' : short(role)),
      min: 12,
      drop: 4,
    },
    { title: 'ACTION', value: ({ action }) => action, min: 14 },
    {
      title: 'RESOURCE',
      value: ({ resource }) => resource ?? '–',
      short: ({ resource }) => (resource === null ? '–' : resourceName(resource)),
      min: 14,
      ...(showsResource ? {} : { wide: true }),
    },
    { title: 'COUNT', value: ({ count }) => count.toLocaleString('en-US'), right: true },
    {
      title: 'FIRST (UTC)',
      value: ({ firstSeen }) => time(firstSeen),
      drop: 1,
    },
    { title: 'LAST (UTC)', value: ({ lastSeen }) => time(lastSeen) },
    { title: 'PRINCIPAL', value: ({ principal }) => principal.id, wide: true },
    { title: 'ROLE ARN', value: ({ role }) => role ?? '', wide: true },
  ]
}
