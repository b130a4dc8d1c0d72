import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FastWalker } from '../../lib/source/fast-walk.ts'
import { Interner, StringsFull } from '../../lib/source/strings.ts'
import { compileShape, TYPE, Walker } from '../../lib/source/walk.ts'
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

describe('strings of the compiled walker', () => {
  const SHAPE = compileShape({ a: 0, b: 1, c: 2 })
  const SOON = Uint8Array.of(0, 1)
  const plain = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', 'é', '\u{1f600}'), maxLength: 12 }),
    fc.constantFrom('', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(17), 'y'.repeat(5000)),
  )

  /** Numbers of the three fields of each object, as a walker gives them. */
  function numbersOf(walker: Walker, objects: readonly string[][]): number[][] {
    const text = objects.map(([a, b, c]) => JSON.stringify({ a, b, c })).join('')
    const bytes = Buffer.from(text, 'utf8')
    walker.open(bytes)
    let at = 0
    return objects.map(() => {
      walker.reset()
      const start = at
      at = walker.object(at, SHAPE, 1)
      walker.numberSoon(SOON)
      const numbers = [0, 1, 2].map((slot) => {
        expect(walker.types[slot]).toBe(TYPE.plain)
        return walker.numberOf(slot)
      })
      return [...numbers, walker.numberBetween(start, at)]
    })
  }

  it('are numbered and spelled as the reference does it', () => {
    const fast = new FastWalker(3, 8)
    const reference = new Walker(3, 8)
    fc.assert(
      fc.property(
        fc.array(fc.array(plain, { minLength: 3, maxLength: 3 }), { maxLength: 30 }),
        fc.boolean(),
        (objects, forget) => {
          if (forget) for (const walker of [fast, reference]) walker.forgetStrings()
          const numbers = numbersOf(fast, objects)
          expect(numbers).toEqual(numbersOf(reference, objects))
          expect(fast.strings.size).toBe(reference.strings.size)
          for (const number of numbers.flat()) {
            const text = fast.strings.text(number)
            expect(text).toBe(reference.strings.text(number))
            expect(fast.strings.internString(text)).toBe(number)
            const length = Buffer.byteLength(text, 'utf8')
            for (const { strings } of [fast, reference]) {
              const copy = Buffer.alloc(length + 2)
              strings.copyTo(copy, 1, number)
              expect(strings.lengthOf(number)).toBe(length)
              expect(copy.toString('utf8', 1, length + 1)).toBe(text)
            }
          }
        },
      ),
      runs(100),
    )
  })

  it('keep their numbers while there is room, then ask for more', () => {
    let walker: Walker = new FastWalker(3, 8)
    const texts = Array.from({ length: 40_000 }, (_, i) => `text ${i}`)
    const intern = (): number[] => texts.map((text) => walker.strings.internString(text))
    expect(intern).toThrow(StringsFull)
    expect(walker.strings.text(7)).toBe('text 6')
    walker = walker.roomier()
    expect(intern()).toEqual(texts.map((_, i) => i + 1))
    expect(intern()).toEqual(texts.map((_, i) => i + 1))
    expect(walker.strings.text(40_000)).toBe('text 39999')
  })

  it('end in the reference, which always has room', () => {
    let walker: Walker = new FastWalker(3, 8)
    for (let i = 0; i < 3; i++) walker = walker.roomier()
    expect(walker.strings).toBeInstanceOf(Interner)
    expect(numbersOf(walker, [['a', 'b', 'a']])[0]!.slice(0, 3)).toEqual([1, 2, 1])
  })
})
