import { parseArn } from '../identity/arn.ts'
import type { Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known } from './answer.ts'
import { type AttemptItem, attemptRows, type EdgeItem, edgeRows } from './edges.ts'
import { type FoldMode, fold } from './fold.ts'
import type { Marks } from './marks.ts'
import { type Firsts, newIn } from './newness.ts'
import { sortKey } from './order.ts'
import {
  accountId,
  clusterId,
  type Grant,
  type GraphEdge,
  type GraphNode,
  namespaceId,
  PictureBuilder,
  principalId,
  roleId,
} from './picture.ts'

/** The graph as it is drawn. */
export interface Graph extends Omit<Answer<'Graph', never>, 'items' | 'next'> {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Nodes here; nodes there are; nodes that others stand for. */
  readonly shown: number
  readonly total: number
  readonly folded: number
  /** Not all nodes could be shown, even folded. */
  readonly truncated: boolean
}

export interface PictureAsked extends Asked {
  readonly cluster?: string
  readonly namespace?: string
  /** Of the principal or of a role on the way. */
  readonly account?: string
  /** Id of a node: only the ways through it. */
  readonly focus?: string
  /** Only what leads to the focus, or only where it leads. */
  readonly direction: 'in' | 'out' | 'both'
  /** Ways of at most so many roles. */
  readonly depth: number
  readonly fold: FoldMode
  readonly expand: readonly string[]
}

type Way = Pick<EdgeItem, 'principal' | 'via'> & {
  readonly role: string | null
  readonly hop: number
}

/** Who did become what, who was refused, and who could: for people to look at. */
export async function answerPicture(
  store: Pick<Questions, 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: PictureAsked,
  { clusters, ...known }: Known,
  marks: Marks,
  grants: readonly Grant[],
  firsts: Firsts,
): Promise<Graph> {
  const frame = await frameOf(store, asked, known)
  const isNew = newIn(firsts, frame.window, await store.extent())
  const edges = edgeRows(await store.edges({}, frame.window), clusters, 'by-principal').map(
    ({ item }) => item,
  )
  const refused = attemptRows(
    await store.attempts({}, frame.window),
    clusters,
    'by-principal',
  ).flatMap(({ section, item }) => (section === 'refused' ? [item as AttemptItem] : []))
  const could = grants.map((grant) => ({
    ...grant,
    principal: clusters.named(grant.principal),
    via: [],
    hop: 1,
  }))
  const isMeant = (way: Way): boolean => {
    const { principal, via, role, hop } = way
    if (hop > asked.depth) return false
    if (asked.namespace !== undefined && principal.namespace !== asked.namespace) return false
    if (asked.cluster !== undefined && !clusters.isOf(principal, asked.cluster)) return false
    const accounts = [principal.account, ...[...via, role ?? ''].map(accountOf)]
    if (asked.account !== undefined && !accounts.includes(asked.account)) return false
    return asked.focus === undefined || leadsThrough(way, asked.focus, asked.direction)
  }
  const builder = new PictureBuilder(marks, known.accounts)
  for (const edge of withSteps(edges, edges.filter(isMeant))) builder.add(edge, isNew(edge))
  for (const attempt of refused.filter(isMeant)) builder.addRefused(attempt)
  for (const grant of could.filter(isMeant)) builder.addGrant(grant)
  const expand = new Set([...asked.expand, ...(asked.focus === undefined ? [] : [asked.focus])])
  const { nodes, edges: lines, ...counts } = fold(builder.picture(), { mode: asked.fold, expand })
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Graph',
    window: frame.shown,
    coverage: frame.coverage,
    nodes,
    edges: lines,
    shown: nodes.length,
    ...counts,
  }
}

const accountOf = (role: string): string => parseArn(role)?.account ?? ''

/** The edges that are meant, and those of the same principals that are steps on their ways: so each step has its count. */
function withSteps(all: readonly EdgeItem[], meant: readonly EdgeItem[]): readonly EdgeItem[] {
  if (meant.length === all.length) return all
  const steps = new Set<string>()
  for (const { principal, via, role } of meant)
    for (let length = 0; length <= via.length; length++)
      steps.add(keyOf({ principal, via: via.slice(0, length), role: via[length] ?? role }))
  return all.filter((edge) => steps.has(keyOf(edge)))
}

function keyOf({ principal, via, role }: Pick<EdgeItem, 'principal' | 'via' | 'role'>): string {
  return sortKey(principal.kind, principal.id, ...via, role)
}

/** Before the focus on a way stands what leads to it, behind it where it leads. */
function leadsThrough(way: Way, focus: string, direction: PictureAsked['direction']): boolean {
  const { principal, via, role } = way
  const { cluster, namespace } = principal
  const at = [
    cluster === null ? '' : clusterId(cluster),
    cluster === null || namespace === null ? '' : namespaceId(cluster, namespace),
    principalId(principal),
    ...via.map(roleId),
    ...(role === null ? [] : [roleId(role)]),
    ...(role === null ? [] : [accountId(accountOf(role))]),
  ]
  const index = at.indexOf(focus)
  if (index < 0) return false
  const isEnd = index >= at.length - 2
  return direction === 'both' || isEnd === (direction === 'in')
}
