import * as z from 'zod'
import { route } from '../route.ts'
import { RULES_BY_KIND } from '../rules.ts'

export const rules = route({
  path: '/rules',
  least: 'viewer',
  summary: 'all rules: what each sees, why it matters, how to get past it, what to do',
  query: z.strictObject({}),
  answer: 'RuleList',
  handle: async () => ({
    apiVersion: 'podtrail/v1' as const,
    kind: 'RuleList' as const,
    items: RULES_BY_KIND.flatMap(([kind, rules]) =>
      rules.map(({ id, title, severity, attack, why, blindSpots, runbook }) => ({
        id,
        kind,
        title,
        severity,
        attack,
        why,
        blindSpots,
        runbook,
      })),
    ),
  }),
})
