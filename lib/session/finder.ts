import { whoCalled } from '../identity/principal.ts'
import type { Delta, Identity, Sighting } from '../model.ts'
import { GROUP, GROUP_COLUMNS, identityAt, sightingsOf } from '../record/columns.ts'
import { fingerprint } from '../record/fingerprint.ts'
import { eventRef, keyRef, nameRef, type Ref } from './refs.ts'

/** Two halves of an event's fingerprint. */
export type Print = readonly [number, number]

/** Where facts are looked up that the graph is not keyed by. */
export interface Facts {
  sightings(refs: readonly Ref[]): Promise<Map<Ref, readonly Sighting[]>>
  sightingsOfName(sessionName: string): Promise<readonly Sighting[]>
  /** Deltas of the partitions in which an address or endpoint was seen. */
  deltasFrom(network: string): AsyncIterable<Delta>
  /** Deltas with any of these events; all of them are looked through. */
  deltasWith(events: readonly Print[]): AsyncIterable<Delta>
  /** Accounts whose trails the facts are from. */
  recipients(): Promise<readonly string[]>
}

/**
 * The sessions that a pasted text means. `text`: an access key id, `AROA…:<session name>`, a session name, the ARN of a role session,
 * an event id, an address or a VPC endpoint. Sightings sorted by time; at most `limit`.
 */
export async function findSightings(
  facts: Facts,
  text: string,
  limit: number,
): Promise<Sighting[]> {
  const found = [
    ...(await byRef(facts, text)),
    ...(await ofCallers(facts, await callersFrom(facts, text))),
  ]
  if (found.length === 0 && /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text))
    found.push(...(await ofCallers(facts, await callersOfEvent(facts, text))))
  return distinct(found).slice(0, limit)
}

async function byRef(facts: Facts, text: string): Promise<Sighting[]> {
  const session = /^arn:[^:]*:sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/.exec(text)
  if (session !== null) {
    const [, account, role, name] = session as unknown as [string, string, string, string]
    return (await facts.sightingsOfName(name)).filter(
      (sighting) => sighting.role.endsWith(`/${role}`) && sighting.role.includes(`::${account}:`),
    )
  }
  const refs = [keyRef(text), eventRef(text), `n:${text}`]
  return [
    ...[...(await facts.sightings(refs)).values()].flat(),
    ...(await facts.sightingsOfName(text)),
  ]
}

interface Callers {
  readonly identities: readonly Identity[]
  readonly issued: readonly Sighting[]
}

/** Callers of STS and of anything else from a network, and what STS issued to them. */
async function callersFrom(facts: Facts, network: string): Promise<Callers> {
  const identities: Identity[] = []
  const issued: Sighting[] = []
  for await (const delta of facts.deltasFrom(network)) {
    for (const sighting of sightingsOf(delta))
      if (sighting.vpcEndpoint === network || sighting.sourceIp === network) issued.push(sighting)
    const callers = new Set<number>()
    for (let at = 0; at < delta.groups.length; at += GROUP_COLUMNS)
      if (delta.strings.at(delta.groups[at + GROUP.network]!) === network)
        callers.add(delta.groups[at + GROUP.caller]!)
    for (const caller of callers) identities.push(identityAt(delta, caller))
    for (const { vpcEndpoint, sourceIp, identity } of delta.attempts)
      if (vpcEndpoint === network || sourceIp === network) identities.push(identity)
  }
  return { identities, issued }
}

/** Who made a call that issued nothing. Its id is kept as a fingerprint only. */
async function callersOfEvent(facts: Facts, eventId: string): Promise<Callers> {
  const bytes = Buffer.from(eventId, 'utf8')
  const wanted = (await facts.recipients()).map((account): Print => {
    const print = new Int32Array(2)
    fingerprint(bytes, 0, bytes.length, Number(account) | 0, print)
    return [print[0]! >>> 0, print[1]! >>> 0]
  })
  const identities: Identity[] = []
  for await (const delta of facts.deltasWith(wanted)) {
    for (const [a, b] of wanted)
      for (let event = 0; 2 * event < delta.events.length; event++)
        if (delta.events[2 * event] === a && delta.events[2 * event + 1] === b)
          identities.push(...callersOf(delta, event))
    for (const attempt of delta.attempts)
      if (attempt.eventId === eventId) identities.push(attempt.identity)
  }
  return { identities, issued: [] }
}

/** The issuing of the sessions that made calls, beside what was issued to them. */
async function ofCallers(facts: Facts, callers: Callers): Promise<Sighting[]> {
  const sessions = callers.identities.flatMap((identity) => {
    const caller = whoCalled(identity)
    if (caller.kind === 'principal') return []
    const { key, roleId, sessionName, issuedAt } = caller.session
    return [{ byKey: keyRef(key), byName: nameRef(roleId, sessionName), issuedAt }]
  })
  const refs = new Set(sessions.flatMap(({ byKey, byName }) => [byKey, byName]))
  const found = await facts.sightings([...refs])
  const issuing = sessions.flatMap(({ byKey, byName, issuedAt }) => {
    // A session may call with another key than the one it was issued: IAM Identity Center's do.
    const named = (found.get(byName) ?? []).filter(
      ({ at }) => issuedAt === null || at === issuedAt || at === issuedAt - 1,
    )
    return found.get(byKey) ?? named
  })
  return [...callers.issued, ...issuing]
}

function callersOf(delta: Delta, event: number): Identity[] {
  const callers = new Set<number>()
  delta.callEvent.forEach((of, call) => {
    if (of === event)
      callers.add(delta.groups[delta.callGroup[call]! * GROUP_COLUMNS + GROUP.caller]!)
  })
  return [...callers].map((caller) => identityAt(delta, caller))
}

function distinct(sightings: readonly Sighting[]): Sighting[] {
  const byEvent = new Map(
    sightings.map((sighting) => [`${sighting.recipient}/${sighting.eventId}`, sighting]),
  )
  const sorted = [...byEvent].sort(([a, x], [b, y]) => x.at - y.at || (a < b ? -1 : 1))
  return sorted.map(([, sighting]) => sighting)
}
