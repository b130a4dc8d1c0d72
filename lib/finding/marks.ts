import { type Mark, type Marks, UNMARKED } from '../graph/marks.ts'
import { sortKey } from '../graph/order.ts'
import type { Findings } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import { pagesOf } from './reconcile.ts'

/** What is open about principals and roles. */
export async function marksOf(store: Findings): Promise<Marks> {
  const principals = new Map<string, Mark>()
  const roles = new Map<string, Mark>()
  for await (const page of pagesOf(store))
    for (const { status, severity, principal, role } of page) {
      if (status !== 'open') continue
      if (principal !== null) mark(principals, sortKey(principal.kind, principal.id), severity)
      if (role !== null) mark(roles, role, severity)
    }
  return {
    of: ({ kind, id }) => principals.get(sortKey(kind, id)) ?? UNMARKED,
    ofRole: (arn) => roles.get(arn) ?? UNMARKED,
  }
}

function mark(marks: Map<string, Mark>, key: string, severity: Severity): void {
  const { findings, worst } = marks.get(key) ?? UNMARKED
  const isWorse = worst === null || SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(worst)
  marks.set(key, { findings: findings + 1, worst: isWorse ? severity : worst })
}
