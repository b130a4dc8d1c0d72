import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ColumnReader, ColumnWriter, numbered, sortedRows } from '../../lib/aws/columns.ts'

const number = fc.nat(0xffff_ffff)
/** Of any code units: also halves of pairs, which no UTF-8 can say. */
const text = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
})
const sum = fc
  .tuple(number, fc.nat(3599), fc.nat(3599))
  .map(([count, a, b]) => (count < 2 ? { count, first: a, last: a } : { count, first: a, last: b }))

it('columns come back as they were', () => {
  fc.assert(
    fc.property(
      fc.array(number),
      fc.array(text),
      fc.array(sum),
      fc.array(fc.tuple(number, number, number)),
      (numbers, texts, sums, rows) => {
        const writer = new ColumnWriter()
        writer.numbers(numbers)
        writer.steps(numbers)
        writer.texts(texts)
        writer.rows(Uint32Array.from(rows.flat()), 3)
        writer.sums(sums, 3600)
        writer.raw(Uint8Array.of(1, 2))
        const reader = new ColumnReader(writer.bytes())
        expect([...reader.numbers()]).toEqual(numbers)
        expect([...reader.steps()]).toEqual(numbers)
        expect(reader.texts()).toEqual(texts)
        expect([...reader.rows(3)]).toEqual(rows.flat())
        expect(reader.sums(3600)).toEqual(sums)
        expect([...reader.raw()]).toEqual([1, 2])
      },
    ),
  )
})

it('texts and rows are numbered in their order, each once', () => {
  const { texts, numberOf } = numbered(['b', 'a', 'b', ''])
  expect(texts).toEqual(['', 'a', 'b'])
  expect(numberOf.get('b')).toBe(2)
  const { rows, placeOf } = sortedRows(Int32Array.of(2, 1, 1, 9, 1, 3), 2)
  expect([...rows]).toEqual([1, 3, 1, 9, 2, 1])
  expect([...placeOf]).toEqual([2, 1, 0])
})
