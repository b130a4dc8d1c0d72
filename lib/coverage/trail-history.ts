import type { TrailProblem } from '../detect/trail-problem.ts'

/** What is over is told for so long, in seconds. */
const KEPT = 30 * 86_400

/** What is known of trails, after their state was read at `now`: what is new begins, what is gone ends, what is long over is forgotten. */
export function trailHistory(
  known: readonly TrailProblem[],
  found: readonly Omit<TrailProblem, 'since' | 'until'>[],
  now: number,
): TrailProblem[] {
  const nameOf = ({ trail, code }: Pick<TrailProblem, 'trail' | 'code'>): string =>
    `${trail}\n${code}`
  const there = new Map(found.map((problem) => [nameOf(problem), problem]))
  // What could not be looked at may still be as it was.
  const unread = new Set(
    found.filter(({ verdict }) => verdict === 'not-looked').map(({ trail }) => trail),
  )
  const isUnknown = (trail: string): boolean => unread.has('') || unread.has(trail)
  const open = new Set<string>()
  const before = known.flatMap((problem): TrailProblem[] => {
    if (problem.until !== null) return now - problem.until < KEPT ? [problem] : []
    const still = there.get(nameOf(problem))
    if (still === undefined && !(problem.verdict === 'failed' && isUnknown(problem.trail)))
      return problem.verdict === 'failed' ? [{ ...problem, until: now }] : []
    open.add(nameOf(problem))
    return [{ ...problem, ...still }]
  })
  const added = [...there.values()].filter((problem) => !open.has(nameOf(problem)))
  return [...before, ...added.map((problem) => ({ ...problem, since: now, until: null }))]
}
