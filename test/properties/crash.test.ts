import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { Store } from '../../lib/ports.ts'
import { crash, workAfterDeaths } from './crash.ts'
import { deliver, factsOfParcel, plainly } from './deliver.ts'
import { stateDigest, stateOf } from './digest.ts'
import { dyingStore, type SqlFault, type When, withSqlFault } from './faults.ts'
import { itHolds } from './holds.ts'
import { temporaryFolder } from './places.ts'
import { refsIn } from './records.ts'
import { asItIs, withStore } from './system.ts'
import { bigWorld, SAMPLE } from './world.ts'

itHolds('Crash', 'stop around any storage calls, deliver again: same state', crash(asItIs), 80)

const FILES = plainly(SAMPLE, 3).map((parcel) => factsOfParcel(SAMPLE, parcel))
const REFS = refsIn(SAMPLE)
const NEVER = Number.POSITIVE_INFINITY
const WHENS: readonly When[] = ['before', 'after']

async function cleanState(files = FILES): ReturnType<typeof stateOf> {
  return withStore(asItIs, async (store) => {
    await deliver(store, files, () => true)
    return stateOf(store, REFS)
  })
}

it('Crash: around every storage call of a run, one at a time', async () => {
  const clean = await cleanState()
  const counted = await withStore(asItIs, async (store) => {
    const worker = dyingStore(store, NEVER, 'before')
    await deliver(worker.store, FILES, () => true)
    return worker
  })
  expect(counted.calls).toBeGreaterThan(20)
  for (let at = 1; at <= counted.calls; at++)
    for (const when of WHENS) {
      const state = await withStore(asItIs, async (store) => {
        await workAfterDeaths(store, FILES, [{ at, when }])
        return stateOf(store, REFS)
      })
      expect(state, `${when} call ${at}`).toEqual(clean)
    }
})

/** Delivers all, with a statement failing on the way, and again on whatever is left to work with; returns how many statements ran. */
async function underFault(
  path: string,
  at: number,
  when: When,
  fault: SqlFault,
  files = FILES,
): Promise<{ statements: number; state: Awaited<ReturnType<typeof stateOf>> }> {
  const stores: Store[] = []
  const open = (): Store => {
    stores.push(openSqliteStore(path))
    return stores.at(-1)!
  }
  try {
    const statements = await withSqlFault(at, when, fault, async () => {
      await deliver(open(), files, () => true)
    })
    // Whoever lives goes on with the connection that failed; whoever died leaves it to the system to close.
    if (fault === 'death') for (const dead of stores.splice(0)) dead.close()
    const store = stores[0] ?? open()
    await deliver(store, files, () => true)
    return { statements, state: await stateOf(store, REFS) }
  } finally {
    for (const store of stores) store.close()
  }
}

it('Crash: a statement of any transaction fails, and the same process goes on', async () => {
  const files = plainly(SAMPLE, 6).map((parcel) => factsOfParcel(SAMPLE, parcel))
  const clean = await cleanState(files)
  const { statements } = await underFault(':memory:', NEVER, 'before', 'error', files)
  expect(statements).toBeGreaterThan(200)
  for (let at = 1; at <= statements; at++)
    for (const when of WHENS) {
      const { state } = await underFault(':memory:', at, when, 'error', files)
      expect(state, `${when} statement ${at}`).toEqual(clean)
    }
})

it('Crash: the process dies at any statement of any transaction', async () => {
  const folder = temporaryFolder()
  const few = FILES.slice(0, 2)
  const clean = await cleanState(few)
  const { statements } = await underFault(join(folder, 'clean.db'), NEVER, 'before', 'death', few)
  // To die after a statement is to die before the next.
  for (let at = 1; at <= statements; at++) {
    const { state } = await underFault(join(folder, `${at}.db`), at, 'before', 'death', few)
    expect(state, `statement ${at}`).toEqual(clean)
  }
})

it('Crash: kill -9 in the middle of an ingest, then ingest again', async () => {
  const world = bigWorld(400)
  const files = plainly(world, 25).map((parcel) => factsOfParcel(world, parcel))
  const refs = refsIn(world)
  const digests = new Set<string>()
  await withStore(asItIs, async (store) => {
    await deliver(store, files)
    digests.add(await stateDigest(store, refs))
  })
  for (const lines of [1, 4, 9]) {
    const path = join(temporaryFolder(), 'killed.db')
    const child = spawn(process.execPath, [WORKER, path, '400', '25', '0', 'asked'])
    // Whoever is dead is written to in vain.
    child.stdin.on('error', () => {})
    let seen = 0
    for await (const line of createInterface({ input: child.stdout })) {
      expect(line).toBe('file')
      child.stdin.write('.')
      // It is at the next file now, or has just begun to wait again.
      if (++seen === lines) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const store = openSqliteStore(path)
    try {
      const [last] = await store.commit(files.slice(-1))
      expect(last!.accepted).toBeGreaterThan(0)
      await deliver(store, files)
      digests.add(await stateDigest(store, refs))
    } finally {
      store.close()
    }
  }
  expect(digests.size).toBe(1)
})

const WORKER = join(import.meta.dirname, 'worker.ts')
