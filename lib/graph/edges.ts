import type { Clusters } from '../identity/clusters.ts'
import type { Principal, PrincipalKind, Proof, StsAction } from '../model.ts'
import type { ActivitySum, AttemptSum, EdgeSum } from '../ports.ts'
import { stronger } from '../session/proof.ts'
import type { Row } from './answer.ts'
import { sortKey } from './order.ts'
import { outcomeOf } from './outcome.ts'
import { timestamp } from './timestamp.ts'

/** A principal that did assume a role, directly or through others. */
export interface EdgeItem {
  readonly outcome: 'did'
  readonly principal: Principal
  readonly role: string
  readonly hop: number
  readonly via: readonly string[]
  /** The best evidence there is. */
  readonly proof: Proof
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** A principal that tried to assume a role and did not get it. */
export interface AttemptItem {
  readonly outcome: 'refused' | 'failed'
  readonly principal: Principal
  /** Null where the record does not name the role. */
  readonly role: string | null
  readonly hop: number
  readonly via: readonly string[]
  readonly action: StsAction
  readonly error: string
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** What a principal did to a resource, or tried to. */
export interface TouchItem {
  readonly outcome: 'did' | 'refused' | 'failed'
  readonly principal: Principal
  /** Null where the principal had credentials of its own. */
  readonly role: string | null
  readonly action: string
  /** Null where the call names none that podtrail keeps. */
  readonly resource: string | null
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** What rows are sorted by first. */
export type Order = 'by-role' | 'by-principal'

type Counted = { count: number; firstSeen: number; lastSeen: number }

type EdgeRow = Row<'items', EdgeItem>
/** The last rows made of some sums: several questions about everybody are asked together. */
const MADE = new WeakMap<
  readonly EdgeSum[],
  { readonly clusters: Clusters; readonly order: Order; readonly rows: readonly EdgeRow[] }
>()

/** Edges of one principal, role and path are one row, under whichever of its names a cluster was recorded. */
export function edgeRows(
  sums: readonly EdgeSum[],
  clusters: Clusters,
  order: Order,
): readonly EdgeRow[] {
  const made = MADE.get(sums)
  if (made?.clusters === clusters && made.order === order) return made.rows
  const rows = mergedEdges(sums, clusters, order)
  MADE.set(sums, { clusters, order, rows })
  return rows
}

function mergedEdges(sums: readonly EdgeSum[], clusters: Clusters, order: Order): EdgeRow[] {
  const merged = new Merged<EdgeSum>()
  for (const sum of sums) {
    const principal = clusters.named(sum.principal)
    const { role, hop, via } = sum
    const key = keyOf('0', order, principal, role, sortKey(hop, ...via))
    const known = merged.add(key, { ...sum, principal })
    if (known !== null) known.proof = stronger(known.proof, sum.proof)
  }
  return merged.rows().map(([key, sum]) => {
    const { principal, role, hop, via, proof } = sum
    return {
      section: 'items',
      key,
      item: { outcome: 'did', principal, role, hop, via, proof, ...countsOf(sum) },
    }
  })
}

/** What was refused, and what failed for other reasons. */
export function attemptRows(
  sums: readonly AttemptSum[],
  clusters: Clusters,
  order: Order,
): (Row<'refused', AttemptItem> | Row<'failed', AttemptItem>)[] {
  const merged = new Merged<AttemptSum>()
  for (const sum of sums) {
    const outcome = outcomeOf(sum.error)
    const principal = clusters.named(sum.principal)
    const { role, via, action, error } = sum
    const rest = sortKey(action, error, ...via)
    const key = keyOf(outcome === 'refused' ? '1' : '2', order, principal, role, rest)
    merged.add(key, { ...sum, principal })
  }
  return merged.rows().map(([key, sum]) => {
    const { principal, via, action, error } = sum
    const outcome = outcomeOf(error) === 'refused' ? 'refused' : 'failed'
    const role = sum.role === '' ? null : sum.role
    const item = { outcome, principal, role, hop: via.length + 1, via, action, error } as const
    return { section: outcome, key, item: { ...item, ...countsOf(sum) } }
  })
}

/** Calls by what they did to what: first what was done, then what was refused, then what failed, if asked for. */
export function touchRows<Section extends string>(
  section: Section,
  sums: readonly ActivitySum[],
  clusters: Clusters,
  withFailed: boolean,
): Row<Section, TouchItem>[] {
  const merged = new Merged<ActivitySum>()
  for (const sum of sums) {
    if (sum.outcome === 'failed' && !withFailed) continue
    const principal = clusters.named(sum.principal)
    const { role, action, resource, outcome } = sum
    const rank = `3${['did', 'refused', 'failed'].indexOf(outcome)}`
    const key = keyOf(rank, 'by-principal', principal, role, sortKey(action, resource))
    merged.add(key, { ...sum, principal })
  }
  return merged.rows().map(([key, sum]) => {
    const { outcome, principal, action } = sum
    const role = sum.role === '' ? null : sum.role
    const resource = sum.resource === '' ? null : sum.resource
    return {
      section,
      key,
      item: { outcome, principal, role, action, resource, ...countsOf(sum) },
    }
  })
}

/** In the order that answers list them. */
export const KINDS: readonly PrincipalKind[] = [
  'workload',
  'web-identity',
  'saml',
  'identity-center',
  'iam-user',
  'root',
  'aws-service',
  'node',
  'role',
  'account',
]

function keyOf(rank: string, order: Order, who: Principal, role: string, rest: string): string {
  const principal = sortKey(KINDS.indexOf(who.kind), who.id)
  return order === 'by-role'
    ? sortKey(rank, role, principal, rest)
    : sortKey(rank, principal, role, rest)
}

type Changing<Sum> = { -readonly [Field in keyof Sum]: Sum[Field] }

class Merged<Sum extends Counted> {
  readonly #byKey = new Map<string, Changing<Sum>>()

  /** Adds to the sum that is there and returns it; null for the first of its key. */
  add(key: string, sum: Sum): Changing<Sum> | null {
    const known = this.#byKey.get(key)
    if (known === undefined) {
      this.#byKey.set(key, { ...sum })
      return null
    }
    known.count += sum.count
    known.firstSeen = Math.min(known.firstSeen, sum.firstSeen)
    known.lastSeen = Math.max(known.lastSeen, sum.lastSeen)
    return known
  }

  rows(): [string, Sum][] {
    return [...this.#byKey]
  }
}

function countsOf({ count, firstSeen, lastSeen }: Counted): {
  count: number
  firstSeen: string
  lastSeen: string
} {
  return { count, firstSeen: timestamp(firstSeen), lastSeen: timestamp(lastSeen) }
}
