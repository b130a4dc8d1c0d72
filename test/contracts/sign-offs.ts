import { describe, expect, it } from 'vitest'
import type { SignOffs } from '../../lib/ports.ts'
import { signOffOf } from '../../lib/review/sign-off.ts'

/** What every keeper of signed reviews promises. `open` gives an empty one. */
export function signOffsContract(
  name: string,
  open: () => Promise<{ signOffs: SignOffs; close: () => void }>,
): void {
  const signed = (at: string, namespace = 'payments') =>
    signOffOf({
      namespace,
      at,
      by: 'ana',
      snapshot: 'a'.repeat(64),
      decisions: [{ subject: `prod/${namespace}/checkout`, decision: 'keep', reason: 'in use' }],
    })

  async function withEmpty(body: (signOffs: SignOffs) => Promise<void>): Promise<void> {
    const { signOffs, close } = await open()
    try {
      await body(signOffs)
    } finally {
      close()
    }
  }

  describe(`${name}: signed reviews`, () => {
    it('has none at first', () =>
      withEmpty(async (store) => {
        expect(await store.signOffs('payments')).toEqual([])
      }))

    it('keeps each as it was, by time, and once, however often it is added', () =>
      withEmpty(async (store) => {
        const later = signed('2026-11-24T10:00:00Z')
        const earlier = signed('2026-11-24T09:00:00Z')
        for (const one of [later, earlier, later]) await store.addSignOff(one)
        expect(await store.signOffs('payments')).toEqual([earlier, later])
      }))

    it('never changes one that is there', () =>
      withEmpty(async (store) => {
        const first = signed('2026-11-24T09:00:00Z')
        await store.addSignOff(first)
        await store.addSignOff({ ...first, by: 'somebody else' })
        expect(await store.signOffs('payments')).toEqual([first])
      }))

    it('keeps namespaces apart, whatever they are called', () =>
      withEmpty(async (store) => {
        const names = ['payments', 'payment', 'a#b', '', 'x'.repeat(300)]
        for (const one of names) await store.addSignOff(signed('2026-11-24T09:00:00Z', one))
        for (const one of names)
          expect((await store.signOffs(one)).map(({ namespace }) => namespace)).toEqual([one])
      }))
  })
}
