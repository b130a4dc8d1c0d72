import type { Clusters } from '../identity/clusters.ts'
import type { Principal } from '../model.ts'
import type { EdgeSum, Questions, Window } from '../ports.ts'
import { sortKey } from './order.ts'

/** When each edge was first seen (seconds), of all that is stored. */
export type Firsts = ReadonlyMap<string, number>

export async function firstsOf(
  store: Pick<Questions, 'edges' | 'extent'>,
  clusters: Clusters,
): Promise<Firsts> {
  const firsts = new Map<string, number>()
  const extent = await store.extent()
  for (const edge of extent === null ? [] : await store.edges({}, extent)) {
    const key = edgeKey(clusters.named(edge.principal), edge)
    firsts.set(key, Math.min(firsts.get(key) ?? edge.firstSeen, edge.firstSeen))
  }
  return firsts
}

/** Whether an edge was never there before the window. Where nothing is stored of the time before, nothing is new. */
export function newIn(
  firsts: Firsts,
  window: Window,
  extent: Window | null,
): (edge: Pick<EdgeSum, 'principal' | 'via' | 'role'>) => boolean {
  if (extent === null || extent.from >= window.from) return () => false
  return (edge) => (firsts.get(edgeKey(edge.principal, edge)) ?? window.from) >= window.from
}

/** The principal is under the name of its cluster. */
function edgeKey({ kind, id }: Principal, { via, role }: Pick<EdgeSum, 'via' | 'role'>): string {
  return sortKey(kind, id, ...via, role)
}
