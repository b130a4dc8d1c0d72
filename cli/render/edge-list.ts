import { edgeCsv } from '../../lib/graph/csv.ts'
import type { EdgeList } from '../../lib/graph/edge-list.ts'
import type { AttemptItem, EdgeItem } from '../../lib/graph/edges.ts'
import type { Output, Printable } from '../output.ts'
import { type Column, tableOf } from './table.ts'
import { touchColumns } from './touch-list.ts'
import { counted, placeOf, roleAt, shortRoles, sureness, timeFor, viaOf, whoOf } from './words.ts'

type Line = EdgeItem | AttemptItem

/** Edges, and apart from them what was refused. With one role or one principal, its column is left out. */
export function edgeListView(answer: EdgeList, output: Output): Printable {
  const { items, refused, failed = [], activity = [] } = answer
  return {
    answer,
    lines: [...items, ...refused, ...failed],
    csv: () => edgeCsv([...items, ...refused, ...failed]),
    table: (wide) => {
      const { paint } = output
      const width = wide ? null : output.width
      const options = { width, wide, header: (text: string) => paint('dim', text) }
      const common = commonColumns(answer, width)
      const lines: string[] = []
      const section = (title: string, rows: readonly string[]): void => {
        if (lines.length > 0) lines.push('')
        lines.push(title, ...rows)
      }
      if (items.length > 0) {
        const did = `DID assume  ${summary(items)}`
        section(paint('bold', did), tableOf(items, edgeColumns(common), options))
      }
      if (refused.length > 0) {
        const was = `WAS REFUSED  ${summary(refused)}`
        section(paint('red', was), tableOf(refused, attemptColumns(common), options))
      }
      if (failed.length > 0)
        section(
          paint('yellow', `FAILED otherwise  ${summary(failed)}`),
          tableOf(failed, attemptColumns(common), options),
        )
      const withRoles = activity.filter(({ outcome }) => outcome === 'did')
      const without = activity.filter(({ outcome }) => outcome !== 'did')
      const columns = touchColumns(activity, answer.subject.principals?.length !== 1, true, width)
      if (withRoles.length > 0)
        section(paint('bold', 'DID with them'), tableOf(withRoles, columns, options))
      if (without.length > 0)
        section(paint('red', 'WAS REFUSED with them'), tableOf(without, columns, options))
      return lines
    },
  }
}

function summary(lines: readonly Line[]): string {
  const principals = new Set(lines.map(({ principal: { kind, id } }) => `${kind} ${id}`)).size
  const times = lines.reduce((sum, { count }) => sum + count, 0)
  return `(${counted(principals, 'principal')}, ${counted(times, 'time')})`
}

function commonColumns(
  { subject, items, refused, failed = [] }: EdgeList,
  width: number | null,
): Column<Line>[] {
  const time = timeFor(width)
  const roles = new Set<string | null>([...items, ...refused, ...failed].map(({ role }) => role))
  const short = shortRoles(roles)
  const showsWho = subject.principals?.length !== 1
  const showsRole = subject.roles === undefined || roles.size > 1
  return [
    ...(showsWho
      ? ([
          { title: 'WHO', value: ({ principal }) => whoOf(principal), min: 12 },
          { title: 'WHERE', value: ({ principal }) => placeOf(principal), min: 8, drop: 3 },
        ] satisfies Column<Line>[])
      : []),
    { title: 'VIA', value: ({ via }) => viaOf(via), min: 8 },
    ...(showsRole
      ? ([
          {
            title: 'ROLE',
            value: ({ role }) => (role === null ? '(not named)' : roleAt(role)),
            short: ({ role }) => (role === null ? '(not named)' : short(role)),
            min: 10,
          },
        ] satisfies Column<Line>[])
      : []),
    { title: 'HOP', value: ({ hop }) => String(hop), right: true, wide: true },
    { title: 'COUNT', value: ({ count }) => count.toLocaleString('en-US'), right: true },
    { title: 'FIRST (UTC)', value: ({ firstSeen }) => time(firstSeen), drop: 1 },
    { title: 'LAST (UTC)', value: ({ lastSeen }) => time(lastSeen), drop: 5 },
    { title: 'PRINCIPAL', value: ({ principal }) => principal.id, wide: true },
    { title: 'KIND', value: ({ principal }) => principal.kind, wide: true },
    { title: 'ROLE ARN', value: ({ role }) => role ?? '', wide: true },
  ]
}

function edgeColumns(common: readonly Column<Line>[]): Column<EdgeItem>[] {
  return [
    ...common,
    { title: 'PROOF', value: ({ proof }) => sureness(proof), drop: 4 },
    { title: 'BY', value: ({ proof }) => proof, wide: true },
  ]
}

function attemptColumns(common: readonly Column<Line>[]): Column<AttemptItem>[] {
  return [
    ...common,
    { title: 'ERROR', value: ({ error }) => error, min: 8 },
    { title: 'ACTION', value: ({ action }) => action, wide: true },
  ]
}
