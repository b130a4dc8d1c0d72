import type { Use } from './use.ts'

/** Rows by what they have in common, each group by time. */
export function grouped(uses: readonly Use[], keyOf: (use: Use) => string): Use[][] {
  return [...Map.groupBy(uses, keyOf).values()].map((group) =>
    group.sort((a, b) => a.first - b.first),
  )
}

export const bySubject = (uses: readonly Use[]): Use[][] => grouped(uses, ({ who }) => who.key)

export const distinct = (uses: readonly Use[], of: (use: Use) => string): string[] =>
  [...new Set(uses.map(of))].sort()
