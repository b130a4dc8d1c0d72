import type { Attempt, Delta } from '../model.ts'
import {
  GROUP,
  GROUP_COLUMNS,
  IDENTITY_COLUMNS,
  SIGHTING_COLUMNS,
  SIGHTING_STRINGS_FROM,
} from './columns.ts'
import { type Interner, TupleInterner } from './interner.ts'

/** Collects what one file adds to each partition. */
export class DeltaBuilder {
  readonly #strings: Interner
  readonly #open = new Map<number, Map<number, OpenDelta>>()
  #last: OpenDelta | null = null

  constructor(strings: Interner) {
    this.#strings = strings
  }

  /** `account` is a string number. */
  open(account: number, hour: number): OpenDelta {
    const last = this.#last
    if (last !== null && last.hour === hour && last.account === account) return last
    let ofAccount = this.#open.get(account)
    if (ofAccount === undefined) {
      ofAccount = new Map()
      this.#open.set(account, ofAccount)
    }
    let delta = ofAccount.get(hour)
    if (delta === undefined) {
      delta = new OpenDelta(account, hour)
      ofAccount.set(hour, delta)
    }
    this.#last = delta
    return delta
  }

  finish(): Delta[] {
    const deltas = [...this.#open.values()].flatMap((ofAccount) => [...ofAccount.values()])
    return deltas.map((delta) => delta.finish(this.#strings))
  }
}

/** One partition's part, while the file is read. */
export class OpenDelta {
  readonly account: number
  readonly hour: number
  readonly #sightings = new Column()
  /** Strings that hardly ever repeat, numbered from -1 down. */
  readonly #texts: string[] = []
  readonly attempts: Attempt[] = []
  readonly #callers = new TupleInterner(IDENTITY_COLUMNS)
  readonly #groups = new TupleInterner(GROUP_COLUMNS)
  readonly #events = new TupleInterner(2)
  readonly #group = new Int32Array(GROUP_COLUMNS)
  readonly #callGroup = new Column()
  readonly #callEvent = new Column()
  readonly #callSecond = new Column()
  readonly #shared = new Column()

  constructor(account: number, hour: number) {
    this.account = account
    this.hour = hour
  }

  /** Number of the event with this fingerprint; -1 where the file had it before. */
  event(print: Int32Array): number {
    const event = this.#events.intern(print)
    return this.#events.created ? event : -1
  }

  /** A number for a string that is not worth interning: ids of events, keys and sessions. */
  text(text: string): number {
    return text === '' ? 0 : -this.#texts.push(text)
  }

  /** `row` has the columns of `SIGHTING`; strings are numbers of the interner or of `text`. */
  sighting(row: Int32Array): void {
    for (const value of row) this.#sightings.push(value)
  }

  share(event: number, print: Int32Array): void {
    this.#shared.push(event)
    this.#shared.push(print[0]!)
    this.#shared.push(print[1]!)
  }

  caller(identity: Int32Array): number {
    return this.#callers.intern(identity)
  }

  call(
    event: number,
    second: number,
    caller: number,
    action: number,
    resource: number,
    error: number,
    network: number,
    userAgent: number,
  ): void {
    const group = this.#group
    group[0] = caller
    group[1] = action
    group[2] = resource
    group[3] = error
    group[4] = network
    group[5] = userAgent
    this.#callGroup.push(this.#groups.intern(group))
    this.#callEvent.push(event)
    this.#callSecond.push(second)
  }

  /** Numbers the strings anew, so that the delta carries only its own. */
  finish(strings: Interner): Delta {
    const local = new Renumbering(strings, this.#texts)
    return {
      partition: { account: strings.text(this.account), hour: this.hour },
      callers: local.rows(
        this.#callers.rows(),
        IDENTITY_COLUMNS,
        (column) => column < IDENTITY_COLUMNS - 1,
      ),
      groups: local.rows(this.#groups.rows(), GROUP_COLUMNS, (column) => column !== GROUP.caller),
      sightings: local.rows(
        this.#sightings.values(),
        SIGHTING_COLUMNS,
        (column) => column >= SIGHTING_STRINGS_FROM,
      ),
      strings: local.dictionary,
      callGroup: this.#callGroup.values(),
      callEvent: this.#callEvent.values(),
      callSecond: Uint16Array.from(this.#callSecond.values()),
      events: Uint32Array.from(this.#events.rows()),
      shared: this.#shared.values(),
      attempts: this.attempts,
    }
  }
}

/** Numbers for the strings of one delta, in the order in which they are met. */
class Renumbering {
  readonly dictionary: string[] = ['']
  readonly #strings: Interner
  readonly #texts: readonly string[]
  readonly #local = new Map<number, number>([[0, 0]])

  constructor(strings: Interner, texts: readonly string[]) {
    this.#strings = strings
    this.#texts = texts
  }

  /** The rows with their strings renumbered. */
  rows(
    from: Int32Array | Uint32Array,
    width: number,
    isString: (column: number) => boolean,
  ): Uint32Array {
    const rows = Uint32Array.from(from)
    for (let column = 0; column < width; column++) {
      if (!isString(column)) continue
      for (let i = column; i < rows.length; i += width) rows[i] = this.#number(rows[i]! | 0)
    }
    return rows
  }

  #number(id: number): number {
    if (id < 0) return this.dictionary.push(this.#texts[-id - 1]!) - 1
    let number = this.#local.get(id)
    if (number === undefined) {
      number = this.dictionary.push(this.#strings.text(id)) - 1
      this.#local.set(id, number)
    }
    return number
  }
}

/** A growing column of unsigned numbers. */
class Column {
  #values = new Uint32Array(16)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  values(): Uint32Array {
    return this.#values.slice(0, this.#length)
  }
}
