import type { Graph, GraphEdge, GraphNode } from '../api/types.ts'
import { type Curve, curveOf } from './curve.ts'
import { type Layout, layoutOf } from './layout.ts'

/** What of the three is drawn. */
export interface Shows {
  readonly did: boolean
  readonly could: boolean
  readonly refused: boolean
}

export type EdgeLook = 'did' | 'could' | 'refused'

export interface Line {
  readonly edge: GraphEdge
  readonly look: EdgeLook
  /** Pixels at zoom 1. */
  readonly width: number
  readonly curve: Curve
}

export interface Scene {
  readonly nodes: readonly GraphNode[]
  readonly lines: readonly Line[]
  readonly layout: Layout
}

/** Nodes in columns, lines between them, thin ones first. `before`: places of the scene before, by id. */
export function sceneOf(
  graph: Pick<Graph, 'nodes' | 'edges'>,
  shows: Shows,
  before?: ReadonlyMap<string, number>,
): Scene {
  const edges = graph.edges.filter((edge) => shows[lookOf(edge)])
  const linked = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const isAll = shows.did && shows.could && shows.refused
  const nodes = isAll ? graph.nodes : graph.nodes.filter(({ id }) => linked.has(id))
  const layout = layoutOf(nodes, edges, before)
  const lines = edges.flatMap((edge): Line[] => {
    const from = layout.boxes.get(edge.from)
    const to = layout.boxes.get(edge.to)
    if (from === undefined || to === undefined) return []
    return [{ edge, look: lookOf(edge), width: widthOf(edge), curve: curveOf(from, to) }]
  })
  return { nodes, lines, layout }
}

/** Did beats refused beats could: what happened is what the line says. */
export function lookOf({ did, refused }: GraphEdge): EdgeLook {
  return did > 0 ? 'did' : refused > 0 ? 'refused' : 'could'
}

/** By the order of magnitude, 1 to 6; what did not happen is thin. */
function widthOf({ did }: GraphEdge): number {
  return did === 0 ? 1 : Math.min(6, 1 + Math.log10(did) * 1.2)
}

/** Place of each node in its column: seeds the next layout, so that people find everything where it was. */
export function placesIn({ columns }: Layout): Map<string, number> {
  return new Map(columns.flatMap(({ ids }) => ids.map((id, place) => [id, place] as const)))
}

const TITLES: Readonly<Record<GraphNode['type'], string>> = {
  cluster: 'Cluster',
  namespace: 'Namespace',
  workload: 'ServiceAccount',
  principal: 'Other identity',
  role: 'Role',
  account: 'Account',
  group: 'Several',
}

/** Headings of the columns; the second column of roles holds those that were reached from a role. */
export function titlesOf({ columns }: Layout, byId: ReadonlyMap<string, GraphNode>): string[] {
  let roles = 0
  return columns.map(({ ids }) => {
    const types = new Map<GraphNode['type'], number>()
    for (const id of ids) {
      const type = byId.get(id)!.type
      types.set(type, (types.get(type) ?? 0) + 1)
    }
    const main = [...types].sort((a, b) => b[1] - a[1])[0]![0]
    if (types.has('workload') && types.has('principal')) return 'Identity'
    if (main !== 'role') return TITLES[main]
    roles++
    return roles === 1 ? 'Role' : `Role, hop ${roles}`
  })
}
