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

/** So many can be taken in at once; more than `COMFORTABLE` are hard to read, and more than `NODES_MAX` hard to draw. */
export const CALM = 100
export const COMFORTABLE = 500
export const NODES_MAX = 2000

/**
 * Brings a picture down to a size that can be looked at, with no more than needed. Namespaces take in their workloads and the roles
 * that they alone use; principals of a kind become one; clusters take in their quietest namespaces. Where that is still too much to
 * read, accounts take in their roles. What has an open finding is never folded, what is new or of elsewhere only where there is no
 * other way. What is still too much is left out, and the answer says so.
 */
export function fold(picture: Picture, { mode, expand }: Folding): Folded {
  const total = picture.nodes.length
  let folded = picture
  const upTo = (most: number, levels: readonly Level[], isPinned: Pins): void => {
    for (const level of levels) {
      if (folded.nodes.length <= most) return
      let left = folded.nodes.length
      const into = new Map<string, string>()
      const ids = new Set(folded.nodes.map(({ id }) => id))
      const stays: Pins = (node) => expand.has(node.id) || isPinned(node)
      for (const [id, members] of level(folded, stays)) {
        const isAlone = members.length === 1 && !ids.has(id)
        if (isAlone || expand.has(id) || left <= most) continue
        for (const member of members) into.set(member, id)
        left -= members.length - (ids.has(id) ? 0 : 1)
      }
      if (into.size > 0) folded = merged(folded, into)
    }
  }
  if (mode === 'ns') upTo(0, [byNamespace], isRemarkable)
  if (mode === 'auto') {
    upTo(CALM, CALMING, isRemarkable)
    upTo(COMFORTABLE, [...CALMING, byAccount], hasFindings)
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

/** What is not to be folded. */
type Pins = (node: GraphNode) => boolean

const hasFindings: Pins = ({ findings }) => findings > 0
const isRemarkable: Pins = ({ findings, isNew, isOutside }) => findings > 0 || isNew || isOutside

/** Ids of nodes that may go into another, with its id; what is better folded comes first. */
type Level = (
  picture: Picture,
  isPinned: Pins,
) => readonly (readonly [into: string, members: readonly string[]])[]

/** Workloads of a namespace, and the roles that nobody else leads to: a role goes where all that leads to it went. */
const byNamespace: Level = ({ nodes, edges }, isPinned) => {
  const into = new Map<string, string>()
  for (const { id, type, cluster, namespace } of nodes.filter((one) => !isPinned(one)))
    if (type === 'workload' && cluster !== null && namespace !== null)
      into.set(id, namespaceId(cluster, namespace))
  const leads = Map.groupBy(edges, ({ to }) => to)
  const roles = nodes.filter((node) => node.type === 'role' && !isPinned(node))
  // By column, so that what leads to a role was looked at before it.
  for (const { id } of roles.sort((a, b) => a.rank - b.rank)) {
    const from = new Set(leads.get(id)?.map((edge) => into.get(edge.from)))
    const [only] = from
    if (from.size === 1 && only !== undefined) into.set(id, only)
  }
  return groups([...into])
}

const byKind = by(({ type, id }) =>
  type === 'principal' ? `group:principals/${id.split(':')[1]}` : null,
)

/** Roles in one column, so that a line never runs from a group to itself. */
const byAccount = by(({ type, account, rank }) =>
  type === 'role' && account !== null ? `group:roles/${account}/${rank}` : null,
)

/** One namespace after the other, those where least happened first; not those that have something of theirs beside them. */
const byCluster: Level = ({ nodes, edges }, isPinned) => {
  const workloads = new Set(nodes.flatMap(({ id, type }) => (type === 'workload' ? [id] : [])))
  const opened = new Set(edges.flatMap(({ from, to }) => (workloads.has(to) ? [from] : [])))
  return nodes
    .filter((node) => node.type === 'namespace' && !isPinned(node) && !opened.has(node.id))
    .sort((a, b) => a.count - b.count || compare(a.id, b.id))
    .flatMap(({ id, cluster }) => (cluster === null ? [] : [[clusterId(cluster), [id]] as const]))
}

const CALMING: readonly Level[] = [byNamespace, byKind, byCluster]

/** By the id of the node that takes it in; null: nothing does. */
function by(idOf: (node: GraphNode) => string | null): Level {
  return ({ nodes }, isPinned) =>
    groups(
      nodes.flatMap((node) => {
        const id = isPinned(node) ? null : idOf(node)
        return id === null ? [] : [[node.id, id] as const]
      }),
    )
}

/** The largest first. */
function groups(into: readonly (readonly [id: string, into: string])[]): [string, string[]][] {
  return [...Map.groupBy(into, ([, id]) => id)]
    .map(([id, members]): [string, string[]] => [id, members.map(([member]) => member)])
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
