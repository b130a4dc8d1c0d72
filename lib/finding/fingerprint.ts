import { createHash } from 'node:crypto'

/** The id of an anomaly's finding: the same whenever, in whichever order and however often its events are read. */
export function fingerprint(rule: string, subject: string, occurrence: string): string {
  return `fnd_${digestOf(['anomaly', rule, subject, occurrence])}`
}

/** 64 bits of SHA-256 over values. */
export function digestOf(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)
}
