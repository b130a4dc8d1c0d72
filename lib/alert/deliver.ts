import type { Finding } from '../finding/finding.ts'
import type { AlertMessage, AlertSink, Findings, Outbox, OutboxEntry } from '../ports.ts'
import { type AlertContext, alertOf } from './alert.ts'
import { FORMATS } from './all.ts'
import {
  afterwards,
  begun,
  findingsIn,
  type Outcome,
  type Parcel,
  parcelsOf,
  revived,
} from './dispatch.ts'
import type { ForPeople } from './format.ts'
import { messageOf, summaryMessageOf } from './message.ts'
import { type AlertSettings, type Target, targetsOf } from './route.ts'
import { summaryOf, WORST_MAX } from './summary.ts'

const AT_ONCE = 100
/** Critical findings have so much more room before there is a summary of them too. */
const CRITICAL_ROOM = 10
/** One run takes on so many entries, so that it ends, and remembers no more of those that wait for a summary. */
const RUN_MAX = 100_000

/** What came of it. */
export interface Delivery {
  /** Messages that arrived, summaries among them. */
  readonly messages: number
  readonly summaries: number
  /** Outbox entries that arrived wherever they were to. */
  readonly delivered: number
  /** That nobody is to be told of. */
  readonly unrouted: number
  /** That are tried again. */
  readonly retried: number
  /** That are not tried any more since now. */
  readonly died: number
  /** What went wrong, by target. */
  readonly errors: ReadonlyMap<string, string>
}

/**
 * Sends what is due at `now` (seconds), the most severe first. Each entry arrives at least once, and always under the same id; it leaves
 * the outbox when it has arrived everywhere.
 */
export async function deliver(
  store: Outbox & Findings,
  sink: AlertSink,
  settings: AlertSettings,
  rules: AlertContext['rules'],
  now: number,
): Promise<Delivery> {
  const run = new Run(store, sink, settings, rules, now)
  for (let taken = 0; taken < RUN_MAX; taken += AT_ONCE) if (!(await run.some())) break
  await run.summarise()
  return run.delivery()
}

/** Dead entries are tried again from the next delivery on; returns how many there were. */
export async function revive(store: Outbox, now: number): Promise<number> {
  let count = 0
  for (;;) {
    const dead = await store.dead(AT_ONCE)
    if (dead.length === 0) return count
    const made = await store.settle(dead.map((entry) => [entry, revived(entry, now)] as const))
    count += made.filter(Boolean).length
  }
}

class Run {
  readonly #store: Outbox & Findings
  readonly #sink: AlertSink
  readonly #context: AlertContext
  readonly #targets: readonly Target[]
  readonly #storm: AlertSettings['storm']
  readonly #now: number
  readonly #broken = new Map<Target, string>()
  #last: OutboxEntry | undefined
  /** The last thing that went wrong, by the name of the target. */
  readonly #errors = new Map<string, string>()
  /** Left for a summary, by target; an entry may be left for several. */
  readonly #held = new Map<Target, OutboxEntry[]>()
  readonly #counts = { messages: 0, summaries: 0, delivered: 0, unrouted: 0, retried: 0, died: 0 }

  constructor(
    store: Outbox & Findings,
    sink: AlertSink,
    settings: AlertSettings,
    rules: AlertContext['rules'],
    now: number,
  ) {
    this.#store = store
    this.#sink = sink
    this.#context = { rules, dashboard: settings.dashboard ?? null }
    this.#targets = targetsOf(settings)
    this.#storm = settings.storm
    this.#now = now
  }

  delivery(): Delivery {
    return { ...this.#counts, errors: this.#errors }
  }

  /** Sends the next entries; false: there are none, or nowhere to send them. */
  async some(): Promise<boolean> {
    if (this.#broken.size === this.#targets.length) return false
    const due = await this.#store.due(this.#now, AT_ONCE, this.#last)
    if (due.length === 0) return false
    this.#last = due.at(-1)
    const claims = due.map((entry) => [entry, begun(entry, this.#now)] as const)
    const isOurs = await this.#store.settle(claims)
    const entries = claims.flatMap(([, entry], index) => (isOurs[index] ? [entry] : []))
    const ids = [...new Set(entries.map(({ finding }) => finding))]
    const findings = new Map((await this.#store.findings(ids)).map((one) => [one.id, one]))
    const outcomes: Outcome[] = []
    const late: Parcel[] = []
    for (const [target, parcels] of parcelsOf(entries, this.#targets)) {
      const allowed = await this.#allowed(target, parcels)
      late.push(...parcels.filter((parcel) => !allowed.includes(parcel)))
      outcomes.push(...(await this.#send(target, allowed, findings)))
    }
    await this.#settle(entries, outcomes, late)
    return true
  }

  /** One message for each target in place of all that were too many. */
  async summarise(): Promise<void> {
    const errors = new Map<Target, string | null>()
    const targetsOfEntry = new Map<OutboxEntry, Target[]>()
    for (const [target, entries] of this.#held) {
      errors.set(target, await this.#summarise(target, entries))
      for (const entry of entries) {
        const others = targetsOfEntry.get(entry)
        if (others === undefined) targetsOfEntry.set(entry, [target])
        else others.push(target)
      }
    }
    const all = [...targetsOfEntry.keys()]
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const entries = all.slice(at, at + AT_ONCE)
      const outcomes = entries.flatMap((entry) =>
        targetsOfEntry
          .get(entry)!
          .map((target) => ({ target, entry, error: errors.get(target) ?? null })),
      )
      await this.#settle(entries, outcomes, [])
    }
  }

  async #summarise(target: Target, entries: readonly OutboxEntry[]): Promise<string | null> {
    const first = entries.slice(0, WORST_MAX).map(({ finding }) => finding)
    const found = new Map((await this.#store.findings(first)).map((one) => [one.id, one]))
    const worst = first.flatMap((id) => found.get(id) ?? [])
    const summary = summaryOf(entries, worst, this.#context.dashboard)
    const format = FORMATS[target.format] as ForPeople
    const [error = null] = await this.#sent(target, [summaryMessageOf(summary, format)])
    if (error === null) this.#counts.summaries++
    return error
  }

  async #send(
    target: Target,
    parcels: readonly Parcel[],
    findings: ReadonlyMap<string, Finding>,
  ): Promise<Outcome[]> {
    const broken = this.#broken.get(target)
    if (broken !== undefined) return outcomesOf(parcels, () => broken)
    const errors = new Map<Parcel, string>()
    const messages = new Map<Parcel, AlertMessage>()
    for (const parcel of parcels) {
      const written = this.#written(parcel, findings)
      if (typeof written === 'string') errors.set(parcel, written)
      else messages.set(parcel, written)
    }
    const results = await this.#sent(target, [...messages.values()])
    ;[...messages.keys()].forEach((parcel, index) => {
      const error = results[index] ?? null
      if (error !== null) errors.set(parcel, error)
    })
    return outcomesOf(parcels, (parcel) => errors.get(parcel) ?? null)
  }

  /** Those that may be sent by themselves; the others wait for a summary. */
  async #allowed(target: Target, parcels: readonly Parcel[]): Promise<readonly Parcel[]> {
    if (!FORMATS[target.format].isForPeople || this.#broken.has(target)) return parcels
    const isCritical = ({ entries }: Parcel): boolean => entries[0]!.severity === 'critical'
    const { most } = this.#storm
    return [
      ...(await this.#roomFor(
        `${target.name} critical`,
        parcels.filter(isCritical),
        CRITICAL_ROOM * most,
      )),
      ...(await this.#roomFor(
        target.name,
        parcels.filter((parcel) => !isCritical(parcel)),
        most,
      )),
    ]
  }

  async #roomFor(place: string, parcels: readonly Parcel[], most: number): Promise<Parcel[]> {
    if (parcels.length === 0) return []
    const span = Math.floor(this.#now / (this.#storm.minutes * 60))
    return parcels.slice(0, await this.#store.allow(place, span, parcels.length, most))
  }

  /** The message, or why there can be none: one bad finding must not hold up the others. */
  #written(parcel: Parcel, findings: ReadonlyMap<string, Finding>): AlertMessage | string {
    const { target, entries } = parcel
    const [first, ...others] = findingsIn(parcel, findings)
    if (first === undefined) return 'the finding is not there'
    const entry = entries.find(({ finding }) => finding === first.id)!
    try {
      const alert = alertOf(entry, first, others, this.#context)
      return messageOf(alert, FORMATS[target.format], target.to)
    } catch (error) {
      return `cannot be written as ${target.format}: ${(error as Error).message}`
    }
  }

  /** For each message null, or what went wrong. A target where none of several arrives is not tried again in this run. */
  async #sent(target: Target, messages: readonly AlertMessage[]): Promise<(string | null)[]> {
    if (messages.length === 0) return []
    const results = await this.#sink.send(target.to, messages)
    this.#counts.messages += results.filter((error) => error === null).length
    const [first = null] = results
    const isBroken = first !== null && results.every((error) => error !== null)
    if (isBroken && results.length > 1) this.#broken.set(target, first)
    if (first !== null) this.#errors.set(target.name, first)
    return results
  }

  /** Writes down what has arrived. What waits for a summary stays ours until then. */
  async #settle(
    entries: readonly OutboxEntry[],
    outcomes: readonly Outcome[],
    late: readonly Parcel[],
  ): Promise<void> {
    const outcomesFor = Map.groupBy(outcomes, ({ entry }) => entry)
    const waits = new Map<OutboxEntry, Target[]>()
    for (const { target, entries: waiting } of late)
      for (const entry of waiting) waits.set(entry, [...(waits.get(entry) ?? []), target])
    const changes = entries.flatMap((entry) => {
      const own = outcomesFor.get(entry) ?? []
      const after = afterwards(entry, own, this.#targets, this.#now)
      if (!waits.has(entry) || after === null) return [{ entry, after }]
      return own.length === 0 ? [] : [{ entry, after: { ...entry, arrived: after.arrived } }]
    })
    const made = await this.#store.settle(
      changes.map(({ entry, after }) => [entry, after] as const),
    )
    const kept = new Map(entries.map((entry) => [entry, entry]))
    changes.forEach(({ entry, after }, index) => {
      if (!made[index]) kept.delete(entry)
      else if (waits.has(entry) && after !== null) kept.set(entry, after)
      else this.#count(entry, after, outcomesFor.get(entry) ?? [])
    })
    for (const [entry, targets] of waits) {
      const current = kept.get(entry)
      if (current === undefined) continue
      for (const target of targets) {
        const held = this.#held.get(target)
        if (held === undefined) this.#held.set(target, [current])
        else held.push(current)
      }
    }
  }

  #count(entry: OutboxEntry, after: OutboxEntry | null, outcomes: readonly Outcome[]): void {
    if (after === null) {
      const wasTold = entry.arrived.length > 0 || outcomes.length > 0
      this.#counts[wasTold ? 'delivered' : 'unrouted']++
    } else if (after.isDead) this.#counts.died++
    else this.#counts.retried++
  }
}

function outcomesOf(
  parcels: readonly Parcel[],
  errorOf: (parcel: Parcel) => string | null,
): Outcome[] {
  return parcels.flatMap((parcel) =>
    parcel.entries.map((entry) => ({ target: parcel.target, entry, error: errorOf(parcel) })),
  )
}
