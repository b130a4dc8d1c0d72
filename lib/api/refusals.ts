import type { NoSnapshot } from '../drift/answer-drift.ts'
import type { NotDeclared } from '../drift/answer-why.ts'
import type { Unknown } from '../graph/answer.ts'
import type { NoNamespace } from '../review/answer-report.ts'
import { Problem } from './problem.ts'

type Refusal = Unknown | NoSnapshot | NotDeclared | NoNamespace

/** The answer, where there is one; why there is none becomes a problem. */
export function answered<Given extends { readonly kind: string }>(
  given: Given | Refusal,
): Exclude<Given, Refusal> {
  if (!isRefusal(given)) return given as Exclude<Given, Refusal>
  switch (given.kind) {
    case 'NoSnapshot':
      throw new Problem('no-snapshot')
    case 'Unknown':
      throw new Problem('unknown-name', { suggestions: given.suggestions })
    case 'NotDeclared':
    case 'NoNamespace':
      throw new Problem('not-declared', { suggestions: given.suggestions })
  }
}

function isRefusal(given: { readonly kind: string }): given is Refusal {
  return ['Unknown', 'NoSnapshot', 'NotDeclared', 'NoNamespace'].includes(given.kind)
}
