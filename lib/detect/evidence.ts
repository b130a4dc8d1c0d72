import { clientOf } from '../identity/client.ts'
import type { Caller } from '../identity/principal.ts'
import { whoAssumed, whoCalled } from '../identity/principal.ts'
import type { Delta, Identity, Partition } from '../model.ts'
import { sightingsOf } from '../record/columns.ts'
import type { Anomaly } from './anomaly.ts'
import { anomalyOf, evidenceOf, type Found } from './found.ts'
import type { Use } from './use.ts'

/** Events named for one row. */
const EVENTS_MAX = 3

interface Event {
  readonly eventId: string
  readonly account: string
  readonly at: number
}

/** An STS call as facts have it. */
interface StsCall extends Event {
  readonly kind: 'issue' | 'try'
  readonly role: string
  readonly action: string
  readonly network: string
  readonly userAgent: string
  readonly caller: Caller
  readonly identity: Identity
}

/** The anomalies, with the ids of the STS calls behind them. Facts do not keep the ids of other calls; those stay counted. */
export async function withEvents(
  found: Found,
  isDry: boolean,
  deltas: (partition: Partition) => Promise<readonly Delta[]>,
): Promise<Anomaly[]> {
  const items = found.items(isDry)
  const events = new Map<Use, readonly Event[]>()
  const wanted = Map.groupBy(
    items.flatMap(([{ uses }]) => uses.filter(({ kind }) => kind !== 'call')),
    ({ account, first }) => `${account}\n${Math.floor(first / 3600)}`,
  )
  for (const uses of wanted.values()) {
    const { account, first } = uses[0]!
    const calls = stsCalls(await deltas({ account, hour: Math.floor(first / 3600) }))
    for (const use of uses) events.set(use, eventsOf(use, calls))
  }
  return items.map(([item, story]) =>
    anomalyOf(
      item,
      story,
      evidenceOf(item, (use) => events.get(use) ?? []),
    ),
  )
}

function stsCalls(deltas: readonly Delta[]): StsCall[] {
  const calls = new Map<string, StsCall>()
  for (const delta of deltas) {
    for (const sighting of sightingsOf(delta)) {
      const { eventId, recipient, at, role, action, userAgent, identity } = sighting
      const network = sighting.vpcEndpoint || sighting.sourceIp
      const caller = whoAssumed(sighting)
      const event = { eventId, account: recipient, at }
      const call = {
        kind: 'issue',
        role,
        action: `sts:${action}`,
        network,
        userAgent,
        caller,
      } as const
      calls.set(`${recipient}/${eventId}`, { ...event, ...call, identity })
    }
    for (const attempt of delta.attempts) {
      const { eventId, recipient, at, role, action, userAgent, identity } = attempt
      const network = attempt.vpcEndpoint || attempt.sourceIp
      const event = { eventId, account: recipient, at }
      const call = { kind: 'try', role, action: `sts:${action}`, network, userAgent } as const
      calls.set(`${recipient}/${eventId}`, {
        ...event,
        ...call,
        identity,
        caller: whoCalled(identity),
      })
    }
  }
  return [...calls.values()].sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1))
}

function eventsOf(use: Use, calls: readonly StsCall[]): Event[] {
  return calls.filter((call) => isOf(use, call)).slice(0, EVENTS_MAX)
}

function isOf(use: Use, call: StsCall): boolean {
  return (
    call.kind === use.kind &&
    call.at >= use.first &&
    call.at <= use.last &&
    call.role === use.role &&
    call.action === use.action &&
    call.network === use.network &&
    clientOf(call.userAgent) === use.client &&
    isCaller(use, call)
  )
}

/** The one who called, as far as the record itself says: a principal, or the role of the session before. */
function isCaller({ who, via }: Use, { caller, identity }: StsCall): boolean {
  if (caller.kind === 'session')
    return identity.role === '' || via.length === 0 || via.at(-1) === identity.role
  const { principal } = caller
  if (via.length > 0 || principal.kind !== who.principal.kind) return false
  return principal.kind === 'workload'
    ? principal.namespace === who.principal.namespace &&
        principal.serviceAccount === who.principal.serviceAccount
    : principal.id === who.principal.id
}
