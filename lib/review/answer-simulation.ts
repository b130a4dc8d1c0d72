import type { Config } from '../config.ts'
import { type NoSnapshot, readWorld } from '../drift/answer-drift.ts'
import type { NotDeclared } from '../drift/answer-why.ts'
import {
  evaluateTrust,
  parseTrustPolicy,
  type TrustPolicy,
  type UnparseablePolicy,
} from '../drift/trust-policy.ts'
import { type Answer, type Asked, frameOf, type Known } from '../graph/answer.ts'
import { type EdgeItem, edgeRows } from '../graph/edges.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { EdgeSum } from '../ports.ts'
import { declaredRole } from './answer-trust.ts'
import { mildest, requestsOf } from './tighten.ts'

/** What a changed trust would have done to what was seen in the window. It never says that a change is safe. */
export interface Simulation extends Omit<Answer<'Simulation', never>, 'items' | 'next'> {
  readonly snapshot: { readonly id: string; readonly at: string }
  readonly role: string
  /** Let in today, and refused by the changed trust. */
  readonly wouldRefuse: readonly EdgeItem[]
  /** Let in by both. */
  readonly stillAllowed: readonly EdgeItem[]
  /** It depends on what records do not keep. */
  readonly undecidable: readonly EdgeItem[]
  /** Refused today already. */
  readonly refusedToday: readonly EdgeItem[]
}

/** The changed trust cannot be read. */
export interface WrongTrust {
  readonly kind: 'WrongTrust'
  readonly reason: UnparseablePolicy['reason'] | 'no-such-statement' | 'not-read-today'
}

export interface SimulationAsked extends Asked {
  readonly role: string
  readonly change:
    | { readonly kind: 'replace'; readonly trust: unknown }
    /** The statement of this index goes. */
    | { readonly kind: 'remove'; readonly statement: number }
}

/** Replays the assumptions of a role against an edited trust. */
export async function answerSimulation(
  store: Parameters<typeof readWorld>[0],
  asked: SimulationAsked,
  known: Known,
  config: Config | null,
): Promise<Simulation | NoSnapshot | NotDeclared | WrongTrust> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config)
  if (read === null) return { kind: 'NoSnapshot' }
  const { world, snapshot } = read
  const role = declaredRole(world, asked.role)
  if ('kind' in role) return role
  const today = role.policy
  if (today.kind !== 'policy') return { kind: 'WrongTrust', reason: 'not-read-today' }
  const next = changed(today, asked.change)
  if (next.kind === 'WrongTrust') return next
  const groups = { wouldRefuse: [], stillAllowed: [], undecidable: [], refusedToday: [] } as Record<
    'wouldRefuse' | 'stillAllowed' | 'undecidable' | 'refusedToday',
    EdgeSum[]
  >
  for (const edge of await store.edges({ roles: [role.arn] }, frame.window)) {
    const requests = requestsOf(world, role, edge)
    const [before, after] = [today, next].map((policy) =>
      mildest(requests.map((request) => evaluateTrust(policy, request).decision)),
    )
    if (before === 'refused') groups.refusedToday.push(edge)
    else if (after === 'refused') groups.wouldRefuse.push(edge)
    else groups[after === 'allowed' ? 'stillAllowed' : 'undecidable'].push(edge)
  }
  const rows = (edges: readonly EdgeSum[]): EdgeItem[] =>
    edgeRows(edges, known.clusters, 'by-principal').map(({ item }) => item)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Simulation',
    window: frame.shown,
    coverage: frame.coverage,
    snapshot: { id: snapshot.id, at: timestamp(snapshot.at) },
    role: role.arn,
    wouldRefuse: rows(groups.wouldRefuse),
    stillAllowed: rows(groups.stillAllowed),
    undecidable: rows(groups.undecidable),
    refusedToday: rows(groups.refusedToday),
  }
}

function changed(today: TrustPolicy, change: SimulationAsked['change']): TrustPolicy | WrongTrust {
  if (change.kind === 'remove') {
    const statements = today.statements.filter(({ index }) => index !== change.statement)
    return statements.length < today.statements.length
      ? { ...today, statements }
      : { kind: 'WrongTrust', reason: 'no-such-statement' }
  }
  const parsed = parseTrustPolicy(change.trust)
  return parsed.kind === 'policy' ? parsed : { kind: 'WrongTrust', reason: parsed.reason }
}
