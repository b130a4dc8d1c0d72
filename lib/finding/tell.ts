import type { OutboxEntry } from '../ports.ts'
import { type Decision, type Finding, PODTRAIL } from './finding.ts'
import { lastMove } from './step.ts'

/**
 * What people are to be told of a step, if it matters to them: the finding is new, worse or back; it is over; or somebody decided.
 * What was put aside before anybody heard of it is not told.
 */
export function told(before: Finding | null, after: Finding, now: number): OutboxEntry | null {
  const known = new Set(before?.history.map(({ id }) => id))
  const isNews = after.history.some(
    ({ id, action }) => !known.has(id) && action !== 'comment' && action !== 'fold',
  )
  if (!isNews || (after.status !== 'open' && (before === null || before.status === after.status)))
    return null
  // It came back only to be put aside again, or went away while nobody wanted to hear of it.
  if (after.status === 'suppressed' && before?.status !== 'open') return null
  if (after.status === 'withdrawn' && before?.status === 'suppressed') return null
  return entryFor(after, lastMove(after)!, now)
}

function entryFor(finding: Finding, { action, by }: Decision, now: number): OutboxEntry {
  const { id, version, severity, rule, story } = finding
  const isDecision = by !== PODTRAIL || action === 'suppress'
  return {
    name: isDecision ? `${id}.decision` : id,
    finding: id,
    isDecision,
    version,
    action,
    severity,
    rule,
    story,
    since: now,
    attempts: 0,
    nextAt: now,
    isDead: false,
    arrived: [],
    error: null,
  }
}
