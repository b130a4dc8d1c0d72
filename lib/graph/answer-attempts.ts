import type { EdgeQuery, Questions } from '../ports.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf, type Unknown } from './answer.ts'
import { principalsMeant } from './answer-what.ts'
import { type AttemptItem, attemptRows } from './edges.ts'

export interface AttemptList extends Answer<'AttemptList', AttemptItem> {
  readonly total: { readonly items: number }
}

export interface AttemptsAsked extends Asked {
  readonly principal?: string
  readonly role?: string
}

/** What was refused, and what failed for other reasons: of all, of one principal, or of one role. */
export async function answerAttempts(
  store: Pick<Questions, 'attempts' | 'extent' | 'coverage' | 'principals' | 'roles'>,
  asked: AttemptsAsked,
  { clusters, ...known }: Known,
): Promise<AttemptList | Unknown> {
  const frame = await frameOf(store, asked, known)
  const about = await aboutWhom(store, asked, clusters)
  if (about.kind === 'Unknown' && !frame.empty) return about
  const sums = about.kind === 'Unknown' ? [] : await store.attempts(about.query, frame.window)
  const meant =
    about.kind === 'Unknown' || about.roles === null
      ? sums
      : sums.filter(({ role }) => about.roles?.includes(role))
  const rows = attemptRows(meant, clusters, 'by-principal')
  const page = pageOf(rows, asked, frame, ['attempts', asked.principal, asked.role])
  return {
    apiVersion: 'podtrail/v1',
    kind: 'AttemptList',
    window: frame.shown,
    coverage: frame.coverage,
    total: { items: rows.length },
    items: page.rows.map(({ item }) => item),
    next: page.next,
  }
}

/** Stores take roles or principals; of both, the roles are looked at afterwards. */
export async function aboutWhom(
  store: Pick<Questions, 'principals' | 'roles'>,
  { principal, role }: { readonly principal?: string; readonly role?: string },
  clusters: Known['clusters'],
): Promise<
  | { readonly kind: 'about'; readonly query: EdgeQuery; readonly roles: readonly string[] | null }
  | Unknown
> {
  const roles = role === undefined ? null : await store.roles(role)
  if (roles?.length === 0) return { kind: 'Unknown', what: 'role', text: role!, suggestions: [] }
  if (principal === undefined)
    return { kind: 'about', query: roles === null ? {} : { roles }, roles: null }
  const principals = await principalsMeant(store, { principal }, clusters)
  if (principals.length === 0)
    return { kind: 'Unknown', what: 'workload', text: principal, suggestions: [] }
  return { kind: 'about', query: { principals }, roles }
}
