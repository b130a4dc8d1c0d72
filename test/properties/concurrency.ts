import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { Store } from '../../lib/ports.ts'
import { deliver, factsOfParcel, plainly, shuffled } from './deliver.ts'
import { stateOf } from './digest.ts'
import { intercept } from './faults.ts'
import { chainOf } from './late-binding.ts'
import { modelOf } from './model.ts'
import { stateAfter } from './permutation.ts'
import { refsIn } from './records.ts'
import { asItIs, type Wrap } from './system.ts'
import { recordsOf, stepsOf } from './world.ts'

/** Opens so many connections to one new store. */
export type OpenShared = (count: number) => { stores: Store[]; close: () => void }

export const inMemory: OpenShared = (count) => {
  const store = openSqliteStore(':memory:')
  return { stores: Array<Store>(count).fill(store), close: () => store.close() }
}

const work = stepsOf(10).chain((steps) =>
  fc.tuple(
    fc.constant(steps),
    shuffled(recordsOf(steps).length),
    fc.integer({ min: 2, max: 3 }),
    fc.boolean(),
  ),
)

/** Any interleaving of workers' storage calls: same state. Some files go to several workers. */
export const concurrency = (wrap: Wrap, openShared: OpenShared) =>
  fc.asyncProperty(work, fc.scheduler(), async ([steps, parcels, count, twice], scheduler) => {
    const world = recordsOf(steps)
    const files = parcels.map((parcel) => factsOfParcel(world, parcel))
    const { stores, close } = openShared(count)
    try {
      const workers = stores.map((store, worker) => {
        const own = files.filter(
          (_, index) => index % count === worker || (twice && index % 3 === 0),
        )
        return deliver(scheduled(wrap(store), scheduler, `worker ${worker}`), own, () => true)
      })
      await scheduler.waitFor(Promise.all(workers))
      expect(await stateOf(stores[0]!, refsIn(world))).toEqual(
        await stateAfter(asItIs, world, plainly(world), []),
      )
    } finally {
      close()
    }
  })

function scheduled(store: Store, scheduler: fc.Scheduler, worker: string): Store {
  return intercept(store, async (call, name) => {
    await scheduler.schedule(Promise.resolve(), `${worker}: ${name}`)
    return call()
  })
}

/** The narrowest case: one worker brings a session's issuing while another looks for it. The call stays nobody's or is the pod's. */
export const meeting = (wrap: Wrap, openShared: OpenShared) =>
  fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const world = chainOf({ hops: 2, gap: 3500, kept: ['caller'] })
    const [parent, child] = world.map((_, number) =>
      factsOfParcel(world, { path: 'log file', records: [number] }),
    )
    const { stores, close } = openShared(2)
    try {
      const workers = [parent!, child!].map((file, worker) =>
        deliver(scheduled(wrap(stores[worker]!), scheduler, file.source), [file]),
      )
      await scheduler.waitFor(Promise.all(workers))
      const { edges } = await stateOf(stores[0]!)
      expect(edges).toEqual(modelOf(world.slice(0, 2)).edges)
    } finally {
      close()
    }
  })

/** More than either worker of `badMeetings` needs. */
const CALLS_MAX = 12

/**
 * The narrowest case, in every interleaving with two changes of turn: one worker brings a session's issuing while another looks for
 * it. Returns the interleavings after which the session was not the pod's.
 */
export async function badMeetings(wrap: Wrap, openShared: OpenShared): Promise<string[]> {
  const world = chainOf({ hops: 2, gap: 3500, kept: ['caller'] })
  const files = world.map((_, number) =>
    factsOfParcel(world, { path: 'log file', records: [number] }),
  )
  const expected = JSON.stringify(modelOf(world.slice(0, 2)).edges)
  const bad: string[] = []
  for (let first = 0; first <= CALLS_MAX; first++)
    for (let second = 0; second <= CALLS_MAX; second++) {
      const { stores, close } = openShared(2)
      const turns = new Turns()
      const workers = stores.map((store, worker) =>
        deliver(turns.storeOf(worker, wrap(store)), [files[1 - worker]!]).finally(() =>
          turns.end(worker),
        ),
      )
      await turns.grant(0, first)
      await turns.grant(1, second)
      await turns.grant(0, Number.POSITIVE_INFINITY)
      await turns.grant(1, Number.POSITIVE_INFINITY)
      await Promise.all(workers)
      const { edges } = await stateOf(stores[0]!)
      if (JSON.stringify(edges) !== expected) bad.push(`${first} calls, then ${second}`)
      close()
    }
  return bad
}

/** Lets workers call their stores one at a time. */
class Turns {
  readonly #waiting = new Map<number, () => void>()
  readonly #ended = new Set<number>()

  storeOf(worker: number, store: Store): Store {
    return intercept(store, async (call) => {
      await new Promise<void>((resolve) => this.#waiting.set(worker, resolve))
      return call()
    })
  }

  end(worker: number): void {
    this.#ended.add(worker)
  }

  /** The worker makes so many calls, or fewer if it comes to its end. */
  async grant(worker: number, calls: number): Promise<void> {
    for (let made = 0; made < calls; made++) {
      while (!this.#waiting.has(worker)) {
        if (this.#ended.has(worker)) return
        await tick()
      }
      const go = this.#waiting.get(worker)!
      this.#waiting.delete(worker)
      go()
      await tick()
    }
  }
}
