import type { FileFacts } from '../model.ts'
import { ingest } from '../pipeline.ts'
import type { Ledger, RefusedFile } from '../ports.ts'
import { parseLogKey } from '../source/log-key.ts'
import { objectsIn, type StoredObject } from '../source/notification.ts'
import { fieldsOf, type Log } from './log.ts'
import type { StoredObject as Fetched } from './s3.ts'

/** A message of a queue. */
export interface Message {
  readonly id: string
  readonly body: string
}

/** What an object turned out to be. */
export type Read =
  | { readonly kind: 'facts'; readonly facts: FileFacts }
  | { readonly kind: 'skipped'; readonly what: string }
  | { readonly kind: 'refused'; readonly file: RefusedFile }

export interface Intake {
  /** Buckets that are ours to read. */
  readonly buckets: ReadonlySet<string>
  fetch(object: StoredObject): Promise<Fetched>
  read(source: string, deliveredAt: number | null, stored: Fetched): Read
  readonly ledger: Ledger
  /** Whether there is time for one more object. */
  hasTime(): boolean
  readonly log: Log
}

/** What became of a batch. A message that failed comes back, as a whole; what of it is in the ledger already is then a duplicate. */
export interface Taken {
  readonly failed: ReadonlySet<string>
  readonly counts: Readonly<Record<CountName, number>>
}

type CountName = keyof typeof NOTHING

const NOTHING = {
  ObjectsTaken: 0,
  ObjectsSkipped: 0,
  ObjectsQuarantined: 0,
  ObjectsUnreadable: 0,
  ObjectsForeign: 0,
  ObjectsLeft: 0,
  LogsRemoved: 0,
  RecordsAccepted: 0,
  RecordsDuplicate: 0,
  RecordsOutOfScope: 0,
  RecordsQuarantined: 0,
  BytesRead: 0,
  /** Of the file that waited longest since it was delivered. */
  IngestLagSeconds: 0,
}

/** Objects that are fetched while another is read: a fetch waits mostly for S3. */
const AHEAD_MAX = 6
/** Files are committed together, which is cheaper: at most so many, and so many records. */
const FILES_AT_ONCE = 64
const RECORDS_AT_ONCE = 80_000

/**
 * Takes in what messages announce. A message is done once each of its objects is in the ledger or, unreadable for good, in
 * quarantine; what one object lacks takes nothing from the others.
 */
export async function takeIn(messages: readonly Message[], intake: Intake): Promise<Taken> {
  return new Batch(intake).take(messages)
}

interface Announced {
  readonly message: string
  readonly object: StoredObject
}

class Batch implements Taken {
  readonly failed = new Set<string>()
  readonly counts: Record<CountName, number> = { ...NOTHING }
  readonly #intake: Intake
  #waiting: { readonly message: string; readonly facts: FileFacts }[] = []

  constructor(intake: Intake) {
    this.#intake = intake
  }

  async take(messages: readonly Message[]): Promise<Taken> {
    const announced = messages.flatMap((message) => this.#announcedBy(message))
    const fetched: Promise<Fetched>[] = []
    for (const [index, { message, object }] of announced.entries()) {
      if (!this.#intake.hasTime()) {
        this.#leave(announced.slice(index))
        break
      }
      while (fetched.length < announced.length && fetched.length <= index + AHEAD_MAX)
        fetched.push(this.#fetch(announced[fetched.length]!.object))
      await this.#attempt(message, object, async () =>
        this.#take(message, object, await fetched[index]!),
      )
      if (this.#isFull()) await this.#commit()
    }
    await this.#commit()
    return this
  }

  #announcedBy({ id, body }: Message): Announced[] {
    const { log, buckets } = this.#intake
    const { objects, removed, silent, refused } = objectsIn(body)
    for (const what of silent) log.info('nothing announced', { message_id: id, what })
    for (const { reason, what } of refused) this.#fail(id, 'not understood', { reason, what })
    for (const { bucket, key } of removed) {
      this.counts.LogsRemoved++
      log.warn('an object was removed', { message_id: id, object: `s3://${bucket}/${key}` })
    }
    return objects.flatMap((object) => {
      if (buckets.has(object.bucket)) return [{ message: id, object }]
      // Nothing is asked of a bucket that somebody else names.
      this.counts.ObjectsForeign++
      this.#fail(id, 'a bucket that is not ours', { bucket: object.bucket })
      return []
    })
  }

  #fetch(object: StoredObject): Promise<Fetched> {
    const fetched = isLog(object)
      ? this.#intake.fetch(object)
      : Promise.resolve({ kind: 'refused', reason: 'empty' } as const)
    // Whoever waits for an earlier object must not find this one's failure unhandled.
    fetched.catch(() => undefined)
    return fetched
  }

  async #take(message: string, object: StoredObject, stored: Fetched): Promise<void> {
    const source = `s3://${object.bucket}/${object.key}`
    const { deliveredAt } = parseLogKey(object.key)
    if (!isLog(object)) {
      this.counts.ObjectsSkipped++
      return
    }
    if (stored.kind === 'refused' && stored.reason === 'unreadable') {
      // Perhaps it is there, or may be read, tomorrow: that is what the queue after the queue is for.
      this.counts.ObjectsUnreadable++
      this.#fail(message, 'gone, or may not be read', { object: source })
      return
    }
    if (stored.kind === 'bytes') this.counts.BytesRead += stored.bytes.length
    const read = this.#intake.read(source, deliveredAt, stored)
    if (read.kind === 'facts') this.#waiting.push({ message, facts: read.facts })
    else if (read.kind === 'skipped') this.counts.ObjectsSkipped++
    else {
      await this.#intake.ledger.refuse(read.file)
      this.counts.ObjectsQuarantined++
      this.#intake.log.warn('quarantined', { object: source, reason: read.file.reason })
    }
    const lag = deliveredAt === null ? 0 : Date.now() / 1000 - deliveredAt
    this.counts.IngestLagSeconds = Math.max(this.counts.IngestLagSeconds, Math.round(lag))
  }

  #isFull(): boolean {
    const records = this.#waiting.reduce((sum, { facts }) => sum + facts.records, 0)
    return this.#waiting.length >= FILES_AT_ONCE || records >= RECORDS_AT_ONCE
  }

  /** All that wait at once; if that fails, the files of each message by themselves, so that one bad file holds up no other. */
  async #commit(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length === 0) return
    try {
      await this.#keep(waiting.map(({ facts }) => facts))
    } catch (error) {
      this.#intake.log.warn('files are committed one message at a time', fieldsOf(error))
      for (const [message, some] of Map.groupBy(waiting, (one) => one.message)) {
        const files = some.map(({ facts }) => facts)
        if (!this.#intake.hasTime())
          this.#fail(message, 'no time left', { object: files[0]!.source })
        else await this.#attempt(message, files[0]!.source, () => this.#keep(files))
      }
    }
  }

  async #keep(files: readonly FileFacts[]): Promise<void> {
    const committed = await ingest(this.#intake.ledger, files)
    files.forEach(({ outOfScope, quarantined }, index) => {
      this.counts.ObjectsTaken++
      this.counts.RecordsAccepted += committed[index]!.accepted
      this.counts.RecordsDuplicate += committed[index]!.duplicate
      this.counts.RecordsOutOfScope += outOfScope
      this.counts.RecordsQuarantined += quarantined.length
    })
  }

  async #attempt(
    message: string,
    about: StoredObject | string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      const object = typeof about === 'string' ? about : `s3://${about.bucket}/${about.key}`
      this.#fail(message, 'failed', { object, ...fieldsOf(error) })
    }
  }

  #leave(announced: readonly Announced[]): void {
    this.counts.ObjectsLeft += announced.length
    for (const message of new Set(announced.map((one) => one.message)))
      this.#fail(message, 'no time left', { objects: announced.length })
  }

  #fail(message: string, why: string, fields: Parameters<Log['warn']>[1]): void {
    this.failed.add(message)
    this.#intake.log.warn(why, { message_id: message, ...fields })
  }
}

function isLog({ key }: StoredObject): boolean {
  const { kind } = parseLogKey(key)
  return kind === 'log' || kind === 'other'
}
