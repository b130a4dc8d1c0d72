import { isUtf8 } from 'node:buffer'
import type {
  Attempt,
  FileFacts,
  Identity,
  Quarantined,
  QuarantineReason,
  StsAction,
} from '../model.ts'
import { FastWalker } from '../source/fast-walk.ts'
import { type Strings, StringsFull } from '../source/strings.ts'
import { MalformedJson, type ShapeNode, TYPE, unescapeJson, Walker } from '../source/walk.ts'
import { IDENTITY_COLUMNS, issuedAt, SIGHTING, SIGHTING_COLUMNS } from './columns.ts'
import { CoverageCollector } from './coverage.ts'
import { DeltaBuilder, type OpenDelta } from './delta-builder.ts'
import { fingerprint } from './fingerprint.ts'
import {
  containerEnd,
  isNamedByParameter,
  namedArn,
  namingParameter,
  namingSlot,
} from './resource.ts'
import {
  ADDENDUM,
  DOCUMENT,
  NOTIFIED,
  RECORD,
  REQUEST,
  RESOURCE,
  RESPONSE,
  SLOT,
  SLOT_COUNT,
} from './shape.ts'
import { EventClock, parseExpiration, parseRfc3339Utc } from './time.ts'
import { changesTrail, trailOf } from './trail.ts'
import { TupleInterner } from './tuples.ts'

/** Bounds for one record, well above what CloudTrail writes (256 KB an event; record contents page). */
export const RECORD_LIMITS = { bytesMax: 1024 * 1024, depthMax: 64, resourcesMax: 16 } as const

/** Where a file came from and, where its name says so, when CloudTrail delivered it. */
export interface FileOrigin {
  readonly id: string
  readonly source: string
  /** Seconds since 1970; null where the name does not say. */
  readonly deliveredAt: number | null
}

/** Thrown for a file that as a whole cannot be read; nothing of it is used. */
export class UnreadableFile extends Error {
  readonly reason: QuarantineReason
  readonly offset: number
  constructor(reason: QuarantineReason, offset: number) {
    super(`${reason} at byte ${offset}`)
    this.reason = reason
    this.offset = offset
  }
}

/** A file of a kind that is known and holds no events: a digest, a notification. */
export class NotALogFile extends Error {
  readonly what: 'digest' | 'notification'
  constructor(what: 'digest' | 'notification') {
    super(what)
    this.what = what
  }
}

const STS = /^sts\.amazonaws\.com(?:\.cn)?$/
/** Event types and categories of events with other fields than ours. */
const OUT_OF_SCOPE = new Set([
  'AwsCloudTrailInsight',
  'AwsVpceEvent',
  'AwsVpceEvents',
  'AwsAggregatedEvent',
  'Insight',
  'NetworkActivity',
  'Aggregated',
])
const WRAPPERS = [SLOT.records, SLOT.detail, SLOT.lookupEvents, SLOT.logEvents]
/** Interned strings are forgotten once there are this many: few come back for long, and those that are looked up should stay in the processor's cache. */
const INTERNED_MAX = 30_000
const INTERNED_BYTES_MAX = 4 * 1024 * 1024
/** Fields whose strings nearly every record has and needs. */
const COMMON = Uint8Array.of(
  SLOT.eventCategory,
  SLOT.eventType,
  SLOT.eventVersion,
  SLOT.eventName,
  SLOT.eventSource,
  SLOT.identityType,
  SLOT.invokedBy,
  SLOT.identityAccount,
  SLOT.recipientAccountId,
  SLOT.awsRegion,
  SLOT.errorCode,
  SLOT.principalId,
  SLOT.issuerArn,
  SLOT.accessKeyId,
  SLOT.creationDate,
  SLOT.vpcEndpointId,
  SLOT.sourceIPAddress,
  SLOT.userAgent,
)
/** A file with more bad records than this is refused as a whole, so that the list of them stays small. */
const QUARANTINED_MAX = 100_000

/**
 * Reads the records of one file after another. The reader keeps its tables between files because most strings come back;
 * what it returns depends on the file alone.
 */
export class FileReader {
  #walker: Walker = new FastWalker(SLOT_COUNT, RECORD_LIMITS.depthMax)
  #strings: Strings = this.#walker.strings
  #actions = new TupleInterner(2)
  #actionIds: number[] = []
  #named = new TupleInterner(4)
  #namedIds: number[] = []
  #services = new Map<number, string>()
  #expirations = new Map<number, number>()
  #accounts = new Map<number, number>()
  #tagNumbers = new Map<number, number>()
  readonly #clock = new EventClock()
  readonly #identity = new Int32Array(IDENTITY_COLUMNS)
  readonly #pair = new Int32Array(2)
  readonly #quad = new Int32Array(4)
  readonly #row = new Int32Array(SIGHTING_COLUMNS)
  readonly #print = new Int32Array(2)
  #outOfScopeIds = new Map<number, boolean>()
  #seeds = new Map<number, number>()
  readonly #resourceIds = new Int32Array(RECORD_LIMITS.resourcesMax)

  // Of the file being read:
  #bytes: Buffer = Buffer.alloc(0)
  #validUtf8 = true
  #records = 0
  #outOfScope = 0
  #repeated = 0
  #quarantined: Quarantined[] = []
  #problem: QuarantineReason | null = null
  /** Where in the file the string stands that is being read as a record; null where records are not strings. */
  #within: { readonly start: number; readonly end: number } | null = null
  #coverage = new CoverageCollector(null)
  #deltas = new DeltaBuilder(this.#strings)

  /** Reads inflated bytes. Throws `UnreadableFile` or `NotALogFile`; then nothing of the file counts. */
  read(bytes: Buffer, origin: FileOrigin): FileFacts {
    if (this.#strings.size > INTERNED_MAX || this.#strings.bytes > INTERNED_BYTES_MAX)
      this.#forget()
    this.#records = 0
    this.#outOfScope = 0
    this.#repeated = 0
    this.#quarantined = []
    this.#coverage = new CoverageCollector(origin.deliveredAt)
    this.#deltas = new DeltaBuilder(this.#strings)
    try {
      this.#documents(bytes)
    } catch (error) {
      if (!(error instanceof StringsFull)) throw error
      this.#forget()
      this.#walker = this.#walker.roomier()
      this.#strings = this.#walker.strings
      return this.read(bytes, origin)
    }
    return {
      id: origin.id,
      source: origin.source,
      records: this.#records,
      outOfScope: this.#outOfScope,
      repeated: this.#repeated,
      quarantined: this.#quarantined,
      deltas: this.#deltas.finish(bytes),
      coverage: this.#coverage.facts((id) => this.#strings.text(id)),
    }
  }

  #forget(): void {
    this.#walker.forgetStrings()
    this.#actions = new TupleInterner(2)
    this.#actionIds = []
    this.#named = new TupleInterner(4)
    this.#namedIds = []
    this.#services.clear()
    this.#expirations.clear()
    this.#accounts.clear()
    this.#tagNumbers.clear()
    this.#outOfScopeIds.clear()
    this.#seeds.clear()
  }

  /** One document, or several one after another (NDJSON). A broken line is one bad record; a broken document is a bad file. */
  #documents(bytes: Buffer): void {
    const walker = this.#walker
    this.#open(bytes)
    const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    const first = walker.space(bom ? 3 : 0)
    if (first >= bytes.length) throw new UnreadableFile('empty', 0)
    let broken: UnreadableFile | NotALogFile | null = null
    let at = first
    while (at < bytes.length) {
      const start = at
      // After a broken line each line stands for itself: else a bracket left open would be followed to the end of the file, line after line.
      if (broken !== null) this.#narrow(bytes, endOfLine(bytes, start))
      try {
        at = this.#document(start)
      } catch (error) {
        const failure = this.#failure(error)
        const end = endOfLine(bytes, start)
        const unfinished = failure instanceof UnreadableFile && failure.offset >= bytes.length
        const inLines =
          start === first
            ? this.#isDocumentLine(end) &&
              (!unfinished || this.#isDocumentLine(lastLine(bytes, end)))
            : this.#records > 0
        if (!inLines) throw failure
        this.#quarantine(
          failure instanceof UnreadableFile ? failure.reason : 'wrong-shape',
          start,
          end,
        )
        this.#records++
        broken ??= failure
        at = end
      }
      if (broken !== null) this.#narrow(bytes, bytes.length)
      at = walker.space(at)
    }
    if (broken !== null && this.#quarantined.length === this.#records) throw broken
  }

  #failure(error: unknown): UnreadableFile | NotALogFile {
    if (error instanceof UnreadableFile || error instanceof NotALogFile) return error
    if (!(error instanceof MalformedJson)) throw error
    return new UnreadableFile(this.#validUtf8 ? 'not-json' : 'not-utf8', error.offset)
  }

  /** Lets the file end at `end` for a while. */
  #narrow(bytes: Buffer, end: number): void {
    this.#bytes = end === bytes.length ? bytes : bytes.subarray(0, end)
    this.#walker.open(this.#bytes)
  }

  /** Whether the line after `newline` is an object from its first byte to its last; false for -1. */
  #isDocumentLine(newline: number): boolean {
    if (newline < 0) return false
    const start = this.#walker.space(newline)
    if (this.#bytes[start] !== 0x7b) return false
    try {
      const end = this.#walker.skip(start, 1)
      return end === this.#bytes.length || this.#bytes[end] === 0x0a || this.#bytes[end] === 0x0d
    } catch {
      return false
    }
  }

  #open(bytes: Buffer): void {
    this.#bytes = bytes
    this.#validUtf8 = isUtf8(bytes)
    this.#walker.open(bytes)
  }

  /** Reads the document at `at`, of whichever known shape; returns the index after it. */
  #document(at: number): number {
    const walker = this.#walker
    const open = this.#bytes[at]
    if (open === 0x5b) return this.#array(at, (element) => this.#element(element))
    if (open !== 0x7b) throw new MalformedJson(at)
    const log = this.#logFile(at)
    if (log >= 0) return log
    walker.reset()
    const end = walker.object(at, DOCUMENT, 1)
    const type = walker.types
    if (walker.duplicateKey && WRAPPERS.some((slot) => type[slot] !== TYPE.absent))
      throw new UnreadableFile('duplicate-key', at)
    if (type[SLOT.records] !== TYPE.absent) {
      if (type[SLOT.records] !== TYPE.array) throw new UnreadableFile('wrong-shape', at)
      this.#array(walker.spans[2 * SLOT.records]!, (element) => this.#element(element))
      return end
    }
    if (type[SLOT.detail] === TYPE.object && type[SLOT.detailType] !== TYPE.absent) {
      this.#element(walker.spans[2 * SLOT.detail]!)
      return end
    }
    if (type[SLOT.lookupEvents] === TYPE.array || type[SLOT.logEvents] === TYPE.array) {
      const slot = type[SLOT.lookupEvents] === TYPE.array ? SLOT.lookupEvents : SLOT.logEvents
      this.#embedded(walker.spans[2 * slot]!, walker.spans[2 * slot + 1]!)
      return end
    }
    if (type[SLOT.cloudTrailEvent] !== TYPE.absent) {
      this.#embedded(at, end)
      return end
    }
    if (type[SLOT.logFiles] !== TYPE.absent && type[SLOT.digestFingerprint] !== TYPE.absent)
      throw new NotALogFile('digest')
    if (type[SLOT.notificationMessage] !== TYPE.absent || type[SLOT.testEvent] !== TYPE.absent)
      throw new NotALogFile('notification')
    if (type[SLOT.eventTime] === TYPE.absent && type[SLOT.eventID] === TYPE.absent)
      throw new UnreadableFile('wrong-shape', at)
    this.#record(at, end)
    return end
  }

  /** The common case, read in one pass: an object that begins with `Records`. Returns -1 for anything else. */
  #logFile(at: number): number {
    const walker = this.#walker
    const bytes = this.#bytes
    let i = walker.space(at + 1)
    if (bytes.toString('latin1', i, i + 9) !== '"Records"') return -1
    i = walker.space(i + 9)
    if (bytes[i] !== 0x3a) return -1
    i = walker.space(i + 1)
    if (bytes[i] !== 0x5b) return -1
    i = walker.space(this.#array(i, (element) => this.#element(element)))
    while (bytes[i] === 0x2c) {
      i = walker.space(i + 1)
      if (bytes[i] !== 0x22) throw new MalformedJson(i)
      if (bytes.toString('latin1', i, i + 9) === '"Records"')
        throw new UnreadableFile('duplicate-key', i)
      i = walker.space(walker.skip(i, 1))
      if (bytes[i] !== 0x3a) throw new MalformedJson(i)
      i = walker.space(walker.skip(walker.space(i + 1), 1))
    }
    if (bytes[i] !== 0x7d) throw new MalformedJson(i)
    return i + 1
  }

  #array(at: number, visit: (element: number) => number): number {
    const walker = this.#walker
    const bytes = this.#bytes
    let i = walker.space(at + 1)
    if (bytes[i] === 0x5d) return i + 1
    for (;;) {
      i = walker.space(visit(i))
      if (bytes[i] === 0x2c) i = walker.space(i + 1)
      else if (bytes[i] === 0x5d) return i + 1
      else throw new MalformedJson(i)
    }
  }

  #element(at: number): number {
    const walker = this.#walker
    walker.reset()
    if (this.#bytes[at] !== 0x7b) {
      const end = walker.skip(at, 2)
      this.#quarantine('not-an-object', at, end)
      this.#records++
      return end
    }
    const end = walker.object(at, RECORD, 2)
    const isFirst = this.#records === 0
    if (
      isFirst &&
      (walker.types[SLOT.eventSource] === TYPE.absent || this.#is(SLOT.eventSource, 'aws:s3'))
    )
      this.#refuseNotification(at)
    this.#record(at, end)
    return end
  }

  /** An element of `Records` may be an S3, SNS or SQS notification instead: it announces log files and holds no events. */
  #refuseNotification(at: number): void {
    const probe = new Walker(SLOT_COUNT, RECORD_LIMITS.depthMax)
    probe.open(this.#bytes)
    probe.object(at, NOTIFIED, 2)
    const { notificationS3, notificationSns, notificationBody } = SLOT
    if ([notificationS3, notificationSns, notificationBody].some((slot) => probe.types[slot] !== 0))
      throw new NotALogFile('notification')
  }

  /** Records that are strings inside a document: LookupEvents' `CloudTrailEvent`, CloudWatch Logs' `message`. */
  #embedded(start: number, end: number): void {
    const outer = this.#bytes
    const validOuter = this.#validUtf8
    // JSON.parse would put the same replacement character for different bytes.
    if (!validOuter && !isUtf8(outer.subarray(start, end)))
      throw new UnreadableFile('not-utf8', start)
    const parsed = parseJson(outer, start, end)
    if (parsed === undefined) throw new MalformedJson(start)
    this.#within = { start, end }
    try {
      for (const item of Array.isArray(parsed) ? parsed : [parsed]) {
        const fields =
          typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {}
        const text = fields['CloudTrailEvent'] ?? fields['message']
        if (typeof text !== 'string') this.#refuseEmbedded('wrong-shape')
        else if (!text.isWellFormed()) this.#refuseEmbedded('lone-surrogate')
        else this.#embeddedRecord(Buffer.from(text, 'utf8'))
      }
    } finally {
      this.#within = null
      this.#bytes = outer
      this.#validUtf8 = validOuter
      this.#walker.open(outer)
    }
  }

  #embeddedRecord(bytes: Buffer): void {
    const walker = this.#walker
    this.#open(bytes)
    const at = walker.space(0)
    const recordsBefore = this.#records
    try {
      if (bytes[at] !== 0x7b || walker.space(walker.skip(at, 1)) !== bytes.length)
        throw new MalformedJson(at)
      this.#element(at)
    } catch (error) {
      if (!(error instanceof MalformedJson) || this.#records !== recordsBefore) throw error
      this.#refuseEmbedded('not-json')
    }
  }

  #refuseEmbedded(reason: QuarantineReason): void {
    this.#quarantine(reason, 0, 0)
    this.#records++
  }

  #quarantine(reason: QuarantineReason, start: number, end: number): void {
    if (this.#quarantined.length === QUARANTINED_MAX) throw new UnreadableFile(reason, start)
    const at = this.#within ?? { start, end }
    this.#quarantined.push({
      index: this.#records,
      reason,
      offset: at.start,
      length: at.end - at.start,
    })
  }

  /** Accounts for the record just walked, whatever it is. */
  #record(start: number, end: number): void {
    this.#problem = null
    const taken = this.#take(start, end)
    if (this.#problem !== null) this.#quarantine(this.#problem, start, end)
    else if (taken === 'out of scope') this.#outOfScope++
    else if (taken === 'repeated') this.#repeated++
    this.#records++
  }

  #take(start: number, end: number): 'taken' | 'repeated' | 'out of scope' | 'refused' {
    const walker = this.#walker
    const bytes = this.#bytes
    if (end - start > RECORD_LIMITS.bytesMax) return this.#refuse('record-too-large')
    if (walker.tooDeep) return this.#refuse('too-deep')
    if (walker.duplicateKey) return this.#refuse('duplicate-key')
    if (!this.#validUtf8 && !isUtf8(bytes.subarray(start, end))) return this.#refuse('not-utf8')

    walker.numberSoon(COMMON)
    // Insight, network-activity and aggregated events have other fields; they are told apart before anything else is asked of them.
    if (this.#isOutOfScope(this.#intern(SLOT.eventCategory))) return 'out of scope'
    if (this.#isOutOfScope(this.#intern(SLOT.eventType))) return 'out of scope'

    const version = this.#strings.text(this.#intern(SLOT.eventVersion))
    if (version !== '' && !version.startsWith('1.')) return this.#refuse('unknown-major-version')
    const eventName = this.#intern(SLOT.eventName)
    const eventSource = this.#intern(SLOT.eventSource)
    if (eventName === 0 || eventSource === 0) return this.#refuse('missing-event-name')
    if (walker.types[SLOT.eventTime] === TYPE.absent) return this.#refuse('missing-event-time')
    if (walker.types[SLOT.eventID] === TYPE.absent && version === '1.0')
      this.#identifyByContent(start, end)
    if (walker.types[SLOT.eventID] === TYPE.absent) return this.#refuse('missing-event-id')
    if (!this.#isString(SLOT.eventTime) || !this.#isString(SLOT.eventID))
      return this.#refuse('wrong-type')
    const spans = walker.spans
    const at =
      walker.types[SLOT.eventTime] === TYPE.plain
        ? this.#clock.parse(
            walker.view,
            bytes,
            spans[2 * SLOT.eventTime]!,
            spans[2 * SLOT.eventTime + 1]!,
          )
        : parseRfc3339Utc(this.#text(SLOT.eventTime))
    if (at < 0) return this.#refuse('bad-event-time')
    if (this.#isEmpty(SLOT.eventID)) return this.#refuse('missing-event-id')

    const identity = walker.types[SLOT.userIdentity]
    if (identity !== TYPE.object && identity !== TYPE.absent && identity !== TYPE.null)
      return this.#refuse('wrong-type')
    const type = this.#intern(SLOT.identityType)
    const invokedBy = this.#intern(SLOT.invokedBy)
    const identityAccount = this.#intern(SLOT.identityAccount)
    if (type === 0 && invokedBy === 0) return this.#problem === null ? 'out of scope' : 'refused'
    const recipient = this.#intern(SLOT.recipientAccountId) || identityAccount
    const region = this.#intern(SLOT.awsRegion)
    if (walker.types[SLOT.eventID] !== TYPE.plain) this.#intern(SLOT.eventID)
    if (walker.types[SLOT.sharedEventID] !== TYPE.plain) this.#intern(SLOT.sharedEventID)

    const sts = this.#stsAction(eventSource, eventName)
    const error = this.#intern(SLOT.errorCode)
    this.#fillIdentity(type, invokedBy, identityAccount)
    let role = 0
    if (sts !== null) {
      this.#walkInto(SLOT.requestParameters, REQUEST)
      this.#walkInto(SLOT.responseElements, RESPONSE)
      if (walker.duplicateKey) return this.#refuse('duplicate-key')
      role = this.#intern(SLOT.requestRoleArn)
      if (role === 0) role = this.#roleElsewhere()
      if (role === 0 && error === 0) return this.#refuse('missing-role')
    }
    if (this.#problem !== null) return 'refused'

    const issued = sts !== null && error === 0
    if (issued) this.#fillSighting(at, role, recipient, region, eventName)
    const tags = issued ? this.#uniqueTexts() : null
    const attempt =
      sts !== null && error !== 0 ? this.#attempt(sts, at, role, error, recipient, region) : null
    const action = this.#action(eventSource, eventName)
    const network = this.#intern(SLOT.vpcEndpointId) || this.#intern(SLOT.sourceIPAddress)
    const userAgent = this.#intern(SLOT.userAgent)
    const resources = sts === null ? this.#resources(eventSource, eventName, region, recipient) : 0
    if (walker.duplicateKey) return this.#refuse('duplicate-key')
    if (this.#problem !== null) return 'refused'

    // From here on the record is sound, and all of it is taken.
    const account = issued ? this.#accountOf(role, recipient) : identityAccount || recipient
    const delta = this.#deltas.open(account, Math.floor(at / 3600))
    // A corrected record (`addendum`) is the event it corrects: whichever of the two is kept, it counts once.
    this.#walkInto(SLOT.addendum, ADDENDUM)
    const isCorrection = walker.types[SLOT.originalEventID] === TYPE.plain
    const idSlot = isCorrection ? SLOT.originalEventID : SLOT.eventID
    this.#fingerprint(idSlot, this.#seed(recipient))
    const event = delta.event(this.#print)
    if (event < 0) return 'repeated'
    this.#coverage.add(recipient, region, at)
    if (tags !== null) this.#putSighting(delta, tags)
    else if (attempt !== null) delta.attempts.push(attempt)
    else {
      if (this.#isString(SLOT.sharedEventID) && !this.#isEmpty(SLOT.sharedEventID)) {
        this.#fingerprint(SLOT.sharedEventID, 0)
        delta.share(event, this.#print)
      }
      const caller = delta.caller(this.#identity)
      for (let i = 0; i < resources; i++) {
        const resource = this.#resourceIds[i]!
        delta.call(event, at % 3600, caller, action, resource, error, network, userAgent)
      }
    }
    return 'taken'
  }

  /** A record's identity is its id and the account that received it. */
  #seed(recipient: number): number {
    let seed = this.#seeds.get(recipient)
    if (seed === undefined) {
      seed = Number(this.#strings.text(recipient)) | 0
      this.#seeds.set(recipient, seed)
    }
    return seed
  }

  #isOutOfScope(typeOrCategory: number): boolean {
    let known = this.#outOfScopeIds.get(typeOrCategory)
    if (known === undefined) {
      known = OUT_OF_SCOPE.has(this.#strings.text(typeOrCategory))
      this.#outOfScopeIds.set(typeOrCategory, known)
    }
    return known
  }

  #walkInto(slot: number, shape: ShapeNode): void {
    const walker = this.#walker
    if (walker.types[slot] === TYPE.object) walker.object(walker.spans[2 * slot]!, shape, 3)
  }

  /** All copies of one assumption name the same role, so its account is where they meet. */
  #accountOf(role: number, recipient: number): number {
    let account = this.#accounts.get(role)
    if (account === undefined) {
      const named = /^arn:[^:]*:iam::(\d{12}):/.exec(this.#strings.text(role))?.[1]
      account = named === undefined ? 0 : this.#strings.internString(named)
      this.#accounts.set(role, account)
    }
    return account || recipient
  }

  #fingerprint(slot: number, seed: number): void {
    const { spans, types } = this.#walker
    if (types[slot] === TYPE.plain)
      fingerprint(this.#bytes, spans[2 * slot]!, spans[2 * slot + 1]!, seed, this.#print)
    else {
      const bytes = Buffer.from(this.#text(slot), 'utf8')
      fingerprint(bytes, 0, bytes.length, seed, this.#print)
    }
  }

  /** A string begins after a quote; a record that is its own id does not. */
  #isOwnId(): boolean {
    return this.#bytes[this.#walker.spans[2 * SLOT.eventID]! - 1] !== 0x22
  }

  #eventId(): string {
    if (!this.#isOwnId()) return this.#text(SLOT.eventID)
    this.#fingerprint(SLOT.eventID, 0)
    return `content:${[...this.#print].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')}`
  }

  /** Records of version 1.0 have no eventID yet (it came with 1.01): the record itself is its identity. */
  #identifyByContent(start: number, end: number): void {
    const { spans, types } = this.#walker
    types[SLOT.eventID] = TYPE.plain
    spans[2 * SLOT.eventID] = start
    spans[2 * SLOT.eventID + 1] = end
  }

  #refuse(reason: QuarantineReason): 'refused' {
    this.#problem ??= reason
    return 'refused'
  }

  /** Number of the captured string; 0 where absent, null or empty. Any other type refuses the record. */
  #intern(slot: number): number {
    const type = this.#walker.types[slot]
    if (type === TYPE.plain) return this.#walker.numberOf(slot)
    return type === TYPE.absent || type === TYPE.null ? 0 : this.#internUnusual(slot)
  }

  #internUnusual(slot: number): number {
    const { types, spans } = this.#walker
    if (types[slot] !== TYPE.escaped) {
      this.#refuse('wrong-type')
      return 0
    }
    const text = unescapeJson(this.#bytes, spans[2 * slot]!, spans[2 * slot + 1]!)
    if (text.isWellFormed()) return this.#strings.internString(text)
    this.#refuse('lone-surrogate')
    return 0
  }

  /** The captured string itself, for values that hardly repeat. */
  #text(slot: number): string {
    const walker = this.#walker
    const start = walker.spans[2 * slot]!
    const end = walker.spans[2 * slot + 1]!
    if (walker.types[slot] === TYPE.plain) return this.#bytes.toString('utf8', start, end)
    return this.#strings.text(this.#intern(slot))
  }

  #isString(slot: number): boolean {
    const type = this.#walker.types[slot]
    return type === TYPE.plain || type === TYPE.escaped
  }

  #isEmpty(slot: number): boolean {
    const spans = this.#walker.spans
    return spans[2 * slot] === spans[2 * slot + 1]
  }

  #is(slot: number, text: string): boolean {
    const walker = this.#walker
    return (
      walker.types[slot] === TYPE.plain &&
      this.#bytes.toString('latin1', walker.spans[2 * slot]!, walker.spans[2 * slot + 1]!) === text
    )
  }

  /** `AssumeRole` also exists under signin.amazonaws.com (console role switching), so the source is always looked at. */
  #stsAction(eventSource: number, eventName: number): StsAction | null {
    const name = this.#strings.text(eventName)
    if (
      name !== 'AssumeRole' &&
      name !== 'AssumeRoleWithWebIdentity' &&
      name !== 'AssumeRoleWithSAML'
    )
      return null
    return STS.test(this.#strings.text(eventSource)) ? name : null
  }

  /** `s3:GetObject` from `s3.amazonaws.com` and `GetObject`. */
  #action(eventSource: number, eventName: number): number {
    this.#pair[0] = eventSource
    this.#pair[1] = eventName
    const index = this.#actions.intern(this.#pair)
    if (this.#actions.created)
      this.#actionIds.push(
        this.#strings.internString(
          `${this.#service(eventSource)}:${this.#strings.text(eventName)}`,
        ),
      )
    return this.#actionIds[index]!
  }

  #service(eventSource: number): string {
    let service = this.#services.get(eventSource)
    if (service === undefined) {
      service = this.#strings.text(eventSource).replace(/\.amazonaws\.com(?:\.cn)?$/, '')
      this.#services.set(eventSource, service)
    }
    return service
  }

  #fillIdentity(type: number, invokedBy: number, account: number): void {
    const identity = this.#identity
    const types = this.#walker.types
    identity[0] = type
    identity[1] = this.#intern(SLOT.principalId)
    const role = this.#intern(SLOT.issuerArn)
    // The session's ARN adds nothing to its role and principal id.
    identity[2] = role === 0 ? this.#intern(SLOT.identityArn) : 0
    identity[3] = account
    identity[4] = this.#intern(SLOT.accessKeyId)
    identity[5] = role === 0 ? this.#intern(SLOT.identityUserName) : 0
    identity[6] = this.#intern(SLOT.identityProvider)
    identity[7] = invokedBy
    identity[8] = role
    identity[9] = this.#intern(SLOT.creationDate)
    identity[10] = types[SLOT.ec2RoleDelivery] === TYPE.absent ? 0 : 1
  }

  #identityNow(): Identity {
    const id = this.#identity
    const text = (column: number): string => this.#strings.text(id[column]!)
    return {
      type: text(0),
      principalId: text(1),
      arn: text(2),
      account: text(3),
      key: text(4),
      userName: text(5),
      provider: text(6),
      invokedBy: text(7),
      role: text(8),
      issuedAt: issuedAt(text(9)),
      fromInstance: id[10] === 1,
    }
  }

  /** A denied AssumeRole has `requestParameters: null`; the role stands in `errorMessage` only. Others may still have `resources`. */
  #roleElsewhere(): number {
    const message = this.#text(SLOT.errorMessage)
    const named = /on resource: (arn:[^\s]+)/.exec(message.slice(0, 4096))
    if (named !== null) return this.#strings.internString(named[1]!)
    const count = this.#listedResources()
    for (let i = 0; i < count; i++)
      if (/^arn:[^:]+:iam::\d{12}:role\//.test(this.#strings.text(this.#resourceIds[i]!)))
        return this.#resourceIds[i]!
    return 0
  }

  /** Fills `#row` with what an issuing record says, but for the strings that only it has. */
  #fillSighting(
    at: number,
    role: number,
    recipient: number,
    region: number,
    eventName: number,
  ): void {
    const row = this.#row
    row[SIGHTING.at] = at % 3600
    row[SIGHTING.expiresAt] = this.#expiration()
    row[SIGHTING.recipient] = recipient
    row[SIGHTING.region] = region
    row[SIGHTING.action] = eventName
    row[SIGHTING.role] = role
    row[SIGHTING.subject] = this.#intern(SLOT.subject) || this.#intern(SLOT.samlUser)
    // SAML: `principalArn` is the provider's ARN, which people know; the name qualifier is a hash.
    row[SIGHTING.provider] = this.#intern(SLOT.principalArn) || this.#intern(SLOT.provider)
    row[SIGHTING.audience] = this.#intern(SLOT.audience)
    row[SIGHTING.externalId] = this.#intern(SLOT.requestExternalId)
    row[SIGHTING.sourceIp] = this.#intern(SLOT.sourceIPAddress)
    row[SIGHTING.vpcEndpoint] = this.#intern(SLOT.vpcEndpointId)
    row[SIGHTING.userAgent] = this.#intern(SLOT.userAgent)
  }

  /** Seconds since 1970; 0 where it is not known. */
  #expiration(): number {
    const text = this.#intern(SLOT.expiration)
    let at = this.#expirations.get(text)
    if (at === undefined) {
      at = parseExpiration(this.#strings.text(text)) ?? 0
      this.#expirations.set(text, at)
    }
    return at
  }

  /** Refuses the record where a text that hardly any two issuing records share is unsound; returns its tags. */
  #uniqueTexts(): SightingTags {
    for (const slot of UNIQUE) if (!this.#isVerbatim(slot)) this.#intern(slot)
    // Only asked for where the response does not have it.
    if (!this.#isVerbatim(SLOT.requestSessionName) && !this.#text(SLOT.assumedRoleId).includes(':'))
      this.#intern(SLOT.requestSessionName)
    return {
      tags: this.#tagsNumber(SLOT.requestTags),
      inheritedTags: this.#tagsNumber(SLOT.incomingTransitiveTags),
    }
  }

  /** The number of the session tags in a slot. The same come again and again, so each text is parsed once. */
  #tagsNumber(slot: number): number {
    const { types, spans } = this.#walker
    if (types[slot] !== TYPE.array && types[slot] !== TYPE.object) return 0
    const written = this.#walker.numberBetween(spans[2 * slot]!, spans[2 * slot + 1]!)
    let tags = this.#tagNumbers.get(written)
    if (tags === undefined) {
      tags = this.#strings.internString(this.#tags(slot))
      if (this.#problem === null) this.#tagNumbers.set(written, tags)
    }
    return tags
  }

  #putSighting(delta: OpenDelta, { tags, inheritedTags }: SightingTags): void {
    const row = this.#row
    row[SIGHTING.caller] = delta.caller(this.#identity)
    row[SIGHTING.key] = this.#isEmptyText(SLOT.issuedKey)
      ? this.#strings.internString(`event:${this.#text(SLOT.sharedEventID) || this.#eventId()}`)
      : this.#unique(delta, SLOT.issuedKey)
    row[SIGHTING.eventId] = this.#isOwnId()
      ? this.#strings.internString(this.#eventId())
      : this.#unique(delta, SLOT.eventID)
    row[SIGHTING.sharedEventId] = this.#unique(delta, SLOT.sharedEventID)
    row[SIGHTING.tags] = tags
    row[SIGHTING.inheritedTags] = inheritedTags
    this.#putSession(delta, row)
    delta.sighting(row)
  }

  /** Role id and session name, from `AROA…:<session name>`. */
  #putSession(delta: OpenDelta, row: Int32Array): void {
    if (this.#isVerbatim(SLOT.assumedRoleId)) {
      const { spans } = this.#walker
      const start = spans[2 * SLOT.assumedRoleId]!
      const end = spans[2 * SLOT.assumedRoleId + 1]!
      const colon = this.#bytes.indexOf(0x3a, start)
      if (colon >= 0 && colon < end) {
        row[SIGHTING.roleId] = this.#walker.numberBetween(start, colon)
        row[SIGHTING.sessionName] = delta.text(colon + 1, end)
        return
      }
    }
    const assumed = this.#text(SLOT.assumedRoleId)
    const colon = assumed.indexOf(':')
    row[SIGHTING.roleId] = this.#strings.internString(assumed.slice(0, Math.max(0, colon)))
    row[SIGHTING.sessionName] =
      colon < 0
        ? this.#unique(delta, SLOT.requestSessionName)
        : this.#strings.internString(assumed.slice(colon + 1))
  }

  /** Number of a captured string that is not worth interning. */
  #unique(delta: OpenDelta, slot: number): number {
    if (!this.#isVerbatim(slot)) return this.#intern(slot)
    const { spans } = this.#walker
    return delta.text(spans[2 * slot]!, spans[2 * slot + 1]!)
  }

  /** Whether the captured string stands in the file as it is. */
  #isVerbatim(slot: number): boolean {
    return this.#within === null && this.#walker.types[slot] === TYPE.plain
  }

  #isEmptyText(slot: number): boolean {
    return !this.#isString(slot) || this.#isEmpty(slot)
  }

  #attempt(
    action: StsAction,
    at: number,
    role: number,
    error: number,
    recipient: number,
    region: number,
  ): Attempt {
    return {
      eventId: this.#eventId(),
      recipient: this.#strings.text(recipient),
      region: this.#strings.text(region),
      action,
      at,
      role: this.#strings.text(role),
      error: this.#strings.text(error),
      identity: this.#identityNow(),
      sourceIp: this.#strings.text(this.#intern(SLOT.sourceIPAddress)),
      vpcEndpoint: this.#strings.text(this.#intern(SLOT.vpcEndpointId)),
      userAgent: this.#strings.text(this.#intern(SLOT.userAgent)),
    }
  }

  /** Session tags as JSON of a map: a list of `{key, value}` for AssumeRole, a map for inherited ones. */
  #tags(slot: number): string {
    const { spans } = this.#walker
    const parsed = parseJson(this.#bytes, spans[2 * slot]!, spans[2 * slot + 1]!)
    if (parsed === undefined) {
      this.#refuse('not-json')
      return ''
    }
    const pairs: unknown[][] = Array.isArray(parsed)
      ? parsed.map((tag: { key?: unknown; value?: unknown } | null) => [tag?.key, tag?.value])
      : Object.entries(parsed as object)
    const tags = pairs.filter((pair): pair is [string, string] =>
      pair.every((text) => typeof text === 'string' && text.isWellFormed()),
    )
    // fromEntries defines each key as its own, so that `__proto__` is a tag like any other.
    return JSON.stringify(Object.fromEntries(tags))
  }

  /** Fills `#resourceIds` with the distinct containers the record names; at least one entry, 0 for none. */
  #resources(eventSource: number, eventName: number, region: number, recipient: number): number {
    let count = this.#listedResources()
    if (count > 0) return count
    const service = this.#service(eventSource)
    if (!isNamedByParameter(service)) {
      this.#resourceIds[0] =
        service === 'cloudtrail' ? this.#trail(eventName, region, recipient) : 0
      return 1
    }
    this.#walkInto(SLOT.requestParameters, REQUEST)
    const parameter = namingParameter(this.#walker, service)
    let resource = 0
    if (parameter >= 0) {
      const value = this.#intern(namingSlot(parameter))
      if (value !== 0) {
        this.#quad.set([parameter, value, region, recipient])
        const index = this.#named.intern(this.#quad)
        if (this.#named.created)
          this.#namedIds.push(
            this.#strings.internString(
              namedArn(
                parameter,
                this.#strings.text(value),
                this.#strings.text(region),
                this.#strings.text(recipient),
              ),
            ),
          )
        resource = this.#namedIds[index]!
      }
    }
    this.#resourceIds[count++] = resource
    return count
  }

  /** Number of the trail that a call changes, with what it is told to record; 0 for none. */
  #trail(eventName: number, region: number, recipient: number): number {
    const { types, spans } = this.#walker
    const name = this.#strings.text(eventName)
    if (!changesTrail(name) || types[SLOT.requestParameters] !== TYPE.object) return 0
    const at = 2 * SLOT.requestParameters
    const request = parseJson(this.#bytes, spans[at]!, spans[at + 1]!)
    if (request === undefined) {
      this.#refuse('not-json')
      return 0
    }
    const where = {
      region: this.#strings.text(region),
      account: this.#strings.text(recipient),
    }
    const trail = trailOf(name, request, where)
    return trail === '' ? 0 : this.#strings.internString(trail)
  }

  #listedResources(): number {
    const walker = this.#walker
    if (walker.types[SLOT.resources] !== TYPE.array) return 0
    let count = 0
    const bytes = this.#bytes
    this.#array(walker.spans[2 * SLOT.resources]!, (element) => {
      if (bytes[element] !== 0x7b) return walker.skip(element, 3)
      walker.types[SLOT.resourceArn] = TYPE.absent
      const end = walker.object(element, RESOURCE, 3)
      if (!this.#isString(SLOT.resourceArn) || count === RECORD_LIMITS.resourcesMax) return end
      const id = this.#container()
      for (let i = 0; i < count; i++) if (this.#resourceIds[i] === id) return end
      if (id !== 0) this.#resourceIds[count++] = id
      return end
    })
    return count
  }

  /** Number of the container that the captured resource ARN lies in. */
  #container(): number {
    const walker = this.#walker
    if (walker.types[SLOT.resourceArn] === TYPE.plain) {
      const start = walker.spans[2 * SLOT.resourceArn]!
      const end = walker.spans[2 * SLOT.resourceArn + 1]!
      return walker.numberBetween(start, containerEnd(this.#bytes, start, end))
    }
    const arn = Buffer.from(this.#text(SLOT.resourceArn), 'utf8')
    return this.#strings.internString(arn.toString('utf8', 0, containerEnd(arn, 0, arn.length)))
  }
}

/** The line break before the last line of text, if it comes after `newline`; else -1. */
function lastLine(bytes: Buffer, newline: number): number {
  let end = bytes.length - 1
  while (end > newline && bytes[end]! <= 0x20) end--
  const before = bytes.lastIndexOf(0x0a, end)
  return before > newline ? before : -1
}

function endOfLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(0x0a, at)
  return newline < 0 ? bytes.length : newline
}

/** Fields that hardly any two issuing records share. */
const UNIQUE = [SLOT.issuedKey, SLOT.eventID, SLOT.sharedEventID, SLOT.assumedRoleId]

/** Numbers of texts. */
interface SightingTags {
  readonly tags: number
  readonly inheritedTags: number
}

/** The parsed value; undefined where it is not JSON, which the walk over a skipped value does not fully check. */
function parseJson(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    return undefined
  }
}
