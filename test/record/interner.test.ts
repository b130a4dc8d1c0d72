import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Interner, TupleInterner } from '../../lib/record/interner.ts'
import { runs } from '../property-runs.ts'

function at(text: string, offset: number): { view: DataView; start: number; end: number } {
  const bytes = Buffer.from(text, 'utf8')
  // An offset that is no multiple of four, and bytes around that must not matter.
  const whole = Buffer.alloc(offset + bytes.length + 3, 0x61)
  bytes.copy(whole, offset)
  return {
    view: new DataView(whole.buffer, whole.byteOffset, whole.length),
    start: offset,
    end: offset + bytes.length,
  }
}

const texts = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('', '__proto__', 'constructor', 'a'.repeat(70_000)),
  ),
  { maxLength: 60 },
)

describe('Interner', () => {
  it('gives the same number for the same bytes only, and the text back', () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 9 }), (all, offset) => {
        const interner = new Interner()
        const numbers = new Map<string, number>()
        for (const text of all) {
          const { view, start, end } = at(text, offset)
          const id = interner.intern(view, start, end)
          expect(interner.text(id)).toBe(text)
          expect(numbers.get(text) ?? id).toBe(id)
          numbers.set(text, id)
          expect(interner.internString(text)).toBe(id)
          for (const guess of numbers.values())
            expect(interner.internLike(guess, view, start, end)).toBe(id)
        }
        expect(new Set(numbers.values()).size).toBe(numbers.size)
        expect(interner.size).toBe(new Set([...numbers.keys(), '']).size)
      }),
      runs(100),
    )
  })

  it('has number 0 for the empty text, from the start', () => {
    const interner = new Interner()
    const { view } = at('', 0)
    expect(interner.intern(view, 0, 0)).toBe(0)
    expect(interner.text(0)).toBe('')
    expect(interner.size).toBe(1)
  })

  it('keeps its numbers while it grows', () => {
    const interner = new Interner()
    const ids = Array.from({ length: 20_000 }, (_, i) => interner.internString(`text ${i}`))
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1))
    ids.forEach((id, i) => {
      if (interner.text(id) !== `text ${i}`)
        throw new Error(`text ${i} became ${interner.text(id)}`)
    })
    expect(interner.internString('text 7')).toBe(8)
  })
})

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
