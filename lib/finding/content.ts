import type { Anomaly } from '../detect/anomaly.ts'
import type { DriftItem } from '../drift/answer-drift.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { Finding } from './finding.ts'
import { fingerprint } from './fingerprint.ts'

/** A finding less what was decided about it. */
export type Content = Omit<Finding, 'status' | 'version' | 'history'>

/** Strings of events are somebody else's: what is kept of each has an end. */
const LONGEST = { subject: 1_000, title: 500, text: 500, network: 100 }
const NETWORKS_MAX = 50
const EVIDENCE_MAX = 20

export function contentOfAnomaly(anomaly: Anomaly): Content {
  const { rule, severity, principal, via, count, firstSeen, lastSeen } = anomaly
  const role = anomaly.role === '' ? null : anomaly.role
  const networks = [...new Set(anomaly.networks)].sort().slice(0, NETWORKS_MAX)
  return {
    id: fingerprint(rule, anomaly.subject, anomaly.occurrence),
    rule,
    kind: 'anomaly',
    severity,
    title: cut(anomaly.title, LONGEST.title),
    subject: cut(anomaly.subject, LONGEST.subject),
    story: cut(anomaly.story, LONGEST.subject),
    normal: cut(anomaly.normal, LONGEST.text),
    principal,
    via,
    role,
    account: anomaly.account === '' ? null : anomaly.account,
    networks: networks.map((network) => cut(network, LONGEST.network)),
    count,
    firstSeen: timestamp(firstSeen),
    lastSeen: timestamp(lastSeen),
    evidence: anomaly.evidence.slice(0, EVIDENCE_MAX).map(({ eventId, account, at, text }) => ({
      eventId,
      account: account === '' ? null : account,
      at: timestamp(at),
      text: cut(text, LONGEST.text),
    })),
    edge:
      principal !== null && role !== null
        ? { principal: { kind: principal.kind, id: principal.id }, via, role }
        : null,
    declared: null,
    observed: null,
    approved: null,
    fix: null,
  }
}

export function contentOfDrift(item: DriftItem): Content {
  const { id, rule, severity, title, subject, declared, observed, approved, fix } = item
  return {
    id,
    rule,
    kind: 'drift',
    severity,
    title: cut(title, LONGEST.title),
    subject: cut(subject, LONGEST.subject),
    story: id,
    normal: null,
    principal: null,
    via: [],
    role: null,
    account: null,
    networks: [],
    count: 1,
    firstSeen: item.firstSeen,
    lastSeen: item.lastSeen,
    evidence: item.evidence.slice(0, EVIDENCE_MAX).map(({ text }) => ({
      eventId: null,
      account: null,
      at: null,
      text: cut(text, LONGEST.text),
    })),
    edge: null,
    declared,
    observed,
    approved,
    fix,
  }
}

/** What is known now, over what was known before: a window that begins later does not make things begin later. */
export function merged(before: Content, now: Content, from: string): Content {
  if (before.firstSeen >= from || now.kind === 'drift')
    return now.kind === 'drift' && before.firstSeen < now.firstSeen
      ? { ...now, firstSeen: before.firstSeen }
      : now
  return {
    ...now,
    firstSeen: before.firstSeen,
    count: Math.max(before.count, now.count),
    lastSeen: [before.lastSeen, now.lastSeen].sort()[1]!,
  }
}

/** At most `most` UTF-16 units, and no half of a character at the end. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
