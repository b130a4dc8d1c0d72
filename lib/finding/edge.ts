import type { ApprovedEdge, Edge } from './finding.ts'

/** What makes two edges one; edges sort by it. */
export function edgeKey({ principal, via, role }: Edge): string {
  return JSON.stringify([principal.kind, principal.id, role, via])
}

/** Whether an approval counts at `now` (RFC 3339). */
export function isInForce({ expires }: Pick<ApprovedEdge, 'expires'>, now: string): boolean {
  return expires === null || now < expires
}
