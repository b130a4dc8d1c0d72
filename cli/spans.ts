/** A time from `from` to before `to`, in seconds. */
export type Span = readonly [from: number, to: number]

/** Spans that do not touch, in their order. */
export function withSpan(spans: readonly Span[], added: Span): Span[] {
  const merged: Span[] = []
  for (const [from, to] of [...spans, added].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (from >= to) continue
    if (last !== undefined && from <= last[1])
      merged[merged.length - 1] = [last[0], Math.max(last[1], to)]
    else merged.push([from, to])
  }
  return merged
}

/** What of a time the spans leave out, the latest first. */
export function without([from, to]: Span, spans: readonly Span[]): Span[] {
  const left: Span[] = []
  let at = from
  for (const [start, end] of withSpan(spans, [from, from])) {
    if (end <= at || start >= to) continue
    if (start > at) left.push([at, start])
    at = Math.max(at, end)
  }
  if (at < to) left.push([at, to])
  return left.reverse()
}
