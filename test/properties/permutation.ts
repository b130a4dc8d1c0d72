import fc from 'fast-check'
import { expect } from 'vitest'
import { deliver, factsOfParcel, plainly, shuffled } from './deliver.ts'
import { stateOf } from './digest.ts'
import { modelOf } from './model.ts'
import { type Json, refsIn } from './records.ts'
import { type Wrap, withStore } from './system.ts'
import { recordsOf, stepsOf } from './world.ts'

const inAnyOrder = stepsOf(14).chain((steps) => {
  const { length } = recordsOf(steps)
  return fc.tuple(
    fc.constant(steps),
    shuffled(length),
    fc.array(fc.boolean(), { minLength: length, maxLength: length }),
  )
})

/** Any order of files and of records gives the same state, and it is the one that the model gives. */
export const permutation = (wrap: Wrap) =>
  fc.asyncProperty(inAnyOrder, async ([steps, parcels, rollUps]) => {
    const world = recordsOf(steps)
    const state = await stateAfter(wrap, world, parcels, rollUps)
    expect(state).toEqual(await stateAfter(wrap, world, plainly(world), []))
    const { edges, attempts, activity } = state
    expect({ edges, attempts, activity }).toEqual(modelOf(world))
  })

export function stateAfter(
  wrap: Wrap,
  world: readonly Json[],
  parcels: ReturnType<typeof plainly>,
  rollUps: readonly boolean[],
): ReturnType<typeof stateOf> {
  const files = parcels.map((parcel) => factsOfParcel(world, parcel))
  return withStore(wrap, async (store) => {
    await deliver(store, files, (index) => rollUps[index] ?? false)
    return stateOf(store, refsIn(world))
  })
}
