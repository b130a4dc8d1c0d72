import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../lib/graph/outcome.ts'
import { SIGNAL, SIGNAL_COLUMNS, SIGNAL_KINDS, type SignalTable } from '../../lib/graph/signals.ts'
import { CLIENTS } from '../../lib/identity/client.ts'
import type { CoverageFact, FileFacts, Partition } from '../../lib/model.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { EdgeQuery, EdgeSum, Store, Window } from '../../lib/ports.ts'
import { GROUP_COLUMNS, identityAt, sightingsOf } from '../../lib/record/columns.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { keyRef, nameRef } from '../../lib/session/refs.ts'
import { bytesOf, deliver, factsOf, factsOfParcel, plainly } from '../properties/deliver.ts'
import { stateOf, who } from '../properties/digest.ts'
import { modelOf } from '../properties/model.ts'
import {
  ACCOUNTS,
  assume,
  byService,
  call,
  denied,
  eventId,
  type Json,
  keyOf,
  pod,
  refsIn,
  roleOf,
  type Session,
  sessionIdentity,
  strangerIdentity,
  userIdentity,
} from '../properties/records.ts'
import { bigWorld, SAMPLE } from '../properties/world.ts'

/** A store under test. `reopen` closes it and opens what it kept; `destroy` closes it and removes what it kept. */
export interface Opened {
  readonly store: Store
  readonly reopen: () => Promise<Store>
  readonly destroy: () => Promise<void>
}

const HOUR = 3600
const ISSUER = `oidc.eks.eu-west-1.amazonaws.com/id/${'AAAA'.repeat(8)}`
/** 10:00 on some day. */
const TEN = Date.UTC(2026, 2, 3, 10) / 1000
const EVER: Window = { from: 0, to: Number.MAX_SAFE_INTEGER }
const app = roleOf(ACCOUNTS[0], 'app')
const ledger = roleOf(ACCOUNTS[1], 'ledger')
const worker: Session = { role: app, name: 'worker-1', key: keyOf(1), at: TEN + 10 }
const job: Session = { role: ledger, name: 'job', key: keyOf(2), at: TEN + HOUR + 20 }

/** What every store has to promise, whatever engine it stands on. */
export function storeContract(name: string, open: () => Promise<Opened>): void {
  let opened: Opened
  let store: Store
  let files = 0

  beforeEach(async () => {
    opened = await open()
    store = opened.store
  })
  afterEach(() => opened.destroy())

  /** One file of these records; a file of its own every time, also if others hold the same. */
  function file(...records: Json[]): FileFacts {
    const bytes = bytesOf('log file', records)
    const facts = new FileReader().read(bytes, {
      id: (++files).toString(16).padStart(64, '0'),
      source: `logs/${files}.json`,
      deliveredAt: null,
    })
    expect(facts.quarantined).toEqual([])
    return facts
  }

  async function take(...records: Json[]): Promise<void> {
    await ingest(store, [file(...records)])
    await rollUpDirty(store)
  }

  const dirtyNow = async (): Promise<string[]> =>
    (await store.dirty(1000)).map(({ partition }) => partitionText(partition)).sort()
  const edgeLines = async (window = EVER): Promise<string[]> =>
    (await store.edges({}, window)).map(edgeLine).sort()

  describe(`${name}: commit`, () => {
    it('keeps a file once and counts the second time as duplicates', async () => {
      const world = [...SAMPLE]
      const facts = file(...world)
      expect(await store.commit([facts])).toEqual([{ accepted: world.length, duplicate: 0 }])
      await rollUpDirty(store)
      const state = await stateOf(store, refsIn(world))
      expect(await store.commit([facts])).toEqual([{ accepted: 0, duplicate: world.length }])
      expect(await store.dirty(10)).toEqual([])
      expect(await stateOf(store, refsIn(world))).toEqual(state)
    })

    it('answers for each file of a batch in their order, the first with a record being the one to bring it', async () => {
      const [a, b, c] = SAMPLE as [Json, Json, Json]
      expect(await store.commit([file(a, b), file(b, c), file(c), file(a, b, c)])).toEqual([
        { accepted: 2, duplicate: 0 },
        { accepted: 1, duplicate: 1 },
        { accepted: 0, duplicate: 1 },
        { accepted: 0, duplicate: 3 },
      ])
    })

    it('takes an empty batch, and a file without records', async () => {
      expect(await store.commit([])).toEqual([])
      expect(await store.commit([file()])).toEqual([{ accepted: 0, duplicate: 0 }])
      expect(await store.dirty(10)).toEqual([])
      expect(await store.extent()).toBeNull()
    })

    it('counts files that overlap in part, and keeps each record once', async () => {
      const world = [...SAMPLE]
      let accepted = 0
      for (let at = 0; at < world.length; at += 3) {
        const [committed] = await store.commit([file(...world.slice(Math.max(0, at - 4), at + 3))])
        accepted += committed!.accepted
        expect(committed!.accepted).toBe(Math.min(3, world.length - at))
      }
      expect(accepted).toBe(world.length)
      await rollUpDirty(store)
      const { edges, attempts, activity } = await stateOf(store)
      expect({ edges, attempts, activity }).toEqual(modelOf(world))
    })

    it('tells records apart by id and receiving account, and not by id alone', async () => {
      const one = call(eventId(1), TEN, userIdentity('ada'), ACCOUNTS[0], 'photos')
      const other = { ...one, recipientAccountId: ACCOUNTS[1] }
      expect(await store.commit([file(one, other, one)])).toEqual([{ accepted: 2, duplicate: 1 }])
    })

    it('takes what a later version reads of a file of which an earlier one kept some', async () => {
      const facts = file(pod(eventId(1), worker, 'checkout'))
      const more = file(
        pod(eventId(1), worker, 'checkout'),
        pod(eventId(2), { ...worker, key: keyOf(7) }, 'checkout'),
      )
      await store.commit([facts])
      await rollUpDirty(store)
      expect(await store.commit([{ ...more, id: facts.id }])).toEqual([
        { accepted: 1, duplicate: 1 },
      ])
      await rollUpDirty(store)
      expect((await store.edges({}, EVER)).map(({ count }) => count)).toEqual([2])
    })
  })

  describe(`${name}: partitions`, () => {
    it('are dirty from a commit to their roll-up, and only those that were touched', async () => {
      await store.commit([file(pod(eventId(1), worker, 'checkout'))])
      expect(await dirtyNow()).toEqual([partitionText(partitionOf(worker))])
      await rollUpDirty(store)
      expect(await dirtyNow()).toEqual([])
      await store.commit([file(pod(eventId(2), { ...worker, at: job.at }, 'checkout'))])
      expect(await dirtyNow()).toEqual([
        partitionText({ account: app.account, hour: job.at / HOUR }),
      ])
    })

    it('are named up to a limit, and none is named twice', async () => {
      await store.commit([file(...bigWorld(120))])
      const all = await store.dirty(1000)
      expect(all.length).toBeGreaterThan(5)
      expect(new Set(all.map(({ partition }) => partitionText(partition))).size).toBe(all.length)
      expect(await store.dirty(3)).toEqual(all.slice(0, 3))
      expect(await store.dirty(0)).toEqual([])
    })

    it('keep their rows if facts came in after the version that was rolled up, and are still dirty', async () => {
      await store.commit([file(pod(eventId(1), worker, 'checkout'))])
      const [old] = await store.dirty(1)
      await rollUpDirty(store)
      const state = await stateOf(store)
      await store.commit([file(pod(eventId(2), { ...worker, key: keyOf(7) }, 'stock'))])
      const rollup = { ...emptyRollup(old!.partition), awaits: [] }
      expect(await store.putRollups([{ rollup, version: old!.version }])).toEqual([false])
      expect({ ...(await stateOf(store)), coverage: [] }).toEqual({ ...state, coverage: [] })
      expect(await dirtyNow()).toEqual([partitionText(old!.partition)])
    })

    it('are judged one by one when several are put', async () => {
      await store.commit([
        file(
          pod(eventId(1), worker, 'checkout'),
          byService(eventId(2), job, 'lambda.amazonaws.com'),
        ),
      ])
      const [first, second] = await store.dirty(10)
      const put = [first!, second!].map(({ partition, version }, index) => ({
        rollup: emptyRollup(partition),
        version: index === 0 ? version - 1 : version,
      }))
      expect(await store.putRollups(put)).toEqual([false, true])
      expect(await dirtyNow()).toEqual([partitionText(first!.partition)])
    })

    it('have their rows replaced, not added to', async () => {
      const world = [...SAMPLE]
      await take(...world)
      const state = await stateOf(store)
      expect(state.edges).not.toEqual({})
      // One more record in each partition makes all of them dirty.
      const more = world.map((record, index) => ({ ...record, eventID: eventId(500 + index) }))
      await take(...more)
      await rollUpDirty(store)
      const { edges, attempts, activity } = await stateOf(store)
      expect({ edges, attempts, activity }).toEqual(modelOf([...world, ...more]))
    })

    it('leave nothing behind of rows that a roll-up no longer has', async () => {
      await take(...SAMPLE)
      await take(...SAMPLE.map((record, index) => ({ ...record, eventID: eventId(500 + index) })))
      const partitions = new Map<string, Partition>()
      for (const fact of await store.coverage(EVER)) {
        for (let hour = fact.day * 24; hour < fact.day * 24 + 24; hour++)
          for (const account of ACCOUNTS) partitions.set(`${account}/${hour}`, { account, hour })
      }
      // Facts that say nothing make them dirty, and then they are rolled up to nothing.
      await store.commit([
        file(...SAMPLE.map((one, index) => ({ ...one, eventID: eventId(900 + index) }))),
      ])
      for (const { partition, version } of await store.dirty(1000))
        expect(await store.putRollups([{ rollup: emptyRollup(partition), version }])).toEqual([
          true,
        ])
      const state = await stateOf(store)
      expect(state).toMatchObject({
        edges: {},
        attempts: {},
        activity: {},
        principals: [],
      })
      expect(await store.activity({ resources: ['arn:aws:s3:::ledger'] }, EVER)).toEqual([])
      expect(await store.find('192.0.2.10', 10)).toEqual([])
    })

    it('give back their deltas in an order that does not depend on when they came', async () => {
      const [a, b, c] = SAMPLE as [Json, Json, Json]
      const one = factsOfParcel(SAMPLE, { path: 'log file', records: [0] })
      const two = factsOfParcel(SAMPLE, { path: 'lines', records: [1, 0] })
      expect([a, b, c].length).toBe(3)
      const seen: unknown[] = []
      for (const order of [
        [one, two],
        [two, one],
      ]) {
        const other = await open()
        for (const facts of order) await other.store.commit([facts])
        const dirty = await other.store.dirty(10)
        const deltas = await Promise.all(
          dirty.map(async ({ partition }) => (await other.store.deltas(partition)).map(deltaText)),
        )
        seen.push(deltas.map((texts) => texts.at(-1)))
        await other.destroy()
      }
      expect(seen[0]).toEqual(seen[1])
    })

    it('give back deltas as they were committed', async () => {
      const facts = file(...SAMPLE)
      await store.commit([facts])
      const reopened = await opened.reopen()
      for (const delta of facts.deltas)
        expect((await reopened.deltas(delta.partition)).map(deltaText)).toEqual([deltaText(delta)])
      expect(await reopened.deltas({ account: '999999999999', hour: 1 })).toEqual([])
    })
  })

  describe(`${name}: signals`, () => {
    const lines = async (window: Window): Promise<string[]> => {
      const found: string[] = []
      for await (const { partition, signals } of store.signals(window))
        found.push(...signalLines(partitionText(partition), signals))
      return found
    }

    it('say who did what with which program from where, hours ascending', async () => {
      const cli = { sourceIPAddress: '198.51.100.7', userAgent: 'aws-cli/2.20.0' }
      await take(
        call(eventId(3), job.at + 5, sessionIdentity(worker), app.account, 'photos', cli),
        pod(eventId(1), worker, 'checkout'),
        call(eventId(2), TEN + 20, sessionIdentity(worker), app.account, 'photos'),
        call(eventId(4), TEN + 25, sessionIdentity(worker), app.account, 'films'),
        denied(eventId(5), TEN + 30, sessionIdentity(worker), ledger),
      )
      const hour = TEN / HOUR
      const at = `${app.account}/${hour}`
      const workload = `workload ${ISSUER}/shop/checkout`
      expect((await lines(EVER)).slice(0, 3).sort()).toEqual([
        `${at} call ${workload} [] ${app.arn} s3:GetObject did 192.0.2.10 sdk-go 2 20-25`,
        `${at} issue ${workload} [] ${app.arn} sts:AssumeRoleWithWebIdentity did 192.0.2.10 sdk-go 1 10-10`,
        `${at} try ${workload} [${app.arn}] ${ledger.arn} sts:AssumeRole refused 192.0.2.10 sdk-go 1 30-30`,
      ])
      expect(await lines(EVER)).toHaveLength(4)
      expect(await lines({ from: TEN + HOUR, to: TEN + HOUR + 1 })).toEqual([
        `${app.account}/${hour + 1} call ${workload} [] ${app.arn} s3:GetObject did 198.51.100.7 aws-cli 1 25-25`,
      ])
      expect(await lines({ from: TEN, to: TEN })).toEqual([])
    })

    it('are replaced with the other rows, and survive', async () => {
      await take(pod(eventId(1), worker, 'checkout'))
      await take(pod(eventId(2), { ...worker, key: keyOf(7), at: worker.at + 9 }, 'checkout'))
      const found = await lines(EVER)
      expect(found.map((line) => line.slice(-7))).toEqual(['2 10-19'])
      store = await opened.reopen()
      expect(await lines(EVER)).toEqual(found)
    })
  })

  describe(`${name}: sightings`, () => {
    const shared = { sharedEventID: 'shared-1' }
    const caller = assume(eventId(4), job, sessionIdentity(worker), app.account, shared)
    const target = assume(eventId(5), job, strangerIdentity(worker), ledger.account, shared)

    it('are found by every ref, each once however many files bring them', async () => {
      await store.commit([file(caller, target), file(caller), file(target, caller)])
      const refs = refsIn([caller, target])
      const found = await store.sightings([...refs, ...refs, 'k:nobody'])
      const ids = (ref: string): string[] | undefined =>
        found
          .get(ref)
          ?.map(({ eventId: id }) => id)
          .sort()
      expect(ids(keyRef(job.key))).toEqual([eventId(4), eventId(5)])
      expect(ids(nameRef(ledger.id, job.name))).toEqual([eventId(4), eventId(5)])
      expect(ids(`e:${eventId(4)}`)).toEqual([eventId(4)])
      expect(ids(`c:${worker.key}`)).toEqual([eventId(4)])
      expect(ids(`c:${app.id}:${worker.name}`)).toEqual([eventId(5)])
      expect(found.has('k:nobody')).toBe(false)
      expect(await store.sightings([])).toEqual(new Map())
    })

    it('are found by their time too, to the second', async () => {
      const times = [TEN, TEN + 3599, TEN + 3600, TEN + 9 * HOUR]
      const again = times.map((at, n) =>
        pod(eventId(10 + n), { ...worker, key: keyOf(10 + n), at }, 'checkout'),
      )
      await store.commit(again.map((record) => file(record)))
      const ref = nameRef(app.id, worker.name)
      const within = async (from: number, to: number): Promise<number[]> =>
        ((await store.sightings([ref], { from, to })).get(ref) ?? [])
          .map(({ at }) => at)
          .sort((a, b) => a - b)
      expect(await within(0, TEN + 10 * HOUR)).toEqual(times)
      expect(await within(TEN, TEN + 3600)).toEqual(times.slice(0, 2))
      expect(await within(TEN + 1, TEN + 3601)).toEqual(times.slice(1, 3))
      expect(await within(TEN + 3601, TEN + 9 * HOUR)).toEqual([])
      expect(await within(TEN + 9 * HOUR, TEN)).toEqual([])
    })

    it('come back as they were read', async () => {
      const facts = file(...SAMPLE)
      await store.commit([facts])
      const before = await store.sightings(refsIn(SAMPLE))
      const after = await (await opened.reopen()).sightings(refsIn(SAMPLE))
      expect([...after].sort()).toEqual([...before].sort())
      const one = before.get(`e:${eventId(0)}`)![0]!
      expect(one).toMatchObject({
        key: keyOf(0),
        action: 'AssumeRoleWithWebIdentity',
        role: app.arn,
        roleId: app.id,
        recipient: app.account,
        region: 'eu-west-1',
        subject: 'system:serviceaccount:shop:checkout',
        audience: 'sts.amazonaws.com',
        sourceIp: '192.0.2.10',
      })
    })

    it('are not mistaken for others whose refs are like theirs', async () => {
      await store.commit([file(caller)])
      for (const ref of [
        `k:${job.key} `,
        `k:${job.key.slice(1)}`,
        `s:${job.key}`,
        `e:${job.key}`,
        'k:',
        '',
      ])
        expect(await store.sightings([ref]), ref).toEqual(new Map())
    })

    describe('that are awaited', () => {
      const parent = pod(eventId(1), worker, 'checkout')
      const waiting: Partition = { account: ledger.account, hour: Math.floor(job.at / HOUR) }
      const ref = keyRef(worker.key)

      it('make who waits dirty when they come, whatever else was done since', async () => {
        await take(caller)
        await store.awaitSightings([{ partition: waiting, refs: [ref, keyRef('other')] }])
        await store.awaitSightings([{ partition: waiting, refs: [ref] }])
        expect(await dirtyNow()).toEqual([])
        await opened.reopen().then((again) => {
          store = again
        })
        await store.commit([file(parent)])
        expect(await dirtyNow()).toContain(partitionText(waiting))
      })

      it('make who waits dirty also in the commit that brings both', async () => {
        await store.awaitSightings([{ partition: waiting, refs: [ref] }])
        await store.commit([file(caller), file(parent)])
        expect(await dirtyNow()).toContain(partitionText(waiting))
      })

      it('make a roll-up of the version before them worthless', async () => {
        await store.commit([file(caller)])
        const { version } = (await store.dirty(10))[0]!
        await store.awaitSightings([{ partition: waiting, refs: [ref] }])
        await store.commit([file(parent)])
        const rollup = emptyRollup(waiting)
        expect(await store.putRollups([{ rollup, version }])).toEqual([false])
      })

      it('leave those alone who wait for others', async () => {
        await store.awaitSightings([
          { partition: waiting, refs: [keyRef('other'), nameRef('a', 'b'), keyRef('')] },
        ])
        await store.commit([file(parent)])
        expect(await dirtyNow()).toEqual([partitionText(partitionOf(worker))])
      })

      it('do not make anyone dirty again that has them already', async () => {
        await take(parent, caller)
        await store.awaitSightings([{ partition: waiting, refs: [ref] }])
        await store.commit([file(parent)])
        expect(await dirtyNow()).toEqual([])
      })
    })
  })

  describe(`${name}: edges and attempts`, () => {
    const times = [0, 1, 1, 59, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR - 1, 5 * HOUR].map(
      (at) => TEN + at,
    )

    beforeEach(async () => {
      await take(
        ...times.map((at, index) =>
          pod(eventId(index), { ...worker, key: keyOf(index), at }, 'checkout'),
        ),
        ...times.map((at, index) => denied(eventId(100 + index), at, userIdentity('ada'), ledger)),
      )
    })

    it('are exact to the second, however a window cuts the hours', async () => {
      const edges = [
        0,
        1,
        2,
        58,
        59,
        60,
        HOUR - 1,
        HOUR,
        HOUR + 1,
        HOUR + 2,
        2 * HOUR,
        5 * HOUR,
        5 * HOUR + 1,
      ]
      for (const from of edges)
        for (const to of edges) {
          const window = { from: TEN + from, to: TEN + to }
          const inside = times.filter((at) => at >= window.from && at < window.to)
          const expected =
            inside.length === 0
              ? []
              : [{ count: inside.length, firstSeen: inside[0], lastSeen: inside.at(-1) }]
          const label = `${from}..${to}`
          expect((await store.edges({}, window)).map(summed), label).toEqual(expected)
          expect((await store.attempts({}, window)).map(summed), label).toEqual(expected)
        }
    })

    it('of several windows are those of each by itself, also as more comes in', async () => {
      const ends = [TEN, TEN + 1, TEN + HOUR - 1, TEN + HOUR, TEN + 3 * HOUR + 7, TEN + 9 * HOUR]
      const windows = ends.slice(1).map((to, index) => ({ from: ends[index]!, to }))
      const byItself = async (about: EdgeQuery) => {
        const expected = []
        for (const window of windows)
          expected.push({
            edges: await store.edges(about, window),
            attempts: await store.attempts(about, window),
          })
        return expected
      }
      for (const at of [null, TEN + 20, TEN + 4 * HOUR]) {
        if (at !== null)
          await take(pod(eventId(900 + at), { ...worker, key: keyOf(9), at }, 'late'))
        for (const about of [{}, { roles: [app.arn] }])
          expect(await store.series(about, windows)).toEqual(await byItself(about))
      }
      const all = await store.series({}, [EVER])
      expect(all[0]!.edges.map(summed)).toContainEqual({
        count: 2,
        firstSeen: TEN + 20,
        lastSeen: TEN + 4 * HOUR,
      })
      expect(await store.series({}, [])).toEqual([])
    })

    it('are nothing in an empty window, a reversed one, and one before or after everything', async () => {
      for (const [from, to] of [
        [TEN, TEN],
        [TEN + HOUR, TEN],
        [0, TEN],
        [TEN + 5 * HOUR + 1, Number.MAX_SAFE_INTEGER],
      ] as const) {
        expect(await store.edges({}, { from, to })).toEqual([])
        expect(await store.attempts({}, { from, to })).toEqual([])
      }
    })

    it('are all there in a window wider than anything', async () => {
      for (const window of [EVER, { from: -1e15, to: 1e15 }]) {
        expect((await store.edges({}, window)).map(summed)).toEqual([
          { count: times.length, firstSeen: times[0], lastSeen: times.at(-1) },
        ])
        expect((await store.attempts({}, window)).length).toBe(1)
      }
    })

    it('are found by role and by principal, each once however often it is named', async () => {
      const [edge] = await store.edges({}, EVER)
      const [attempt] = await store.attempts({}, EVER)
      for (const about of [
        { roles: [app.arn] },
        { roles: [app.arn, app.arn, 'arn:of:nobody'] },
        { principals: [edge!.principal] },
        { principals: [edge!.principal, edge!.principal] },
      ]) {
        expect(await store.edges(about, EVER)).toEqual([edge])
        expect(await store.attempts(about, EVER)).toEqual([])
      }
      expect(await store.attempts({ roles: [ledger.arn] }, EVER)).toEqual([attempt])
      expect(await store.attempts({ principals: [attempt!.principal] }, EVER)).toEqual([attempt])
      for (const about of [{ roles: [] }, { principals: [] }, { roles: ['*'] }, { roles: [''] }])
        expect(await store.edges(about, EVER)).toEqual([])
      const stranger = { ...edge!.principal, kind: 'iam-user' as const }
      expect(await store.edges({ principals: [stranger] }, EVER)).toEqual([])
    })

    it('are told apart by everything they say', async () => {
      await take(
        pod(eventId(201), { ...worker, key: keyOf(201) }, 'checkout', 1),
        pod(eventId(202), { ...worker, key: keyOf(202), role: ledger }, 'checkout'),
        denied(eventId(203), TEN, userIdentity('ada'), app),
        denied(eventId(204), TEN, userIdentity('ada'), ledger, {
          errorCode: 'ThrottlingException',
        }),
        denied(eventId(205), TEN, userIdentity('bob'), ledger),
      )
      expect((await store.edges({}, EVER)).map(({ count }) => count).sort()).toEqual([
        1,
        1,
        times.length,
      ])
      const attempts = await store.attempts({}, EVER)
      expect(attempts.map(({ count }) => count).sort()).toEqual([1, 1, 1, times.length])
      expect(attempts.map(({ error }) => error)).toContain('ThrottlingException')
    })

    it('of one role that has no account in its name are summed over the accounts that saw it', async () => {
      const odd = { ...worker, role: { arn: 'odd-role', id: 'AROAODD', account: ACCOUNTS[0] } }
      for (const [index, recipient] of ACCOUNTS.entries()) {
        const session = { ...odd, key: keyOf(300 + index) }
        await take(assume(eventId(300 + index), session, userIdentity('ada'), recipient))
      }
      expect((await store.edges({ roles: ['odd-role'] }, EVER)).map(({ count }) => count)).toEqual([
        3,
      ])
    })
  })

  describe(`${name}: activity`, () => {
    beforeEach(async () => {
      const identity = sessionIdentity(worker)
      await take(
        pod(eventId(1), worker, 'checkout'),
        call(eventId(2), TEN + 20, identity, app.account, 'ledger'),
        call(eventId(3), TEN + 30, identity, app.account, 'ledger', { vpcEndpointId: 'vpce-1' }),
        call(eventId(4), TEN + HOUR - 1, identity, app.account, 'photos', {
          errorCode: 'AccessDenied',
        }),
        call(eventId(5), TEN + HOUR, identity, app.account, 'ledger'),
        call(eventId(6), TEN + HOUR, identity, app.account, 'ledger', {
          resources: [],
          requestParameters: {},
        }),
      )
    })

    it('is summed over addresses and hours, with its ends to the second', async () => {
      const [sum, ...more] = await store.activity({ resources: ['arn:aws:s3:::ledger'] }, EVER)
      expect(more).toEqual([])
      expect(sum).toMatchObject({
        role: app.arn,
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::ledger',
        outcome: 'did',
        count: 3,
        firstSeen: TEN + 20,
        lastSeen: TEN + HOUR,
      })
      expect(sum!.principal).toMatchObject({ kind: 'workload', serviceAccount: 'checkout' })
    })

    it('of a trail is found by its ARN, whatever it was told to record', async () => {
      const trail = `arn:aws:cloudtrail:us-east-1:${app.account}:trail/main`
      const told = (id: number, eventName: string, requestParameters: Json): Json =>
        call(eventId(id), TEN + id, sessionIdentity(worker), app.account, '', {
          eventSource: 'cloudtrail.amazonaws.com',
          eventName,
          requestParameters,
          resources: [],
          awsRegion: 'us-east-1',
        })
      await take(
        told(10, 'StopLogging', { name: 'main' }),
        told(11, 'PutEventSelectors', {
          trailName: trail,
          eventSelectors: [{ readWriteType: 'WriteOnly', includeManagementEvents: true }],
        }),
      )
      const sums = await store.activity({ resources: [trail] }, EVER)
      expect(sums.map(({ action, resource }) => `${action} ${resource}`).sort()).toEqual([
        `cloudtrail:PutEventSelectors ${trail}#management-events=writes-only,data-events=none`,
        `cloudtrail:StopLogging ${trail}`,
      ])
    })

    it('is the same asked for by resource, by principal and as a whole', async () => {
      const all = await store.activity({}, EVER)
      const principals = await store.principals({ kind: 'workload' })
      const lines = (sums: typeof all): string[] => sums.map((sum) => JSON.stringify(sum)).sort()
      expect(lines(await store.activity({ principals }, EVER))).toEqual(lines(all))
      const resources = ['arn:aws:s3:::ledger', 'arn:aws:s3:::photos', 'arn:aws:s3:::ledger']
      const named = all.filter(({ resource }) => resource !== '')
      expect(lines(await store.activity({ resources }, EVER))).toEqual(lines(named))
      expect(named.length).toBe(all.length - 1)
      expect(await store.activity({ resources: [] }, EVER)).toEqual([])
      expect(await store.activity({ resources: ['arn:aws:s3:::nothing'] }, EVER)).toEqual([])
    })

    it('takes in every call of a window, and none of an hour that the window does not touch', async () => {
      const counts = async (from: number, to: number): Promise<number> =>
        (await store.activity({}, { from, to })).reduce((sum, { count }) => sum + count, 0)
      expect(await counts(TEN + HOUR, TEN + 2 * HOUR)).toBe(2)
      expect(await counts(TEN, TEN + HOUR)).toBe(3)
      expect(await counts(TEN + HOUR - 1, TEN + HOUR + 1)).toBeGreaterThanOrEqual(3)
      expect(await counts(TEN - HOUR, TEN)).toBe(0)
      expect(await counts(TEN + 2 * HOUR, 1e12)).toBe(0)
      expect(await counts(TEN + 30, TEN + 30)).toBe(0)
      expect(await counts(TEN + HOUR, TEN)).toBe(0)
      expect(await counts(0, Number.MAX_SAFE_INTEGER)).toBe(5)
    })
  })

  describe(`${name}: names`, () => {
    it('finds roles by ARN, with and without path, by name, by session, and all', async () => {
      const other = roleOf(ACCOUNTS[2], 'app')
      await take(
        pod(eventId(1), worker, 'checkout'),
        pod(eventId(2), { ...worker, role: other, key: keyOf(3) }, 'checkout'),
        denied(eventId(3), TEN, userIdentity('ada'), ledger),
      )
      const all = [app.arn, other.arn, ledger.arn].sort()
      expect(await store.roles('*')).toEqual(all)
      expect(await store.roles('app')).toEqual([app.arn, other.arn].sort())
      expect(await store.roles('team/app')).toEqual([app.arn, other.arn].sort())
      expect(await store.roles(app.arn)).toEqual([app.arn])
      expect(await store.roles(`arn:aws:iam::${ACCOUNTS[0]}:role/app`)).toEqual([app.arn])
      expect(await store.roles(`arn:aws:sts::${ACCOUNTS[2]}:assumed-role/app/x`)).toEqual([
        other.arn,
      ])
      expect(await store.roles('ledger')).toEqual([ledger.arn])
      for (const text of ['', 'ap', 'APP', 'arn:aws:iam::1:role/app', '%', 'app\u0000'])
        expect(await store.roles(text), text).toEqual([])
    })

    it('names no role where a record does not', async () => {
      await take(denied(eventId(1), TEN, userIdentity('ada'), app, { errorMessage: 'no' }))
      expect(await store.roles('*')).toEqual([])
      expect((await store.attempts({}, EVER)).map(({ role }) => role)).toEqual([''])
    })

    it('finds principals by any of their parts', async () => {
      await take(
        pod(eventId(1), worker, 'checkout'),
        pod(eventId(2), { ...worker, key: keyOf(2) }, 'checkout', 1),
        pod(eventId(3), { ...worker, key: keyOf(3) }, 'stock'),
        call(eventId(4), TEN, userIdentity('ada'), app.account, 'photos'),
        denied(eventId(5), TEN, userIdentity('bob'), ledger),
      )
      const ids = async (filter: Parameters<Store['principals']>[0]): Promise<number> =>
        (await store.principals(filter)).length
      expect(await ids({})).toBe(5)
      expect(await ids({ kind: 'workload' })).toBe(3)
      expect(await ids({ kind: 'iam-user' })).toBe(2)
      expect(await ids({ serviceAccount: 'checkout' })).toBe(2)
      expect(await ids({ namespace: 'shop', serviceAccount: 'stock' })).toBe(1)
      expect(await ids({ namespace: 'other' })).toBe(0)
      const [first] = await store.principals({ serviceAccount: 'stock' })
      expect(await store.principals({ kind: 'workload', id: first!.id })).toEqual([first])
      expect(await ids({ kind: 'iam-user', id: first!.id })).toBe(0)
    })

    it('names no principal of which no row is left', async () => {
      await take(assume(eventId(2), job, sessionIdentity(worker), app.account))
      expect((await store.principals({})).map(who)).toEqual([`role ${app.arn}`])
      await take(pod(eventId(1), worker, 'checkout'))
      expect((await store.principals({})).map(({ kind }) => kind)).toEqual(['workload'])
    })
  })

  describe(`${name}: find`, () => {
    const shared = { sharedEventID: 'shared-1' }
    const address = { sourceIPAddress: '203.0.113.7' }
    beforeEach(async () => {
      await take(
        pod(eventId(1), worker, 'checkout', 0, address),
        assume(eventId(2), job, sessionIdentity(worker), app.account, { ...shared, ...address }),
        assume(eventId(3), job, strangerIdentity(worker), ledger.account, {
          ...shared,
          ...address,
        }),
        call(eventId(4), TEN + 50, sessionIdentity(worker), app.account, 'photos', {
          vpcEndpointId: 'vpce-0a1b',
        }),
        call(eventId(5), TEN + 60, sessionIdentity(worker, true), app.account, 'photos'),
        denied(eventId(6), TEN + 70, sessionIdentity(worker), ledger, {
          sourceIPAddress: '198.51.100.9',
        }),
        call(eventId(7), TEN + 80, userIdentity('ada'), app.account, 'photos'),
      )
    })
    const found = async (text: string, limit = 100): Promise<string[]> =>
      (await store.find(text, limit)).map(({ eventId: id }) => id)

    it('by issued key, role id and session name, session name, and session ARN', async () => {
      expect(await found(worker.key)).toEqual([eventId(1)])
      expect(await found(job.key)).toEqual([eventId(2), eventId(3)])
      expect(await found(`${app.id}:worker-1`)).toEqual([eventId(1)])
      expect(await found('worker-1')).toEqual([eventId(1)])
      expect(await found('job')).toEqual([eventId(2), eventId(3)])
      expect(await found(`arn:aws:sts::${app.account}:assumed-role/app/worker-1`)).toEqual([
        eventId(1),
      ])
      expect(await found(`arn:aws:sts::${ledger.account}:assumed-role/app/worker-1`)).toEqual([])
    })

    it('by the event that issued it', async () => {
      expect(await found(eventId(1))).toEqual([eventId(1)])
      expect(await found(eventId(3))).toEqual([eventId(3)])
    })

    it('by an event that was made with it: a call, a keyless call, a refused assumption', async () => {
      expect(await found(eventId(4))).toEqual([eventId(1)])
      expect(await found(eventId(5))).toEqual([eventId(1)])
      expect(await found(eventId(6))).toEqual([eventId(1)])
      expect(await found(eventId(7))).toEqual([])
    })

    it('by a call with a key of which only its name and time of issuing tell', async () => {
      const other = { ...worker, key: keyOf(8), at: TEN + 500 }
      await take(
        pod(eventId(10), other, 'stock'),
        call(
          eventId(11),
          TEN + 600,
          sessionIdentity({ ...other, key: keyOf(9) }, false, 1),
          app.account,
          'b',
        ),
        call(eventId(12), TEN + 600, sessionIdentity(other, true), app.account, 'b'),
      )
      expect(await found(eventId(11))).toEqual([eventId(10)])
      expect(await found(eventId(12))).toEqual([eventId(10)])
    })

    it('by address or endpoint, of its issuing or of any call made with it', async () => {
      expect(await found('203.0.113.7')).toEqual([eventId(1), eventId(2), eventId(3)])
      expect(await found('vpce-0a1b')).toEqual([eventId(1)])
      expect(await found('198.51.100.9')).toEqual([eventId(1)])
      expect(await found('192.0.2.10')).toEqual([eventId(1)])
      expect(await found('203.0.113.8')).toEqual([])
    })

    it('sorted by time, up to a limit', async () => {
      expect(await found('job', 1)).toEqual([eventId(2)])
      expect(await found('203.0.113.7', 1)).toEqual([eventId(1)])
      expect(await found('job', 0)).toEqual([])
    })

    it('nothing by a text that nobody goes by', async () => {
      for (const text of [
        '',
        ' ',
        'nobody',
        '%',
        "' OR 1 --",
        eventId(999),
        'k:',
        `k:${worker.key}`,
      ])
        expect(await found(text), text).toEqual([])
    })
  })

  describe(`${name}: coverage`, () => {
    const fact = (over: Partial<CoverageFact>): CoverageFact => ({
      account: app.account,
      region: 'eu-west-1',
      day: Math.floor(TEN / 86_400),
      slots: Uint8Array.from({ length: 36 }, (_, index) => (index === 3 ? 0b101 : 0)),
      first: TEN,
      last: TEN + 100,
      lagMax: null,
      ...over,
    })
    const facts = [
      fact({}),
      fact({ slots: new Uint8Array(36).fill(1), first: TEN - 50, lagMax: 30 }),
      fact({ last: TEN + 4000, lagMax: 7 }),
      fact({ region: 'us-east-1', lagMax: 900 }),
    ]
    const merged = async (order: readonly number[]): Promise<unknown> => {
      const other = await open()
      try {
        for (const index of order) {
          const facts1 = { ...file(), coverage: [facts[index]!] }
          await other.store.commit([facts1])
        }
        return (await other.store.coverage(EVER)).map((one) => ({ ...one, slots: [...one.slots] }))
      } finally {
        await other.destroy()
      }
    }

    it('is the same in any order and however often a fact comes', async () => {
      const expected = [
        {
          ...fact({ first: TEN - 50, last: TEN + 4000, lagMax: 30 }),
          slots: Array.from({ length: 36 }, (_, index) => (index === 3 ? 0b101 : 1)),
        },
        { ...facts[3]!, slots: [...facts[3]!.slots] },
      ]
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 0, 1, 3, 2, 2, 0, 3],
        [2, 3, 0, 0, 1],
      ])
        expect(await merged(order)).toEqual(expected)
    })

    it('gives the days that a window touches, and the extent of all', async () => {
      expect(await store.extent()).toBeNull()
      await store.commit([
        {
          ...file(),
          coverage: [
            facts[0]!,
            fact({ day: 20_000, first: 20_000 * 86_400, last: 20_000 * 86_400 + 5 }),
          ],
        },
      ])
      expect((await store.coverage({ from: TEN, to: TEN + 1 })).length).toBe(1)
      expect((await store.coverage({ from: TEN + 101, to: TEN + 200 })).length).toBe(0)
      expect((await store.coverage({ from: 0, to: TEN })).length).toBe(1)
      expect((await store.coverage(EVER)).length).toBe(2)
      expect(await store.extent()).toEqual({ from: 20_000 * 86_400, to: TEN + 101 })
    })
  })

  describe(`${name}: quarantine`, () => {
    it('keeps each bad record once, whether its file comes again or not', async () => {
      const bytes = bytesOf('log file', [pod(eventId(1), worker, 'checkout'), { odd: true }])
      const facts = factsOf(bytes, 'logs/a.json', null)
      await store.commit([facts])
      await store.commit([facts])
      const [entry, ...more] = await store.quarantine(10)
      expect(more).toEqual([])
      expect(entry).toMatchObject({ source: 'logs/a.json', index: 1, reason: 'missing-event-name' })
      const { offset, length } = entry!
      expect(bytes.subarray(offset, offset + length).toString()).toBe('{"odd":true}')
    })

    it('keeps a file that could not be read, once', async () => {
      const refused = {
        id: 'f'.repeat(64),
        source: 'logs/b.json.gz',
        reason: 'gzip-corrupt',
        offset: 17,
      } as const
      await store.refuse(refused)
      await store.refuse(refused)
      expect(await store.quarantine(10)).toEqual([
        { source: 'logs/b.json.gz', index: null, reason: 'gzip-corrupt', offset: 17, length: 0 },
      ])
      expect(await store.dirty(10)).toEqual([])
    })

    it('says the same of a file under two names in either order', async () => {
      const bytes = bytesOf('log file', [{ odd: true }])
      const seen: unknown[] = []
      for (const names of [
        ['a.json', 'b.json'],
        ['b.json', 'a.json'],
      ]) {
        const other = await open()
        for (const source of names) {
          await other.store.commit([factsOf(bytes, source, null)])
          await other.store.refuse({
            id: 'e'.repeat(64),
            source,
            reason: 'not-gzip',
            offset: source === 'a.json' ? 1 : 2,
          })
        }
        seen.push(await other.store.quarantine(10))
        await other.destroy()
      }
      expect(seen[0]).toEqual(seen[1])
    })

    it('is given up to a limit', async () => {
      const bad = Array.from({ length: 7 }, (_, index) => ({ odd: index }))
      await store.commit([factsOf(bytesOf('log file', bad), 'logs/a.json', null)])
      expect((await store.quarantine(3)).map(({ index }) => index)).toEqual([0, 1, 2])
      expect((await store.quarantine(100)).length).toBe(7)
    })
  })

  describe(`${name}: text of any kind`, () => {
    const hostile: Record<string, string> = {
      NUL: 'a\u0000b',
      quotes: `'"\`;--`,
      backslash: 'a\\b\\u0000',
      'line ends': 'a\nb\r\nc\u2028d',
      emoji: '👩‍🚀🏴‍☠️',
      'right to left': '\u202egnp.exe\u202c אבג',
      combining: 'e\u0301',
      long: 'x'.repeat(30_000),
      'prototype keys': '__proto__',
      constructor: 'constructor',
      percent: '%_*?',
      number: '0123',
    }
    for (const [kind, text] of Object.entries(hostile))
      it(`comes back as it was: ${kind}`, async () => {
        const arn = `arn:aws:iam::${ACCOUNTS[0]}:role/${text}`
        const session = { role: { ...app, arn }, name: text, key: `key-${text}`, at: TEN }
        const tags = {
          requestParameters: {
            roleArn: arn,
            roleSessionName: text,
            tags: [{ key: text, value: text }],
          },
        }
        const address = { sourceIPAddress: text, userAgent: text }
        await take(
          pod(eventId(1), session, 'checkout'),
          assume(
            `event-${text}`,
            { ...session, key: `k2-${text}` },
            userIdentity(text),
            ACCOUNTS[0],
            { ...tags, ...address },
          ),
          call(eventId(3), TEN, userIdentity(text), ACCOUNTS[0], text),
          denied(eventId(4), TEN, userIdentity(text), app, {
            errorCode: text,
            requestParameters: { roleArn: arn },
          }),
        )
        await store.refuse({ id: 'd'.repeat(64), source: text, reason: 'empty', offset: 0 })
        const again = await opened.reopen()
        expect(await again.roles('*')).toEqual([arn])
        expect((await again.edges({ roles: [arn] }, EVER)).map(({ role }) => role)).toEqual([
          arn,
          arn,
        ])
        const userArn = `arn:aws:iam::${ACCOUNTS[0]}:user/${text}`
        expect((await again.principals({ kind: 'iam-user', id: userArn })).length).toBe(1)
        const [attempt] = await again.attempts({ roles: [arn] }, EVER)
        expect(attempt).toMatchObject({ role: arn, error: text })
        expect(attempt!.principal.id).toBe(userArn)
        const [touch] = await again.activity({ resources: [`arn:aws:s3:::${text}`] }, EVER)
        expect(touch?.resource).toBe(`arn:aws:s3:::${text}`)
        expect((await again.quarantine(10)).map(({ source }) => source)).toEqual([text])
        const [sighting] = (await again.sightings([`e:event-${text}`])).values()
        expect(sighting![0]).toMatchObject({
          sessionName: text,
          userAgent: text,
          key: `k2-${text}`,
        })
        expect(Object.entries(sighting![0]!.tags!)).toEqual([[text, text]])
        expect((await again.find(text, 10)).length).toBe(2)
      })
  })

  describe(`${name}: closing and opening again`, () => {
    it('keeps everything, and goes on from there', async () => {
      const world = bigWorld(90)
      const parcels = plainly(world, 9).map((parcel) => factsOfParcel(world, parcel))
      const refs = refsIn(world)
      for (const facts of parcels) {
        await store.commit([facts])
        store = await opened.reopen()
        await rollUpDirty(store)
        store = await opened.reopen()
      }
      const other = await open()
      await deliver(other.store, parcels)
      expect(await stateOf(store, refs)).toEqual(await stateOf(other.store, refs))
      await other.destroy()
      for (const facts of parcels)
        expect(await store.commit([facts])).toEqual([{ accepted: 0, duplicate: facts.records }])
      expect(await edgeLines()).toEqual(await edgeLines())
    })

    it('keeps what is dirty dirty', async () => {
      await store.commit([file(...SAMPLE)])
      const before = await dirtyNow()
      store = await opened.reopen()
      expect(await dirtyNow()).toEqual(before)
      expect(before.length).toBeGreaterThan(1)
    })
  })
}

function partitionOf({ role, at }: Session): Partition {
  return { account: role.account, hour: Math.floor(at / HOUR) }
}

function partitionText({ account, hour }: Partition): string {
  return `${account}/${Math.floor(hour)}`
}

function edgeLine({ principal, role, via, hop, count }: EdgeSum): string {
  return [who(principal), role, via.join(' > '), hop, count].join(' | ')
}

function summed({
  count,
  firstSeen,
  lastSeen,
}: EdgeSum | Awaited<ReturnType<Store['attempts']>>[number]) {
  return { count, firstSeen, lastSeen }
}

function emptyRollup(partition: Partition): Parameters<Store['putRollups']>[0][number]['rollup'] {
  return {
    partition,
    edges: [],
    attempts: [],
    activity: {
      principals: [],
      strings: [],
      keys: new Int32Array(),
      count: new Uint32Array(),
      first: new Uint16Array(),
      last: new Uint16Array(),
    },
    signals: {
      principals: [],
      strings: [],
      keys: new Int32Array(),
      count: new Uint32Array(),
      first: new Uint16Array(),
      last: new Uint16Array(),
    },
    networks: [],
    awaits: [],
  }
}

/** What a delta says, in whichever order and with whatever numbers. */
function deltaText(delta: FileFacts['deltas'][number]): string {
  const { partition, strings, groups, callGroup, callEvent, callSecond, events, shared } = delta
  const print = (event: number): string => `${events[2 * event]}/${events[2 * event + 1]}`
  const calls = Array.from(callGroup, (group, call) => {
    const [caller, ...texts] = groups.slice(group * GROUP_COLUMNS, (group + 1) * GROUP_COLUMNS)
    const about = Array.from(texts, (text) => strings.at(text))
    return [print(callEvent[call]!), callSecond[call], identityAt(delta, caller!), ...about]
  })
  const copies = Array.from({ length: shared.length / 3 }, (_, row) => [
    print(shared[3 * row]!),
    ...shared.slice(3 * row + 1, 3 * row + 3),
  ])
  const prints = Array.from({ length: events.length / 2 }, (_, event) => print(event))
  const sorted = (list: readonly unknown[]): string[] =>
    list.map((one) => JSON.stringify(one)).sort()
  return JSON.stringify([
    partition,
    ...[calls, copies, prints, sightingsOf(delta), delta.attempts].map(sorted),
  ])
}

function signalLines(at: string, signals: SignalTable): string[] {
  const { keys, strings, principals, count, first, last } = signals
  return Array.from(count, (times, row) => {
    const key = (column: number): number => keys[row * SIGNAL_COLUMNS + column]!
    const text = (column: number): string => strings[key(column)]!
    return [
      at,
      SIGNAL_KINDS[key(SIGNAL.kind)],
      who(principals[key(SIGNAL.principal)]!),
      `[${text(SIGNAL.via)}]`,
      text(SIGNAL.role),
      text(SIGNAL.action),
      OUTCOMES[key(SIGNAL.outcome)],
      text(SIGNAL.network),
      CLIENTS[key(SIGNAL.client)],
      times,
      `${first[row]}-${last[row]}`,
    ].join(' ')
  })
}
