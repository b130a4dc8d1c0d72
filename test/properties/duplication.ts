import fc from 'fast-check'
import { expect } from 'vitest'
import { plainly, repeats } from './deliver.ts'
import { stateAfter } from './permutation.ts'
import type { Wrap } from './system.ts'
import { recordsOf, stepsOf } from './world.ts'

const withRepeats = stepsOf(12)
  .map((steps) => ({ steps, count: recordsOf(steps).length }))
  .filter(({ count }) => count > 0)
  .chain(({ steps, count }) => {
    const parcels = repeats(count).chain((more) => {
      const all = [...plainly(Array(count)), ...more]
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
    })
    return fc.tuple(fc.constant(steps), parcels, fc.array(fc.boolean(), { minLength: 6 }))
  })

/** Any repetition, through any mix of paths, gives the same state. */
export const duplication = (wrap: Wrap) =>
  fc.asyncProperty(withRepeats, async ([steps, parcels, rollUps]) => {
    const world = recordsOf(steps)
    const once = await stateAfter(wrap, world, plainly(world), [])
    expect(await stateAfter(wrap, world, parcels, rollUps)).toEqual(once)
  })
