import type { Severity } from '../../../lib/rule.ts'

/** What a contestant says, in the terms of the score. Times are event times in seconds. */
export interface Alert {
  readonly rule: string
  readonly severity: Severity
  /** Alerts of one story are one interruption. */
  readonly story: string
  readonly title: string
  /** Id of the principal as podtrail names it, or of whatever the contestant knows; '' for none. */
  readonly principal: string
  readonly role: string
  readonly account: string
  readonly events: readonly string[]
  readonly first: number
  readonly last: number
}
