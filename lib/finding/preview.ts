import type { Findings } from '../ports.ts'
import { findingNamed, type UnknownFinding } from './find.ts'
import type { Finding, SuppressionScope } from './finding.ts'
import { pagesOf } from './reconcile.ts'
import { covers } from './suppression.ts'

/** What a suppression would have hidden, had it been there. */
export interface Preview {
  readonly kind: 'Preview'
  readonly scope: SuppressionScope
  /** Findings that were last seen since then. */
  readonly since: string
  readonly hidden: number
  readonly of: number
  /** The latest of the hidden ones; at most 20. */
  readonly examples: readonly Finding[]
}

const EXAMPLES_MAX = 20

/** `since`: RFC 3339. */
export async function previewOf(
  store: Findings,
  id: string,
  scope: SuppressionScope,
  since: string,
): Promise<Preview | UnknownFinding> {
  const finding = await findingNamed(store, id)
  if (finding.kind === 'Unknown') return finding
  let hidden = 0
  let of = 0
  let examples: Finding[] = []
  for await (const page of pagesOf(store)) {
    const recent = page.filter(({ lastSeen }) => lastSeen >= since)
    const covered = recent.filter((other) => isCovered(finding, other, scope))
    of += recent.length
    hidden += covered.length
    examples = [...examples, ...covered]
      .sort((a, b) => (a.lastSeen > b.lastSeen ? -1 : 1))
      .slice(0, EXAMPLES_MAX)
  }
  return { kind: 'Preview', scope, since, hidden, of, examples }
}

function isCovered(finding: Finding, other: Finding, scope: SuppressionScope): boolean {
  if (scope === 'finding') return other.id === finding.id
  const { rule, subject, principal } = finding
  const terms = { rule, owner: '', reason: '', at: '', expires: '' }
  if (scope === 'subject')
    return covers({ ...terms, subject, cluster: null, namespace: null }, other)
  if (principal === null || principal.namespace === null) return false
  const { cluster, namespace } = principal
  return covers({ ...terms, subject: null, cluster, namespace }, other)
}
