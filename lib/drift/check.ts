import type { Rule, Severity } from '../rule.ts'
import type { Change } from './fix.ts'
import type { Situation } from './sample.ts'
import type { World } from './world.ts'

/** Parts of the declared and observed state that a check reads. What is missing of them is said for it. */
export type Need =
  | 'trusts'
  | 'policies'
  | 'providers'
  | 'issuers'
  | 'associations'
  | 'fargate-profiles'
  | 'service-accounts'
  | 'pods'
  | 'observed'

/** One thing that can be wrong with what is declared. A check is this value, in a file of its name, and a line in all.ts. */
export interface Check extends Rule {
  readonly needs: readonly Need[]
  /** Whatever deviates, and what this check alone could not look at. Never claims an absence from a part that was not all read. */
  inspect(world: World): Iterable<Deviation | Unread>
  readonly examples: readonly Example[]
}

export interface Deviation {
  readonly kind: 'deviates'
  /** What it is about; two findings of one check and one subject are one. */
  readonly subject: string
  /** A sentence a person can act on. */
  readonly title: string
  /** Where the check's own severity does not fit. */
  readonly severity?: Severity
  readonly declared: string | null
  readonly observed: string | null
  readonly approved: string | null
  readonly fix: readonly Change[]
  /** Of what was observed, in seconds. */
  readonly firstSeen?: number
  readonly lastSeen?: number
}

/** Something that could not be looked at, and why. */
export interface Unread {
  readonly kind: 'unread'
  readonly subject: string
  readonly reason: string
}

export interface Example {
  readonly expects: 'deviates' | 'complies' | 'could-not-look'
  readonly title: string
  readonly situation: Situation
}

export function deviates(title: string, situation: Situation): Example {
  return { expects: 'deviates', title, situation }
}

export function complies(title: string, situation: Situation): Example {
  return { expects: 'complies', title, situation }
}

export function couldNotLook(title: string, situation: Situation): Example {
  return { expects: 'could-not-look', title, situation }
}

/** A finding; `observed` and `approved` are null where nothing is known of them. */
export function deviation(
  finding: Omit<Deviation, 'kind' | 'observed' | 'approved'> &
    Partial<Pick<Deviation, 'observed' | 'approved'>>,
): Deviation {
  return { kind: 'deviates', observed: null, approved: null, ...finding }
}

export function unread(subject: string, reason: string): Unread {
  return { kind: 'unread', subject, reason }
}
