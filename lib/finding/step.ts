import { basisOf, changeSince, isWorse } from './basis.ts'
import { type Content, merged } from './content.ts'
import { edgeKey, isInForce } from './edge.ts'
import {
  type ApprovedEdge,
  type Decision,
  type Finding,
  type FindingStatus,
  PODTRAIL,
  type PodtrailAction,
  type Suppression,
} from './finding.ts'
import { digestOf } from './fingerprint.ts'
import { folded } from './history.ts'
import { suppressionOf } from './suppression.ts'

/** What holds while a run is recorded. Times RFC 3339, UTC. */
export interface Standing {
  readonly now: string
  /** By `edgeKey`. */
  readonly baseline: ReadonlyMap<string, ApprovedEdge>
  readonly suppressions: readonly Suppression[]
  /** First event time that was looked at. */
  readonly from: string
  /** When what was declared was read; null: no drift was looked for. */
  readonly snapshotAt: string | null
}

/** The finding after it was seen in a run; the same object where nothing about it is new. */
export function seen(before: Finding | null, content: Content, standing: Standing): Finding {
  if (before === null) {
    const fresh: Finding = { ...content, status: 'open', version: 0, history: [] }
    const found = moved(fresh, { action: 'found', to: 'open', reason: 'new' }, standing, null)
    return versioned(before, putAside(found, standing))
  }
  let finding: Finding = { ...before, ...merged(before, content, standing.from) }
  if (before.status === 'open' && isWorse(finding.severity, before.severity)) {
    const reason = `it was ${before.severity}, and is ${finding.severity}`
    finding = moved(finding, { action: 'found', to: 'open', reason }, standing)
  }
  finding = reopened(finding, standing)
  return versioned(before, putAside(ended(finding, whyOver(finding, standing), standing), standing))
}

/**
 * The finding after a run that did not see it. `looked`: all that it rests on was looked at. What was approved or resolved stays so:
 * detectors know the baseline and are silent about its paths.
 */
export function unseen(before: Finding, looked: boolean, standing: Standing): Finding {
  const finding = ended(before, whyOver(before, standing), standing)
  const isLive = finding.status === 'open' || finding.status === 'suppressed'
  if (looked && isLive) return versioned(before, gone(finding, standing))
  return versioned(before, putAside(finding, standing))
}

function gone(finding: Finding, standing: Standing): Finding {
  if (finding.kind === 'drift') {
    const reason = 'what is declared does not deviate any more'
    return moved(finding, { action: 'resolve', to: 'resolved', reason }, standing)
  }
  const edge = inBaseline(finding, standing)
  const reason =
    edge === null
      ? 'what is known by now explains it: it is not unusual any more'
      : `the path is in the baseline by now, by ${edge.owner}: ${edge.reason}`
  return moved(finding, { action: 'withdraw', to: 'withdrawn', reason }, standing)
}

/** What was told as over, and is seen again. */
function reopened(finding: Finding, standing: Standing): Finding {
  const last = lastMove(finding)
  if (finding.status === 'withdrawn')
    return moved(finding, { action: 'reopen', to: 'open', reason: 'it is seen again' }, standing)
  if (finding.status !== 'resolved' || last === undefined) return finding
  const { count, lastSeen } = last.basis
  const isMore =
    finding.kind === 'drift'
      ? standing.snapshotAt !== null && standing.snapshotAt > last.at
      : finding.count > count || finding.lastSeen > lastSeen
  if (!isMore) return finding
  return moved(finding, { action: 'reopen', to: 'open', reason: 'it was seen again' }, standing)
}

/** Ends a decision that holds no longer. */
function ended(finding: Finding, why: string | null, standing: Standing): Finding {
  if (why === null) return finding
  return moved(finding, { action: 'expire', to: 'open', reason: why }, standing)
}

/** Puts aside an open finding that nobody wants to hear of. */
function putAside(finding: Finding, standing: Standing): Finding {
  if (finding.status !== 'open') return finding
  const rule = suppressionOf(finding, standing.suppressions, standing.now)
  if (rule === null) return resumed(finding, standing)
  const reason = `suppressed by ${rule.owner}: ${rule.reason}`
  const scope = rule.subject === null ? 'namespace' : 'subject'
  const terms = { reason, expires: rule.expires, until: { kind: 'date' }, scope } as const
  return moved(finding, { action: 'suppress', to: 'suppressed', ...terms }, standing)
}

/** A suppression outlives that its finding was withdrawn for a while. */
function resumed(finding: Finding, standing: Standing): Finding {
  const [withdrawn, again] = finding.history.filter(({ action }) => action !== 'comment').slice(-2)
  if (withdrawn?.action !== 'withdraw' || again?.action !== 'reopen' || again.by !== PODTRAIL)
    return finding
  if (withdrawn.from !== 'suppressed') return finding
  const decision = finding.history.findLast(({ action }) => action === 'suppress')
  if (decision === undefined || whyUnsuppressed(decision, finding, standing) !== null)
    return finding
  const { expires, until, scope, basis } = decision
  const reason =
    decision.by === PODTRAIL ? decision.reason : `as before, by ${decision.by}: ${decision.reason}`
  const terms = { reason, expires, until, scope, basis }
  return moved(finding, { action: 'suppress', to: 'suppressed', ...terms }, standing)
}

function whyOver(finding: Finding, standing: Standing): string | null {
  const last = lastMove(finding)
  if (last === undefined) return null
  if (finding.status === 'approved') return whyUnapproved(last, finding, standing)
  return finding.status === 'suppressed' ? whyUnsuppressed(last, finding, standing) : null
}

function whyUnapproved(last: Decision, finding: Finding, standing: Standing): string | null {
  if (finding.edge === null && !isInForce(last, standing.now))
    return `the approval was until ${last.expires}`
  if (finding.edge !== null && inBaseline(finding, standing) === null)
    return 'the path is not in the baseline any more, or its time there is over'
  return changeSince(last.basis, finding)
}

function whyUnsuppressed(
  { until, expires, basis, scope }: Decision,
  finding: Finding,
  { now, suppressions }: Standing,
): string | null {
  if (scope !== 'finding')
    return suppressionOf(finding, suppressions, now) === null ? 'the suppression is over' : null
  if (expires !== null && now >= expires) return `the suppression was until ${expires}`
  if (until?.kind === 'count')
    return finding.count - basis.count >= until.count
      ? `it was seen ${finding.count - basis.count} times more`
      : null
  return until?.kind === 'date' ? null : changeSince(basis, finding)
}

function inBaseline({ edge }: Finding, { baseline, now }: Standing): ApprovedEdge | null {
  const approved = edge === null ? undefined : baseline.get(edgeKey(edge))
  return approved !== undefined && isInForce(approved, now) ? approved : null
}

/** What brought it where it stands. */
export function lastMove({ history }: Pick<Finding, 'history'>): Decision | undefined {
  return history.findLast(({ action }) => action !== 'comment')
}

type Move = Pick<Decision, 'reason'> &
  Partial<Pick<Decision, 'expires' | 'until' | 'scope' | 'basis'>> & {
    readonly action: PodtrailAction
    readonly to: FindingStatus
  }

function moved(
  finding: Finding,
  move: Move,
  { now }: Standing,
  from: FindingStatus | null = finding.status,
): Finding {
  const { action, to, reason, expires = null, until = null, scope = null } = move
  const decision: Decision = {
    id: `dec_${digestOf([finding.id, finding.version, finding.history.length, action, reason])}`,
    at: now,
    by: PODTRAIL,
    action,
    from,
    to,
    reason,
    ticket: null,
    expires,
    until,
    scope,
    approves: [],
    basis: move.basis ?? basisOf(finding),
  }
  return { ...finding, status: to, history: [...finding.history, decision] }
}

/** With the next version, or as it was where nothing has changed. */
function versioned(before: Finding | null, finding: Finding): Finding {
  if (before === null) return { ...finding, version: 1 }
  const isSame = JSON.stringify(before) === JSON.stringify({ ...before, ...finding })
  if (isSame) return before
  return { ...finding, version: before.version + 1, history: folded(finding.history) }
}
