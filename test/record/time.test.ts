import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEventTime, parseExpiration, parseRfc3339Utc } from '../../lib/record/time.ts'
import { runs } from '../property-runs.ts'

const second = fc.integer({ min: 0, max: 253_402_300_799 })
const iso = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z')

describe('times of events', () => {
  it('are what Date says, for any second from 1970 to 9999', () => {
    fc.assert(
      fc.property(second, fc.nat({ max: 5 }), (at, offset) => {
        expect(parseRfc3339Utc(iso(at))).toBe(at)
        const bytes = Buffer.from(`${'9'.repeat(offset)}${iso(at)}999`)
        expect(parseEventTime(bytes, offset, offset + 20)).toBe(at)
      }),
      runs(500),
    )
  })

  it('are refused where Date would make another day of them', () => {
    const parts = fc.tuple(
      fc.integer({ min: 1970, max: 2400 }),
      fc.nat({ max: 14 }),
      fc.nat({ max: 33 }),
      fc.nat({ max: 25 }),
      fc.nat({ max: 61 }),
      fc.nat({ max: 61 }),
    )
    const two = (value: number): string => String(value).padStart(2, '0')
    fc.assert(
      fc.property(parts, ([year, month, day, hour, minute, sec]) => {
        const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(sec)}Z`
        const millis = Date.UTC(year, month - 1, day, hour, minute, sec)
        const exists = iso(millis / 1000) === text
        expect(parseRfc3339Utc(text)).toBe(exists ? millis / 1000 : -1)
      }),
      runs(500),
    )
  })

  it('may have fractions of a second, which are cut off', () => {
    expect(parseRfc3339Utc('2025-03-04T05:06:07.1Z')).toBe(1_741_064_767)
    expect(parseRfc3339Utc('2025-03-04T23:59:59.999999999Z')).toBe(1_741_132_799)
  })

  it('consist of ASCII digits and nothing that looks like one in another code', () => {
    // U+0130 has the low byte of '0'.
    expect(parseRfc3339Utc('2025-03-04T05:06:0\u0130Z')).toBe(-1)
    expect(parseRfc3339Utc('2025-03-04T05:06:0٧Z')).toBe(-1)
    expect(parseRfc3339Utc('2025-03-04T05:06:07.٧Z')).toBe(-1)
  })
})

describe('the end of issued credentials', () => {
  it('is read in both forms that STS is known to print', () => {
    const print = (at: number, comma: string): string => {
      const date = new Date(at * 1000)
      const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
      const hour = date.getUTCHours()
      const two = (value: number): string => String(value).padStart(2, '0')
      const clock = `${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
      return `${month} ${date.getUTCDate()}, ${date.getUTCFullYear()}${comma} ${clock} ${hour < 12 ? 'AM' : 'PM'}`
    }
    fc.assert(
      fc.property(second, fc.constantFrom('', ','), (at, comma) => {
        expect(parseExpiration(print(at, comma))).toBe(at)
      }),
      runs(300),
    )
  })
})
