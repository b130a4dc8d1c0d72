import fc from 'fast-check'
import { expect } from 'vitest'
import type { FileFacts } from '../../lib/model.ts'
import type { Store } from '../../lib/ports.ts'
import { deliver, factsOfParcel, plainly } from './deliver.ts'
import { stateOf } from './digest.ts'
import { Crash, dyingStore, type When } from './faults.ts'
import { refsIn } from './records.ts'
import { type Wrap, withStore } from './system.ts'
import { recordsOf, stepsOf } from './world.ts'

/** A worker's whole life, over whatever others left. Those whose `deaths` say so die; the last one does not. */
export async function workAfterDeaths(
  store: Store,
  files: readonly FileFacts[],
  deaths: readonly { at: number; when: When }[],
  rollUpAfter: (index: number) => boolean = () => true,
): Promise<void> {
  for (const { at, when } of deaths) {
    try {
      await deliver(dyingStore(store, at, when).store, files, rollUpAfter)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
  await deliver(store, files, rollUpAfter)
}

const deaths = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 30 }),
    when: fc.constantFrom<When>('before', 'after'),
  }),
  { minLength: 1, maxLength: 4 },
)

/** Stop before or after any storage calls, deliver again: same state. */
export const crash = (wrap: Wrap) =>
  fc.asyncProperty(stepsOf(10), deaths, async (steps, died) => {
    const world = recordsOf(steps)
    const files = plainly(world, 2).map((parcel) => factsOfParcel(world, parcel))
    const refs = refsIn(world)
    const clean = await withStore(wrap, async (store) => {
      await deliver(store, files)
      return stateOf(store, refs)
    })
    const state = await withStore(wrap, async (store) => {
      await workAfterDeaths(store, files, died)
      return stateOf(store, refs)
    })
    expect(state).toEqual(clean)
  })
