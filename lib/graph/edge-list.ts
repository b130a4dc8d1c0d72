import { type Answer, type Asked, type Frame, pageOf, type Row } from './answer.ts'
import type { AttemptItem, EdgeItem, TouchItem } from './edges.ts'

/** Edges: who did assume what; and apart from them, who tried and did not get it. */
export interface EdgeList extends Answer<'EdgeList', EdgeItem> {
  /** What the question was taken to mean: full ARNs of roles, or ids of principals. */
  readonly subject: { readonly roles?: readonly string[]; readonly principals?: readonly string[] }
  readonly refused: readonly AttemptItem[]
  /** Attempts that were neither refused nor successful (expired, throttled, …); there when asked for. */
  readonly failed?: readonly AttemptItem[]
  /** What was done with the roles; there when asked for. */
  readonly activity?: readonly TouchItem[]
  /** How many rows there are in all, also those on other pages. */
  readonly total: {
    readonly items: number
    readonly refused: number
    readonly failed: number
    readonly activity?: number
  }
}

export interface EdgeListRows {
  readonly edges: readonly Row<'items', EdgeItem>[]
  readonly attempts: readonly (Row<'refused', AttemptItem> | Row<'failed', AttemptItem>)[]
  readonly activity?: readonly Row<'activity', TouchItem>[]
}

/** Puts rows onto one page: edges first, then what was refused, then what failed, then activity. */
export function edgeList(
  frame: Frame,
  subject: EdgeList['subject'],
  rows: EdgeListRows,
  asked: Asked & { readonly failed?: boolean },
  question: Parameters<typeof pageOf>[3],
): EdgeList {
  const refused = rows.attempts.filter(({ section }) => section === 'refused')
  const failed = rows.attempts.filter(({ section }) => section === 'failed')
  const shown = asked.failed === true ? [...refused, ...failed] : refused
  const all: readonly EdgeListRow[] = [...rows.edges, ...shown, ...(rows.activity ?? [])]
  const withActivity = rows.activity !== undefined
  const page = pageOf(all, asked, frame, [...question, asked.failed, withActivity])
  const of = <Section extends EdgeListRow['section']>(wanted: Section) =>
    page.rows.flatMap((row) =>
      row.section === wanted
        ? [row.item as Extract<EdgeListRow, { section: Section }>['item']]
        : [],
    )
  return {
    apiVersion: 'podtrail/v1',
    kind: 'EdgeList',
    window: frame.shown,
    coverage: frame.coverage,
    subject,
    total: {
      items: rows.edges.length,
      refused: refused.length,
      failed: failed.length,
      ...(rows.activity === undefined ? {} : { activity: rows.activity.length }),
    },
    items: of('items'),
    refused: of('refused'),
    ...(asked.failed === true ? { failed: of('failed') } : {}),
    ...(withActivity ? { activity: of('activity') } : {}),
    next: page.next,
  }
}

type EdgeListRow =
  | Row<'items', EdgeItem>
  | Row<'refused', AttemptItem>
  | Row<'failed', AttemptItem>
  | Row<'activity', TouchItem>
