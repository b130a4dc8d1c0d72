import type { Delta, Identity, Sighting, StsAction, Tags } from '../model.ts'
import { parseRfc3339Utc } from './time.ts'

/** Columns of a caller in `Delta.callers`, in order. `fromInstance` is 0 or 1, the others index `Delta.strings`. */
export const IDENTITY_COLUMNS = 11
/** Columns of a group in `Delta.groups`: caller, action, resource, error, network, user agent. */
export const GROUP_COLUMNS = 6
export const GROUP = {
  caller: 0,
  action: 1,
  resource: 2,
  error: 3,
  network: 4,
  userAgent: 5,
} as const

type Columns = Pick<Delta, 'partition' | 'strings' | 'callers' | 'sightings'>

/** The identity of caller number `index` of a delta. */
export function identityAt(delta: Pick<Delta, 'strings' | 'callers'>, index: number): Identity {
  const seen = new SeenIdentity(delta, index)
  const { type, principalId, arn, account, key, userName, provider, invokedBy, role } = seen
  const { issuedAt, fromInstance } = seen
  return {
    type,
    principalId,
    arn,
    account,
    key,
    userName,
    provider,
    invokedBy,
    role,
    issuedAt,
    fromInstance,
  }
}

/** The same, looked up when asked for: of most identities only little is. */
export class SeenIdentity implements Identity {
  readonly #delta: Pick<Delta, 'strings' | 'callers'>
  readonly #at: number

  constructor(delta: Pick<Delta, 'strings' | 'callers'>, index: number) {
    this.#delta = delta
    this.#at = index * IDENTITY_COLUMNS
  }

  #text(column: number): string {
    return this.#delta.strings.at(this.#delta.callers[this.#at + column]!)!
  }

  get type(): string {
    return this.#text(0)
  }
  get principalId(): string {
    return this.#text(1)
  }
  get arn(): string {
    return this.#text(2)
  }
  get account(): string {
    return this.#text(3)
  }
  get key(): string {
    return this.#text(4)
  }
  get userName(): string {
    return this.#text(5)
  }
  get provider(): string {
    return this.#text(6)
  }
  get invokedBy(): string {
    return this.#text(7)
  }
  get role(): string {
    return this.#text(8)
  }
  get issuedAt(): number | null {
    return issuedAt(this.#text(9))
  }
  get fromInstance(): boolean {
    return this.#delta.callers[this.#at + 10] === 1
  }
}

/** `creationDate` of a session in seconds; null where absent or not a time. */
export function issuedAt(creationDate: string): number | null {
  const seconds = creationDate === '' ? -1 : parseRfc3339Utc(creationDate)
  return seconds < 0 ? null : seconds
}

/**
 * Columns of a sighting in `Delta.sightings`, in order. `at` counts seconds into the partition's hour, `expiresAt` seconds since
 * 1970 with 0 for unknown, `caller` indexes `Delta.callers`; all others index `Delta.strings`, tags as JSON.
 */
export const SIGHTING = {
  at: 0,
  expiresAt: 1,
  caller: 2,
  key: 3,
  eventId: 4,
  sharedEventId: 5,
  recipient: 6,
  region: 7,
  action: 8,
  role: 9,
  roleId: 10,
  sessionName: 11,
  subject: 12,
  provider: 13,
  audience: 14,
  externalId: 15,
  tags: 16,
  inheritedTags: 17,
  sourceIp: 18,
  vpcEndpoint: 19,
  userAgent: 20,
} as const
export const SIGHTING_COLUMNS = 21
/** The columns before this one hold no string. */
export const SIGHTING_STRINGS_FROM = 3

export function sightingCount(delta: Pick<Delta, 'sightings'>): number {
  return delta.sightings.length / SIGHTING_COLUMNS
}

/** Sighting number `index` of a delta. */
export function sightingAt(delta: Columns, index: number): Sighting {
  const seen = new Seen(delta, index)
  return {
    key: seen.key,
    eventId: seen.eventId,
    sharedEventId: seen.sharedEventId,
    recipient: seen.recipient,
    region: seen.region,
    action: seen.action,
    at: seen.at,
    expiresAt: seen.expiresAt,
    role: seen.role,
    roleId: seen.roleId,
    sessionName: seen.sessionName,
    identity: identityAt(delta, delta.sightings[index * SIGHTING_COLUMNS + SIGHTING.caller]!),
    subject: seen.subject,
    provider: seen.provider,
    audience: seen.audience,
    externalId: seen.externalId,
    tags: seen.tags,
    inheritedTags: seen.inheritedTags,
    sourceIp: seen.sourceIp,
    vpcEndpoint: seen.vpcEndpoint,
    userAgent: seen.userAgent,
  }
}

/** The same, looked up when asked for: most sightings are only followed to who made the call. */
class Seen implements Sighting {
  readonly identity: Identity
  readonly #delta: Columns
  readonly #at: number

  constructor(delta: Columns, index: number) {
    this.#delta = delta
    this.#at = index * SIGHTING_COLUMNS
    this.identity = new SeenIdentity(delta, delta.sightings[this.#at + SIGHTING.caller]!)
  }

  #text(column: number): string {
    return this.#delta.strings.at(this.#delta.sightings[this.#at + column]!)!
  }

  get at(): number {
    return this.#delta.partition.hour * 3600 + this.#delta.sightings[this.#at + SIGHTING.at]!
  }
  get expiresAt(): number | null {
    const at = this.#delta.sightings[this.#at + SIGHTING.expiresAt]!
    return at === 0 ? null : at
  }
  get key(): string {
    return this.#text(SIGHTING.key)
  }
  get eventId(): string {
    return this.#text(SIGHTING.eventId)
  }
  get sharedEventId(): string {
    return this.#text(SIGHTING.sharedEventId)
  }
  get recipient(): string {
    return this.#text(SIGHTING.recipient)
  }
  get region(): string {
    return this.#text(SIGHTING.region)
  }
  get action(): StsAction {
    return this.#text(SIGHTING.action) as StsAction
  }
  get role(): string {
    return this.#text(SIGHTING.role)
  }
  get roleId(): string {
    return this.#text(SIGHTING.roleId)
  }
  get sessionName(): string {
    return this.#text(SIGHTING.sessionName)
  }
  get subject(): string {
    return this.#text(SIGHTING.subject)
  }
  get provider(): string {
    return this.#text(SIGHTING.provider)
  }
  get audience(): string {
    return this.#text(SIGHTING.audience)
  }
  get externalId(): string {
    return this.#text(SIGHTING.externalId)
  }
  get tags(): Tags | null {
    return tagsOf(this.#text(SIGHTING.tags))
  }
  get inheritedTags(): Tags | null {
    return tagsOf(this.#text(SIGHTING.inheritedTags))
  }
  get sourceIp(): string {
    return this.#text(SIGHTING.sourceIp)
  }
  get vpcEndpoint(): string {
    return this.#text(SIGHTING.vpcEndpoint)
  }
  get userAgent(): string {
    return this.#text(SIGHTING.userAgent)
  }
}

/** What sighting number `index` is found by, without making all of it. */
export function referableAt(
  delta: Pick<Delta, 'strings' | 'callers' | 'sightings'>,
  index: number,
): Pick<Sighting, 'key' | 'eventId' | 'roleId' | 'sessionName' | 'externalId'> & {
  identity: Pick<Identity, 'type' | 'key' | 'principalId'>
} {
  const at = index * SIGHTING_COLUMNS
  const { sightings, strings, callers } = delta
  const text = (column: number): string => strings.at(sightings[at + column]!)!
  const caller = sightings[at + SIGHTING.caller]! * IDENTITY_COLUMNS
  const identity = (column: number): string => strings.at(callers[caller + column]!)!
  return {
    key: text(SIGHTING.key),
    eventId: text(SIGHTING.eventId),
    roleId: text(SIGHTING.roleId),
    sessionName: text(SIGHTING.sessionName),
    externalId: text(SIGHTING.externalId),
    identity: { type: identity(0), principalId: identity(1), key: identity(4) },
  }
}

/** All sightings of a delta. */
export function sightingsOf(delta: Delta): Sighting[] {
  return Array.from({ length: sightingCount(delta) }, (_, index) => sightingAt(delta, index))
}

/** The same, each field looked up when asked for. */
export function seenIn(delta: Columns): Sighting[] {
  return Array.from({ length: sightingCount(delta) }, (_, index) => new Seen(delta, index))
}

function tagsOf(json: string): Tags | null {
  return json === '' ? null : (JSON.parse(json) as Tags)
}
