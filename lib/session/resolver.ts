import {
  type Caller,
  isInstanceId,
  node,
  type SessionRef,
  unknownStart,
  whoAssumed,
} from '../identity/principal.ts'
import { workloadOfExternalId, workloadOfTags } from '../identity/workload.ts'
import type { Principal, Proof, Sighting } from '../model.ts'
import { idOf, isAlive, isSettled, issuances, LIFE_MAX } from './issuance.ts'
import { weaker } from './proof.ts'
import { externalIdRef, keyRef, nameRef, type Ref } from './refs.ts'

/** An origin names at most this many roles, so that an edge stays small however often a session is chained on. */
export const ROLES_MAX = 64
/** Where more sessions of one name may have made a call, none is followed: who made them all could be anyone. */
export const CANDIDATES_MAX = 512

/** Where a call comes from in the end. */
export interface Origin {
  readonly principal: Principal
  /** The roles between the principal and the call, first hop first: empty where the principal made the call itself. */
  readonly roles: readonly string[]
  /** How many roles there are, also beyond `ROLES_MAX`. */
  readonly hops: number
  readonly proof: Proof
  /** False where the chain begins with a session whose issuing is not known; that session's role is then the principal. */
  readonly known: boolean
  /** What a sighting yet to come could change this answer by. */
  readonly awaits: Awaits
}

/** Refs that an answer rests on, and answers that it rests on: shared, since many chains go through the same sessions. */
export interface Awaits {
  readonly refs: readonly Ref[]
  readonly through: readonly Awaits[]
}

const NOTHING: Awaits = { refs: [], through: [] }

/** The refs of all awaits that were added, each once. */
export class AwaitedRefs {
  readonly #refs = new Set<Ref>()
  readonly #seen = new Set<Awaits>([NOTHING])

  add(awaits: Awaits): void {
    if (this.#seen.has(awaits)) return
    const open = [awaits]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.#seen.has(next)) continue
      this.#seen.add(next)
      for (const ref of next.refs) this.#refs.add(ref)
      for (const further of next.through) open.push(further)
    }
  }

  sorted(): Ref[] {
    return [...this.#refs].sort()
  }
}

/** One issuance that a session reference may mean, and how that is known. */
export interface Link {
  readonly sighting: Sighting
  readonly proof: Proof
}

/** One issuance while it is found out where it comes from. */
interface Visit {
  readonly sighting: Sighting
  readonly caller: Caller
  /** Null while refs are missing. */
  readonly links: readonly Link[] | null
  next: number
  readonly order: number
  /** The first visit from which this one was reached and that may itself be reached from this one. */
  lowest: number
  isOpen: boolean
}

/**
 * Follows sessions back to who started them. Sightings are handed in by ref; what is asked for and not there yet is noted in
 * `missing`, and the caller fetches it and asks again. So the rules stay pure, and an engine can fetch in batches.
 */
export class Resolver {
  readonly #sightings = new Map<Ref, readonly Sighting[]>()
  /** The issuances among them, by time. */
  readonly #issuances = new Map<Ref, readonly Sighting[]>()
  /** Where the call behind a sighting comes from, and calls made with what it issued. */
  readonly #origins = new Map<string, { readonly behind: Origin; issued: Origin | null }>()
  /** Of calls by a session, by the key it called with. */
  readonly #byKey = new Map<string, Origin>()
  readonly #callers = new Map<string, Caller>()
  /** Of calls, where time makes no difference, and of assumptions: whoever makes several kinds of rows asks several times. */
  readonly #ofCaller = new Map<Caller, Origin>()
  readonly #ofAssumption = new Map<Sighting, Origin>()
  /** Refs that were needed and have not been handed in. */
  readonly missing = new Set<Ref>()

  /** Hands in all sightings that are stored under `ref`, perhaps none. */
  learn(ref: Ref, sightings: readonly Sighting[]): void {
    this.#sightings.set(ref, sightings)
    this.#issuances.delete(ref)
    this.missing.delete(ref)
  }

  /** Whether other sightings than those handed in are stored under `ref` now. Sightings are only ever added. */
  differs(ref: Ref, sightings: readonly Sighting[]): boolean {
    return (this.#sightings.get(ref)?.length ?? 0) !== sightings.length
  }

  /** To be called when a ref is learned anew: what was concluded from its sightings may no longer hold. */
  forgetOrigins(): void {
    this.#origins.clear()
    this.#byKey.clear()
    this.#ofCaller.clear()
    this.#ofAssumption.clear()
  }

  /** Null while refs are missing. `at`: when the call was made. */
  originOf(caller: Caller, at: number): Origin | null {
    if (caller.kind === 'principal') return start(caller)
    const { session } = caller
    // What a key means does not depend on when it was used.
    const known = this.#ofCaller.get(caller) ?? this.#byKey.get(session.key)
    if (known !== undefined) return known
    const links = this.#issuing(session, at, null)
    if (links === null) return null
    for (const { sighting } of followed(links)) this.#visit(sighting)
    const origin = this.#agreed(session, links)
    if (origin !== null && session.issuedAt !== null) this.#ofCaller.set(caller, origin)
    return origin
  }

  /** Who stands behind the call that issued these credentials. Null while refs are missing. */
  originOfAssumption(sighting: Sighting): Origin | null {
    const known = this.#ofAssumption.get(sighting)
    if (known !== undefined) return known
    const origin = this.#followed(sighting)
    if (origin !== null) this.#ofAssumption.set(sighting, origin)
    return origin
  }

  #followed(sighting: Sighting): Origin | null {
    const caller = this.#who(sighting)
    if (caller.kind === 'principal') return this.#start(sighting, caller)
    const known = this.#byKey.get(caller.session.key)
    if (known !== undefined) return known
    this.#visit(sighting)
    return this.#origins.get(idOf(sighting))?.behind ?? null
  }

  /** The issuances that the call behind this one may have been made with: none where a principal made it. Null while refs are missing. */
  parentsOf(sighting: Sighting): readonly Link[] | null {
    const caller = this.#who(sighting)
    return caller.kind === 'principal' ? [] : this.#issuing(caller.session, sighting.at, sighting)
  }

  /**
   * Finds out where an issuance comes from, and before that where those come from that it may descend from: not by recursion, since
   * chains are as long as people make them. Issuances that may descend from each other (target accounts' copies of calls in one second
   * do not say which came first) come out together, by Tarjan's algorithm, so that it does not matter with which of them one begins.
   */
  #visit(from: Sighting): void {
    const id = idOf(from)
    if (this.#origins.has(id)) return
    const caller = this.#who(from)
    if (caller.kind === 'principal') {
      const behind = this.#start(from, caller)
      if (behind !== null) this.#origins.set(id, { behind, issued: null })
      return
    }
    const visits = new Map<string, Visit>()
    const path: Visit[] = [this.#enter(from, visits)]
    const open: Visit[] = [path[0]!]
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const parent = followed(visit.links ?? [])[visit.next++]?.sighting
      if (parent !== undefined) {
        const parentId = idOf(parent)
        if (this.#origins.has(parentId)) continue
        const other = visits.get(parentId)
        if (other === undefined) {
          const entered = this.#enter(parent, visits)
          path.push(entered)
          open.push(entered)
        } else if (other.isOpen) visit.lowest = Math.min(visit.lowest, other.order)
        continue
      }
      path.pop()
      const child = path.at(-1)
      if (child !== undefined) child.lowest = Math.min(child.lowest, visit.lowest)
      if (visit.lowest !== visit.order) continue
      const ring = open.splice(open.lastIndexOf(visit))
      for (const one of ring) one.isOpen = false
      const behind = ring.length > 1 ? this.#behindRing(ring) : [this.#behind(visit)]
      behind.forEach((origin, index) => {
        if (origin !== null)
          this.#origins.set(idOf(ring[index]!.sighting), { behind: origin, issued: null })
      })
    }
  }

  #enter(sighting: Sighting, visits: Map<string, Visit>): Visit {
    const caller = this.#who(sighting)
    const links =
      caller.kind === 'principal' ? [] : this.#issuing(caller.session, sighting.at, sighting)
    const order = visits.size
    const visit = { sighting, caller, links, next: 0, order, lowest: order, isOpen: true }
    visits.set(idOf(sighting), visit)
    return visit
  }

  #behind({ sighting, caller, links }: Visit): Origin | null {
    if (caller.kind === 'principal') return this.#start(sighting, caller)
    if (links === null) return null
    const origin = this.#agreed(caller.session, links)
    if (origin === null || origin.known || origin.hops > 0) return origin
    return hinted(sighting, caller.session, origin.awaits) ?? origin
  }

  /** Whoever may descend from himself is not followed. */
  #behindRing(ring: readonly Visit[]): (Origin | null)[] {
    const inside = new Set(ring.map(({ sighting }) => idOf(sighting)))
    const refs: Ref[] = []
    const through: Awaits[] = []
    for (const { caller, links } of ring) {
      if (caller.kind === 'session') refs.push(...this.#awaits(caller.session, links ?? []))
      for (const { sighting } of followed(links ?? [])) {
        if (inside.has(idOf(sighting))) continue
        const origin = this.#origins.get(idOf(sighting))
        if (origin === undefined) return ring.map(() => null)
        through.push(origin.behind.awaits)
      }
    }
    const awaits = { refs, through }
    return ring.map(({ sighting, caller }) =>
      caller.kind === 'principal'
        ? start(caller)
        : (hinted(sighting, caller.session, awaits) ?? unknown(caller.session, awaits)),
    )
  }

  /** What all issuances that a session may be agree on. Null while refs are missing. */
  #agreed(session: SessionRef, links: readonly Link[]): Origin | null {
    const origins: Origin[] = []
    const through: Awaits[] = []
    for (const { sighting, proof } of followed(links)) {
      const origin = this.#ofIssued(sighting)
      if (origin === null) return null
      origins.push({ ...origin, proof: weaker(origin.proof, proof) })
      if (origin.awaits !== NOTHING) through.push(origin.awaits)
    }
    const refs = this.#awaits(session, links)
    const same = refs.length === 0 && through.length < 2
    const awaits = same ? (through[0] ?? NOTHING) : { refs, through }
    const [first] = origins
    if (first === undefined || origins.some((other) => !isSame(first, other)))
      return unknown(session, awaits)
    const proof = origins.reduce((weakest, other) => weaker(weakest, other.proof), first.proof)
    const origin: Origin = { ...first, proof, awaits }
    if (origin.known && links[0]?.proof === 'accessKeyId') this.#byKey.set(session.key, origin)
    return origin
  }

  /** The origin of calls made with the credentials that `sighting` issued. */
  #ofIssued(sighting: Sighting): Origin | null {
    const found = this.#origins.get(idOf(sighting))
    if (found === undefined) return null
    const { behind } = found
    found.issued ??= {
      ...behind,
      roles: behind.roles.length < ROLES_MAX ? [...behind.roles, sighting.role] : behind.roles,
      hops: behind.hops + 1,
    }
    return found.issued
  }

  #start(sighting: Sighting, caller: Caller & { kind: 'principal' }): Origin | null {
    if (caller.proof !== 'sessionName') return start(caller)
    // A Pod Identity session without tags: EKS's own next call may name the workload in its external id.
    const session = `${sighting.roleId}:${sighting.sessionName}`
    const awaits = [externalIdRef(sighting.key), externalIdRef(session)]
    const [byKey, bySession] = awaits.map((ref) => this.#known(ref))
    if (byKey == null || bySession == null) return null
    const named = [...byKey, ...bySession].map(
      ({ externalId }) => workloadOfExternalId(externalId)!,
    )
    const [first] = named
    const settled: Caller & { kind: 'principal' } =
      first === undefined || named.some(({ id }) => id !== first.id)
        ? caller
        : { kind: 'principal', principal: first, proof: 'externalId' }
    return { ...start(settled), awaits: { refs: awaits, through: [] } }
  }

  /**
   * What could still change the answer of `#issuing`. A key whose issuing is known from the side of its caller is settled; the
   * target account's copy alone may yet be joined by the caller's, and names may yet get further candidates.
   */
  #awaits(session: SessionRef, links: readonly Link[]): Ref[] {
    const refs: Ref[] = []
    if (session.key !== '') {
      const ref = keyRef(session.key)
      const sightings = this.#sightings.get(ref) ?? []
      if (!sightings.some(isSettled)) refs.push(ref)
      if (sightings.length > 0) return refs
    }
    // Too many stay too many.
    if (session.roleId !== '' && links.length <= CANDIDATES_MAX)
      refs.push(nameRef(session.roleId, session.sessionName))
    return refs
  }

  /**
   * The issuances that a session reference may mean, by the strongest means that finds any: the key; then role id, session name
   * and creation date; then role id and session name among those alive. At most one more than `CANDIDATES_MAX`. Null while refs are
   * missing. `own`: what the call itself issued, which it cannot have been made with.
   */
  #issuing(session: SessionRef, at: number, own: Sighting | null): readonly Link[] | null {
    if (session.key !== '') {
      const byKey = this.#issued(keyRef(session.key))
      if (byKey === null) return null
      if (byKey.length > 0) return linksOf(byKey, 'accessKeyId', own, () => true)
    }
    if (session.roleId === '') return []
    const byName = this.#issued(nameRef(session.roleId, session.sessionName))
    if (byName === null) return null
    const { issuedAt } = session
    if (issuedAt === null) {
      const between = byTime(byName, at - LIFE_MAX, at)
      return linksOf(between, 'sessionName', own, (sighting) => isAlive(sighting, at))
    }
    // CloudTrail's creationDate is the second of the issuing event or the next (in all pairs of public records).
    return linksOf(byTime(byName, issuedAt - 1, issuedAt), 'assumedRoleId', own, () => true)
  }

  /** The issuances under a ref, by time. Null while it is missing. */
  #issued(ref: Ref): readonly Sighting[] | null {
    const sightings = this.#known(ref)
    if (sightings === null || sightings.length < 2) return sightings
    let issued = this.#issuances.get(ref)
    if (issued === undefined) {
      issued = [...issuances(sightings)].sort((a, b) => a.at - b.at)
      this.#issuances.set(ref, issued)
    }
    return issued
  }

  /** `whoAssumed`, remembered for web identities: the same few ask for credentials again and again. */
  #who(sighting: Sighting): Caller {
    if (sighting.action !== 'AssumeRoleWithWebIdentity') return whoAssumed(sighting)
    const { provider, subject, identity } = sighting
    const key = `${provider || identity.provider}\n${subject || identity.userName}`
    let caller = this.#callers.get(key)
    if (caller === undefined) {
      caller = whoAssumed(sighting)
      this.#callers.set(key, caller)
    }
    return caller
  }

  #known(ref: Ref): readonly Sighting[] | null {
    const sightings = this.#sightings.get(ref)
    if (sightings === undefined) {
      this.missing.add(ref)
      return null
    }
    return sightings
  }
}

function start({ principal, proof }: { principal: Principal; proof: Proof }): Origin {
  return { principal, roles: [], hops: 0, proof, known: true, awaits: NOTHING }
}

function unknown(session: SessionRef, awaits: Awaits): Origin {
  // `ec2RoleDelivery` is written by AWS; the session name alone could be chosen by anyone to look like an instance.
  if (session.fromInstance && isInstanceId(session.sessionName)) {
    const instance = { ...start(node(session.sessionName, session.account)), awaits }
    return session.role === '' ? instance : { ...instance, roles: [session.role], hops: 1 }
  }
  const principal = unknownStart(session)
  return { principal, roles: [], hops: 0, proof: 'sessionName', known: false, awaits }
}

/** What the call itself says of the workload, where the calling session cannot be followed. */
function hinted(sighting: Sighting, session: SessionRef, awaits: Awaits): Origin | null {
  const tagged = workloadOfTags(sighting.inheritedTags)
  const principal = tagged ?? workloadOfExternalId(sighting.externalId)
  if (principal === null) return null
  const roles = session.role === '' ? [] : [session.role]
  const proof: Proof = tagged === null ? 'externalId' : 'transitiveTags'
  return { principal, roles, hops: 1, proof, known: true, awaits }
}

/** The links to be followed: none where there are too many. */
function followed(links: readonly Link[]): readonly Link[] {
  return links.length > CANDIDATES_MAX ? [] : links
}

function linksOf(
  issued: Iterable<Sighting>,
  proof: Proof,
  own: Sighting | null,
  isMeant: (sighting: Sighting) => boolean,
): Link[] {
  const links: Link[] = []
  for (const sighting of issued) {
    if (sighting.key === own?.key || !isMeant(sighting)) continue
    links.push({ sighting, proof })
    if (links.length > CANDIDATES_MAX) break
  }
  return links
}

/** Those of `sorted` from `first` to `last`, both included. */
function* byTime(sorted: readonly Sighting[], first: number, last: number): Generator<Sighting> {
  let from = 0
  for (let to = sorted.length; from < to; ) {
    const middle = (from + to) >> 1
    if (sorted[middle]!.at < first) from = middle + 1
    else to = middle
  }
  for (; from < sorted.length && sorted[from]!.at <= last; from++) yield sorted[from]!
}

function isSame(a: Origin, b: Origin): boolean {
  return (
    a.principal.kind === b.principal.kind &&
    a.principal.id === b.principal.id &&
    a.hops === b.hops &&
    a.roles.every((role, index) => role === b.roles[index])
  )
}
