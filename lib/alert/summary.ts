import { createHash } from 'node:crypto'
import type { Finding } from '../finding/finding.ts'
import { compare } from '../graph/order.ts'
import type { OutboxEntry } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import { tidied } from './mask.ts'

/** What is sent in place of more messages than anybody reads. Its numbers add up: each finding it stands for is counted once. */
export interface Summary {
  readonly id: string
  readonly total: number
  readonly bySeverity: Readonly<Record<Severity, number>>
  /** Most first; at most 10, and how many findings of how many other rules there are. */
  readonly byRule: readonly { readonly rule: string; readonly count: number }[]
  readonly otherRules: { readonly rules: number; readonly count: number }
  /** When they came in, in seconds. */
  readonly from: number
  readonly to: number
  /** The worst; at most 5. */
  readonly worst: readonly Finding[]
  readonly url: string | null
}

const RULES_MAX = 10
export const WORST_MAX = 5

export function summaryOf(
  entries: readonly OutboxEntry[],
  worst: readonly Finding[],
  dashboard: string | null,
): Summary {
  const bySeverity = { low: 0, medium: 0, high: 0, critical: 0 }
  const rules = new Map<string, number>()
  const hash = createHash('sha256')
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (const { finding, version, severity, rule, since } of entries) {
    bySeverity[severity]++
    rules.set(rule, (rules.get(rule) ?? 0) + 1)
    hash.update(`${finding}.${version}\n`)
    from = Math.min(from, since)
    to = Math.max(to, since)
  }
  const byRule = [...rules]
    .sort(([a, n], [b, m]) => m - n || compare(a, b))
    .map(([rule, count]) => ({ rule, count }))
  const others = byRule.slice(RULES_MAX)
  return {
    id: `sum_${hash.digest('hex').slice(0, 16)}`,
    total: entries.length,
    bySeverity,
    byRule: byRule.slice(0, RULES_MAX),
    otherRules: {
      rules: others.length,
      count: others.reduce((sum, { count }) => sum + count, 0),
    },
    from,
    to,
    worst: tidied(worst.slice(0, WORST_MAX)),
    url: dashboard === null ? null : `${dashboard.replace(/\/+$/, '')}/findings`,
  }
}

/** `3 critical, 1,204 low`. */
export function severitiesIn({ bySeverity }: Pick<Summary, 'bySeverity'>): string {
  return [...SEVERITIES]
    .reverse()
    .filter((severity) => bySeverity[severity] > 0)
    .map((severity) => `${bySeverity[severity].toLocaleString('en-US')} ${severity}`)
    .join(', ')
}

export function worstSeverity({ bySeverity }: Pick<Summary, 'bySeverity'>): Severity {
  return SEVERITIES.findLast((severity) => bySeverity[severity] > 0) ?? 'low'
}

/** As lines of `count rule`. */
export function rulesIn({ byRule, otherRules }: Summary): string[] {
  const lines = byRule.map(({ rule, count }) => `${count.toLocaleString('en-US')} ${rule}`)
  if (otherRules.rules === 0) return lines
  return [
    ...lines,
    `${otherRules.count.toLocaleString('en-US')} of ${otherRules.rules} other rules`,
  ]
}
