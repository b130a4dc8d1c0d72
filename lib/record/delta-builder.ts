import type { Attempt, Delta } from '../model.ts'
import type { Strings } from '../source/strings.ts'
import {
  GROUP,
  GROUP_COLUMNS,
  IDENTITY_COLUMNS,
  SIGHTING_COLUMNS,
  SIGHTING_STRINGS_FROM,
} from './columns.ts'
import { PackedStrings } from './packed-strings.ts'
import { TupleInterner } from './tuples.ts'

/** Collects what one file adds to each partition. */
export class DeltaBuilder {
  readonly #strings: Strings
  readonly #open = new Map<number, Map<number, OpenDelta>>()
  #last: OpenDelta | null = null

  constructor(strings: Strings) {
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

  /** `file`: the bytes that texts stand in. */
  finish(file: Uint8Array): Delta[] {
    const deltas = [...this.#open.values()].flatMap((ofAccount) => [...ofAccount.values()])
    const numbers = new Renumbering(this.#strings, file)
    return deltas.map((delta) => delta.finish(this.#strings, numbers))
  }
}

/** One partition's part, while the file is read. */
export class OpenDelta {
  readonly account: number
  readonly hour: number
  readonly #sightings = new Column()
  /** Where in the file strings stand that hardly ever repeat, numbered from -1 down. */
  readonly #texts = new Column()
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

  /** A number for a string of the file that is not worth interning: ids of events, keys and sessions. */
  text(start: number, end: number): number {
    if (start === end) return 0
    this.#texts.push(start)
    this.#texts.push(end)
    return -this.#texts.length / 2
  }

  /** `row` has the columns of `SIGHTING`; strings are numbers of the interner or of `text`. */
  sighting(row: Int32Array): void {
    this.#sightings.append(row)
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
  finish(strings: Strings, numbers: Renumbering): Delta {
    numbers.begin(this.#texts.values())
    return {
      partition: { account: strings.text(this.account), hour: this.hour },
      callers: numbers.rows(
        this.#callers.rows(),
        IDENTITY_COLUMNS,
        (column) => column < IDENTITY_COLUMNS - 1,
      ),
      groups: numbers.rows(this.#groups.rows(), GROUP_COLUMNS, (column) => column !== GROUP.caller),
      sightings: numbers.rows(
        this.#sightings.values(),
        SIGHTING_COLUMNS,
        (column) => column >= SIGHTING_STRINGS_FROM,
      ),
      strings: numbers.strings(),
      callGroup: this.#callGroup.values(),
      callEvent: this.#callEvent.values(),
      callSecond: Uint16Array.from(this.#callSecond.values()),
      events: Uint32Array.from(this.#events.rows()),
      shared: this.#shared.values(),
      attempts: this.attempts,
    }
  }
}

/** Numbers for the strings of one delta after another, in the order in which they are met. */
class Renumbering {
  readonly #strings: Strings
  readonly #file: Uint8Array
  /** By number of the interner: the number in the delta, plus what `#base` was then. */
  readonly #local: Int32Array
  #base = 1
  #texts: Uint32Array = new Uint32Array(0)
  /** Of each string its number in the interner, or of `OpenDelta.text`. */
  readonly #met = new Column()
  #length = 0

  constructor(strings: Strings, file: Uint8Array) {
    this.#strings = strings
    this.#file = file
    this.#local = new Int32Array(strings.size)
  }

  /** `texts`: start and end of each text of the next delta. */
  begin(texts: Uint32Array): void {
    this.#base += this.#met.length
    this.#texts = texts
    this.#met.clear()
    this.#length = 0
    this.#number(0)
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

  /** All strings met since `begin`. */
  strings(): PackedStrings {
    const bytes = new Uint8Array(this.#length)
    const strings = this.#strings
    const file = this.#file
    const texts = this.#texts
    const met = this.#met.values()
    const ends = new Uint32Array(met.length)
    let at = 0
    for (let i = 0; i < met.length; i++) {
      const id = met[i]! | 0
      if (id >= 0) at += strings.copyTo(bytes, at, id)
      else {
        const end = texts[-2 * id - 1]!
        for (let j = texts[-2 * id - 2]!; j < end; j++) bytes[at++] = file[j]!
      }
      ends[i] = at
    }
    return new PackedStrings(bytes, ends)
  }

  #number(id: number): number {
    if (id < 0) {
      this.#length += this.#texts[-2 * id - 1]! - this.#texts[-2 * id - 2]!
      return this.#met.push(id)
    }
    const known = this.#local[id]! - this.#base
    if (known >= 0) return known
    this.#length += this.#strings.lengthOf(id)
    const number = this.#met.push(id)
    this.#local[id] = this.#base + number
    return number
  }
}

/** A growing column of unsigned numbers. */
class Column {
  #values = new Uint32Array(16)
  length = 0

  /** Returns the value's index. */
  push(value: number): number {
    if (this.length === this.#values.length) this.#grow(this.length + 1)
    this.#values[this.length] = value
    return this.length++
  }

  append(values: Int32Array): void {
    if (this.length + values.length > this.#values.length) this.#grow(this.length + values.length)
    this.#values.set(values, this.length)
    this.length += values.length
  }

  clear(): void {
    this.length = 0
  }

  values(): Uint32Array {
    return this.#values.slice(0, this.length)
  }

  #grow(least: number): void {
    const larger = new Uint32Array(Math.max(2 * this.#values.length, least))
    larger.set(this.#values)
    this.#values = larger
  }
}
