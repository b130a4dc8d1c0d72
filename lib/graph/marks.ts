import type { Principal } from '../model.ts'
import type { Severity } from '../rule.ts'

/** What is open about something. */
export interface Mark {
  readonly findings: number
  readonly worst: Severity | null
}

/** Open findings, by what they are about. */
export interface Marks {
  of(principal: Principal): Mark
  ofRole(arn: string): Mark
}

export const UNMARKED: Mark = { findings: 0, worst: null }
