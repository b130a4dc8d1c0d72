import type { AlertFormat } from '../config.ts'
import type { Alert } from './alert.ts'
import type { Summary } from './summary.ts'

/** How an alert is written. A format is one value, in a file of its name, and a line in all.ts. */
export type Format = ForMachines | ForPeople

export interface ForMachines {
  readonly id: AlertFormat
  readonly isForPeople: false
  /** `to`: where it goes, as in the settings. */
  body(alert: Alert, to: string): string
}

/** Findings of one story come in one message, and where there are too many at once, a summary takes their place. */
export interface ForPeople {
  readonly id: AlertFormat
  readonly isForPeople: true
  body(alert: Alert, to: string): string
  summary(summary: Summary): string
}

/** SNS takes 262,144 bytes with subject and attributes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const BODY_MAX = 250_000

export function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
