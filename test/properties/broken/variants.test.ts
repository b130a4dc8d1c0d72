import { describe, expect, it } from 'vitest'
import { badMeetings, inMemory } from '../concurrency.ts'
import { crash } from '../crash.ts'
import { duplication } from '../duplication.ts'
import { isRefuted } from '../holds.ts'
import { lateBinding } from '../late-binding.ts'
import { permutation } from '../permutation.ts'
import { addsUp, neverAwaits, neverLooksAgain, takesStaleRows } from './variants.ts'

describe('the properties fail', () => {
  it('for a pipeline that never awaits sightings', async () => {
    expect(await isRefuted(lateBinding(neverAwaits), 100)).toBe(true)
    expect(await isRefuted(permutation(neverAwaits), 300)).toBe(true)
  })

  it('for a store that adds up rows instead of replacing them', async () => {
    expect(await isRefuted(permutation(addsUp), 300)).toBe(true)
    expect(await isRefuted(duplication(addsUp), 300)).toBe(true)
    expect(await isRefuted(crash(addsUp), 300)).toBe(true)
  })

  it('for a pipeline that does not look again after it said what it waits for', async () => {
    expect(await badMeetings(neverLooksAgain, inMemory)).not.toEqual([])
  })

  it('for a store that takes stale rows', async () => {
    expect(await badMeetings(takesStaleRows, inMemory)).not.toEqual([])
  })
})
