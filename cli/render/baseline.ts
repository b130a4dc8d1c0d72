import type { BaselineDiff } from '../../lib/finding/baseline.ts'
import type { Edge } from '../../lib/finding/finding.ts'
import { roleAt } from '../../lib/identity/called.ts'
import { csvOf } from '../../lib/text/csv.ts'
import type { Output, Printable } from '../output.ts'
import { visible } from './safe.ts'

interface Line {
  readonly what: 'added' | 'removed' | 'changed' | 'expired' | 'unapproved' | 'unseen'
  readonly edge: Edge
  readonly note: string
}

/** What is not as it was approved, a line for each path. */
export function baselineDiffView(diff: BaselineDiff, output: Output): Printable {
  const lines = linesOf(diff)
  return {
    answer: diff,
    lines,
    csv: () =>
      csvOf(lines, [
        ['what', ({ what }) => what],
        ['principalKind', ({ edge }) => edge.principal.kind],
        ['principal', ({ edge }) => edge.principal.id],
        ['via', ({ edge }) => edge.via.join(' ')],
        ['role', ({ edge }) => edge.role],
        ['note', ({ note }) => note],
      ]),
    table: () => lines.map((line) => shown(line, output)),
  }
}

function linesOf({ added, removed, changed, expired, unapproved, unseen }: BaselineDiff): Line[] {
  return [
    ...unapproved.map((edge) => ({
      what: 'unapproved' as const,
      edge,
      note: `observed ${edge.count}× from ${edge.firstSeen} to ${edge.lastSeen}`,
    })),
    ...expired.map((edge) => ({
      what: 'expired' as const,
      edge,
      note: `ended ${edge.expires}, ${edge.owner}`,
    })),
    ...(added ?? []).map((edge) => ({
      what: 'added' as const,
      edge,
      note: `${edge.owner}: ${edge.reason}`,
    })),
    ...(removed ?? []).map((edge) => ({
      what: 'removed' as const,
      edge,
      note: `${edge.owner}: ${edge.reason}`,
    })),
    ...(changed ?? []).map(({ before, after }) => ({
      what: 'changed' as const,
      edge: after,
      note: `${before.owner} until ${before.expires ?? 'ever'} → ${after.owner} until ${after.expires ?? 'ever'}`,
    })),
    ...unseen.map((edge) => ({ what: 'unseen' as const, edge, note: `approved by ${edge.owner}` })),
  ]
}

const MARKS: Readonly<Record<Line['what'], readonly [string, 'red' | 'green' | 'yellow' | 'dim']>> =
  {
    unapproved: ['!', 'red'],
    expired: ['!', 'yellow'],
    added: ['+', 'green'],
    removed: ['-', 'red'],
    changed: ['~', 'yellow'],
    unseen: ['?', 'dim'],
  }

function shown({ what, edge, note }: Line, { paint }: Output): string {
  const [mark, style] = MARKS[what]
  const path = [edge.principal.id, ...edge.via.map(roleAt), roleAt(edge.role)].join(' → ')
  return paint(style, visible(`${mark} ${what.padEnd(10)}  ${path}  (${note})`))
}
