import { describe, expect, it } from 'vitest'
import { REASONS } from '../../lib/record/reasons.ts'

describe('every reason for quarantine', () => {
  it.each(Object.entries(REASONS))(
    '%s says what is wrong and what to do',
    (_, { what, advice }) => {
      expect(what).toMatch(/^[a-z].*[^.]$/)
      expect(advice).toMatch(/^[A-Z].*[.]$/)
      expect(`${what}. ${advice}`.length).toBeLessThanOrEqual(180)
    },
  )
})
