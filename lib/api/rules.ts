import { COVERAGE_RULES } from '../coverage/rules.ts'
import { DETECTORS } from '../detect/all.ts'
import { CHECKS } from '../drift/all.ts'
import type { Rule } from '../rule.ts'

/** All rules, by what they look at: what was observed, what is declared, and what is not seen. */
export const RULES_BY_KIND: readonly (readonly [
  kind: 'detector' | 'check' | 'coverage',
  rules: readonly Rule[],
])[] = [
  ['detector', DETECTORS],
  ['check', CHECKS],
  ['coverage', COVERAGE_RULES],
]

export const RULES: readonly Rule[] = RULES_BY_KIND.flatMap(([, rules]) => rules)
