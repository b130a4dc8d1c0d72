import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { badMeetings, concurrency, inMemory, type OpenShared } from './concurrency.ts'
import { deliver, factsOfParcel, plainly } from './deliver.ts'
import { stateDigest, stateOf } from './digest.ts'
import { itHolds } from './holds.ts'
import { stateAfter } from './permutation.ts'
import { temporaryFolder } from './places.ts'
import { refsIn } from './records.ts'
import { asItIs, withStore } from './system.ts'
import { bigWorld, recordsOf, stepsOf } from './world.ts'

const batched = stepsOf(12).chain((steps) => {
  const { length } = recordsOf(steps)
  const cuts = fc.array(fc.boolean(), { minLength: length, maxLength: length })
  return fc.tuple(fc.constant(steps), fc.integer({ min: 1, max: 5 }), cuts, cuts)
})

itHolds(
  'Batching',
  'any split of records into files, and of files into commits: same state',
  fc.asyncProperty(batched, async ([steps, size, commits, rollUps]) => {
    const world = recordsOf(steps)
    const files = plainly(world, size).map((parcel) => factsOfParcel(world, parcel))
    const state = await withStore(asItIs, async (store) => {
      let batch: typeof files = []
      for (const [index, file] of files.entries()) {
        batch.push(file)
        if (!commits[index]) continue
        await ingest(store, batch)
        batch = []
        if (rollUps[index]) await rollUpDirty(store)
      }
      await ingest(store, batch)
      await rollUpDirty(store)
      return stateOf(store, refsIn(world))
    })
    expect(state).toEqual(await stateAfter(asItIs, world, plainly(world, 1000), []))
  }),
  100,
)

const folder = mkdtempSync(join(tmpdir(), 'podtrail-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

const inOneFile: OpenShared = (count) => {
  const path = join(folder, `${made++}.db`)
  const stores = Array.from({ length: count }, () => openSqliteStore(path))
  return {
    stores,
    close: () => {
      for (const store of stores) store.close()
      for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
    },
  }
}

itHolds(
  'Concurrency',
  'any interleaving of the storage calls of several workers: same state',
  concurrency(asItIs, inOneFile),
  40,
)

it('Concurrency: a parent and its child brought by two workers find each other, whoever calls when', async () => {
  expect(await badMeetings(asItIs, inMemory)).toEqual([])
})

it('Concurrency: two processes deliver overlapping halves into one new store at once', async () => {
  const world = bigWorld(600)
  const path = join(temporaryFolder(), 'shared.db')
  const children = [0, 12].map((first) =>
    spawn(
      process.execPath,
      [join(import.meta.dirname, 'worker.ts'), path, '600', '25', `${first}`],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    ),
  )
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  const said: string[] = []
  for (const { stderr } of children) stderr.on('data', (chunk) => said.push(String(chunk)))
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect({ codes, said }).toEqual({ codes: [0, 0], said: [] })
  const refs = refsIn(world)
  const alone = await withStore(asItIs, async (store) => {
    await deliver(
      store,
      plainly(world, 25).map((parcel) => factsOfParcel(world, parcel)),
    )
    return stateDigest(store, refs)
  })
  const store = openSqliteStore(path)
  onTestFinished(() => store.close())
  expect(await store.dirty(1)).toEqual([])
  expect(await stateDigest(store, refs)).toBe(alone)
})
