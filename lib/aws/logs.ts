import { randomUUID } from 'node:crypto'
import { FingerprintSet } from '../graph/fingerprints.ts'
import type { Delta, FileFacts, Partition } from '../model.ts'
import { eventsOf, type FileDelta, packedDeltas, unpackedDeltas } from './delta-codec.ts'
import type { Docs } from './docs.ts'
import { hash, logPk, partitionText } from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Item, Table } from './table.ts'

/** Fingerprints of this many events are kept in memory to tell new records from known ones. */
const KNOWN_EVENTS_MAX = 2_000_000

/** What became of the deltas of some files in one partition. */
export interface Kept {
  readonly partition: Partition
  /** Records seen for the first time, by file. */
  readonly accepted: ReadonlyMap<string, number>
  /** Some of the deltas stand in the log, written now or by an earlier commit that was cut off; the others said nothing new. */
  readonly isStanding: boolean
}

interface Known {
  readonly events: FingerprintSet
  /** Files with a delta in the log, with how much of it was new, and which try wrote it. */
  readonly files: Map<string, { readonly added: number; readonly by: string }>
  next: number
}

/**
 * Each partition has a log of deltas with gapless numbers. An entry is written only where none stands, so entries of all workers
 * come one after another, and which of them was first to report an event is settled. One entry holds the deltas of all files of one
 * commit, so that many small ones cost one write.
 */
export class Logs {
  readonly #table: Table
  readonly #docs: Docs
  readonly #known = new Map<string, Known>()

  constructor(table: Table, docs: Docs) {
    this.#table = table
    this.#docs = docs
  }

  /** Which of the files' deltas say something new, or stand in the log already since a commit of the file was cut off. */
  async newIn(partition: Partition, files: readonly FileFacts[]): Promise<FileDelta[]> {
    const known = await this.#catchUp(partition)
    return deltasOf(partition, files).filter(
      ({ file, delta }) => known.files.has(file) || hasNew(known.events, delta),
    )
  }

  /** Keeps what is new of the files' deltas in one partition. */
  async keep(partition: Partition, files: readonly FileFacts[]): Promise<Kept> {
    const given = deltasOf(partition, files)
    const us = randomUUID()
    let before: ReadonlySet<string> | null = null
    for (;;) {
      const known = await this.#catchUp(partition)
      before ??= new Set(given.map(({ file }) => file).filter((file) => known.files.has(file)))
      const accepted = new Map<string, number>()
      let repeated = 0
      const kept: FileDelta[] = []
      const events = new FingerprintSet()
      for (const { file, delta } of given) {
        const already = known.files.get(file)
        if (already !== undefined) {
          // Since an earlier try that was cut off, or since ours whose answer was lost: its news is still to be told. Or since
          // another worker had the same file a moment ago, who tells it.
          accepted.set(file, before.has(file) || already.by === us ? already.added : 0)
          repeated++
          continue
        }
        const added = countNew(known.events, events, delta)
        accepted.set(file, added)
        if (added > 0) kept.push({ file, delta })
      }
      if (kept.length === 0 || (await this.#append(partition, known, kept, accepted, us)))
        return { partition, accepted, isStanding: kept.length > 0 || repeated > 0 }
    }
  }

  /** All deltas of a partition with their files, in the order of the log. */
  async read(partition: Partition): Promise<FileDelta[]> {
    const items = await this.#table.query(logPk(partition))
    const entries = await inParallel(items, async (item) =>
      unpackedDeltas(split(await this.#docs.valueOf(item)), partition),
    )
    return entries.flat()
  }

  /** Whether the log has an event, of which two halves of a fingerprint are given. */
  async find(
    partition: Partition,
    prints: readonly (readonly [number, number])[],
  ): Promise<FileDelta[]> {
    const entries = await this.#table.query(logPk(partition), { consistent: false })
    const found: FileDelta[] = []
    for (const item of entries) {
      const value = split(await this.#docs.valueOf(item))
      const events = eventsOf(value.events)
      if (prints.some(([a, b]) => indexOf(events, a, b) >= 0))
        found.push(...unpackedDeltas(value, partition))
    }
    return found
  }

  /** What memory believes to be in the logs may not be: a call was cut off. */
  forget(): void {
    this.#known.clear()
  }

  async #append(
    partition: Partition,
    known: Known,
    kept: readonly FileDelta[],
    accepted: ReadonlyMap<string, number>,
    by: string,
  ): Promise<boolean> {
    const { events, rest } = packedDeltas(kept)
    const key = { pk: logPk(partition), sk: entryText(known.next) }
    const files = kept.map(({ file }) => [file, accepted.get(file)])
    return this.#docs.putIf({ ...key, files: JSON.stringify(files), by }, joined(events, rest), {
      text: 'attribute_not_exists(pk)',
    })
  }

  /** Reads the entries that were added since it was last asked. */
  async #catchUp(partition: Partition): Promise<Known> {
    const name = partitionText(partition)
    const known = this.#known.get(name) ?? {
      events: new FingerprintSet(),
      files: new Map(),
      next: 0,
    }
    const range = { from: entryText(known.next), to: '~' }
    for (const item of await this.#table.query(logPk(partition), { range })) {
      await this.#learn(known, item)
      known.next = Number.parseInt(item.sk, 36) + 1
    }
    this.#known.delete(name)
    this.#known.set(name, known)
    this.#shrink()
    return known
  }

  async #learn(known: Known, item: Item): Promise<void> {
    const events = eventsOf(split(await this.#docs.valueOf(item)).events)
    for (let i = 0; i < events.length; i += 2) known.events.add(events[i]!, events[i + 1]!)
    for (const [file, added] of JSON.parse(String(item['files'])) as [string, number][])
      known.files.set(file, { added, by: String(item['by']) })
  }

  #shrink(): void {
    let events = 0
    for (const known of this.#known.values()) events += known.events.size
    for (const [name, known] of this.#known) {
      if (events <= KNOWN_EVENTS_MAX || this.#known.size === 1) return
      this.#known.delete(name)
      events -= known.events.size
    }
  }
}

function deltasOf({ account, hour }: Partition, files: readonly FileFacts[]): FileDelta[] {
  return files.flatMap(({ id, deltas }) =>
    deltas
      .filter(({ partition }) => partition.account === account && partition.hour === hour)
      .map((delta) => ({ file: deltaName(id, delta), delta })),
  )
}

/** A later version may read more in a file than an earlier one did; then both deltas stand. */
export function deltaName(file: string, { events }: Delta): string {
  const bytes = Buffer.from(events.buffer, events.byteOffset, events.byteLength)
  return `${file}#${hash(bytes.toString('latin1'))}`
}

function hasNew(known: FingerprintSet, { events }: Delta): boolean {
  for (let i = 0; i < events.length; i += 2) if (!known.has(events[i]!, events[i + 1]!)) return true
  return false
}

function countNew(known: FingerprintSet, here: FingerprintSet, { events }: Delta): number {
  let added = 0
  for (let i = 0; i < events.length; i += 2) {
    const [a, b] = [events[i]!, events[i + 1]!]
    if (!known.has(a, b) && here.add(a, b)) added++
  }
  return added
}

function indexOf(events: Uint32Array, a: number, b: number): number {
  for (let i = 0; i < events.length; i += 2)
    if (events[i] === a && events[i + 1] === b) return i / 2
  return -1
}

const entryText = (number: number): string => number.toString(36).padStart(6, '0')

function joined(events: Uint8Array, rest: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(events.length)
  return Buffer.concat([length, events, rest])
}

function split(value: Uint8Array): { events: Uint8Array; rest: Uint8Array } {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const end = 4 + bytes.readUInt32LE(0)
  return { events: bytes.subarray(4, end), rest: bytes.subarray(end) }
}
