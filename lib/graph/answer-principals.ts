import { parseArn } from '../identity/arn.ts'
import type { Principal, PrincipalKind } from '../model.ts'
import type { Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf } from './answer.ts'
import { attemptRows, edgeRows } from './edges.ts'
import type { Mark, Marks } from './marks.ts'
import { compare, sortKey } from './order.ts'

/** A principal with what it did in the window. */
export interface PrincipalItem extends Mark {
  readonly principal: Principal
  /** How many roles it became, directly or through others. */
  readonly roles: number
  /** Accounts of these roles. */
  readonly accounts: readonly string[]
  readonly count: number
  readonly refused: number
  readonly firstSeen: string
  readonly lastSeen: string
}

export interface PrincipalList extends Answer<'PrincipalList', PrincipalItem> {
  readonly total: { readonly items: number }
}

export interface PrincipalsAsked extends Asked {
  /** A part of its id or name. */
  readonly q?: string
  readonly kind?: PrincipalKind
  readonly cluster?: string
  readonly namespace?: string
}

/** Everybody who assumed a role in the window, or was refused one. */
export async function answerPrincipals(
  store: Pick<Questions, 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: PrincipalsAsked,
  { clusters, ...known }: Known,
  marks: Marks,
): Promise<PrincipalList> {
  const frame = await frameOf(store, asked, known)
  const { kind, cluster, namespace } = asked
  const q = asked.q?.toLowerCase() ?? ''
  const isMeant = ({ principal }: { readonly principal: Principal }): boolean =>
    (kind === undefined || principal.kind === kind) &&
    (namespace === undefined || principal.namespace === namespace) &&
    (cluster === undefined || clusters.isOf(principal, cluster)) &&
    `${clusters.named(principal).id}\n${principal.name ?? ''}`.toLowerCase().includes(q)
  const edges = (await store.edges({}, frame.window)).filter(isMeant)
  const attempts = (await store.attempts({}, frame.window)).filter(isMeant)
  const rows = [
    ...edgeRows(edges, clusters, 'by-principal'),
    ...attemptRows(attempts, clusters, 'by-principal').filter(
      ({ section }) => section === 'refused',
    ),
  ].map(({ item }) => item)
  const byPrincipal = Map.groupBy(rows, ({ principal }) => sortKey(principal.kind, principal.id))
  const page = pageOf(
    [...byPrincipal].map(([key, own]) => ({ section: 'items', key, item: own })),
    asked,
    frame,
    ['principals', asked.q, kind, cluster, namespace],
  )
  return {
    apiVersion: 'podtrail/v1',
    kind: 'PrincipalList',
    window: frame.shown,
    coverage: frame.coverage,
    total: { items: byPrincipal.size },
    items: page.rows.map(({ item: own }) => {
      const { principal } = own[0]!
      const did = own.filter(({ outcome }) => outcome === 'did')
      const roles = new Set(did.map(({ role }) => role!))
      return {
        principal,
        roles: roles.size,
        accounts: [...new Set([...roles].map((arn) => parseArn(arn)?.account ?? ''))].sort(compare),
        ...summed(own),
        ...marks.of(principal),
      }
    }),
    next: page.next,
  }
}

/** How often it was done and refused, and when. */
export function summed(
  rows: readonly {
    readonly outcome: string
    readonly count: number
    readonly firstSeen: string
    readonly lastSeen: string
  }[],
): Pick<PrincipalItem, 'count' | 'refused' | 'firstSeen' | 'lastSeen'> {
  let [count, refused] = [0, 0]
  let { firstSeen, lastSeen } = rows[0]!
  for (const row of rows) {
    if (row.outcome === 'did') count += row.count
    else refused += row.count
    if (row.firstSeen < firstSeen) firstSeen = row.firstSeen
    if (row.lastSeen > lastSeen) lastSeen = row.lastSeen
  }
  return { count, refused, firstSeen, lastSeen }
}
