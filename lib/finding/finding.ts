import type { Change } from '../drift/fix.ts'
import type { Principal } from '../model.ts'
import type { Severity } from '../rule.ts'

/**
 * `open`: nobody has decided. `approved`: it is right, and stands in the baseline. `suppressed`: nobody wants to hear of it until
 * something changes; that says nothing about whether it is right. `resolved`: somebody dealt with it, or what was declared is as it
 * should be again. `withdrawn`: what came to be known later makes it untrue.
 */
export type FindingStatus = 'open' | 'approved' | 'suppressed' | 'resolved' | 'withdrawn'

export const FINDING_STATUSES: readonly FindingStatus[] = [
  'open',
  'approved',
  'suppressed',
  'resolved',
  'withdrawn',
]

/** An anomaly or a drift result as people see it: the same object in the CLI, the API, the pages and the alerts. Times RFC 3339, UTC. */
export interface Finding {
  /** A pure function of rule, subject and occurrence. */
  readonly id: string
  readonly rule: string
  readonly kind: 'anomaly' | 'drift'
  readonly severity: Severity
  readonly status: FindingStatus
  /** Grows with each change of content or status; whoever decides names the one they saw. */
  readonly version: number
  readonly title: string
  readonly subject: string
  /** Findings of one story are one thing that happened. */
  readonly story: string
  /** What is normal for the subject (an anomaly); null for drift. */
  readonly normal: string | null
  readonly principal: Principal | null
  readonly via: readonly string[]
  readonly role: string | null
  readonly account: string | null
  /** At most 50. */
  readonly networks: readonly string[]
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
  /** By time; at most 20. */
  readonly evidence: readonly FindingEvidence[]
  /** What approving it puts into the baseline; null: it is about no path, and stands or falls by itself. */
  readonly edge: Edge | null
  /** Drift only: what is declared, was observed, was approved; null: nothing is known. */
  readonly declared: string | null
  readonly observed: string | null
  readonly approved: string | null
  readonly fix: { readonly changes: readonly Change[]; readonly commands: readonly string[] } | null
  /**
   * Why it stands as it does, oldest first. It is added to only; but of podtrail's own moves no more than the first and the newest are
   * kept one by one, see history.ts.
   */
  readonly history: readonly Decision[]
}

export interface FindingEvidence {
  readonly eventId: string | null
  readonly account: string | null
  readonly at: string | null
  readonly text: string
}

/** What moved a finding from one status to another: a person, or podtrail itself (`by` is then `podtrail`). */
export interface Decision {
  /** A pure function of the finding, its version before, and what was decided. */
  readonly id: string
  readonly at: string
  readonly by: string
  readonly action: PodtrailAction | PersonAction
  readonly from: FindingStatus | null
  readonly to: FindingStatus
  /** At least 10 characters where a person approves, suppresses, resolves or reopens. */
  readonly reason: string
  readonly ticket: string | null
  /** When an approval or a suppression ends; null: never, or not by time. */
  readonly expires: string | null
  /** Suppression: until the finding's content changes, until a time, or until so many more occurrences. */
  readonly until: Until | null
  /** Suppression: of what else than this finding. */
  readonly scope: SuppressionScope | null
  /** Approval: the edges that went into the baseline. */
  readonly approves: readonly ApprovedEdge[]
  /** What the finding was when it was decided: what is more than this was not decided. */
  readonly basis: Basis
  /** Of `fold` only: for how many moves of podtrail's own it stands. */
  readonly folds?: number
}

/**
 * What podtrail does by itself. `expire`: a decision holds no longer, by its time or because of what changed. `fold`: older moves of its
 * own, which are not kept one by one.
 */
export type PodtrailAction =
  | 'found'
  | 'withdraw'
  | 'reopen'
  | 'expire'
  | 'suppress'
  | 'resolve'
  | 'fold'
export type PersonAction = 'approve' | 'suppress' | 'resolve' | 'reopen' | 'comment'

export const PERSON_ACTIONS: readonly PersonAction[] = [
  'approve',
  'suppress',
  'resolve',
  'reopen',
  'comment',
]

export type Until =
  | { readonly kind: 'change' }
  | { readonly kind: 'date' }
  | { readonly kind: 'count'; readonly count: number }

/** This finding; or all of its rule about its subject, at any time; or all of its rule in its namespace and cluster. */
export type SuppressionScope = 'finding' | 'subject' | 'namespace'

export const SUPPRESSION_SCOPES: readonly SuppressionScope[] = ['finding', 'subject', 'namespace']

export interface Basis {
  readonly version: number
  readonly severity: Severity
  readonly count: number
  readonly lastSeen: string
  readonly networks: readonly string[]
  /** Of who, by which way, to where, and what is declared. */
  readonly digest: string
}

/** A path: this principal becomes this role by this way. */
export interface Edge {
  /** As in answers; `<cluster>/<namespace>/<serviceAccount>` of a workload. */
  readonly principal: { readonly kind: Principal['kind']; readonly id: string }
  readonly via: readonly string[]
  readonly role: string
}

/** One line of the baseline: this principal may become this role by this way. */
export interface ApprovedEdge extends Edge {
  readonly owner: string
  readonly reason: string
  readonly approvedAt: string
  readonly expires: string | null
}

/** What nobody wants to hear of: findings of a rule, about a subject or in a namespace. It says nothing about whether they are right. */
export interface Suppression {
  readonly rule: string
  /** Null: any subject of the namespace. */
  readonly subject: string | null
  readonly cluster: string | null
  readonly namespace: string | null
  readonly owner: string
  readonly reason: string
  readonly at: string
  readonly expires: string
}

/** Whoever acts for podtrail itself. */
export const PODTRAIL = 'podtrail'
