import type { Questions } from '../ports.ts'
import { type Asked, frameOf, type Known, type Unknown } from './answer.ts'
import { type EdgeList, edgeList } from './edge-list.ts'
import { attemptRows, edgeRows } from './edges.ts'
import { nearest } from './nearest.ts'

export interface GraphAsked extends Asked {
  /** Only workloads of this namespace. */
  readonly namespace?: string
  /** Only workloads of this cluster, by name, issuer or ARN. */
  readonly cluster?: string
  readonly failed?: boolean
}

/** All edges, or those of one namespace or cluster. */
export async function answerGraph(
  store: Pick<Questions, 'principals' | 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: GraphAsked,
  { clusters, ...known }: Known,
): Promise<EdgeList | Unknown> {
  const frame = await frameOf(store, asked, known)
  const { namespace, cluster } = asked
  const isWhole = namespace === undefined && cluster === undefined
  const candidates = isWhole
    ? []
    : await store.principals(
        namespace === undefined ? { kind: 'workload' } : { kind: 'workload', namespace },
      )
  const meant = candidates.filter(
    (principal) => cluster === undefined || clusters.isOf(principal, cluster),
  )
  if (!isWhole && meant.length === 0 && !frame.empty) {
    const all = await store.principals({ kind: 'workload' })
    const names = all.map((one) =>
      namespace === undefined ? (clusters.named(one).cluster ?? '') : (one.namespace ?? ''),
    )
    const text = namespace ?? cluster ?? ''
    const what = namespace === undefined ? 'cluster' : 'namespace'
    return { kind: 'Unknown', what, text, suggestions: nearest(text, names) }
  }
  const about = isWhole ? {} : { principals: meant }
  const rows = {
    edges: edgeRows(await store.edges(about, frame.window), clusters, 'by-principal'),
    attempts: attemptRows(await store.attempts(about, frame.window), clusters, 'by-principal'),
  }
  return edgeList(frame, {}, rows, asked, ['graph', namespace, cluster])
}
