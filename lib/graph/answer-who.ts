import { roleName } from '../identity/arn.ts'
import type { Questions } from '../ports.ts'
import { type Asked, frameOf, type Known, type Unknown } from './answer.ts'
import { type EdgeList, edgeList } from './edge-list.ts'
import { attemptRows, edgeRows } from './edges.ts'
import { nearest } from './nearest.ts'

export interface WhoAsked extends Asked {
  /** A role's ARN, with or without its path; the ARN of one of its sessions; or its name. */
  readonly role: string
  readonly failed?: boolean
}

/** Who assumed a role, directly or through a chain. A bare name means the roles of that name in all accounts. */
export async function answerWho(
  store: Pick<Questions, 'roles' | 'edges' | 'attempts' | 'extent' | 'coverage'>,
  asked: WhoAsked,
  { clusters, ...known }: Known,
): Promise<EdgeList | Unknown> {
  const frame = await frameOf(store, asked, known)
  const roles = await store.roles(asked.role)
  if (roles.length === 0 && !frame.empty) {
    const names = (await store.roles('*')).map(roleName)
    const suggestions = nearest(roleName(asked.role), names)
    return { kind: 'Unknown', what: 'role', text: asked.role, suggestions }
  }
  const edges = await store.edges({ roles }, frame.window)
  const attempts = await store.attempts({ roles }, frame.window)
  const rows = {
    edges: edgeRows(edges, clusters, 'by-role'),
    attempts: attemptRows(attempts, clusters, 'by-role'),
  }
  return edgeList(frame, { roles }, rows, asked, ['who', roles])
}
