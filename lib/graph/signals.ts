import { CLIENTS, clientOf } from '../identity/client.ts'
import { whoCalled } from '../identity/principal.ts'
import type {
  Attempt,
  Delta,
  Identity,
  Partition,
  Principal,
  PrincipalKind,
  Sighting,
} from '../model.ts'
import { GROUP, GROUP_COLUMNS, IDENTITY_COLUMNS } from '../record/columns.ts'
import { TupleInterner } from '../record/tuples.ts'
import type { Origin, Resolver } from '../session/resolver.ts'
import type { CountedTable } from './counted-table.ts'
import { OUTCOMES, outcomeOf } from './outcome.ts'

/**
 * What detection needs of one partition and the other rows lack: who did which action, with which kind of program, from where; for
 * what kinds of use, not for each call. Calls on different resources are one row, unless the action changes who may do what.
 */
export type SignalTable = CountedTable

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
  const callersInTable = new Int32Array(delta.callers.length / IDENTITY_COLUMNS).fill(-1)
  for (let i = 0; i < callGroup.length; i++) {
    if (skip !== undefined && skip[callEvent[i]!] === 1) continue
    const group = callGroup[i]!
    const second = callSecond[i]!
    const number = groups[group * GROUP_COLUMNS + GROUP.caller]!
    const caller = ownCallers[number]!
    if (!caller.isTimeless) {
      const origin = resolver.originOf(caller.caller, start + second)
      if (origin === null) return false
      table.call(texts, groups, group, table.caller(caller, origin), 1, second, second)
      continue
    }
    count[group]!++
    if (second < first[group]!) first[group] = second
    if (second > last[group]!) last[group] = second
  }
  for (let group = 0; group < size; group++) {
    if (count[group] === 0) continue
    const number = groups[group * GROUP_COLUMNS + GROUP.caller]!
    let caller = callersInTable[number]!
    if (caller < 0) {
      const own = ownCallers[number]!
      const origin = resolver.originOf(own.caller, start + first[group]!)
      if (origin === null) return false
      caller = table.caller(own, origin)
      callersInTable[number] = caller
    }
    table.call(texts, groups, group, caller, count[group]!, first[group]!, last[group]!)
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

/** What the calls of one caller have in common. */
const CALLER_COLUMNS = 4
/** Caller, action, container, network, and outcome and client as one number. */
const CALL_COLUMNS = 5

/** Calls are most of the rows, so they have fewer columns until they are done. */
class SignalBuilder {
  readonly #strings = new Map<string, number>([['', 0]])
  readonly #principals = new Map<PrincipalKind, Map<string, number>>()
  readonly #principalList: Principal[] = []
  readonly #assumptions = new Rows(SIGNAL_COLUMNS)
  readonly #callers = new TupleInterner(CALLER_COLUMNS)
  readonly #caller = new Int32Array(CALLER_COLUMNS)
  readonly #calls = new Rows(CALL_COLUMNS)

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
    const { tuple } = this.#assumptions
    tuple[SIGNAL.kind] = 1
    tuple[SIGNAL.principal] = this.#principal(origin.principal)
    tuple[SIGNAL.via] = this.#path(origin.roles)
    tuple[SIGNAL.role] = this.string(sighting.role)
    tuple[SIGNAL.action] = this.string(`sts:${action}`)
    tuple[SIGNAL.outcome] = 0
    tuple[SIGNAL.network] = this.string(networkOf(sighting))
    tuple[SIGNAL.client] = clientNumber(sighting.userAgent)
    tuple[SIGNAL.marks] = marksOf(identity) | (key.startsWith('event:') ? MARK.omitted : 0)
    tuple[SIGNAL.what] = this.string(sighting.provider || identity.provider || identity.invokedBy)
    tuple[SIGNAL.more] = this.string(sighting.audience)
    this.#assumptions.add(1, second, second)
  }

  attempt(attempt: Attempt, origin: Origin, second: number): void {
    const { identity, action, role, error, userAgent } = attempt
    const { tuple } = this.#assumptions
    tuple[SIGNAL.kind] = 2
    tuple[SIGNAL.principal] = this.#principal(origin.principal)
    tuple[SIGNAL.via] = this.#path(origin.roles)
    tuple[SIGNAL.role] = this.string(role)
    tuple[SIGNAL.action] = this.string(`sts:${action}`)
    tuple[SIGNAL.outcome] = OUTCOMES.indexOf(outcomeOf(error))
    tuple[SIGNAL.network] = this.string(networkOf(attempt))
    tuple[SIGNAL.client] = clientNumber(userAgent)
    tuple[SIGNAL.marks] = marksOf(identity)
    tuple[SIGNAL.what] = this.string(identity.provider || identity.invokedBy)
    tuple[SIGNAL.more] = this.string(error)
    this.#assumptions.add(1, second, second)
  }

  /** Number of a caller, for `call`. The role of its session is the last of those that led to it, and no way to itself. */
  caller({ role, marks }: SignalCaller, { principal, roles }: Origin): number {
    const tuple = this.#caller
    tuple[0] = this.#principal(principal)
    tuple[1] = this.#path(roles.at(-1) === role ? roles.slice(0, -1) : roles)
    tuple[2] = this.string(role)
    tuple[3] = marks
    return this.#callers.intern(tuple)
  }

  call(
    texts: DeltaTexts,
    groups: Uint32Array,
    group: number,
    caller: number,
    count: number,
    first: number,
    last: number,
  ): void {
    const at = group * GROUP_COLUMNS
    const action = groups[at + GROUP.action]!
    const { tuple } = this.#calls
    tuple[0] = caller
    tuple[1] = texts.string(action)
    tuple[3] = texts.string(groups[at + GROUP.network]!)
    tuple[2] = texts.namesResource(action) ? texts.string(groups[at + GROUP.resource]!) : 0
    tuple[4] =
      texts.outcome(groups[at + GROUP.error]!) * CLIENTS.length +
      texts.client(groups[at + GROUP.userAgent]!)
    this.#calls.add(count, first, last)
  }

  finish(): SignalTable {
    const assumptions = this.#assumptions
    const calls = this.#calls
    const before = assumptions.keys()
    const keys = new Int32Array(
      before.length + (calls.keys().length / CALL_COLUMNS) * SIGNAL_COLUMNS,
    )
    keys.set(before)
    this.#writeCalls(keys, before.length)
    return {
      principals: this.#principalList,
      strings: [...this.#strings.keys()],
      keys,
      count: Uint32Array.from([...assumptions.count, ...calls.count]),
      first: Uint16Array.from([...assumptions.first, ...calls.first]),
      last: Uint16Array.from([...assumptions.last, ...calls.last]),
    }
  }

  #writeCalls(keys: Int32Array, start: number): void {
    const calls = this.#calls.keys()
    const callers = this.#callers.rows()
    let to = start
    for (let at = 0; at < calls.length; at += CALL_COLUMNS) {
      const caller = calls[at]! * CALLER_COLUMNS
      keys[to + SIGNAL.principal] = callers[caller]!
      keys[to + SIGNAL.via] = callers[caller + 1]!
      keys[to + SIGNAL.role] = callers[caller + 2]!
      keys[to + SIGNAL.marks] = callers[caller + 3]!
      keys[to + SIGNAL.action] = calls[at + 1]!
      keys[to + SIGNAL.what] = calls[at + 2]!
      keys[to + SIGNAL.network] = calls[at + 3]!
      keys[to + SIGNAL.outcome] = Math.floor(calls[at + 4]! / CLIENTS.length)
      keys[to + SIGNAL.client] = calls[at + 4]! % CLIENTS.length
      to += SIGNAL_COLUMNS
    }
  }

  #path(roles: readonly string[]): number {
    return roles.length === 0 ? 0 : this.string(roles.join('\n'))
  }

  #principal(principal: Principal): number {
    let ofKind = this.#principals.get(principal.kind)
    if (ofKind === undefined) {
      ofKind = new Map()
      this.#principals.set(principal.kind, ofKind)
    }
    let number = ofKind.get(principal.id)
    if (number === undefined) {
      number = this.#principalList.push(principal) - 1
      ofKind.set(principal.id, number)
    }
    return number
  }
}

/** Rows by what tells them apart, counted. */
class Rows {
  /** Of the row that is added next. */
  readonly tuple: Int32Array
  readonly #numbers: TupleInterner
  readonly count: number[] = []
  readonly first: number[] = []
  readonly last: number[] = []

  constructor(width: number) {
    this.tuple = new Int32Array(width)
    this.#numbers = new TupleInterner(width)
  }

  add(count: number, first: number, last: number): void {
    const row = this.#numbers.intern(this.tuple)
    if (this.#numbers.created) {
      this.count.push(count)
      this.first.push(first)
      this.last.push(last)
      return
    }
    this.count[row]! += count
    if (first < this.first[row]!) this.first[row] = first
    if (last > this.last[row]!) this.last[row] = last
  }

  keys(): Int32Array {
    return this.#numbers.rows()
  }
}

/** Through a private endpoint the address is a private one and says little. */
function networkOf({ vpcEndpoint, sourceIp }: { vpcEndpoint: string; sourceIp: string }): string {
  return vpcEndpoint || sourceIp
}
