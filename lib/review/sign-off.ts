import { createHash } from 'node:crypto'

export type ReviewDecision = 'keep' | 'revoke' | 'modify'

export const REVIEW_DECISIONS: readonly ReviewDecision[] = ['keep', 'revoke', 'modify']

/** What a reviewer decided about one ServiceAccount. */
export interface Reviewed {
  /** `<cluster>/<namespace>/<serviceAccount>`. */
  readonly subject: string
  readonly decision: ReviewDecision
  readonly reason: string
}

/** One signature under a review. Whoever changes their mind signs again; what was signed stays. */
export interface SignOff {
  /** A pure function of the rest. */
  readonly id: string
  readonly namespace: string
  /** RFC 3339, UTC. */
  readonly at: string
  readonly by: string
  /** The snapshot that was decided about. */
  readonly snapshot: string
  readonly decisions: readonly Reviewed[]
}

export function signOffOf(signed: Omit<SignOff, 'id'>): SignOff {
  const { namespace, at, by, snapshot, decisions } = signed
  const content = JSON.stringify([namespace, at, by, snapshot, decisions])
  const id = `rev_${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
  return { id, namespace, at, by, snapshot, decisions }
}
