import { describe, expect, it } from 'vitest'
import { bestSighting, isAlive, isSettled, issuances } from '../../lib/session/issuance.ts'
import { PROOFS, stronger, weaker } from '../../lib/session/proof.ts'
import { identity, sighting } from '../identity/of.ts'

const caller = sighting({ eventId: 'c', identity: identity({ type: 'AssumedRole', key: 'ASIA0' }) })
const keyless = sighting({ eventId: 'k', identity: identity({ type: 'AssumedRole' }) })
const target = sighting({
  eventId: 't',
  recipient: '222222222222',
  identity: identity({ type: 'AWSAccount' }),
})

describe('the copies of an issuance', () => {
  it("are one, and the caller's with its key says most", () => {
    for (const copies of [
      [target, keyless, caller],
      [caller, target],
      [keyless, caller, target],
    ])
      expect(issuances(copies)).toEqual([caller])
    expect(bestSighting([target, keyless])).toBe(keyless)
    expect(bestSighting([target])).toBe(target)
  })

  it('that say the same are chosen among by account and event id, in any order', () => {
    const other = { ...caller, eventId: 'b' }
    expect(bestSighting([caller, other])).toBe(other)
    expect(bestSighting([other, caller])).toBe(other)
  })

  it('of different keys are different issuances, in the order of their keys', () => {
    const second = { ...caller, key: 'ASIA0' }
    expect(issuances([caller, second, target]).map(({ key }) => key)).toEqual(['ASIA0', 'ASIA1'])
    expect(issuances([])).toEqual([])
  })

  it("are settled once one is there that was not written for the target's account", () => {
    expect([caller, keyless, target].map(isSettled)).toEqual([true, true, false])
  })
})

describe('credentials', () => {
  it('live from the second of their issuing to the second of their end', () => {
    const one = sighting({ at: 1000, expiresAt: 1900 })
    expect([999, 1000, 1900, 1901].map((at) => isAlive(one, at))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  it('live for twelve hours at most, whatever a record says or leaves out', () => {
    for (const expiresAt of [null, 10_000_000]) {
      const one = sighting({ at: 1000, expiresAt })
      expect(isAlive(one, 1000 + 12 * 3600)).toBe(true)
      expect(isAlive(one, 1001 + 12 * 3600)).toBe(false)
    }
  })
})

describe('proofs', () => {
  it('are ranked: a chain is as strong as its weakest, an edge as its strongest', () => {
    PROOFS.forEach((a, i) => {
      PROOFS.forEach((b, j) => {
        expect(weaker(a, b)).toBe(PROOFS[Math.max(i, j)])
        expect(stronger(a, b)).toBe(PROOFS[Math.min(i, j)])
      })
    })
    expect(PROOFS[0]).toBe('accessKeyId')
    expect(PROOFS.at(-1)).toBe('sessionName')
  })
})
