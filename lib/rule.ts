export type Severity = 'low' | 'medium' | 'high' | 'critical'

export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** What a detector, a drift check and a coverage rule have in common. Each is one value, in a file of its name, and a line in all.ts. */
export interface Rule {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  /** Techniques of MITRE ATT&CK that it sees, or that it makes possible. */
  readonly attack: readonly string[]
  /** What an attacker gains, or what breaks. */
  readonly why: string
  /** How to get past it. */
  readonly blindSpots: string
  /** What to do about a finding: each step names a field and a time. */
  readonly runbook: readonly string[]
}
