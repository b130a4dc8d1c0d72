import {
  type Answer,
  type Asked,
  type Frame,
  frameOf,
  type Known,
  pageOf,
} from '../graph/answer.ts'
import { sortKey } from '../graph/order.ts'
import type { Findings, Questions } from '../ports.ts'
import { type Rule, SEVERITIES, type Severity } from '../rule.ts'
import { findingNamed, type UnknownFinding } from './find.ts'
import type { Finding, FindingStatus } from './finding.ts'
import { pagesOf } from './reconcile.ts'

/** Which findings. Several values of one kind: any of them; what is left out does not limit. */
export interface FindingsAsked extends Asked {
  readonly status?: readonly FindingStatus[]
  /** This severity or worse. */
  readonly severity?: Severity
  readonly rules?: readonly string[]
  readonly kind?: Finding['kind']
  readonly namespaces?: readonly string[]
  readonly cluster?: string
  /** In the title, the subject, the role, the account or a network, whichever case. */
  readonly q?: string
  readonly story?: string
}

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

/** Findings, open ones first, then the worst, then the latest. Only where a time is asked for, those whose time touches it. */
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
      rows.push({ section: 'items', key: keyOf(finding), item: id })
      byStatus[status]++
      bySeverity[severity]++
      if (status === 'open') worst = Math.max(worst, SEVERITIES.indexOf(severity))
    }
  const page = pageOf(rows, asked, frame, questionOf(asked))
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
  /** Others of the same story, the worst first; at most 50. */
  readonly related: readonly Finding[]
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
    related: await relatedTo(store, item),
  }
}

/** What of a rule is for people. */
function textOf({ id, title, severity, attack, why, blindSpots, runbook }: Rule): Rule {
  return { id, title, severity, attack, why, blindSpots, runbook }
}

async function relatedTo(store: Findings, item: Finding): Promise<Finding[]> {
  const keys: { key: string; id: string }[] = []
  for await (const page of pagesOf(store))
    for (const finding of page)
      if (finding.story === item.story && finding.id !== item.id)
        keys.push({ key: keyOf(finding), id: finding.id })
  keys.sort((a, b) => (a.key < b.key ? -1 : 1))
  return inOrder(
    store,
    keys.slice(0, RELATED_MAX).map(({ id }) => id),
  )
}

async function inOrder(store: Findings, ids: readonly string[]): Promise<Finding[]> {
  const found = new Map((await store.findings(ids)).map((finding) => [finding.id, finding]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

function keyOf({ id, status, severity, lastSeen }: Finding): string {
  const rank = SEVERITIES.length - SEVERITIES.indexOf(severity)
  return sortKey(status === 'open' ? 0 : 1, rank, descending(lastSeen), id)
}

/** Sorts the later before the earlier. */
function descending(time: string): number {
  return 999_999_999_999 - Math.floor(Date.parse(time) / 1000)
}

function fits(finding: Finding, asked: FindingsAsked, { window }: Frame): boolean {
  const { status, severity, rules, kind, namespaces, cluster, q, story, from, to } = asked
  if (status !== undefined && !status.includes(finding.status)) return false
  if (severity !== undefined && SEVERITIES.indexOf(finding.severity) < SEVERITIES.indexOf(severity))
    return false
  if (rules !== undefined && !rules.includes(finding.rule)) return false
  if (kind !== undefined && kind !== finding.kind) return false
  if (story !== undefined && story !== finding.story) return false
  if (namespaces !== undefined && !namespaces.includes(finding.principal?.namespace ?? ''))
    return false
  if (cluster !== undefined && cluster !== finding.principal?.cluster) return false
  if (from !== undefined && seconds(finding.lastSeen) < window.from) return false
  if (to !== undefined && seconds(finding.firstSeen) >= window.to) return false
  return q === undefined || mentions(finding, q)
}

function mentions(finding: Finding, q: string): boolean {
  const { id, title, subject, principal, role, account, networks } = finding
  const text = q.toLowerCase()
  return [id, title, subject, principal?.id, role, account, ...networks].some((part) =>
    part?.toLowerCase().includes(text),
  )
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000)

function questionOf(asked: FindingsAsked): (string | readonly string[] | undefined)[] {
  const { status, severity, rules, kind, namespaces, cluster, q, story, from, to } = asked
  const times = [from, to].map((time) => String(time))
  return ['findings', status, severity, rules, kind, namespaces, cluster, q, story, times]
}
