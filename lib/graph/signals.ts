import { CLIENTS, clientOf } from '../identity/client.ts'
import { whoCalled } from '../identity/principal.ts'
import type { Attempt, Delta, Identity, Partition, Principal, Sighting } from '../model.ts'
import { GROUP, GROUP_COLUMNS, IDENTITY_COLUMNS } from '../record/columns.ts'
import { TupleInterner } from '../record/tuples.ts'
import type { Origin, Resolver } from '../session/resolver.ts'
import { OUTCOMES, outcomeOf } from './outcome.ts'

/**
 * What detection needs of one partition and the other rows lack: who did which action, with which kind of program, from where; for
 * what kinds of use, not for each call. Calls on different resources are one row, unless the action changes who may do what.
 */
export interface SignalTable {
  readonly principals: readonly Principal[]
  readonly strings: readonly string[]
  /** `SIGNAL_COLUMNS` numbers a row. */
  readonly keys: Int32Array
  readonly count: Uint32Array
  /** Seconds into the hour. */
  readonly first: Uint16Array
  readonly last: Uint16Array
}

export const SIGNAL_COLUMNS = 11
export const SIGNAL = {
  /** An index into `SIGNAL_KINDS`. */
  kind: 0,
  /** An index into `principals`: who is behind it in the end. */
  principal: 1,
  /** The roles before `role`, first hop first, line by line. This and all that is not said otherwise: an index into `strings`. */
  via: 2,
  /** `issue`: the role assumed. `try`: the role asked for, '' where the record does not say. `call`: the role of the session, '' for none. */
  role: 3,
  /** `s3:GetObject`, `sts:AssumeRole`. */
  action: 4,
  /** An index into `OUTCOMES`. */
  outcome: 5,
  /** Address or VPC endpoint. */
  network: 6,
  /** An index into `CLIENTS`. */
  client: 7,
  /** A sum of `MARK`s. */
  marks: 8,
  /** `call`: the container of the resource, of actions that change who may do what. Others: the provider or the service that vouched. */
  what: 9,
  /** `issue`: the audience. `try`: the error code. */
  more: 10,
} as const

export const SIGNAL_KINDS = ['call', 'issue', 'try'] as const

export const MARK = {
  /** A service made the call, for itself or for the session; its address says nothing. */
  byService: 1,
  /** With credentials of an EC2 instance. */
  fromInstance: 2,
  /** With a key that does not expire. */
  longLived: 4,
  /** CloudTrail left out what the record of an STS call should have. */
  omitted: 8,
} as const

/** Of these the container of the resource is kept: they change who may do what, or hand out secrets. */
const NAMES_RESOURCE =
  /^(?:(?:iam|cloudtrail|organizations|eks|guardduty|config):(?!Get|List|Describe|Lookup|Simulate|Generate)|secretsmanager:GetSecretValue|s3:(?:Put|Delete)Bucket|kms:(?:Put|Schedule|Disable|CreateGrant)|(?:sqs:(?:Purge|Delete)|sns:(?:Delete|Unsubscribe|SetTopic)|lambda:(?:Delete|Update)Function|dynamodb:DeleteTable))/

/** The parts of a partition, with which roll-up works too. */
export interface SignalParts {
  readonly partition: Partition
  readonly deltas: readonly Delta[]
  readonly callers: readonly (readonly SignalCaller[])[]
  readonly issued: readonly Sighting[]
  readonly attempts: Iterable<Attempt>
  /** For each event of each delta, whether it is left out; undefined: none is. */
  readonly dropped: readonly Uint8Array[] | undefined
}

export interface SignalCaller {
  readonly caller: Parameters<Resolver['originOf']>[0]
  readonly role: string
  readonly isTimeless: boolean
  /** A sum of `MARK`s. */
  readonly marks: number
}

export function marksOf({ key, invokedBy, fromInstance, type }: Identity): number {
  return (
    (invokedBy !== '' || type === 'AWSService' ? MARK.byService : 0) |
    (fromInstance ? MARK.fromInstance : 0) |
    (key.startsWith('AKIA') ? MARK.longLived : 0)
  )
}

/** A pure function of the set of events; null where the resolver misses sightings. */
export function signalsOf(parts: SignalParts, resolver: Resolver): SignalTable | null {
  const table = new SignalBuilder()
  const start = parts.partition.hour * 3600
  for (const sighting of parts.issued) {
    const origin = resolver.originOfAssumption(sighting)
    if (origin === null) return null
    table.issue(sighting, origin, sighting.at - start)
  }
  for (const attempt of parts.attempts) {
    const origin = resolver.originOf(whoCalled(attempt.identity), attempt.at)
    if (origin === null) return null
    table.attempt(attempt, origin, attempt.at - start)
  }
  for (let index = 0; index < parts.deltas.length; index++)
    if (!addCalls(table, parts, index, resolver)) return null
  return table.finish()
}

/** One pass over the calls to count them by group, one over the groups; callers that time decides about are followed call by call. */
function addCalls(
  table: SignalBuilder,
  { partition, deltas, callers, dropped }: SignalParts,
  index: number,
  resolver: Resolver,
): boolean {
  const delta = deltas[index]!
  const { groups, callGroup, callEvent, callSecond, strings } = delta
  const size = groups.length / GROUP_COLUMNS
  const ownCallers = callers[index]!
  const skip = dropped?.[index]
  const count = new Uint32Array(size)
  const first = new Uint16Array(size).fill(3600)
  const last = new Uint16Array(size)
  const start = partition.hour * 3600
  const texts = new DeltaTexts(strings, table)
  const origins: (Origin | null | undefined)[] = new Array(delta.callers.length / IDENTITY_COLUMNS)
  for (let i = 0; i < callGroup.length; i++) {
    if (skip !== undefined && skip[callEvent[i]!] === 1) continue
    const group = callGroup[i]!
    const second = callSecond[i]!
    const number = groups[group * GROUP_COLUMNS + GROUP.caller]!
    const caller = ownCallers[number]!
    if (!caller.isTimeless) {
      const origin = resolver.originOf(caller.caller, start + second)
      if (origin === null) return false
      table.call(texts, groups, group, caller, origin, 1, second, second)
      continue
    }
    count[group]!++
    if (second < first[group]!) first[group] = second
    if (second > last[group]!) last[group] = second
  }
  for (let group = 0; group < size; group++) {
    if (count[group] === 0) continue
    const number = groups[group * GROUP_COLUMNS + GROUP.caller]!
    const caller = ownCallers[number]!
    let origin = origins[number]
    if (origin === undefined) {
      origin = resolver.originOf(caller.caller, start + first[group]!)
      origins[number] = origin
    }
    if (origin === null) return false
    table.call(texts, groups, group, caller, origin, count[group]!, first[group]!, last[group]!)
  }
  return true
}

/** One delta's strings, and what they are in the table. */
class DeltaTexts {
  readonly #strings: Delta['strings']
  readonly #table: SignalBuilder
  readonly #numbers: Int32Array
  readonly #outcomes: Int8Array
  readonly #clients: Int8Array
  readonly #names: Int8Array

  constructor(strings: Delta['strings'], table: SignalBuilder) {
    this.#strings = strings
    this.#table = table
    this.#numbers = new Int32Array(strings.length).fill(-1)
    this.#outcomes = new Int8Array(strings.length).fill(-1)
    this.#clients = new Int8Array(strings.length).fill(-1)
    this.#names = new Int8Array(strings.length).fill(-1)
  }

  string(local: number): number {
    if (this.#numbers[local]! < 0)
      this.#numbers[local] = this.#table.string(this.#strings.at(local)!)
    return this.#numbers[local]!
  }

  outcome(local: number): number {
    if (this.#outcomes[local]! < 0)
      this.#outcomes[local] = OUTCOMES.indexOf(outcomeOf(this.#strings.at(local)!))
    return this.#outcomes[local]!
  }

  client(local: number): number {
    if (this.#clients[local]! < 0) this.#clients[local] = clientNumber(this.#strings.at(local)!)
    return this.#clients[local]!
  }

  namesResource(action: number): boolean {
    if (this.#names[action]! < 0)
      this.#names[action] = NAMES_RESOURCE.test(this.#strings.at(action)!) ? 1 : 0
    return this.#names[action] === 1
  }
}

const CLIENTS_KNOWN_MAX = 20_000
const clientsKnown = new Map<string, number>()

/** The same few hundred user agents come in every file. */
function clientNumber(userAgent: string): number {
  let number = clientsKnown.get(userAgent)
  if (number === undefined) {
    number = CLIENTS.indexOf(clientOf(userAgent))
    if (clientsKnown.size >= CLIENTS_KNOWN_MAX) clientsKnown.clear()
    clientsKnown.set(userAgent, number)
  }
  return number
}

class SignalBuilder {
  readonly #strings = new Map<string, number>([['', 0]])
  readonly #principals = new Map<string, number>()
  readonly #principalList: Principal[] = []
  readonly #origins = new Map<Origin, readonly [principal: number, via: number]>()
  readonly #callers = new Map<Origin, readonly [principal: number, via: number]>()
  readonly #rows = new TupleInterner(SIGNAL_COLUMNS)
  readonly #tuple = new Int32Array(SIGNAL_COLUMNS)
  readonly #count: number[] = []
  readonly #first: number[] = []
  readonly #last: number[] = []

  string(text: string): number {
    let number = this.#strings.get(text)
    if (number === undefined) {
      number = this.#strings.size
      this.#strings.set(text, number)
    }
    return number
  }

  issue(sighting: Sighting, origin: Origin, second: number): void {
    const { identity, key, action } = sighting
    const tuple = this.#begin(1, origin)
    tuple[SIGNAL.role] = this.string(sighting.role)
    tuple[SIGNAL.action] = this.string(`sts:${action}`)
    tuple[SIGNAL.outcome] = 0
    tuple[SIGNAL.network] = this.string(networkOf(sighting))
    tuple[SIGNAL.client] = clientNumber(sighting.userAgent)
    tuple[SIGNAL.marks] = marksOf(identity) | (key.startsWith('event:') ? MARK.omitted : 0)
    tuple[SIGNAL.what] = this.string(sighting.provider || identity.provider || identity.invokedBy)
    tuple[SIGNAL.more] = this.string(sighting.audience)
    this.#end(1, second, second)
  }

  attempt(attempt: Attempt, origin: Origin, second: number): void {
    const { identity, action, role, error, userAgent } = attempt
    const tuple = this.#begin(2, origin)
    tuple[SIGNAL.role] = this.string(role)
    tuple[SIGNAL.action] = this.string(`sts:${action}`)
    tuple[SIGNAL.outcome] = OUTCOMES.indexOf(outcomeOf(error))
    tuple[SIGNAL.network] = this.string(networkOf(attempt))
    tuple[SIGNAL.client] = clientNumber(userAgent)
    tuple[SIGNAL.marks] = marksOf(identity)
    tuple[SIGNAL.what] = this.string(identity.provider || identity.invokedBy)
    tuple[SIGNAL.more] = this.string(error)
    this.#end(1, second, second)
  }

  call(
    texts: DeltaTexts,
    groups: Uint32Array,
    group: number,
    { role, marks }: SignalCaller,
    origin: Origin,
    count: number,
    first: number,
    last: number,
  ): void {
    const at = group * GROUP_COLUMNS
    const action = groups[at + GROUP.action]!
    const tuple = this.#begin(0, origin, role)
    tuple[SIGNAL.role] = this.string(role)
    tuple[SIGNAL.action] = texts.string(action)
    tuple[SIGNAL.outcome] = texts.outcome(groups[at + GROUP.error]!)
    tuple[SIGNAL.network] = texts.string(groups[at + GROUP.network]!)
    tuple[SIGNAL.client] = texts.client(groups[at + GROUP.userAgent]!)
    tuple[SIGNAL.marks] = marks
    tuple[SIGNAL.what] = texts.namesResource(action)
      ? texts.string(groups[at + GROUP.resource]!)
      : 0
    tuple[SIGNAL.more] = 0
    this.#end(count, first, last)
  }

  finish(): SignalTable {
    return {
      principals: this.#principalList,
      strings: [...this.#strings.keys()],
      keys: this.#rows.rows(),
      count: Uint32Array.from(this.#count),
      first: Uint16Array.from(this.#first),
      last: Uint16Array.from(this.#last),
    }
  }

  /** `role`: of a call, the role of its session, which is the last of those that led to it. */
  #begin(kind: number, origin: Origin, role?: string): Int32Array {
    const origins = kind === 0 ? this.#callers : this.#origins
    let known = origins.get(origin)
    if (known === undefined) {
      const { roles } = origin
      const before = role !== undefined && roles.at(-1) === role ? roles.slice(0, -1) : roles
      known = [this.#principal(origin.principal), this.string(before.join('\n'))]
      origins.set(origin, known)
    }
    const tuple = this.#tuple
    tuple[SIGNAL.kind] = kind
    tuple[SIGNAL.principal] = known[0]
    tuple[SIGNAL.via] = known[1]
    return tuple
  }

  #end(count: number, first: number, last: number): void {
    const row = this.#rows.intern(this.#tuple)
    if (this.#rows.created) {
      this.#count.push(count)
      this.#first.push(first)
      this.#last.push(last)
      return
    }
    this.#count[row]! += count
    if (first < this.#first[row]!) this.#first[row] = first
    if (last > this.#last[row]!) this.#last[row] = last
  }

  #principal(principal: Principal): number {
    const key = `${principal.kind}\n${principal.id}`
    let number = this.#principals.get(key)
    if (number === undefined) {
      number = this.#principalList.push(principal) - 1
      this.#principals.set(key, number)
    }
    return number
  }
}

/** Through a private endpoint the address is a private one and says little. */
function networkOf({ vpcEndpoint, sourceIp }: { vpcEndpoint: string; sourceIp: string }): string {
  return vpcEndpoint || sourceIp
}
