import { describe, expect, it } from 'vitest'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import type { Store } from '../lib/ports.ts'
import { bytesOf, factsOf } from './properties/deliver.ts'
import { stateOf } from './properties/digest.ts'
import { intercept } from './properties/faults.ts'
import { modelOf } from './properties/model.ts'
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
} from './properties/records.ts'
import { asItIs, withStore } from './properties/system.ts'
import { bigWorld, SAMPLE } from './properties/world.ts'

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }
const app = roleOf(ACCOUNTS[0], 'app')
const ledger = roleOf(ACCOUNTS[1], 'ledger')
const first: Session = { role: app, name: 'worker', key: keyOf(1), at: START }
const second: Session = { role: ledger, name: 'job', key: keyOf(2), at: START + 7200 }
const parent = pod(eventId(1), first, 'checkout')
const child = assume(eventId(2), second, sessionIdentity(first), app.account)

/** A store that counts the calls of each of its methods. */
function counting(store: Store): { store: Store; calls: Partial<Record<keyof Store, number>> } {
  const calls: Partial<Record<keyof Store, number>> = {}
  const counted = intercept(store, async (made, name) => {
    calls[name] = (calls[name] ?? 0) + 1
    return made()
  })
  return { store: counted, calls }
}

const fileOf = (...records: Json[]) => factsOf(bytesOf('log file', records), 'log.json', null)

describe('the pipeline', () => {
  it('takes records from bytes to rows that say who was behind a role', () =>
    withStore(asItIs, async (store) => {
      expect(await ingest(store, [fileOf(parent, child)])).toEqual([{ accepted: 2, duplicate: 0 }])
      expect(await rollUpDirty(store)).toBe(2)
      const [edge] = await store.edges({ roles: [ledger.arn] }, EVER)
      expect(edge).toMatchObject({
        principal: { kind: 'workload', namespace: 'shop', serviceAccount: 'checkout' },
        via: [app.arn],
        hop: 2,
        role: ledger.arn,
        proof: 'accessKeyId',
        count: 1,
        firstSeen: second.at,
        lastSeen: second.at,
      })
    }))

  it('has nothing to do where nothing came in', () =>
    withStore(asItIs, async (store) => {
      const { store: counted, calls } = counting(store)
      expect(await ingest(counted, [])).toEqual([])
      expect(await rollUpDirty(counted)).toBe(0)
      expect(calls).toEqual({ commit: 1, dirty: 1 })
    }))

  it('rolls up as many partitions as are dirty, in batches, each once', () =>
    withStore(asItIs, async (store) => {
      const hours = Array.from({ length: 150 }, (_, hour) =>
        pod(eventId(hour), { ...first, key: keyOf(hour), at: START + 3600 * hour }, 'checkout'),
      )
      const { store: counted, calls } = counting(store)
      await ingest(counted, [fileOf(...hours)])
      expect(await rollUpDirty(counted)).toBe(150)
      expect(calls.deltas).toBe(150)
      expect(calls.putRollups).toBeLessThanOrEqual(4)
      expect(await rollUpDirty(counted)).toBe(0)
      expect((await store.edges({}, EVER)).map(({ count }) => count)).toEqual([150])
    }))

  it('looks sessions up together, not one by one', () =>
    withStore(asItIs, async (store) => {
      const sessions = Array.from({ length: 500 }, (_, number) => ({
        ...first,
        name: `run-${number}`,
        key: keyOf(number),
      }))
      const issued = sessions.map((session, number) => pod(eventId(number), session, 'checkout'))
      const calls = sessions.map((session, number) =>
        call(eventId(1000 + number), START + 7200, sessionIdentity(session), app.account, 'photos'),
      )
      await ingest(store, [fileOf(...issued)])
      await rollUpDirty(store)
      await ingest(store, [fileOf(...calls)])
      const { store: counted, calls: made } = counting(store)
      await rollUpDirty(counted)
      expect(made).toEqual({ dirty: 2, deltas: 1, sightings: 1, putRollups: 1 })
      expect((await store.activity({}, EVER)).map(({ count }) => count)).toEqual([500])
    }))

  it('waits for nothing where all is settled', () =>
    withStore(asItIs, async (store) => {
      const { store: counted, calls } = counting(store)
      await ingest(counted, [fileOf(parent, child)])
      await rollUpDirty(counted)
      expect(calls.awaitSightings ?? 0).toBe(0)
    }))

  it('says what it waits for before it looks for the last time', () =>
    withStore(asItIs, async (store) => {
      const names: string[] = []
      const listed = intercept(store, async (made, name) => {
        names.push(name)
        return made()
      })
      await ingest(listed, [fileOf(child)])
      await rollUpDirty(listed)
      expect(names.indexOf('awaitSightings')).toBeGreaterThan(names.indexOf('sightings'))
      expect(names.lastIndexOf('sightings')).toBeGreaterThan(names.indexOf('awaitSightings'))
      expect(names.indexOf('putRollups')).toBeGreaterThan(names.lastIndexOf('sightings'))
    }))

  it('takes in what came between its first look and its last', () =>
    withStore(asItIs, async (store) => {
      await ingest(store, [fileOf(child)])
      let came = false
      const late = intercept(store, async (made, name) => {
        if (name === 'awaitSightings' && !came) {
          came = true
          await ingest(store, [fileOf(parent)])
        }
        return made()
      })
      await rollUpDirty(late)
      expect(came).toBe(true)
      const { edges } = await stateOf(store)
      expect(edges).toEqual(modelOf([parent, child]).edges)
    }))

  it('begins again with a partition into which more came while it was rolled up', () =>
    withStore(asItIs, async (store) => {
      await ingest(store, [fileOf(...SAMPLE.slice(0, 6))])
      let refused = 0
      const busy = intercept(store, async (made, name) => {
        if (name === 'putRollups' && refused < 3) {
          const from = 6 + 3 * refused++
          await ingest(store, [fileOf(...SAMPLE.slice(from, from + 3))])
        }
        return made()
      })
      await rollUpDirty(busy)
      expect(refused).toBe(3)
      const { edges, attempts, activity } = await stateOf(store)
      expect({ edges, attempts, activity }).toEqual(modelOf(SAMPLE.slice(0, 15)))
    }))

  it('lets through what a store throws, at any call, and comes to the same rows afterwards', () =>
    withStore(asItIs, async (store) => {
      const world = bigWorld(60)
      for (const name of [
        'commit',
        'dirty',
        'deltas',
        'sightings',
        'awaitSightings',
        'putRollups',
      ] as const) {
        const failing = intercept(store, async (made, called) => {
          if (called === name) throw new Error(`no ${name} today`)
          return made()
        })
        await expect(
          ingest(failing, [fileOf(...world)]).then(() => rollUpDirty(failing)),
        ).rejects.toThrow(`no ${name} today`)
      }
      await rollUpDirty(store)
      const { edges, attempts, activity } = await stateOf(store)
      expect({ edges, attempts, activity }).toEqual(modelOf(world))
    }))

  it("counts the two copies of a cross-account call once, whichever account's comes", () =>
    withStore(asItIs, async (store) => {
      const shared = { sharedEventID: 'shared-1' }
      const copies = [
        assume(eventId(2), second, sessionIdentity(first), app.account, shared),
        assume(eventId(3), second, strangerIdentity(first), ledger.account, shared),
        call(eventId(4), START + 20, sessionIdentity(first), app.account, 'theirs', {
          sharedEventID: 'shared-2',
        }),
        call(eventId(5), START + 20, strangerIdentity(first), ledger.account, 'theirs', {
          sharedEventID: 'shared-2',
        }),
      ]
      for (const record of [parent, ...copies]) {
        await ingest(store, [fileOf(record)])
        await rollUpDirty(store)
      }
      expect((await store.edges({ roles: [ledger.arn] }, EVER)).map(({ count }) => count)).toEqual([
        1,
      ])
      const touched = await store.activity({ resources: ['arn:aws:s3:::theirs'] }, EVER)
      expect(touched.map(({ count, role }) => [count, role])).toEqual([[1, app.arn]])
    }))
})
