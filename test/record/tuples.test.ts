import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TupleInterner } from '../../lib/record/tuples.ts'
import { runs } from '../property-runs.ts'

describe('TupleInterner', () => {
  it('gives the same number for the same tuple only, and all tuples back in order', () => {
    const number = fc.oneof(fc.nat({ max: 3 }), fc.integer())
    const tuples = fc
      .integer({ min: 1, max: 6 })
      .chain((width) =>
        fc.tuple(
          fc.constant(width),
          fc.array(fc.array(number, { minLength: width, maxLength: width }), { maxLength: 80 }),
        ),
      )
    fc.assert(
      fc.property(tuples, ([width, all]) => {
        const interner = new TupleInterner(width)
        const numbers = new Map<string, number>()
        for (const tuple of all) {
          const key = tuple.join()
          const id = interner.intern(Int32Array.from(tuple))
          expect(interner.created).toBe(!numbers.has(key))
          expect(id).toBe(numbers.get(key) ?? numbers.size)
          numbers.set(key, id)
        }
        expect(interner.size).toBe(numbers.size)
        expect([...interner.rows()].join()).toBe([...numbers.keys()].join())
      }),
      runs(200),
    )
  })

  it('does not keep the array it was given', () => {
    const interner = new TupleInterner(2)
    const tuple = Int32Array.from([1, 2])
    interner.intern(tuple)
    tuple[0] = 9
    expect([...interner.rows()]).toEqual([1, 2])
  })
})
