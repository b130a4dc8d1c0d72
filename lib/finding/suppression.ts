import type { Content } from './content.ts'
import type { Suppression } from './finding.ts'

/** The first suppression that covers the finding at `now` (RFC 3339); null: none does. */
export function suppressionOf(
  finding: Pick<Content, 'rule' | 'subject' | 'principal'>,
  suppressions: readonly Suppression[],
  now: string,
): Suppression | null {
  return suppressions.find((one) => now < one.expires && covers(one, finding)) ?? null
}

/** Whether the suppression is about the finding, whenever. What it does not name, it does not limit. */
export function covers(
  { rule, subject, cluster, namespace }: Suppression,
  finding: Pick<Content, 'rule' | 'subject' | 'principal'>,
): boolean {
  if (rule !== finding.rule) return false
  if (subject !== null && subject !== finding.subject) return false
  if (cluster !== null && cluster !== finding.principal?.cluster) return false
  return namespace === null || namespace === finding.principal?.namespace
}

/** What makes two suppressions one. */
export function suppressionKey({ rule, subject, cluster, namespace }: Suppression): string {
  return JSON.stringify([rule, subject, cluster, namespace])
}
