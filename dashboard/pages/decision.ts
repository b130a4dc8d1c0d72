import type { Decision, Finding, FindingStatus } from '../../lib/finding/finding.ts'
import { ApiError, type Problem, send } from '../api/client.ts'
import { rfc3339 } from '../app/window.ts'

export interface ActionChoice {
  readonly action: Decision['action']
  readonly words: string
  readonly key: string
  readonly from: readonly FindingStatus[]
  readonly least: 'responder' | 'reviewer'
  /** What it means. */
  readonly says: string
}

export const ACTIONS: readonly ActionChoice[] = [
  {
    action: 'approve',
    words: 'Approve…',
    key: 'a',
    from: ['open', 'suppressed'],
    least: 'reviewer',
    says: 'It is right. The way goes into the baseline, with you as its owner.',
  },
  {
    action: 'suppress',
    words: 'Suppress…',
    key: 's',
    from: ['open'],
    least: 'responder',
    says: 'Nobody wants to hear of it for now. That says nothing about whether it is right.',
  },
  {
    action: 'resolve',
    words: 'Resolve…',
    key: 'r',
    from: ['open', 'suppressed'],
    least: 'responder',
    says: 'Somebody dealt with it. It opens again if it happens again.',
  },
  {
    action: 'reopen',
    words: 'Reopen…',
    key: 'o',
    from: ['approved', 'suppressed', 'resolved'],
    least: 'responder',
    says: 'It needs a decision again.',
  },
  {
    action: 'comment',
    words: 'Comment…',
    key: 'c',
    from: ['open', 'approved', 'suppressed', 'resolved', 'withdrawn'],
    least: 'responder',
    says: 'A note in the history; nothing else changes.',
  },
]

const DAY = 86_400_000

export type UntilKind = 'change' | 'date' | 'count'

/** A finding that nothing was decided about, and why. */
export interface Refused {
  readonly finding: Finding
  readonly problem: Problem
}

/** Decides about each by itself, in their order, as it was seen; what is refused keeps none of the others from being decided. */
export async function decideEach(findings: readonly Finding[], body: object): Promise<Refused[]> {
  const refused: Refused[] = []
  for (const finding of findings)
    try {
      const path = `/findings/${encodeURIComponent(finding.id)}/decisions`
      await send<Finding>(path, body, { version: finding.version })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      refused.push({ finding, problem: error.problem })
    }
  return refused
}

/** Somebody decided since the page was loaded. */
export const isStale = ({ status }: Problem): boolean => status === 409 || status === 412

export function bodyOf(
  action: Decision['action'],
  text: (name: string) => string,
  until: UntilKind,
  scope: string,
): object {
  const days = text('expires')
  const expires =
    action === 'approve' && days !== ''
      ? rfc3339(Date.now() + Number(days) * DAY)
      : action === 'suppress' && until === 'date'
        ? `${text('date')}T23:59:59Z`
        : null
  return {
    action,
    reason: text('reason'),
    ...(text('ticket') === '' ? {} : { ticket: text('ticket') }),
    ...(expires === null ? {} : { expires }),
    ...(action !== 'suppress'
      ? {}
      : {
          scope,
          until:
            until === 'count' ? { kind: 'count', count: Number(text('count')) } : { kind: until },
        }),
  }
}
