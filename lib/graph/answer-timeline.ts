import { cameWithToken } from '../identity/workload.ts'
import type { EdgeSum, Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known, type Unknown } from './answer.ts'
import { aboutWhom } from './answer-attempts.ts'
import { outcomeOf } from './outcome.ts'
import { timestamp } from './timestamp.ts'

/** How a role was got. `podIdentity` and `irsa`: by a workload, from EKS Pod Identity or with its token; `chained`: with another role. */
export type Mechanism = 'irsa' | 'podIdentity' | 'chained' | 'other'

/** So much happened from `from` on, until the next bucket. */
export interface Bucket {
  readonly from: string
  readonly assumptions: Readonly<Record<Mechanism, number>>
  readonly refused: number
}

export interface Timeline extends Omit<Answer<'Timeline', Bucket>, 'items' | 'next'> {
  /** Seconds. */
  readonly step: number
  readonly buckets: readonly Bucket[]
}

export interface TimelineAsked extends Asked {
  readonly principal?: string
  readonly role?: string
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY, 28 * DAY]
const BUCKETS_MAX = 80

/** How often roles were assumed and refused over time: by all, by one principal, or of one role. */
export async function answerTimeline(
  store: Pick<Questions, 'series' | 'extent' | 'coverage' | 'principals' | 'roles'>,
  asked: TimelineAsked,
  { clusters, ...known }: Known,
): Promise<Timeline | Unknown> {
  const frame = await frameOf(store, asked, known)
  const { from, to } = frame.window
  const about = await aboutWhom(store, asked, clusters)
  if (about.kind === 'Unknown') return about
  const isMeant = ({ role }: { readonly role: string }): boolean =>
    about.roles === null || about.roles.includes(role)
  const step =
    STEPS.find((one) => Math.ceil(to / one) - Math.floor(from / one) <= BUCKETS_MAX) ?? 28 * DAY
  const starts: number[] = []
  for (let start = Math.floor(from / step) * step; start < to; start += step) starts.push(start)
  const windows = starts.map((start) => ({
    from: Math.max(start, from),
    to: Math.min(start + step, to),
  }))
  const series = await store.series(about.query, windows)
  const buckets = series.map(({ edges, attempts }, index) => {
    const assumptions = { irsa: 0, podIdentity: 0, chained: 0, other: 0 }
    for (const edge of edges) if (isMeant(edge)) assumptions[mechanismOf(edge)] += edge.count
    let refused = 0
    for (const attempt of attempts)
      if (isMeant(attempt) && outcomeOf(attempt.error) === 'refused') refused += attempt.count
    return { from: timestamp(starts[index]!), assumptions, refused }
  })
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Timeline',
    window: frame.shown,
    coverage: frame.coverage,
    step,
    buckets,
  }
}

function mechanismOf({ principal, hop }: EdgeSum): Mechanism {
  if (hop > 1) return 'chained'
  if (principal.kind !== 'workload') return 'other'
  return cameWithToken(principal) ? 'irsa' : 'podIdentity'
}
