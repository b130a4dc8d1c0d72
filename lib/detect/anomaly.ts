import type { Principal } from '../model.ts'
import type { Severity } from '../rule.ts'

/** One thing that a detector or a coverage rule found in what was observed. Times are event times in seconds. */
export interface Anomaly {
  readonly rule: string
  /** What it is about, in words that are stable: with the rule and `occurrence` it makes the finding's id. */
  readonly subject: string
  /** Tells one time from another where the same can happen again (the hour of a burst, …); '' where it happens once. */
  readonly occurrence: string
  /** As found: it rises with reach. */
  readonly severity: Severity
  /** One sentence: who did what, and why that is unusual. */
  readonly title: string
  /** What is normal for this subject: the other half of the evidence. */
  readonly normal: string
  readonly principal: Principal | null
  /** Roles between the principal and `role`, first hop first. */
  readonly via: readonly string[]
  /** Full ARN; '' where no role is meant. */
  readonly role: string
  /** Account that was acted in; '' where none is meant. */
  readonly account: string
  /** Addresses or VPC endpoints that it came from. */
  readonly networks: readonly string[]
  /** Anomalies with the same story are one thing that happened; they are shown and alerted together. */
  readonly story: string
  readonly count: number
  readonly firstSeen: number
  readonly lastSeen: number
  /** By time; at most 20. */
  readonly evidence: readonly Evidence[]
}

export interface Evidence {
  /** CloudTrail's eventID; null where facts keep only that there was such a call. */
  readonly eventId: string | null
  readonly account: string
  readonly at: number
  readonly text: string
}
