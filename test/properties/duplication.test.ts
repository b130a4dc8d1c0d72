import { describe, expect, it } from 'vitest'
import { deliver, factsOfParcel, PATHS, plainly } from './deliver.ts'
import { stateOf } from './digest.ts'
import { duplication } from './duplication.ts'
import { itHolds } from './holds.ts'
import { stateAfter } from './permutation.ts'
import { refsIn } from './records.ts'
import { asItIs, withStore } from './system.ts'
import { SAMPLE } from './world.ts'

itHolds(
  'Duplication',
  'any repetition, through any mix of paths, gives the same state',
  duplication(asItIs),
  120,
)

describe('the same events by another path', () => {
  const all = SAMPLE.map((_, index) => index)

  for (const path of PATHS)
    it(`give the same rows as ${path}`, async () => {
      const [inLogFiles, byPath] = await Promise.all([
        stateAfter(asItIs, SAMPLE, plainly(SAMPLE), []),
        stateAfter(asItIs, SAMPLE, [{ path, records: all }], []),
      ])
      // Only a log file's name says when it was delivered.
      expect({ ...byPath, coverage: [] }).toEqual({ ...inLogFiles, coverage: [] })
    })

  it('are counted as duplicates, one by one', () =>
    withStore(asItIs, async (store) => {
      await deliver(store, [factsOfParcel(SAMPLE, { path: 'log file', records: all })])
      for (const path of PATHS) {
        const [committed] = await store.commit([factsOfParcel(SAMPLE, { path, records: all })])
        expect(committed).toEqual({ accepted: 0, duplicate: SAMPLE.length })
      }
      expect(await store.dirty(1)).toEqual([])
      expect((await stateOf(store, refsIn(SAMPLE))).sightings.length).toBeGreaterThan(0)
    }))
})
