import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../lib/record/fingerprint.ts'
import { runs } from '../property-runs.ts'

function print(bytes: Uint8Array, seed = 0, start = 0, end = bytes.length): string {
  const out = new Int32Array(2)
  fingerprint(bytes, start, end, seed, out)
  return `${out[0]}/${out[1]}`
}

describe('fingerprint', () => {
  it('depends on the text alone, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat({ max: 7 }),
        fc.integer(),
        (bytes, n, seed) => {
          const moved = Buffer.concat([Buffer.alloc(n, 0xee), bytes, Buffer.alloc(5, 0xdd)])
          expect(print(moved, seed, n, n + bytes.length)).toBe(print(bytes, seed))
        },
      ),
      runs(300),
    )
  })

  it('changes with any bit of the text, with its length and with the seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(), (bytes, n) => {
        const changed = Uint8Array.from(bytes)
        changed[(n >> 3) % bytes.length]! ^= 1 << (n & 7)
        const original = print(bytes)
        expect(print(changed)).not.toBe(original)
        expect(print(bytes.subarray(0, -1))).not.toBe(original)
        expect(print(Uint8Array.from([...bytes, 0]))).not.toBe(original)
        expect(print(bytes, 1)).not.toBe(original)
      }),
      runs(300),
    )
  })

  it('tells 100,000 event ids of one account apart, with each half spread evenly', () => {
    const seen = new Set<string>()
    const buckets = [new Uint32Array(256), new Uint32Array(256)] as const
    const out = new Int32Array(2)
    for (let i = 0; i < 100_000; i++) {
      // As much alike as ids can be.
      const id = Buffer.from(`00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, 'latin1')
      fingerprint(id, 0, id.length, 42, out)
      seen.add(`${out[0]}/${out[1]}`)
      buckets[0][out[0]! & 255]!++
      buckets[1][out[1]! & 255]!++
    }
    expect(seen.size).toBe(100_000)
    // 391 on average; six standard deviations are 119.
    for (const counts of buckets) {
      expect(Math.min(...counts)).toBeGreaterThan(391 - 119)
      expect(Math.max(...counts)).toBeLessThan(391 + 119)
    }
  })
})
