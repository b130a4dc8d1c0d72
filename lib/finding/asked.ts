import type { Asked, Frame } from '../graph/answer.ts'
import { sortKey } from '../graph/order.ts'
import type { Findings } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import type { Finding, FindingStatus } from './finding.ts'

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

/** Those that are there, in the order of their ids. */
export async function inOrder(store: Findings, ids: readonly string[]): Promise<Finding[]> {
  const found = new Map((await store.findings(ids)).map((finding) => [finding.id, finding]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** Open ones first, then the worst, then what happened before what is declared, then the latest. */
export function standingKey({ id, status, severity, kind, lastSeen }: Finding): string {
  const rank = SEVERITIES.length - SEVERITIES.indexOf(severity)
  const happened = kind === 'anomaly' ? 0 : 1
  return sortKey(status === 'open' ? 0 : 1, rank, happened, descending(lastSeen), id)
}

/** Sorts the later before the earlier. */
function descending(time: string): number {
  return 999_999_999_999 - Math.floor(Date.parse(time) / 1000)
}

export function fits(finding: Finding, asked: FindingsAsked, { window }: Frame): boolean {
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

/** All that makes one question another; `of`: what is asked about them. */
export function questionOf(
  of: string,
  asked: FindingsAsked,
): (string | readonly string[] | undefined)[] {
  const { status, severity, rules, kind, namespaces, cluster, q, story, from, to } = asked
  const times = [from, to].map((time) => String(time))
  return [of, status, severity, rules, kind, namespaces, cluster, q, story, times]
}
