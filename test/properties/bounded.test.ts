import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { nameRef } from '../../lib/session/refs.ts'
import { CANDIDATES_MAX, ROLES_MAX } from '../../lib/session/resolver.ts'
import { runs } from '../property-runs.ts'
import { bytesOf, factsOf } from './deliver.ts'
import {
  ACCOUNTS,
  assume,
  call,
  eventId,
  type Json,
  keyOf,
  pod,
  roleOf,
  type Session,
  START,
  sessionIdentity,
  strangerIdentity,
} from './records.ts'

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }
const ROLES = ACCOUNTS.map((account) => roleOf(account, 'juggler'))

/** Takes in files of so many records each, and rolls up. */
async function take(store: Store, records: readonly Json[], size = 1000): Promise<void> {
  for (let at = 0; at < records.length; at += size)
    await ingest(store, [factsOf(bytesOf('log file', records.slice(at, at + size)), `${at}`, null)])
  await rollUpDirty(store)
}

/** Bytes of the widest row of each table. */
function widestRows(store: Store): Record<string, number> {
  const { db } = store as unknown as { db: DatabaseSync }
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const widest = tables.map(({ name }): [string, number] => {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${name}')`).all()
    const sum = columns.map((column) => `coalesce(length("${column['name']}"), 0)`).join(' + ')
    return [String(name), Number(db.prepare(`SELECT max(${sum}) AS n FROM "${name}"`).get()!['n'])]
  })
  return Object.fromEntries(widest)
}

async function withMemory<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(':memory:')
  try {
    return await use(store)
  } finally {
    store.close()
  }
}

/** A session that takes on roles in a circle, `hops` times. */
function juggling(hops: number, gap: number): Json[] {
  const sessions = Array.from(
    { length: hops },
    (_, hop): Session => ({
      role: ROLES[hop % 3]!,
      name: 'same',
      key: keyOf(hop),
      at: START + hop * gap,
    }),
  )
  const records = [pod(eventId(0), sessions[0]!, 'checkout')]
  for (let hop = 1; hop < hops; hop++) {
    const from = sessions[hop - 1]!
    records.push(assume(eventId(hop), sessions[hop]!, sessionIdentity(from), from.role.account))
  }
  return records
}

describe('Bounded: role juggling', () => {
  it('of 5,000 hops is followed to its start, and no row grows with it', () =>
    withMemory(async (store) => {
      const records = juggling(5000, 1)
      await take(store, records)
      const edges = await store.edges({}, EVER)
      expect(edges.reduce((sum, { count }) => sum + count, 0)).toBe(5000)
      expect(new Set(edges.map(({ principal }) => principal.kind))).toEqual(new Set(['workload']))
      expect(Math.max(...edges.map(({ hop }) => hop))).toBe(5000)
      expect(Math.max(...edges.map(({ via }) => via.length))).toBe(ROLES_MAX)
      expect(widestRows(store)['edge']).toBeLessThan(10_000)
      expect(widestRows(store)['name']).toBeLessThan(ROLES_MAX * 60)
    }))

  it('that comes last hop first, over files and roll-ups, ends in the same rows', () =>
    withMemory(async (store) => {
      const records = juggling(600, 30)
      for (let end = records.length; end > 0; end -= 60)
        await take(store, records.slice(Math.max(0, end - 60), end))
      const edges = await store.edges({}, EVER)
      expect(new Set(edges.map(({ principal }) => principal.kind))).toEqual(new Set(['workload']))
      expect(edges.length).toBe(600)
    }))

  it("seen from the target accounts only, where every session's name is every other's, stays nobody's", () =>
    withMemory(async (store) => {
      // Two assumptions at each turn, each of which any session alive may have made.
      const records: Json[] = []
      for (let turn = 0; turn < 1000; turn++)
        for (const twin of [0, 1]) {
          const role = ROLES[turn % 2]!
          const from = { role: ROLES[(turn + 1) % 2]!, name: 'same', key: '', at: 0 }
          const session = { role, name: 'same', key: keyOf(2 * turn + twin), at: START + turn }
          records.push(
            assume(eventId(2 * turn + twin), session, strangerIdentity(from), role.account),
          )
        }
      await take(store, records)
      const edges = await store.edges({}, EVER)
      expect(edges.reduce((sum, { count }) => sum + count, 0)).toBe(2000)
      expect(new Set(edges.map(({ principal }) => principal.kind))).toEqual(new Set(['account']))
      const { db } = store as unknown as { db: DatabaseSync }
      const { waits } = db.prepare('SELECT count(*) AS waits FROM waiter').get() as {
        waits: number
      }
      // Each partition waits for the two names, not for every way in which one session may come from another.
      expect(waits).toBeLessThan(50)
    }))

  it('in a circle of names within one second comes to an end, wherever one begins', async () => {
    const circle = ROLES.map((role, index) => {
      const from = { role: ROLES[(index + 2) % 3]!, name: 'same', key: '', at: 0 }
      const session = { role, name: 'same', key: keyOf(index), at: START }
      return assume(eventId(index), session, strangerIdentity(from), role.account)
    })
    const seen = new Set<string>()
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ])
      await withMemory(async (store) => {
        for (const index of order) await take(store, [circle[index]!])
        const lines = (await store.edges({}, EVER)).map((edge) => JSON.stringify(edge)).sort()
        expect(lines.length).toBe(3)
        seen.add(lines.join())
      })
    expect(seen.size).toBe(1)
  })
})

describe('Bounded: names', () => {
  const many = runs(100_000).numRuns

  it('of sessions, a new one for every call, cost a row each and no more', () =>
    withMemory(async (store) => {
      const role = ROLES[0]!
      const size = 2000
      for (let at = 0; at < many; at += size) {
        const records = Array.from({ length: Math.min(size, many - at) }, (_, index) => {
          const number = at + index
          const session = {
            role,
            name: `run-${number}`,
            key: keyOf(number),
            at: START + Math.floor(number / 100),
          }
          return pod(eventId(number), session, 'checkout')
        })
        await ingest(store, [factsOf(bytesOf('log file', records), `${at}`, null)])
      }
      await rollUpDirty(store)
      const edges = await store.edges({}, EVER)
      expect(edges.map(({ count }) => count)).toEqual([many])
      expect((await store.find(`run-${many - 1}`, 10)).length).toBe(1)
      // Two bytes a second of an hour, and what a file of 2,000 records holds.
      expect(widestRows(store)['edge']).toBeLessThan(2 * 3600 * 100 + 1000)
      expect(widestRows(store)['principal']).toBeLessThan(1000)
      const { db } = store as unknown as { db: DatabaseSync }
      const { names } = db.prepare('SELECT count(*) AS names FROM name').get() as { names: number }
      expect(names).toBeLessThan(20)
    }))

  it('that very many sessions share do not link a call to any of them', () =>
    withMemory(async (store) => {
      const role = ROLES[0]!
      const records = Array.from({ length: CANDIDATES_MAX + 1 }, (_, number) =>
        pod(
          eventId(number),
          { role, name: 'same', key: keyOf(number), at: START + number },
          'checkout',
        ),
      )
      const from = { role, name: 'same', key: '', at: 0 }
      const target = {
        role: ROLES[1]!,
        name: 'x',
        key: keyOf(999),
        at: START + CANDIDATES_MAX + 100,
      }
      const jump = assume(eventId(999), target, strangerIdentity(from), ROLES[1]!.account)
      await take(store, [...records.slice(1), jump])
      const principalOf = async (): Promise<string | undefined> =>
        (await store.edges({ roles: [ROLES[1]!.arn] }, EVER))[0]?.principal.kind
      // As many as are looked at: all are the same workload's, so the call is too.
      expect(await principalOf()).toBe('workload')
      await take(store, [records[0]!])
      expect(await principalOf()).toBe('account')
    }))

  // By the square of their number it would take minutes.
  it('that very many sessions share are looked up nonetheless', () =>
    withMemory(async (store) => {
      const role = ROLES[0]!
      const count = 80_000
      const size = 20_000
      for (let at = 0; at < count; at += size) {
        const records = Array.from({ length: size }, (_, index) => {
          const session = { role, name: 'same', key: keyOf(at + index), at: START + at + index }
          return pod(eventId(at + index), session, 'checkout')
        })
        await ingest(store, [factsOf(bytesOf('log file', records), `${at}`, null)])
      }
      const ref = nameRef(role.id, 'same')
      expect((await store.sightings([ref])).get(ref)!.length).toBe(count)
      expect((await store.find('same', 10)).length).toBe(10)
    }))

  it('and roles of any length leave rows no longer than a record may be', () =>
    withMemory(async (store) => {
      const huge = 'x'.repeat(60_000)
      const role = { ...ROLES[0]!, arn: `${ROLES[0]!.arn}/${huge}` }
      const session = { role, name: huge, key: huge, at: START }
      const other = { ...session, key: 'k2', role: ROLES[1]! }
      await take(store, [
        pod(eventId(1), session, 'checkout'),
        assume(eventId(2), other, sessionIdentity(session), ROLES[0]!.account),
        call(eventId(3), START, sessionIdentity(other), ROLES[1]!.account, huge),
      ])
      const edges = await store.edges({}, EVER)
      expect(edges.map(({ principal }) => principal.kind)).toEqual(['workload', 'workload'])
      for (const [table, bytes] of Object.entries(widestRows(store)))
        expect(bytes, table).toBeLessThan(3 * 1024 * 1024)
    }))
})
