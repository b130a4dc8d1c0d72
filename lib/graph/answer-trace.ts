import { type BlockList, isIP } from 'node:net'
import { whoAssumed } from '../identity/principal.ts'
import type { Principal, Proof, Sighting } from '../model.ts'
import type { Questions, Window, Workbench } from '../ports.ts'
import { issuances, LIFE_MAX } from '../session/issuance.ts'
import { callerRef, keyRef } from '../session/refs.ts'
import { Resolver } from '../session/resolver.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf, type Unknown } from './answer.ts'
import { blockList } from './block-list.ts'
import { compare, sortKey } from './order.ts'
import { timestamp } from './timestamp.ts'

/** One session: the call that issued it, and how it is known what that call was made with. */
export interface Step {
  readonly role: string
  readonly session: string
  /** Null where CloudTrail left out what was issued. */
  readonly accessKeyId: string | null
  readonly eventId: string
  /** All records of the call: a cross-account call leaves one in each account. */
  readonly events: readonly { readonly account: string; readonly eventId: string }[]
  readonly action: string
  readonly issuedAt: string
  readonly expiresAt: string | null
  readonly sourceIp: string | null
  readonly vpcEndpoint: string | null
  /** Whether the settings know the address or endpoint as our own; null where there are no settings. */
  readonly sourceKnown: boolean | null
  readonly userAgent: string
  /** How the link to the step before, or to the principal, was made. */
  readonly proof: Proof
}

/** A session that was issued to the one above it, and those issued to it in turn. */
export interface Branch extends Step {
  readonly children: readonly Branch[]
}

export interface ChainItem {
  readonly principal: Principal
  /** From the principal's own session down to the one asked for. */
  readonly steps: readonly Step[]
  /**
   * What stands before the first step. `known`: the principal; `unknown`: a session whose issuing is not in the logs; `several`:
   * more than one session may have made the call.
   */
  readonly start: 'known' | 'unknown' | 'several'
  readonly children: readonly Branch[]
  /** There are more steps or children than are shown. */
  readonly truncated: boolean
}

export interface Chain extends Answer<'Chain', ChainItem> {
  /** `isCaller`: no record says who issued this key; the sessions are those that were issued with it. */
  readonly subject: { readonly text: string; readonly isCaller: boolean }
  readonly total: { readonly items: number }
  /** More sessions go by this name than were looked at. */
  readonly truncated: boolean
}

export interface TraceAsked extends Asked {
  /** Access key id, `AROA…:<session name>`, session name, event id, source address, VPC endpoint, or the ARN of a role session. */
  readonly text: string
}

const SESSIONS_MAX = 1000
const STEPS_MAX = 64
const CHILD_DEPTH_MAX = 16
const CHILDREN_MAX = 200

/** Whose session it is: the chain that led to it, and what was issued from it. */
export async function answerTrace(
  store: Pick<Questions, 'find' | 'extent' | 'coverage'> & Pick<Workbench, 'sightings'>,
  asked: TraceAsked,
  known: Known,
): Promise<Chain | Unknown> {
  const frame = await frameOf(store, asked, known)
  const text = asked.text.trim()
  const reader = new ChainReader(store, known)
  const named = await store.find(text, SESSIONS_MAX)
  const isCaller = named.length === 0
  const found = await reader.issuances(isCaller ? await issuedWith(store, text) : named)
  if (found.length === 0 && !frame.empty)
    return { kind: 'Unknown', what: 'session', text, suggestions: [] }
  const { from, to } = frame.window
  const rows = found
    .filter(({ at }) => at >= from && at < to)
    .map((sighting) => ({
      section: 'items',
      key: sortKey(sighting.at, sighting.key),
      item: sighting,
    }))
  const page = pageOf(rows, asked, frame, ['trace', text])
  const items: ChainItem[] = []
  for (const { item } of page.rows) items.push(await reader.chain(item))
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Chain',
    window: frame.shown,
    coverage: frame.coverage,
    subject: { text, isCaller: isCaller && found.length > 0 },
    total: { items: rows.length },
    truncated: named.length >= SESSIONS_MAX,
    items,
    next: page.next,
  }
}

async function issuedWith(
  store: Pick<Workbench, 'sightings'>,
  keyOrPrincipalId: string,
  window?: Window,
): Promise<readonly Sighting[]> {
  const ref = callerRef(keyOrPrincipalId)
  return (await store.sightings([ref], window)).get(ref) ?? []
}

/** Reads chains up and down from a session. Sightings are fetched as the resolver asks for them. */
class ChainReader {
  readonly #store: Pick<Workbench, 'sightings'>
  readonly #known: Known
  readonly #egress: BlockList | null
  readonly #resolver = new Resolver()
  readonly #copies = new Map<string, readonly Sighting[]>()

  constructor(store: Pick<Workbench, 'sightings'>, known: Known) {
    this.#store = store
    this.#known = known
    this.#egress = known.network === null ? null : blockList(known.network.egress)
  }

  /** The issuances that the sightings are records of, all their copies considered. */
  async issuances(sightings: readonly Sighting[]): Promise<Sighting[]> {
    const keys = [...new Set(sightings.map(({ key }) => key))].sort()
    const byRef = await this.#store.sightings(keys.map(keyRef))
    return keys.flatMap((key) => {
      const copies = byRef.get(keyRef(key)) ?? []
      this.#copies.set(key, copies)
      return issuances(copies)
    })
  }

  async chain(session: Sighting): Promise<ChainItem> {
    const steps: Step[] = []
    const seen = new Set<string>()
    let start: ChainItem['start'] | null = null
    let truncated = false
    for (let current = session; start === null; ) {
      seen.add(current.key)
      const parents = await this.#settled(() => this.#resolver.parentsOf(current))
      const parent = parents[0]
      if (parents.length === 1 && parent !== undefined && !seen.has(parent.sighting.key)) {
        steps.push(await this.#step(current, parent.proof))
        truncated = steps.length >= STEPS_MAX
        if (truncated) start = 'known'
        current = parent.sighting
        continue
      }
      const origin = await this.#settled(() => this.#resolver.originOfAssumption(current))
      steps.push(await this.#step(current, origin.proof))
      const isFirst = whoAssumed(current).kind === 'principal'
      start = parents.length > 1 ? 'several' : isFirst ? 'known' : 'unknown'
    }
    const { principal } = await this.#settled(() => this.#resolver.originOfAssumption(session))
    const left = { count: CHILDREN_MAX, isCut: false }
    const children = await this.#children(session, left, seen, CHILD_DEPTH_MAX)
    return {
      principal: this.#known.clusters.named(principal),
      start: start ?? 'unknown',
      steps: steps.reverse(),
      children,
      truncated: truncated || left.isCut,
    }
  }

  async #children(
    session: Sighting,
    left: { count: number; isCut: boolean },
    seen: Set<string>,
    depth: number,
  ): Promise<Branch[]> {
    // SDKs give every session of a role the same name: those that cannot have been meant need not be looked at.
    const lifetime = { from: session.at, to: session.at + LIFE_MAX + 1 }
    const name = `${session.roleId}:${session.sessionName}`
    const calls = [
      ...(await issuedWith(this.#store, session.key)),
      ...(await issuedWith(this.#store, name, lifetime)),
    ]
    const branches: Branch[] = []
    const candidates = (await this.issuances(calls)).sort(
      (a, b) => a.at - b.at || compare(a.key, b.key),
    )
    for (const child of candidates) {
      if (seen.has(child.key)) continue
      const parents = await this.#settled(() => this.#resolver.parentsOf(child))
      const link = parents.find(({ sighting }) => sighting.key === session.key)
      if (link === undefined) continue
      if (left.count === 0 || depth === 0) {
        left.isCut = true
        break
      }
      left.count--
      seen.add(child.key)
      const step = await this.#step(child, link.proof)
      branches.push({ ...step, children: await this.#children(child, left, seen, depth - 1) })
    }
    return branches
  }

  async #step(issued: Sighting, proof: Proof): Promise<Step> {
    if (!this.#copies.has(issued.key)) await this.issuances([issued])
    const copies = this.#copies.get(issued.key) ?? []
    const events = copies
      .map(({ recipient, eventId }) => ({ account: recipient, eventId }))
      .sort((a, b) => compare(a.account, b.account) || compare(a.eventId, b.eventId))
    return {
      role: issued.role,
      session: issued.sessionName,
      accessKeyId: issued.key.startsWith('event:') ? null : issued.key,
      eventId: issued.eventId,
      events,
      action: issued.action,
      issuedAt: timestamp(issued.at),
      expiresAt: issued.expiresAt === null ? null : timestamp(issued.expiresAt),
      sourceIp: issued.sourceIp === '' ? null : issued.sourceIp,
      vpcEndpoint: issued.vpcEndpoint === '' ? null : issued.vpcEndpoint,
      sourceKnown: this.#isSourceKnown(issued),
      userAgent: issued.userAgent,
      proof,
    }
  }

  #isSourceKnown({ sourceIp, vpcEndpoint }: Sighting): boolean | null {
    const { network } = this.#known
    const family = isIP(sourceIp)
    if (network === null || this.#egress === null || family === 0) return null
    if (vpcEndpoint !== '') return network.vpcEndpoints.includes(vpcEndpoint)
    return this.#egress.check(sourceIp, family === 4 ? 'ipv4' : 'ipv6')
  }

  /** Asks until the resolver has all it needs. */
  async #settled<Answered>(ask: () => Answered | null): Promise<Answered> {
    for (;;) {
      const answer = ask()
      const missing = [...this.#resolver.missing]
      if (missing.length === 0 && answer !== null) return answer
      const found = await this.#store.sightings(missing)
      for (const ref of missing) this.#resolver.learn(ref, found.get(ref) ?? [])
    }
  }
}
