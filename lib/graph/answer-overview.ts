import { parseArn } from '../identity/arn.ts'
import type { Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known } from './answer.ts'
import { type AttemptItem, attemptRows, type EdgeItem, edgeRows } from './edges.ts'
import { type Firsts, newIn } from './newness.ts'
import { compare, sortKey } from './order.ts'

/** Workloads of a namespace that reached an account. */
export interface Flow {
  readonly cluster: string
  readonly namespace: string
  readonly account: string
  readonly count: number
  readonly workloads: number
  /** The account is not in scope. */
  readonly isOutside: boolean
}

export interface Overview extends Omit<Answer<'Overview', never>, 'items' | 'next'> {
  readonly total: {
    readonly principals: number
    readonly roles: number
    readonly assumptions: number
    readonly refused: number
  }
  /** Edges that were never there before this window. */
  readonly fresh: { readonly total: number; readonly items: readonly EdgeItem[] }
  /** What was refused most often. */
  readonly refused: { readonly total: number; readonly items: readonly AttemptItem[] }
  /** The longest chains. */
  readonly chains: { readonly total: number; readonly items: readonly EdgeItem[] }
  /** The strongest flows from cluster and namespace to account. */
  readonly flows: { readonly total: number; readonly items: readonly Flow[] }
}

const ITEMS_MAX = 20
const FLOWS_MAX = 60

/** What is going on, on one page. */
export async function answerOverview(
  store: Pick<Questions, 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: Asked,
  { clusters, ...known }: Known,
  firsts: Firsts,
): Promise<Overview> {
  const frame = await frameOf(store, asked, known)
  const isNew = newIn(firsts, frame.window, await store.extent())
  const edges = edgeRows(await store.edges({}, frame.window), clusters, 'by-principal')
    .toSorted((a, b) => compare(a.key, b.key))
    .map(({ item }) => item)
  const refused = attemptRows(await store.attempts({}, frame.window), clusters, 'by-principal')
    .flatMap(({ section, key, item }) => (section === 'refused' ? [{ key, item }] : []))
    .sort((a, b) => b.item.count - a.item.count || compare(a.key, b.key))
    .map(({ item }) => item)
  const fresh = edges.filter(isNew).sort((a, b) => compare(b.firstSeen, a.firstSeen))
  const chains = edges.filter(({ hop }) => hop > 1).sort((a, b) => b.hop - a.hop)
  const flows = flowsOf(edges, known.accounts)
  const few = <Item>(items: readonly Item[], most = ITEMS_MAX) => ({
    total: items.length,
    items: items.slice(0, most),
  })
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Overview',
    window: frame.shown,
    coverage: frame.coverage,
    total: {
      principals: new Set(edges.map(({ principal }) => sortKey(principal.kind, principal.id))).size,
      roles: new Set(edges.map(({ role }) => role)).size,
      assumptions: edges.reduce((sum, { count }) => sum + count, 0),
      refused: refused.reduce((sum, { count }) => sum + count, 0),
    },
    fresh: few(fresh),
    refused: few(refused),
    chains: few(chains),
    flows: few(flows, FLOWS_MAX),
  }
}

function flowsOf(edges: readonly EdgeItem[], accounts: readonly string[]): Flow[] {
  const ofWorkloads = edges.filter(({ principal }) => principal.kind === 'workload')
  const accountOf = (role: string): string => parseArn(role)?.account ?? ''
  return [
    ...Map.groupBy(ofWorkloads, ({ principal: { cluster, namespace }, role }) =>
      sortKey(cluster ?? '', namespace ?? '', accountOf(role)),
    ).values(),
  ]
    .map((own) => {
      const { principal, role } = own[0]!
      const account = accountOf(role)
      return {
        cluster: principal.cluster ?? '',
        namespace: principal.namespace ?? '',
        account,
        count: own.reduce((sum, { count }) => sum + count, 0),
        workloads: new Set(own.map((edge) => edge.principal.id)).size,
        isOutside: accounts.length > 0 && !accounts.includes(account),
      }
    })
    .sort((a, b) => b.count - a.count)
}
