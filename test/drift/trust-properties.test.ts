import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { glob, matches } from '../../lib/drift/trust/glob.ts'
import {
  evaluateTrust,
  parseTrustPolicy,
  principalTrusts,
  type TrustPolicy,
  type TrustRequest,
  webIdentityTrusts,
} from '../../lib/drift/trust-policy.ts'
import { runs } from '../property-runs.ts'
import { globByRecursion, outcomes } from './second-reading.ts'
import { documents, longGlobs, policies, requests, shortGlobs } from './trust/arbitraries.ts'

function read(document: unknown): TrustPolicy {
  const policy = parseTrustPolicy(document)
  if (policy.kind !== 'policy') throw new Error(`${policy.reason} at ${policy.at}`)
  return policy
}

describe('the evaluator', () => {
  it('says what every possibility of the second reading agrees on, or that it cannot tell', () => {
    fc.assert(
      fc.property(policies, requests, (policy, request) => {
        const second = outcomes(policy, request)
        if (second === null) return
        const { decision } = evaluateTrust(read(policy), request)
        if (decision === 'undecidable') expect(second.certain).toBe(false)
        else expect([...second.outcomes]).toEqual([decision])
      }),
      runs(6000),
    )
  })

  it('reads an object, its text and its URL-encoded text alike', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const text = JSON.stringify(policy)
        expect(parseTrustPolicy(text)).toEqual(parseTrustPolicy(policy))
        expect(parseTrustPolicy(encodeURIComponent(text))).toEqual(parseTrustPolicy(policy))
      }),
      runs(500),
    )
  })

  it('never allows more when less is known', () => {
    fc.assert(
      fc.property(policies, requests, fc.nat(), (policy, request, which) => {
        const keys = [...request.context.keys()]
        const hidden: TrustRequest = {
          ...request,
          context: new Map([...request.context, [keys[which % keys.length]!, 'unknown' as const]]),
        }
        const less = evaluateTrust(read(policy), hidden).decision
        if (less !== 'undecidable') {
          expect(evaluateTrust(read(policy), request).decision).toBe(less)
        }
      }),
      runs(2000),
    )
  })

  it('never allows more with one more Deny, never less with one more Allow', () => {
    const rank = { refused: 0, undecidable: 1, allowed: 2 }
    fc.assert(
      fc.property(policies, policies, requests, (left, right, request) => {
        const policy = read(left)
        const more = read({ ...right, Version: policy.version }).statements
        const decide = (statements: TrustPolicy['statements']) =>
          rank[evaluateTrust({ ...policy, statements }, request).decision]
        const before = decide(policy.statements)
        const denies = more.filter((statement) => statement.effect === 'Deny')
        const allows = more.filter((statement) => statement.effect === 'Allow')
        expect(decide([...policy.statements, ...denies])).toBeLessThanOrEqual(before)
        expect(decide([...allows, ...policy.statements])).toBeGreaterThanOrEqual(before)
      }),
      runs(1000),
    )
  })

  it('reads anything without an exception, and evaluates what it can read', () => {
    fc.assert(
      fc.property(documents, requests, (document, request) => {
        const policy = parseTrustPolicy(document)
        if (policy.kind !== 'policy') {
          expect(typeof policy.reason).toBe('string')
          return
        }
        expect(evaluateTrust(policy, request).because).toHaveLength(policy.statements.length)
        webIdentityTrusts(policy)
        principalTrusts(policy)
      }),
      runs(3000),
    )
  })
})

describe('the matcher', () => {
  it('agrees with recursion on short texts', () => {
    fc.assert(
      fc.property(shortGlobs, ([pattern, text]) => {
        expect(matches(glob(pattern, true), text)).toBe(globByRecursion(pattern, text))
      }),
      runs(10_000),
    )
  })

  it('agrees with recursion on every pattern and text of up to four characters', () => {
    const words = (letters: string, length: number): string[] =>
      length === 0
        ? ['']
        : words(letters, length - 1).flatMap((word) => [
            word,
            ...(word.length === length - 1 ? [...letters].map((letter) => word + letter) : []),
          ])
    const wrong = words('ab*?', 4).flatMap((pattern) =>
      words('ab', 4)
        .filter((text) => matches(glob(pattern, true), text) !== globByRecursion(pattern, text))
        .map((text) => `${pattern} ${text}`),
    )
    expect(wrong).toEqual([])
  })

  it('finds parts of more than 32 characters with ? in them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 30, maxLength: 100 }),
        fc.array(fc.nat(99), { maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 }),
        (part, holes, around) => {
          const pattern = [...part]
            .map((letter, at) => (holes.includes(at) ? '?' : letter))
            .join('')
          expect(matches(glob(`*${pattern}*`, true), around + part + around)).toBe(true)
          expect(matches(glob(`*${pattern}c*`, true), around + part + around)).toBe(false)
        },
      ),
      runs(500),
    )
  })

  it('takes steps in proportion to pattern and text, and at most one per 32 characters more for ?', () => {
    fc.assert(
      fc.property(longGlobs, ([pattern, text, end]) => {
        const steps = { count: 0 }
        const codes = glob(pattern + end, true)
        matches(codes, text, steps)
        const plain = 4 * (codes.length + text.length) + 8
        const longest = Math.max(
          ...(pattern + end).split('*').map((part) => (part.includes('?') ? part.length : 0)),
        )
        expect(steps.count).toBeLessThanOrEqual(plain + text.length * Math.ceil(longest / 32))
      }),
      runs(300),
    )
  })

  it.each([
    ['a thousand stars', '*a'.repeat(1000), 'a'.repeat(2000)],
    ['a thousand stars and no end', `${'*a'.repeat(1000)}b`, 'a'.repeat(2000)],
    ['a long part that nearly fits everywhere', `*${'a'.repeat(1000)}b*`, 'a'.repeat(2000)],
    ['two long parts', `*${'ab'.repeat(500)}c*${'ba'.repeat(500)}c*`, 'ab'.repeat(2000)],
  ])('%s: a few steps per character', (_, pattern, text) => {
    const steps = { count: 0 }
    matches(glob(pattern, true), text, steps)
    expect(steps.count).toBeLessThanOrEqual(4 * (pattern.length + text.length))
  })
})
