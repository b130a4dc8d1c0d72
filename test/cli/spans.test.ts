import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Span, without, withSpan } from '../../cli/spans.ts'

const span = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Span => [from, from + length])

/** Every second of the spans. */
const seconds = (spans: readonly Span[]): Set<number> =>
  new Set(spans.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)))

it('what was done and what is left are all there is, and nothing is both', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), span, (done, window) => {
      const merged = done.reduce<Span[]>((all, one) => withSpan(all, one), [])
      expect(seconds(merged)).toEqual(seconds(done))
      for (let i = 1; i < merged.length; i++)
        expect(merged[i]![0]).toBeGreaterThan(merged[i - 1]![1])
      const left = without(window, merged)
      const wanted = [...seconds([window])].filter((second) => !seconds(done).has(second))
      expect([...seconds(left)].sort((a, b) => a - b)).toEqual(wanted)
      for (let i = 1; i < left.length; i++) expect(left[i]![0]).toBeLessThan(left[i - 1]![0])
    }),
  )
})
