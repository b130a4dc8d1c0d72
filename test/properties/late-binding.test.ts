import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { factsOfParcel } from './deliver.ts'
import { stateOf } from './digest.ts'
import { itHolds } from './holds.ts'
import { chainOf, lateBinding } from './late-binding.ts'
import { modelOf } from './model.ts'
import { temporaryFolder } from './places.ts'
import {
  ACCOUNTS,
  assume,
  byService,
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
import { asItIs, withStore } from './system.ts'

itHolds(
  'Late binding',
  'a chained call seen before its parent is attributed, whichever arrives last',
  lateBinding(asItIs),
  100,
)

/** The rows after each record, one record a file, each rolled up at once. */
async function rowsAfterEach(
  world: readonly Json[],
  order: readonly number[],
): Promise<string[][]> {
  return withStore(asItIs, async (store) => {
    const seen: string[][] = []
    for (const number of order) {
      await ingest(store, [factsOfParcel(world, { path: 'log file', records: [number] })])
      await rollUpDirty(store)
      const { edges, activity } = await stateOf(store)
      seen.push([...Object.keys(edges), ...Object.keys(activity)])
    }
    return seen
  })
}

const app = roleOf(ACCOUNTS[0], 'app')
const ledger = roleOf(ACCOUNTS[1], 'ledger')
const first: Session = { role: app, name: 'worker', key: keyOf(1), at: START }
const second: Session = { role: ledger, name: 'job', key: keyOf(2), at: START + 2000 }

describe('Late binding', () => {
  it('binds a chain that comes backwards, hop by hop, at the moment its first record comes', async () => {
    const world = chainOf({ hops: 6, gap: 3500, kept: [] })
    const backwards = world.map((_, index) => world.length - 1 - index)
    const seen = await rowsAfterEach(world, backwards)
    const before = seen.at(-2)!
    expect(before.filter((line) => line.startsWith('workload '))).toEqual([])
    expect(seen.at(-1)!.filter((line) => !line.startsWith('workload '))).toEqual([])
  })

  it('binds across processes and runs: each record is brought by a store opened anew', async () => {
    const world = chainOf({ hops: 4, gap: 3500, kept: [] })
    const path = join(temporaryFolder(), 'store.db')
    for (let number = world.length - 1; number >= 0; number--) {
      const store = openSqliteStore(path)
      await ingest(store, [factsOfParcel(world, { path: 'log file', records: [number] })])
      await rollUpDirty(store)
      store.close()
    }
    const store = openSqliteStore(path)
    const { edges, attempts, activity } = await stateOf(store)
    store.close()
    expect({ edges, attempts, activity }).toEqual(modelOf(world))
  })

  it("takes the target account's copy until the caller's comes and names the calling key", async () => {
    const shared = { sharedEventID: 'shared-1' }
    const world = [
      // Two sessions of one name, both alive: only the key tells them apart.
      pod(eventId(1), first, 'checkout'),
      pod(eventId(2), { ...first, key: keyOf(9), at: START + 5 }, 'stock'),
      assume(eventId(3), second, strangerIdentity(first), ledger.account, shared),
      assume(eventId(4), second, sessionIdentity(first), app.account, shared),
    ]
    const seen = await rowsAfterEach(world, [0, 1, 2, 3])
    expect(seen[2]).toContainEqual(expect.stringContaining(`account ${app.account} |`))
    const bound = seen[3]!.filter((line) => line.includes(`| 2 | ${ledger.arn}`))
    expect(bound).toEqual([expect.stringContaining('/shop/checkout |')])
    expect(seen[3]!.length).toBe(3)
    for (const order of [
      [3, 2, 1, 0],
      [2, 0, 3, 1],
      [3, 0, 2, 1],
    ])
      expect((await rowsAfterEach(world, order)).at(-1)!.sort()).toEqual([...seen[3]!].sort())
  })

  it('no longer attributes a name that a later record makes ambiguous', async () => {
    const world = [
      pod(eventId(1), first, 'checkout'),
      assume(eventId(2), second, strangerIdentity(first), ledger.account),
      pod(eventId(3), { ...first, key: keyOf(9), at: START + 7 }, 'stock'),
    ]
    const seen = await rowsAfterEach(world, [0, 1, 2])
    expect(seen[1]).toContainEqual(
      expect.stringMatching(/^workload .*\/shop\/checkout \| .* \| 2 \| .* \| sessionName$/),
    )
    expect(seen[2]).toContainEqual(expect.stringMatching(/^account .* \| 1 \| .*ledger/))
    expect(seen[2]!.filter((line) => line.includes('| 2 |'))).toEqual([])
  })

  it('binds calls of a service for a session, which name no key', async () => {
    const keyless = call(eventId(5), START + 3700, sessionIdentity(first, true), app.account, 'b')
    const world = [pod(eventId(1), first, 'checkout'), keyless]
    const [early, late] = await rowsAfterEach(world, [1, 0])
    expect(early).toEqual([expect.stringContaining(`role ${app.arn} |`)])
    expect(late!.every((line) => line.startsWith('workload '))).toBe(true)
  })

  it('names the workload of an untagged Pod Identity session once its next call carries the external id', async () => {
    const name = 'eks-blue-checkout-0-00000000-0000-4000-8000-000000000001'
    const session = { ...first, name }
    const requestParameters = {
      roleArn: ledger.arn,
      roleSessionName: 'x',
      externalId: `eu-west-1/${ACCOUNTS[0]}/blue/shop/checkout`,
    }
    const world = [
      byService(eventId(1), session, 'pods.eks.amazonaws.com'),
      call(eventId(2), START + 10, sessionIdentity(session), app.account, 'photos'),
      assume(eventId(3), second, sessionIdentity(session), app.account, { requestParameters }),
    ]
    const id = `arn:aws:eks:eu-west-1:${ACCOUNTS[0]}:cluster/blue/shop/checkout`
    const seen = await rowsAfterEach(world, [0, 1, 2])
    expect(seen[1]!.every((line) => line.startsWith(`workload ${app.account}/blue/?/?`))).toBe(true)
    expect(seen[2]!.map((line) => line.split(' | ')[0])).toEqual(Array(3).fill(`workload ${id}`))
    const backwards = await rowsAfterEach(world, [2, 1, 0])
    expect(backwards.at(-1)!.sort()).toEqual([...seen[2]!].sort())
  })
})
