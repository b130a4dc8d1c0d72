import { timestamp } from '../graph/timestamp.ts'
import type { Baselines, FindingChange, Findings } from '../ports.ts'
import { basisOf } from './basis.ts'
import { findingNamed, type UnknownFinding } from './find.ts'
import {
  type ApprovedEdge,
  type Decision,
  type Finding,
  type FindingStatus,
  type PersonAction,
  PODTRAIL,
  type Suppression,
  type SuppressionScope,
  type Until,
} from './finding.ts'
import { digestOf } from './fingerprint.ts'
import { COMMENTS_UNTIL, DECISIONS_MAX, decisionsOfPeople } from './history.ts'
import { covers } from './suppression.ts'
import { told } from './tell.ts'

/** What a person decides. */
export interface DecisionAsked {
  readonly action: PersonAction
  /** Who decides, and answers for it. */
  readonly by: string
  readonly reason: string
  readonly ticket?: string | null
  /** Approve and suppress: when it ends, in seconds; left out: never, or not by time. */
  readonly expires?: number | null
  /** Suppress; left out: until a date where one is given, else until it changes. */
  readonly until?: Until | null
  /** Suppress; left out: this finding alone. */
  readonly scope?: SuppressionScope | null
}

/** Why nothing was decided. */
export type Refusal =
  | UnknownFinding
  | {
      readonly kind: 'Conflict'
      /** As it is now; its last decision says who changed it, if anybody did. */
      readonly finding: Finding
      readonly text: string
    }
  | { readonly kind: 'NotAllowed'; readonly finding: Finding; readonly text: string }
  | {
      readonly kind: 'Incomplete'
      readonly field: 'by' | 'reason' | 'ticket' | 'expires' | 'until' | 'scope'
      readonly text: string
    }

export const REASON_MIN = 10
const LONGEST = { by: 200, reason: 1_000, ticket: 200 }

const FROM: Readonly<Record<PersonAction, readonly FindingStatus[]>> = {
  approve: ['open', 'suppressed'],
  suppress: ['open'],
  resolve: ['open', 'suppressed'],
  reopen: ['approved', 'suppressed', 'resolved'],
  comment: ['open', 'approved', 'suppressed', 'resolved', 'withdrawn'],
}

const TO: Readonly<Record<Exclude<PersonAction, 'comment'>, FindingStatus>> = {
  approve: 'approved',
  suppress: 'suppressed',
  resolve: 'resolved',
  reopen: 'open',
}

export function isRefusal(given: Finding | Refusal): given is Refusal {
  return given.kind !== 'anomaly' && given.kind !== 'drift'
}

/**
 * Decides about the finding that `id` names, whole or its beginning. `version`: the one that was looked at; null: whichever it has
 * now. The same decision again, or one whose answer was lost, changes nothing.
 */
export async function decide(
  store: Findings & Baselines,
  id: string,
  asked: DecisionAsked,
  version: number | null,
  now: number,
): Promise<Finding | Refusal> {
  const incomplete = whyIncomplete(asked, now)
  if (incomplete !== null) return incomplete
  const finding = await findingNamed(store, id)
  if (finding.kind === 'Unknown') return finding
  if (isMade(finding, asked, version)) return finding
  if (version !== null && version !== finding.version) return conflict(finding, version)
  if (!FROM[asked.action].includes(finding.status))
    return notAllowed(finding, `it is ${finding.status}, so one cannot ${asked.action} it`)
  const most = asked.action === 'comment' ? COMMENTS_UNTIL : DECISIONS_MAX
  if (decisionsOfPeople(finding.history) >= most)
    return notAllowed(
      finding,
      `${most} decisions of people stand in its history, and it takes no ${asked.action} any more; "suppressions" in the settings still reaches it`,
    )
  const change = await changeOf(store, finding, asked, now)
  if ('kind' in change) return change
  const [made] = await store.putFindings([change])
  if (made === true) return change.finding
  const current = await findingNamed(store, finding.id)
  if (current.kind === 'Unknown') return current
  return isMade(current, asked, finding.version) ? current : conflict(current, finding.version)
}

async function changeOf(
  store: Baselines,
  finding: Finding,
  asked: DecisionAsked,
  now: number,
): Promise<FindingChange | Refusal> {
  const decision = decisionOf(finding, asked, now)
  const suppresses = suppressionOf(finding, decision)
  if (decision.scope !== 'finding' && decision.scope !== null && suppresses === null)
    return notAllowed(
      finding,
      'it is about no workload, so there is no namespace to suppress it in',
    )
  const lifted = asked.action === 'reopen' ? await liftedBy(store, finding, decision.at) : null
  if (lifted !== null && 'kind' in lifted) return lifted
  const after: Finding = {
    ...finding,
    status: decision.to,
    version: finding.version + 1,
    history: [...finding.history, decision],
  }
  return {
    finding: after,
    before: finding.version,
    tells: told(finding, after, now),
    approves: decision.approves,
    revokes: asked.action === 'reopen' && finding.edge !== null ? [finding.edge] : [],
    suppresses: suppresses ?? lifted,
  }
}

function decisionOf(finding: Finding, asked: DecisionAsked, now: number): Decision {
  const { action, by, reason } = asked
  const { ticket, expires, until, scope } = termsOf(asked)
  const at = timestamp(now)
  return {
    id: decisionId(finding.id, finding.version, asked),
    at,
    by,
    action,
    from: finding.status,
    to: action === 'comment' ? finding.status : TO[action],
    reason,
    ticket,
    expires,
    until,
    scope,
    approves:
      action === 'approve' && finding.edge !== null
        ? [approvedEdge(finding.edge, { by, reason, at, expires })]
        : [],
    basis: basisOf(finding),
  }
}

function approvedEdge(
  edge: NonNullable<Finding['edge']>,
  { by, reason, at, expires }: { by: string; reason: string; at: string; expires: string | null },
): ApprovedEdge {
  return { ...edge, owner: by, reason, approvedAt: at, expires }
}

/** With what was left out. */
function termsOf({
  action,
  ticket = null,
  expires = null,
  until = null,
  scope = null,
}: DecisionAsked): Pick<Decision, 'ticket' | 'expires' | 'until' | 'scope'> {
  const ends = expires === null ? null : timestamp(expires)
  if (action !== 'suppress')
    return { ticket, expires: action === 'approve' ? ends : null, until: null, scope: null }
  const kind = expires === null ? 'change' : 'date'
  return { ticket, expires: ends, until: until ?? { kind }, scope: scope ?? 'finding' }
}

/** A function of all that was asked, and of what it was asked about. */
function decisionId(id: string, version: number, asked: DecisionAsked): string {
  const { action, by, reason } = asked
  const { ticket, expires, until, scope } = termsOf(asked)
  return `dec_${digestOf([id, version, action, by, reason, ticket, expires, until, scope])}`
}

/** Whether it was decided before: of the version that was seen; or, where none was named, just now in the same words. */
function isMade(finding: Finding, asked: DecisionAsked, version: number | null): boolean {
  const { history } = finding
  if (version !== null) {
    const id = decisionId(finding.id, version, asked)
    return history.some((decision) => decision.id === id)
  }
  const last = history.at(-1)
  if (last === undefined || last.action !== asked.action || last.by !== asked.by) return false
  const { ticket, scope } = termsOf(asked)
  return last.reason === asked.reason && last.ticket === ticket && last.scope === scope
}

function suppressionOf(finding: Finding, decision: Decision): Suppression | null {
  const { scope, by, reason, at, expires } = decision
  const { rule, subject, principal } = finding
  const terms = { rule, owner: by, reason, at, expires: expires ?? at }
  if (scope === 'subject') return { ...terms, subject, cluster: null, namespace: null }
  if (scope !== 'namespace' || principal === null || principal.namespace === null) return null
  const { cluster, namespace } = principal
  return { ...terms, subject: null, cluster, namespace }
}

/** Reopening what a wider suppression covers ends that suppression; one of the settings can only be ended there. */
async function liftedBy(
  store: Baselines,
  finding: Finding,
  at: string,
): Promise<Suppression | Refusal | null> {
  const scope = finding.history.findLast(({ action }) => action === 'suppress')?.scope
  if (finding.status !== 'suppressed' || scope === 'finding' || scope === undefined) return null
  const stored = (await store.suppressions()).filter(
    (one) => at < one.expires && covers(one, finding),
  )
  if (stored.length > 1)
    return notAllowed(
      finding,
      `${stored.length} suppressions cover it; end them by their own findings`,
    )
  if (stored[0] === undefined)
    return notAllowed(finding, 'the settings suppress it: take it out of "suppressions" there')
  return { ...stored[0], expires: at }
}

function whyIncomplete(asked: DecisionAsked, now: number): Refusal | null {
  const { action, by, reason } = asked
  const { ticket = null, expires = null, until = null, scope = null } = asked
  const refuse = (
    field: Extract<Refusal, { kind: 'Incomplete' }>['field'],
    text: string,
  ): Refusal => ({
    kind: 'Incomplete',
    field,
    text,
  })
  const least = action === 'comment' ? 1 : REASON_MIN
  if (by.trim() === '' || by === PODTRAIL) return refuse('by', 'name the person who decides')
  if (by.length > LONGEST.by) return refuse('by', `at most ${LONGEST.by} characters`)
  if (reason.trim().length < least)
    return refuse('reason', `at least ${least} characters: whoever reads it later was not there`)
  if (reason.length > LONGEST.reason)
    return refuse('reason', `at most ${LONGEST.reason} characters`)
  if (ticket !== null && (ticket === '' || ticket.length > LONGEST.ticket))
    return refuse('ticket', `1 to ${LONGEST.ticket} characters`)
  if (expires !== null && expires <= now) return refuse('expires', 'it must be in the future')
  if (expires !== null && action !== 'approve' && action !== 'suppress')
    return refuse('expires', 'only an approval or a suppression ends')
  if (action !== 'suppress' && until !== null) return refuse('until', 'only of a suppression')
  if (action !== 'suppress' && scope !== null) return refuse('scope', 'only of a suppression')
  if (until?.kind === 'date' && expires === null)
    return refuse('expires', 'a suppression until a date needs the date')
  if (until?.kind === 'count' && !(Number.isSafeInteger(until.count) && until.count > 0))
    return refuse('until', 'the count must be a whole number from 1 on')
  if (
    scope !== null &&
    scope !== 'finding' &&
    (expires === null || (until !== null && until.kind !== 'date'))
  )
    return refuse('expires', 'a suppression of more than one finding needs a day when it ends')
  return null
}

function conflict(finding: Finding, version: number): Refusal {
  const last = finding.history.at(-1)
  const who = last === undefined ? '' : `; last: ${last.action} by ${last.by} at ${last.at}`
  return {
    kind: 'Conflict',
    finding,
    text: `it has changed since version ${version}, and is at version ${finding.version}${who}`,
  }
}

function notAllowed(finding: Finding, text: string): Refusal {
  return { kind: 'NotAllowed', finding, text }
}
