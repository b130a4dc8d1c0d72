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

/** The identity of caller number `index` of a delta. */
export function identityAt(delta: Pick<Delta, 'strings' | 'callers'>, index: number): Identity {
  const at = index * IDENTITY_COLUMNS
  const text = (column: number): string => delta.strings.at(delta.callers[at + column]!)!
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
    fromInstance: delta.callers[at + 10] === 1,
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
export function sightingAt(
  delta: Pick<Delta, 'partition' | 'strings' | 'callers' | 'sightings'>,
  index: number,
): Sighting {
  const at = index * SIGHTING_COLUMNS
  const { sightings, strings } = delta
  const text = (column: number): string => strings.at(sightings[at + column]!)!
  const expiresAt = sightings[at + SIGHTING.expiresAt]!
  return {
    key: text(SIGHTING.key),
    eventId: text(SIGHTING.eventId),
    sharedEventId: text(SIGHTING.sharedEventId),
    recipient: text(SIGHTING.recipient),
    region: text(SIGHTING.region),
    action: text(SIGHTING.action) as StsAction,
    at: delta.partition.hour * 3600 + sightings[at + SIGHTING.at]!,
    expiresAt: expiresAt === 0 ? null : expiresAt,
    role: text(SIGHTING.role),
    roleId: text(SIGHTING.roleId),
    sessionName: text(SIGHTING.sessionName),
    identity: identityAt(delta, sightings[at + SIGHTING.caller]!),
    subject: text(SIGHTING.subject),
    provider: text(SIGHTING.provider),
    audience: text(SIGHTING.audience),
    externalId: text(SIGHTING.externalId),
    tags: tagsOf(text(SIGHTING.tags)),
    inheritedTags: tagsOf(text(SIGHTING.inheritedTags)),
    sourceIp: text(SIGHTING.sourceIp),
    vpcEndpoint: text(SIGHTING.vpcEndpoint),
    userAgent: text(SIGHTING.userAgent),
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

function tagsOf(json: string): Tags | null {
  return json === '' ? null : (JSON.parse(json) as Tags)
}
