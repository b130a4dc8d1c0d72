import { createHash } from 'node:crypto'
import type { Partition, Principal } from '../model.ts'
import type { Key } from './table.ts'

/*
 * Every key of the table is made here. docs/table.md says what stands under it.
 */

/** 130 bits: two texts with one hash are not to be expected, and what is found by one is compared in full all the same. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** One of `count` shards, `count` at most 64. */
export function shardOf(text: string, count: number): number {
  return createHash('sha256').update(text).digest()[31]! % count
}

/** A part of a key must not be empty, nor grow with what a record says. */
export function part(text: string): string {
  if (text === '') return '-'
  return Buffer.byteLength(text) > 200 ? `~${hash(text)}` : text
}

/** The last moment of year 9999: no record is later, and keys of hours and days sort as text. */
export const TIME_MAX = 253_402_300_800
export const hourText = (hour: number): string => String(hour).padStart(8, '0')

export const fileKey = (id: string): Key => ({ pk: `F#${id}`, sk: '-' })
export const sessionPk = (key: string): string => `K#${part(key)}`
export const groupPk = (group: string): string => `R#${hash(group)}`
const ROLE_GROUPS = 16
/** Sessions of some of the roles of an account. */
export const rolesPk = (account: string, roleId: string): string =>
  `R#${part(account)}#${shardOf(roleId, ROLE_GROUPS)}`
/** The account of a role, by the role's id. */
export const roleOwnerKey = (roleId: string): Key => ({ pk: `RA#${part(roleId)}`, sk: '-' })
export const bucketPk = (bucket: string): string => `X#${bucket}`
export const waitPk = (ref: string): string => `W#${hash(ref)}`
/** Spans of hours whose touches are not added up yet. */
export const openSpansPk = (account: string): string => `O#${part(account)}`
export const spanText = (span: number): string => String(span).padStart(8, '0')
export const dayText = (day: number): string => String(day).padStart(7, '0')
export const awaitedPk = (account: string): string => `WL#${part(account)}`
export const logPk = ({ account, hour }: Partition): string => `D#${part(account)}#${hour}`
export const versionPk = (account: string): string => `V#${part(account)}`
export const versionKey = ({ account, hour }: Partition): Key => ({
  pk: versionPk(account),
  sk: hourText(hour),
})

export const QUEUES = 8
export const queuePk = (queue: number): string => `Q#${queue}`
export const queueKey = (partition: Partition): Key => {
  const name = partitionText(partition)
  return { pk: queuePk(shardOf(name, QUEUES)), sk: name }
}

/** Sorts by account and hour. */
export function partitionText({ account, hour }: Partition): string {
  return `${part(account)}#${hourText(hour)}`
}

export function partitionOf(text: string): Partition {
  const [account, hour] = text.split('#') as [string, string]
  return { account: account === '-' ? '' : account, hour: Number(hour) }
}

export const ACCOUNTS = 'AC'
export const COVERAGE = 'C'
export const QUARANTINE = 'Z'
export const VERIFIED = 'IN'
export const SNAPSHOTS = 'SN'
export const CLUSTER_NAMES = 'CN'
export const snapshotPk = (id: string): string => `SV#${id}`
export const signOffPk = (namespace: string): string => `SO#${part(namespace)}`
/** What a reading of the declared state was answered, for as long as it has yet to be finished. */
export const KEPT: Key = { pk: 'KA', sk: '-' }
export const keptKey = (generation: string, key: string): Key => ({
  pk: `KA#${hash(`${generation}\n${key}`)}`,
  sk: '-',
})
export const KINDS_AWAITED: Key = { pk: 'W', sk: '-' }

/** By the first of the 16 digits that ids are made of, so that ids in order are found in order. */
export const findingKey = (id: string): Key => ({ pk: `FI#${id.charAt(4)}`, sk: id })
export const FINDING_SHARDS: readonly string[] = [...'0123456789abcdef'].map(
  (digit) => `FI#${digit}`,
)

const EDGE_SHARDS = 8
export const EDGES: readonly string[] = Array.from({ length: EDGE_SHARDS }, (_, n) => `BL#${n}`)
export const edgeItemKey = (key: string): Key => ({
  pk: `BL#${shardOf(key, EDGE_SHARDS)}`,
  sk: hash(key),
})
export const SUPPRESSIONS = 'SU'
export const DEAD_ALERTS = 'OD'
export const ALLOWANCES = 'AL'

const OUTBOX_SHARDS = 4
/** By severity, so that the most severe are found first. */
export const outboxPks = (rank: number): string[] =>
  Array.from({ length: OUTBOX_SHARDS }, (_, shard) => `OB#${rank}#${shard}`)
export const outboxKey = (rank: number, name: string): Key => ({
  pk: `OB#${rank}#${shardOf(name, OUTBOX_SHARDS)}`,
  sk: name,
})

export const rolePk = (name: string): string => `RN#${hash(name)}`
export const signalsPk = (account: string): string => `S#${part(account)}`
export const networksPk = (account: string): string => `N#${part(account)}`

export const PRINCIPAL_SHARDS = 16
/** Up to so many bytes of an id, each at most two of UTF-8, stand in its key, so that ids can be asked for by it. */
const ID_BYTES = 400
export function principalRange(id: string): { pk: string; from: string } {
  const from = Buffer.from(id).subarray(0, ID_BYTES).toString('latin1')
  return { pk: `PL#${shardOf(id, PRINCIPAL_SHARDS)}`, from: `${from}\n` }
}
export function principalKey(principal: Pick<Principal, 'kind' | 'id'>): Key {
  const { pk, from } = principalRange(principal.id)
  return { pk, sk: `${from}${hash(subjectOfPrincipal(principal))}` }
}
export const workloadPk = (namespace: string, serviceAccount: string): string =>
  `PN#${hash(`${namespace}\n${serviceAccount}`)}`

export function subjectOfPrincipal({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return `${kind}\n${id}`
}
