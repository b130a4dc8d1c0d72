import type { Principal } from '../../lib/model.ts'

/** Ids of nodes, as the graph's answer makes them. */
export const roleNode = (arn: string): string => `role:${arn}`

export function principalNode({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return kind === 'workload' ? `workload:${id}` : `principal:${kind}:${id}`
}

/** The node that a finding is about. */
export function graphIdOf({
  principal,
  role,
}: {
  readonly principal: Principal | null
  readonly role: string | null
}): string | null {
  if (principal !== null) return principalNode(principal)
  return role === null ? null : roleNode(role)
}
