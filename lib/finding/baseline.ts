import { compare } from '../graph/order.ts'
import { edgeKey, isInForce } from './edge.ts'
import type { ApprovedEdge, Edge } from './finding.ts'

/** The approved paths, as a value: in one order, each once. */
export type Baseline = readonly ApprovedEdge[]

export function baselineOf(edges: readonly ApprovedEdge[]): Baseline {
  const byKey = new Map(edges.map((edge) => [edgeKey(edge), edge]))
  return [...byKey].sort(([a], [b]) => compare(a, b)).map(([, edge]) => edge)
}

/** What is not as it was approved. */
export interface BaselineDiff {
  readonly apiVersion: 'podtrail/v1'
  readonly kind: 'BaselineDiff'
  /** In the second and not in the first, and the other way round; null: there is no second. */
  readonly added: readonly ApprovedEdge[] | null
  readonly removed: readonly ApprovedEdge[] | null
  /** The same path, with another owner, reason or end. */
  readonly changed:
    | readonly { readonly before: ApprovedEdge; readonly after: ApprovedEdge }[]
    | null
  /** Approved once, but their time is over. */
  readonly expired: readonly ApprovedEdge[]
  /** Observed in the window, not approved. */
  readonly unapproved: readonly ObservedEdge[]
  /** Approved, not observed in the window. */
  readonly unseen: readonly ApprovedEdge[]
}

export interface ObservedEdge extends Edge {
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** `stored` against what was observed, and against another baseline (of a file) where there is one. `now`: RFC 3339. */
export function diffBaseline(
  stored: Baseline,
  other: Baseline | null,
  observed: readonly ObservedEdge[],
  now: string,
): BaselineDiff {
  const approved = byKey(stored)
  const named = other === null ? null : byKey(other)
  const seen = byKey(observed)
  const inForce = (edge: ApprovedEdge | undefined): boolean =>
    edge !== undefined && isInForce(edge, now)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'BaselineDiff',
    added: named && [...named].flatMap(([key, edge]) => (approved.has(key) ? [] : [edge])),
    removed: named && [...approved].flatMap(([key, edge]) => (named.has(key) ? [] : [edge])),
    changed:
      named &&
      [...approved].flatMap(([key, before]) => {
        const after = named.get(key)
        return after === undefined || sameTerms(before, after) ? [] : [{ before, after }]
      }),
    expired: stored.filter((edge) => !inForce(edge)),
    unapproved: [...seen].flatMap(([key, edge]) => (inForce(approved.get(key)) ? [] : [edge])),
    unseen: stored.filter((edge) => inForce(edge) && !seen.has(edgeKey(edge))),
  }
}

function byKey<AnyEdge extends Edge>(edges: readonly AnyEdge[]): Map<string, AnyEdge> {
  return new Map(edges.map((edge): [string, AnyEdge] => [edgeKey(edge), edge]))
}

function sameTerms(a: ApprovedEdge, b: ApprovedEdge): boolean {
  return a.owner === b.owner && a.reason === b.reason && a.expires === b.expires
}
