import { type Caller, whoCalled } from '../identity/principal.ts'
import type { Attempt, Delta, Partition, Principal, Proof, Sighting, StsAction } from '../model.ts'
import { GROUP, GROUP_COLUMNS, IDENTITY_COLUMNS, SeenIdentity, seenIn } from '../record/columns.ts'
import { TupleInterner } from '../record/tuples.ts'
import { isSettled, issuancesByKey } from '../session/issuance.ts'
import { keyRef, type Ref } from '../session/refs.ts'
import { AwaitedRefs, type Origin, type Resolver } from '../session/resolver.ts'
import type { CountedTable } from './counted-table.ts'
import { OUTCOMES, outcomeOf } from './outcome.ts'
import { marksOf, type SignalCaller, type SignalTable, signalsOf } from './signals.ts'
import { survivingEvents } from './unique.ts'

/** Assumptions of one role by one principal on one path within one hour. */
export interface EdgeRow {
  readonly principal: Principal
  readonly via: readonly string[]
  readonly hop: number
  readonly role: string
  readonly proof: Proof
  /** Seconds into the hour, ascending, one for each assumption. */
  readonly seconds: Uint16Array
}

/** Refused or failed assumptions, likewise. */
export interface AttemptRow {
  readonly principal: Principal
  readonly via: readonly string[]
  /** '' where the record does not name the role. */
  readonly role: string
  readonly action: StsAction
  readonly error: string
  readonly seconds: Uint16Array
}

/** Alike calls of one principal with one role, on one resource, from one network, are one row of `ACTIVITY_COLUMNS` numbers. */
export type ActivityTable = CountedTable

export const ACTIVITY_COLUMNS = 6
export const ACTIVITY = {
  /** An index into `principals`; all but `outcome` after it index `strings`. */
  principal: 0,
  /** The role whose session made the calls; '' where the principal made them itself. */
  role: 1,
  action: 2,
  resource: 3,
  /** An index into `OUTCOMES`. */
  outcome: 4,
  network: 5,
} as const

/** What all that is known of one partition comes to. A pure function of the set of its events and of the sessions they use. */
export interface Rollup {
  readonly partition: Partition
  readonly edges: readonly EdgeRow[]
  readonly attempts: readonly AttemptRow[]
  readonly activity: ActivityTable
  readonly signals: SignalTable
  /** Addresses and VPC endpoints that assumptions and calls came from. */
  readonly networks: readonly string[]
  /** Refs under which a sighting yet to come would change this rollup. */
  readonly awaits: readonly Ref[]
}

/** One partition on its way from facts to rows. */
export class PartitionWork {
  readonly partition: Partition
  readonly #deltas: readonly Delta[]
  readonly #callers: CallerHere[][]
  readonly #issued: readonly Sighting[]
  #unresolved: ((resolver: Resolver) => boolean)[]

  constructor(partition: Partition, deltas: readonly Delta[]) {
    this.partition = partition
    this.#deltas = deltas
    this.#callers = deltas.map(callersOf)
    this.#issued = [...issuancesByKey(deltas.flatMap(seenIn)).values()]
    const start = partition.hour * 3600
    this.#unresolved = [
      ...this.#callers
        .flat()
        .filter(({ caller, isUsed }) => isUsed && caller.kind === 'session')
        .map(
          ({ caller }) =>
            (resolver: Resolver) =>
              resolver.originOf(caller, start) !== null,
        ),
      ...this.#issued.map(
        (sighting) => (resolver: Resolver) => resolver.originOfAssumption(sighting) !== null,
      ),
    ]
  }

  /** Hands the resolver what the partition itself says of its keys, where no other sighting could say more. */
  teach(resolver: Resolver): void {
    for (const sighting of this.#issued)
      if (isSettled(sighting)) resolver.learn(keyRef(sighting.key), [sighting])
  }

  /** Asks the resolver for all that the rows will need; true once it misses nothing. Asks again only for what was missing. */
  resolve(resolver: Resolver): boolean {
    this.#unresolved = this.#unresolved.filter((isResolved) => !isResolved(resolver))
    return this.#unresolved.length === 0
  }

  /** The rows; null where the resolver misses sightings after all, which it then names in `missing`. */
  rows(resolver: Resolver): Rollup | null {
    const awaits = new AwaitedRefs()
    const edges = this.#edges(resolver, awaits)
    const unique = uniqueAttempts(this.#deltas)
    const attempts = this.#attempts(unique, resolver, awaits)
    const dropped = survivingEvents(this.#deltas)
    const activity = this.#activity(dropped, resolver, awaits)
    if (edges === null || attempts === null || activity === null) return null
    const signals = signalsOf(
      {
        partition: this.partition,
        deltas: this.#deltas,
        callers: this.#callers,
        issued: this.#issued,
        attempts: unique,
        dropped,
      },
      resolver,
    )
    if (signals === null) return null
    return {
      partition: this.partition,
      edges,
      attempts,
      activity,
      signals,
      networks: this.#networks(),
      awaits: awaits.sorted(),
    }
  }

  #networks(): string[] {
    const networks = new Set(this.#issued.map(networkOf))
    for (const delta of this.#deltas) {
      for (const attempt of delta.attempts) networks.add(networkOf(attempt))
      const seen = new Set<number>()
      for (let at = GROUP.network; at < delta.groups.length; at += GROUP_COLUMNS)
        seen.add(delta.groups[at]!)
      for (const number of seen) networks.add(delta.strings.at(number)!)
    }
    networks.delete('')
    return [...networks].sort()
  }

  #edges(resolver: Resolver, awaits: AwaitedRefs): EdgeRow[] | null {
    const rows = new Rows<Omit<EdgeRow, 'seconds'>>()
    let complete = true
    for (const sighting of this.#issued) {
      const origin = resolver.originOfAssumption(sighting)
      if (origin === null) {
        complete = false
        continue
      }
      awaits.add(origin.awaits)
      const { principal, roles: via, hops, proof } = origin
      const { role } = sighting
      const path = via.length === 0 ? '' : via.join('\n')
      const key = `${role}\n${principal.kind}\n${principal.id}\n${proof}\n${hops}\n${path}`
      rows.add(key, sighting.at - this.partition.hour * 3600, () => ({
        principal,
        via,
        hop: hops + 1,
        role,
        proof,
      }))
    }
    return complete ? rows.finish() : null
  }

  #attempts(
    unique: readonly Attempt[],
    resolver: Resolver,
    awaits: AwaitedRefs,
  ): AttemptRow[] | null {
    const rows = new Rows<Omit<AttemptRow, 'seconds'>>()
    let complete = true
    for (const attempt of unique) {
      const origin = resolver.originOf(whoCalled(attempt.identity), attempt.at)
      if (origin === null) {
        complete = false
        continue
      }
      awaits.add(origin.awaits)
      const { principal, roles: via } = origin
      const { role, action, error } = attempt
      const key = [principal.kind, principal.id, role, action, error, ...via].join('\n')
      rows.add(key, attempt.at - this.partition.hour * 3600, () => ({
        principal,
        via,
        role,
        action,
        error,
      }))
    }
    return complete ? rows.finish() : null
  }

  #activity(
    dropped: readonly Uint8Array[] | undefined,
    resolver: Resolver,
    awaits: AwaitedRefs,
  ): ActivityTable | null {
    const table = new ActivityBuilder()
    let complete = true
    this.#deltas.forEach((delta, index) => {
      const skip = dropped?.[index]
      const here = new DeltaInTable(delta, table)
      const callers = this.#callers[index]!
      const { callGroup, callEvent, callSecond } = delta
      for (let i = 0; i < callGroup.length; i++) {
        if (skip !== undefined && skip[callEvent[i]!] === 1) continue
        const group = callGroup[i]!
        const second = callSecond[i]!
        let row = here.rowOfGroup[group]!
        if (row < 0) {
          const number = delta.groups[group * GROUP_COLUMNS + GROUP.caller]!
          const caller = callers[number]!
          if (!here.isPlaced(number)) {
            const origin = resolver.originOf(caller.caller, this.partition.hour * 3600 + second)
            if (origin === null) {
              complete = false
              continue
            }
            awaits.add(origin.awaits)
            here.place(number, caller, origin)
          }
          row = here.row(group, number)
          // Which of several sessions of one name is meant depends on when the call was made.
          if (caller.isTimeless) here.rowOfGroup[group] = row
          else here.forget(number)
        }
        table.count(row, second)
      }
    })
    return complete ? table.finish() : null
  }
}

/** Where a call came from: through a private endpoint the address is a private one and says little. */
function networkOf({ vpcEndpoint, sourceIp }: { vpcEndpoint: string; sourceIp: string }): string {
  return vpcEndpoint || sourceIp
}

function uniqueAttempts(deltas: readonly Delta[]): Attempt[] {
  const unique = new Map<string, Attempt>()
  for (const { attempts } of deltas)
    for (const attempt of attempts) unique.set(`${attempt.recipient}/${attempt.eventId}`, attempt)
  return [...unique.values()]
}

interface CallerHere extends SignalCaller {
  readonly caller: Caller
  /** It made calls that are activity; callers of STS alone are followed with what they were issued. */
  readonly isUsed: boolean
  /** The origin is the same whenever the call was made: the caller names its key, or when its session was issued. */
  readonly isTimeless: boolean
}

function callersOf(delta: Delta): CallerHere[] {
  const used = new Uint8Array(delta.callers.length / IDENTITY_COLUMNS)
  for (let at = GROUP.caller; at < delta.groups.length; at += GROUP_COLUMNS)
    used[delta.groups[at]!] = 1
  return Array.from(used, (isUsed, index) => {
    const identity = new SeenIdentity(delta, index)
    const caller = whoCalled(identity)
    const isTimeless =
      caller.kind === 'principal' || caller.session.key !== '' || caller.session.issuedAt !== null
    const marks = marksOf(identity)
    return { caller, role: identity.role, isUsed: isUsed === 1, isTimeless, marks }
  })
}

/** Rows by key, with the seconds at which they occurred. */
class Rows<Row extends object> {
  readonly #rows = new Map<string, { row: Row; seconds: number[] }>()

  add(key: string, second: number, make: () => Row): void {
    const known = this.#rows.get(key)
    if (known === undefined) this.#rows.set(key, { row: make(), seconds: [second] })
    else known.seconds.push(second)
  }

  finish(): (Row & { seconds: Uint16Array })[] {
    return [...this.#rows.keys()].sort().map((key) => {
      const { row, seconds } = this.#rows.get(key)!
      return { ...row, seconds: Uint16Array.from(seconds).sort() }
    })
  }
}

/** One delta's numbers, and what they are in the table. */
class DeltaInTable {
  readonly rowOfGroup: Int32Array
  readonly #delta: Delta
  readonly #table: ActivityBuilder
  readonly #strings: Int32Array
  readonly #outcomes: Int8Array
  readonly #principals: Int32Array
  readonly #roles: Int32Array

  constructor(delta: Delta, table: ActivityBuilder) {
    this.#delta = delta
    this.#table = table
    this.rowOfGroup = new Int32Array(delta.groups.length / GROUP_COLUMNS).fill(-1)
    this.#strings = new Int32Array(delta.strings.length).fill(-1)
    this.#outcomes = new Int8Array(delta.strings.length).fill(-1)
    this.#principals = new Int32Array(delta.callers.length / IDENTITY_COLUMNS).fill(-1)
    this.#roles = new Int32Array(delta.callers.length / IDENTITY_COLUMNS)
  }

  isPlaced(caller: number): boolean {
    return this.#principals[caller]! >= 0
  }

  place(caller: number, { role }: CallerHere, { principal }: Origin): void {
    this.#principals[caller] = this.#table.principal(principal)
    this.#roles[caller] = this.#table.string(role)
  }

  forget(caller: number): void {
    this.#principals[caller] = -1
  }

  row(group: number, caller: number): number {
    const { groups } = this.#delta
    const at = group * GROUP_COLUMNS
    return this.#table.row(
      this.#principals[caller]!,
      this.#roles[caller]!,
      this.#string(groups[at + GROUP.action]!),
      this.#string(groups[at + GROUP.resource]!),
      this.#outcome(groups[at + GROUP.error]!),
      this.#string(groups[at + GROUP.network]!),
    )
  }

  #string(local: number): number {
    let number = this.#strings[local]!
    if (number < 0) {
      number = this.#table.string(this.#delta.strings.at(local)!)
      this.#strings[local] = number
    }
    return number
  }

  #outcome(error: number): number {
    let outcome = this.#outcomes[error]!
    if (outcome < 0) {
      outcome = OUTCOMES.indexOf(outcomeOf(this.#delta.strings.at(error)!))
      this.#outcomes[error] = outcome
    }
    return outcome
  }
}

class ActivityBuilder {
  readonly #strings = new Map<string, number>()
  readonly #principals = new Map<string, number>()
  /** The same by object: most principals come as one and the same. */
  readonly #principalObjects = new Map<Principal, number>()
  readonly #principalList: Principal[] = []
  readonly #rows = new TupleInterner(ACTIVITY_COLUMNS)
  readonly #tuple = new Int32Array(ACTIVITY_COLUMNS)
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

  principal(principal: Principal): number {
    let number = this.#principalObjects.get(principal)
    if (number !== undefined) return number
    const key = `${principal.kind}\n${principal.id}`
    number = this.#principals.get(key)
    if (number === undefined) {
      number = this.#principalList.push(principal) - 1
      this.#principals.set(key, number)
    }
    this.#principalObjects.set(principal, number)
    return number
  }

  row(
    principal: number,
    role: number,
    action: number,
    resource: number,
    outcome: number,
    network: number,
  ): number {
    const tuple = this.#tuple
    tuple[ACTIVITY.principal] = principal
    tuple[ACTIVITY.role] = role
    tuple[ACTIVITY.action] = action
    tuple[ACTIVITY.resource] = resource
    tuple[ACTIVITY.outcome] = outcome
    tuple[ACTIVITY.network] = network
    const row = this.#rows.intern(tuple)
    if (this.#rows.created) {
      this.#count.push(0)
      this.#first.push(3600)
      this.#last.push(0)
    }
    return row
  }

  count(row: number, second: number): void {
    this.#count[row]!++
    if (second < this.#first[row]!) this.#first[row] = second
    if (second > this.#last[row]!) this.#last[row] = second
  }

  finish(): ActivityTable {
    return {
      principals: this.#principalList,
      strings: [...this.#strings.keys()],
      keys: this.#rows.rows(),
      count: Uint32Array.from(this.#count),
      first: Uint16Array.from(this.#first),
      last: Uint16Array.from(this.#last),
    }
  }
}
