import { parseArn, roleName } from '../identity/arn.ts'
import type { Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf } from './answer.ts'
import { summed } from './answer-principals.ts'
import { attemptRows, edgeRows } from './edges.ts'
import type { Mark, Marks } from './marks.ts'
import { sortKey } from './order.ts'

/** A role with who became it in the window. */
export interface RoleItem extends Mark {
  readonly role: string
  readonly name: string
  readonly account: string
  /** How many principals became it. */
  readonly principals: number
  /** Least and most steps from a principal to it; null where it was only refused. */
  readonly hops: readonly [number, number] | null
  readonly count: number
  readonly refused: number
  readonly firstSeen: string
  readonly lastSeen: string
  /** Whether the newest snapshot has it; null: there is none. */
  readonly isDeclared: boolean | null
  /** Of an account that is not in scope; false where no settings say what is. */
  readonly isOutside: boolean
}

export interface RoleList extends Answer<'RoleList', RoleItem> {
  readonly total: { readonly items: number }
}

export interface RolesAsked extends Asked {
  /** A part of its ARN. */
  readonly q?: string
  readonly account?: string
}

/** Every role that somebody assumed in the window, or was refused. `declared`: ARNs of the newest snapshot. */
export async function answerRoles(
  store: Pick<Questions, 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: RolesAsked,
  { clusters, ...known }: Known,
  marks: Marks,
  declared: ReadonlySet<string> | null,
): Promise<RoleList> {
  const frame = await frameOf(store, asked, known)
  const q = asked.q?.toLowerCase() ?? ''
  const isMeant = ({ role }: { readonly role: string }): boolean =>
    role !== '' &&
    role.toLowerCase().includes(q) &&
    (asked.account === undefined || parseArn(role)?.account === asked.account)
  const edges = (await store.edges({}, frame.window)).filter(isMeant)
  const attempts = (await store.attempts({}, frame.window)).filter(isMeant)
  const rows = [
    ...edgeRows(edges, clusters, 'by-role'),
    ...attemptRows(attempts, clusters, 'by-role').filter(({ section }) => section === 'refused'),
  ].map(({ item }) => item)
  const byRole = Map.groupBy(rows, ({ role }) => role!)
  const page = pageOf(
    [...byRole].map(([role, own]) => ({ section: 'items', key: role, item: own })),
    asked,
    frame,
    ['roles', asked.q, asked.account],
  )
  return {
    apiVersion: 'podtrail/v1',
    kind: 'RoleList',
    window: frame.shown,
    coverage: frame.coverage,
    total: { items: byRole.size },
    items: page.rows.map(({ key: role, item: own }) => {
      const did = own.filter(({ outcome }) => outcome === 'did')
      const hops = did.map(({ hop }) => hop)
      const account = parseArn(role)?.account ?? ''
      return {
        role,
        name: roleName(role),
        account,
        principals: new Set(did.map(({ principal }) => sortKey(principal.kind, principal.id))).size,
        hops: hops.length === 0 ? null : ([Math.min(...hops), Math.max(...hops)] as const),
        ...summed(own),
        isDeclared: declared?.has(role) ?? null,
        isOutside: known.accounts.length > 0 && !known.accounts.includes(account),
        ...marks.ofRole(role),
      }
    }),
    next: page.next,
  }
}
