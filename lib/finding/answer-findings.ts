import { type Answer, frameOf, type Known, pageOf } from '../graph/answer.ts'
import type { Findings, Questions } from '../ports.ts'
import { type Rule, SEVERITIES, type Severity } from '../rule.ts'
import { type FindingsAsked, fits, inOrder, questionOf, standingKey } from './asked.ts'
import { findingNamed, type UnknownFinding } from './find.ts'
import type { Finding, FindingStatus } from './finding.ts'
import { pagesOf } from './reconcile.ts'
import { stepsOf } from './steps.ts'

export interface FindingList extends Answer<'FindingList', Finding> {
  readonly total: {
    /** That fit what was asked. */
    readonly items: number
    /** Of the open ones among them. */
    readonly worst: Severity | null
    readonly byStatus: Readonly<Record<FindingStatus, number>>
    readonly bySeverity: Readonly<Record<Severity, number>>
  }
}

/** Findings as they stand in line (`standingKey`). Only where a time is asked for, those whose time touches it. */
export async function answerFindings(
  store: Findings & Pick<Questions, 'extent' | 'coverage'>,
  asked: FindingsAsked,
  known: Pick<Known, 'accounts'>,
): Promise<FindingList> {
  const frame = await frameOf(store, asked, known)
  const rows: { section: 'items'; key: string; item: string }[] = []
  const byStatus = { open: 0, approved: 0, suppressed: 0, resolved: 0, withdrawn: 0 }
  const bySeverity = { low: 0, medium: 0, high: 0, critical: 0 }
  let worst = -1
  // Only what sorts them is kept of each, since there may be very many.
  for await (const page of pagesOf(store))
    for (const finding of page) {
      if (!fits(finding, asked, frame)) continue
      const { id, status, severity } = finding
      rows.push({ section: 'items', key: standingKey(finding), item: id })
      byStatus[status]++
      bySeverity[severity]++
      if (status === 'open') worst = Math.max(worst, SEVERITIES.indexOf(severity))
    }
  const page = pageOf(rows, asked, frame, questionOf('findings', asked))
  return {
    apiVersion: 'podtrail/v1',
    kind: 'FindingList',
    window: frame.shown,
    coverage: frame.coverage,
    total: { items: rows.length, worst: SEVERITIES[worst] ?? null, byStatus, bySeverity },
    items: await inOrder(
      store,
      page.rows.map(({ item }) => item),
    ),
    next: page.next,
  }
}

export interface FindingDetail {
  readonly apiVersion: 'podtrail/v1'
  readonly kind: 'FindingDetail'
  readonly item: Finding
  /** What is known of its rule; null: there is no rule of that name any more. */
  readonly rule: Rule | null
  /** What to do: the rule's runbook, with the values of this finding in it. */
  readonly steps: readonly string[]
  /** Others of the same story, the worst first; at most 50. */
  readonly related: readonly Finding[]
  /** Others of the same story that are not among them. */
  readonly unlisted: number
}

const RELATED_MAX = 50

/** One finding, with what its rule says and what else belongs to its story. `rules`: all that there are. */
export async function answerFinding(
  store: Findings,
  id: string,
  rules: readonly Rule[],
): Promise<FindingDetail | UnknownFinding> {
  const item = await findingNamed(store, id)
  if (item.kind === 'Unknown') return item
  const rule = rules.find((one) => one.id === item.rule)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'FindingDetail',
    item,
    rule: rule === undefined ? null : textOf(rule),
    steps: stepsOf(rule ?? null, item),
    ...(await relatedTo(store, item)),
  }
}

/** What of a rule is for people. */
function textOf({ id, title, severity, attack, why, blindSpots, runbook }: Rule): Rule {
  return { id, title, severity, attack, why, blindSpots, runbook }
}

async function relatedTo(
  store: Findings,
  item: Finding,
): Promise<Pick<FindingDetail, 'related' | 'unlisted'>> {
  const keys: { key: string; id: string }[] = []
  for await (const page of pagesOf(store))
    for (const finding of page)
      if (finding.story === item.story && finding.id !== item.id)
        keys.push({ key: standingKey(finding), id: finding.id })
  keys.sort((a, b) => (a.key < b.key ? -1 : 1))
  const ids = keys.slice(0, RELATED_MAX).map(({ id }) => id)
  return { related: await inOrder(store, ids), unlisted: keys.length - ids.length }
}
