import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileShape, MalformedJson, TYPE, unescapeJson, Walker } from '../../lib/source/walk.ts'
import { runs } from '../property-runs.ts'
import { chance, spell } from '../record/spelling.ts'

const DEPTH = 8
const SHAPE = compileShape({
  a: 0,
  id: 1,
  userIdentity: { slot: 2, shape: { a: 3, 'ü"': 4 } },
  '': 5,
  eventSource: 6,
  eventSources: 7,
})
const SLOTS = 8

function open(text: string): Walker {
  const walker = new Walker(SLOTS, DEPTH)
  walker.open(Buffer.from(text, 'utf8'))
  walker.reset()
  return walker
}

/** What each slot holds, as JSON text. */
function captured(walker: Walker): (string | undefined)[] {
  return Array.from({ length: SLOTS }, (_, slot) => {
    if (walker.types[slot] === TYPE.absent) return undefined
    const quoted = walker.types[slot] === TYPE.plain || walker.types[slot] === TYPE.escaped ? 1 : 0
    const { bytes, spans } = walker
    return bytes.toString('utf8', spans[2 * slot]! - quoted, spans[2 * slot + 1]! + quoted)
  })
}

const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
const keys = fc.oneof(
  fc.constantFrom('a', 'id', '', 'userIdentity', 'ü"', 'eventSource', 'eventSources', 'eventSourc'),
  fc.string({ maxLength: 60 }),
)

describe('Walker', () => {
  it('captures what JSON.parse finds, however it is written', () => {
    const walker = new Walker(SLOTS, 64)
    const inner = fc.dictionary(keys, json, { maxKeys: 4 })
    const document = fc
      .tuple(fc.dictionary(keys, json, { maxKeys: 6 }), fc.option(inner))
      .map(([fields, identity]) =>
        identity === null ? fields : { ...fields, userIdentity: identity },
      )
    const style = fc.constantFrom(
      { space: 0, escape: 0, shuffle: 0 },
      { space: 0.3, escape: 0.2, shuffle: 1 },
    )
    fc.assert(
      fc.property(document, style, fc.integer(), (value, how, seed) => {
        const text = spell(value, chance(seed), how)
        walker.open(Buffer.from(`x${text}y`, 'utf8'))
        walker.reset()
        expect(walker.object(1, SHAPE, 1)).toBe(walker.bytes.length - 1)
        const fields = JSON.parse(text) as Record<string, unknown>
        const identity = fields['userIdentity']
        const nested =
          typeof identity === 'object' && identity !== null && !Array.isArray(identity)
            ? (identity as Record<string, unknown>)
            : {}
        const own = (of: Record<string, unknown>, key: string) =>
          Object.hasOwn(of, key) ? of[key] : undefined
        const expected = [
          own(fields, 'a'),
          own(fields, 'id'),
          own(fields, 'userIdentity'),
          own(nested, 'a'),
          own(nested, 'ü"'),
          own(fields, ''),
          own(fields, 'eventSource'),
          own(fields, 'eventSources'),
        ]
        const found = captured(walker).map((part) => (part === undefined ? part : JSON.parse(part)))
        expect(found).toEqual(expected)
        expect([walker.duplicateKey, walker.tooDeep]).toEqual([false, false])
      }),
      runs(1000),
    )
  })

  it('ends where the value ends, for any JSON', () => {
    const walker = new Walker(SLOTS, 64)
    fc.assert(
      fc.property(json, fc.integer(), (value, seed) => {
        const text = spell(value, chance(seed), { space: 0.2, escape: 0.1, shuffle: 0 })
        const bytes = Buffer.from(`${text},"next"`, 'utf8')
        walker.open(bytes)
        const end = walker.skip(0, 1)
        expect(bytes.toString('utf8', 0, end).trim()).toBe(text.trim())
      }),
      runs(500),
    )
  })

  it('finds nothing in nested look-alikes', () => {
    const walker = open('{"x":{"a":1,"id":[{"a":2}]},"y":"\\"a\\":3","userIdentity":[{"a":4}]}')
    walker.object(0, SHAPE, 1)
    expect(captured(walker)).toEqual([
      undefined,
      undefined,
      '[{"a":4}]',
      ...Array.from({ length: 5 }, () => undefined),
    ])
  })

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"a":null,"a":null}',
    '{"userIdentity":{},"userIdentity":{}}',
    '{"userIdentity":{"a":1,"a":2}}',
    '{"":1,"":2}',
  ])('notices a key that stands twice: %s', (text) => {
    const walker = open(text)
    walker.object(0, SHAPE, 1)
    expect(walker.duplicateKey).toBe(true)
  })

  it('knows a key again after it has met many others', () => {
    const text = `{${Array.from({ length: 500 }, (_, i) => `"key${i}":${i}`).join()},"a":"found"}`
    for (let round = 0; round < 3; round++) {
      const walker = open(text)
      walker.object(0, SHAPE, 1)
      expect(captured(walker)[0]).toBe('"found"')
    }
  })

  it('notices nesting beyond the limit, and still finds the end', () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const deepest = open(nested(DEPTH - 1))
    expect(deepest.object(0, SHAPE, 1)).toBe(nested(DEPTH - 1).length)
    expect(deepest.tooDeep).toBe(false)
    for (const depth of [DEPTH, 100_000]) {
      const walker = open(nested(depth))
      expect(walker.object(0, SHAPE, 1)).toBe(nested(depth).length)
      expect(walker.tooDeep).toBe(true)
    }
  })

  it.each([
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":tru}',
    '{"a":nulll}',
    '{"a":"\t"}',
    '{"a":"\\"}',
    '{"a":"\\a"}',
    '{"a":"\\u00g0"}',
    '{"a":[}',
    '{"a":[1}}',
    '{"a":{]}',
    '{"a":1 "b":2}',
    '{,}',
    '{"a":undefined}',
  ])('refuses %s', (text) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(() => open(text).object(0, SHAPE, 1)).toThrow(MalformedJson)
  })

  it('never looks beyond its bytes', () => {
    const text = '{"id":"x","userIdentity":{"a":"b\\n"},"x":[1,{"y":true}]}'
    const whole = Buffer.from(`${text}"}]}}]}`)
    for (let length = 1; length < text.length; length++) {
      const walker = new Walker(SLOTS, DEPTH)
      walker.open(whole.subarray(0, length))
      walker.reset()
      let offset = -1
      try {
        walker.object(0, SHAPE, 1)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedJson)
        offset = (error as MalformedJson).offset
      }
      expect(offset).toBe(length)
    }
  })
})

describe('unescapeJson', () => {
  it('gives the string that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        const written = Buffer.from(
          spell(text, chance(seed), { space: 0, escape: 0.5, shuffle: 0 }),
        )
        expect(unescapeJson(written, 1, written.length - 1)).toBe(text)
      }),
      runs(300),
    )
  })
})
