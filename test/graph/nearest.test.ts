import { describe, expect, it } from 'vitest'
import { nearest } from '../../lib/graph/nearest.ts'

describe('the nearest names', () => {
  const names = ['ledger-writer', 'ledger-reader', 'checkout', 'ci-bridge', 'payments/checkout']

  it.each([
    ['ledger-writr', ['ledger-writer']],
    ['Ledger-Writer', ['ledger-writer', 'ledger-reader']],
    ['chekcout', ['checkout']],
    ['bridge', ['ci-bridge']],
    ['checkout', ['checkout', 'payments/checkout']],
    ['something-else-entirely', []],
    ['', []],
  ])('to %j are %j', (text, expected) => {
    expect(nearest(text, names)).toEqual(expected)
  })

  it('are at most five, each once, and quickly found for long names too', () => {
    const many = Array.from({ length: 2000 }, (_, n) => `role-${n % 1000}`)
    const found = nearest('role-1', many)
    expect(found).toHaveLength(5)
    expect(new Set(found).size).toBe(5)
    expect(nearest('x'.repeat(100_000), ['y'.repeat(100_000)])).toEqual([])
  })
})
