import type { Known } from '../graph/answer.ts'
import { compare } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { Questions, Window } from '../ports.ts'
import type { ObservedEdge } from './baseline.ts'
import { edgeKey } from './edge.ts'

/** Every path that was taken in the window, in the words of the baseline. */
export async function observedEdges(
  store: Pick<Questions, 'edges'>,
  window: Window,
  { clusters }: Pick<Known, 'clusters'>,
): Promise<ObservedEdge[]> {
  const byKey = new Map<string, ObservedEdge>()
  // A link may be proved in several ways, and a cluster go by several names: each is a row of its own.
  for (const sum of await store.edges({}, window)) {
    const { kind, id } = clusters.named(sum.principal)
    const edge = { principal: { kind, id }, via: sum.via, role: sum.role }
    const other = byKey.get(edgeKey(edge))
    const firstSeen = timestamp(sum.firstSeen)
    const lastSeen = timestamp(sum.lastSeen)
    byKey.set(edgeKey(edge), {
      ...edge,
      count: sum.count + (other?.count ?? 0),
      firstSeen: other !== undefined && other.firstSeen < firstSeen ? other.firstSeen : firstSeen,
      lastSeen: other !== undefined && other.lastSeen > lastSeen ? other.lastSeen : lastSeen,
    })
  }
  return [...byKey].sort(([a], [b]) => compare(a, b)).map(([, edge]) => edge)
}
