import { SEVERITIES } from '../rule.ts'
import { stronger } from '../session/proof.ts'
import { compare } from './order.ts'
import { clusterId, type GraphEdge, type GraphNode, namespaceId, type Picture } from './picture.ts'

/** `auto`: as much as it takes; `ns`: every namespace; `none`: nothing. */
export type FoldMode = 'auto' | 'ns' | 'none'

export interface Folding {
  readonly mode: FoldMode
  /** Ids of what stays open. */
  readonly expand: ReadonlySet<string>
}

export interface Folded extends Picture {
  /** Nodes before anything was folded or left out. */
  readonly total: number
  readonly folded: number
  /** Some were left out altogether. */
  readonly truncated: boolean
}

/** More are hard to read, and more than these hard to draw. */
export const COMFORTABLE = 500
export const NODES_MAX = 2000

/**
 * Brings a picture down to a size that can be looked at: first namespaces take in their workloads, then accounts their roles, then
 * principals of a kind become one, then clusters take in their namespaces; the largest first, no more than needed. What has an open
 * finding is never folded. What is still too much is left out, and the answer says so.
 */
export function fold(picture: Picture, { mode, expand }: Folding): Folded {
  const total = picture.nodes.length
  let folded = picture
  if (mode !== 'none') {
    const isNeeded = (): boolean => mode === 'ns' || folded.nodes.length > COMFORTABLE
    for (const level of mode === 'ns' ? LEVELS.slice(0, 1) : LEVELS) {
      const into = new Map<string, string>()
      let left = folded.nodes.length
      const ids = new Set(folded.nodes.map(({ id }) => id))
      for (const [id, members] of groupsOf(folded, level)) {
        if (expand.has(id) || !isNeeded() || (mode === 'auto' && left <= COMFORTABLE)) continue
        for (const member of members) into.set(member.id, id)
        left -= members.length - (ids.has(id) ? 0 : 1)
      }
      if (into.size > 0) folded = merged(folded, into)
    }
  }
  const kept = folded.nodes.length > NODES_MAX ? strongest(folded) : folded
  return {
    nodes: [...kept.nodes].sort((a, b) => a.rank - b.rank || compare(a.id, b.id)),
    edges: [...kept.edges].sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to)),
    total,
    folded: total - folded.nodes.length,
    truncated: kept !== folded,
  }
}

/** The id of the node that takes it in; null: nothing does. */
type Level = (node: GraphNode) => string | null

const LEVELS: readonly Level[] = [
  ({ type, cluster, namespace }) =>
    type === 'workload' && cluster !== null && namespace !== null
      ? namespaceId(cluster, namespace)
      : null,
  // Roles in one column, so that a line never runs from a group to itself.
  ({ type, account, rank }) =>
    type === 'role' && account !== null ? `group:roles/${account}/${rank}` : null,
  ({ type, id }) => (type === 'principal' ? `group:principals/${id.split(':')[1]}` : null),
  ({ type, cluster }) => (type === 'namespace' && cluster !== null ? clusterId(cluster) : null),
]

function groupsOf({ nodes }: Picture, level: Level): [string, GraphNode[]][] {
  const groups = new Map<string, GraphNode[]>()
  for (const node of nodes) {
    const id = node.findings === 0 ? level(node) : null
    if (id === null) continue
    const members = groups.get(id)
    if (members === undefined) groups.set(id, [node])
    else members.push(node)
  }
  return [...groups]
    .filter(([, members]) => members.length > 1)
    .sort(([a, x], [b, y]) => y.length - x.length || compare(a, b))
}

type Changing<Of> = { -readonly [Field in keyof Of]: Of[Field] }

/** The picture with some nodes in place of others; `into` is by the id of what goes. */
function merged({ nodes, edges }: Picture, into: ReadonlyMap<string, string>): Picture {
  const kept = new Map<string, Changing<GraphNode>>()
  for (const node of nodes) if (!into.has(node.id)) kept.set(node.id, { ...node })
  for (const node of nodes) {
    const id = into.get(node.id)
    if (id === undefined) continue
    const group = kept.get(id)
    if (group === undefined) kept.set(id, groupOf(id, node))
    else {
      group.folded += 1 + node.folded
      if (group.type === 'group') {
        group.count += node.count
        group.isNew &&= node.isNew
        group.isOutside &&= node.isOutside
        group.label = labelOf(group)
      }
    }
  }
  const lines = new Map<string, Changing<GraphEdge>>()
  for (const edge of edges) {
    const from = into.get(edge.from) ?? edge.from
    const to = into.get(edge.to) ?? edge.to
    if (from === to) continue
    const key = `${from}\n${to}`
    const known = lines.get(key)
    if (known === undefined) lines.set(key, { ...edge, from, to })
    else unite(known, edge)
  }
  return { nodes: [...kept.values()], edges: [...lines.values()] }
}

function groupOf(id: string, first: GraphNode): Changing<GraphNode> {
  const group: Changing<GraphNode> = {
    ...first,
    id,
    type: 'group',
    cluster: null,
    namespace: null,
    folded: 1 + first.folded,
  }
  return { ...group, label: labelOf(group) }
}

function labelOf({ id, folded }: GraphNode): string {
  const [what, of] = id.slice('group:'.length).split('/')
  return what === 'roles' ? `${folded} roles of ${of}` : `${folded} ${of}`
}

function unite(edge: Changing<GraphEdge>, other: GraphEdge): void {
  edge.did += other.did
  edge.refused += other.refused
  edge.could ||= other.could
  edge.isNew &&= other.isNew
  if (other.proof !== null)
    edge.proof = edge.proof === null ? other.proof : stronger(edge.proof, other.proof)
  if (other.firstSeen !== null && (edge.firstSeen === null || other.firstSeen < edge.firstSeen))
    edge.firstSeen = other.firstSeen
  if (other.lastSeen !== null && (edge.lastSeen === null || other.lastSeen > edge.lastSeen))
    edge.lastSeen = other.lastSeen
}

/** As many nodes as can be drawn: those with findings first, then those that did most. */
function strongest({ nodes, edges }: Picture): Picture {
  const rank = ({ worst }: GraphNode): number => (worst === null ? -1 : SEVERITIES.indexOf(worst))
  const kept = [...nodes]
    .sort((a, b) => rank(b) - rank(a) || b.count - a.count || compare(a.id, b.id))
    .slice(0, NODES_MAX)
  const ids = new Set(kept.map(({ id }) => id))
  return { nodes: kept, edges: edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) }
}
