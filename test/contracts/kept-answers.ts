import { describe, expect, it } from 'vitest'
import type { KeptAnswers } from '../../lib/ports.ts'

/** What every keeper of answers promises. `open` gives an empty one, and the same again as if in another process. */
export function keptContract(name: string, open: () => Promise<() => KeptAnswers>): void {
  describe(`${name}: kept answers`, () => {
    it('has what was put, by its key, also in another process', async () => {
      const again = await open()
      await again().put('a', { list: [1, 'two', null] })
      await again().put('b', 'text')
      expect(await again().get('a')).toEqual({ list: [1, 'two', null] })
      expect(await again().get('b')).toBe('text')
      expect(await again().get('c')).toBeUndefined()
      await again().put('a', { list: [] })
      expect(await again().get('a')).toEqual({ list: [] })
    })

    it('forgets all at once, and goes on after that', async () => {
      const again = await open()
      const kept = again()
      await kept.clear()
      await kept.put('a', 1)
      await kept.clear()
      expect(await kept.get('a')).toBeUndefined()
      expect(await again().get('a')).toBeUndefined()
      await kept.put('a', 2)
      expect(await again().get('a')).toBe(2)
    })
  })
}
