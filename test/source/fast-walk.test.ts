import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { RECORD, REQUEST, SLOT, SLOT_COUNT } from '../../lib/record/shape.ts'
import { FastWalker } from '../../lib/source/fast-walk.ts'
import { compileShape, MalformedJson, type ShapeNode, TYPE, Walker } from '../../lib/source/walk.ts'
import { carrier, compileFastWalk } from '../../scripts/build-wasm.ts'
import { runs } from '../property-runs.ts'
import { chance, Literal, spell } from '../record/spelling.ts'

const WINDOW_LENGTH = 256 * 1024
const DEPTH = 8
const SHAPE = compileShape({
  a: 0,
  id: 1,
  userIdentity: { slot: 2, shape: { a: 3, 'ü"': 4, ü: 8 } },
  '': 5,
  eventSource: 6,
  eventSources: 7,
})
const SLOTS = 9

/** The reference and the walker under test, which keeps what it has learned from case to case. */
const pairs = {
  own: { reference: new Walker(SLOTS, DEPTH), fast: new FastWalker(SLOTS, DEPTH) },
  deep: { reference: new Walker(SLOTS, 100), fast: new FastWalker(SLOTS, 100) },
  record: { reference: new Walker(SLOT_COUNT, 64), fast: new FastWalker(SLOT_COUNT, 64) },
}

/** All that a caller can see of a walk. */
function walk(walker: Walker, at: number, shape: ShapeNode, depth: number) {
  let next: number | string
  try {
    next = walker.object(at, shape, depth)
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error
    next = `not JSON at ${error.offset}`
  }
  const captured = Array.from(walker.types, (type, slot) =>
    type === TYPE.absent ? null : [type, walker.spans[2 * slot], walker.spans[2 * slot + 1]],
  )
  const { duplicateKey, tooDeep } = walker
  return { next, captured, duplicateKey, tooDeep }
}

function expectSame(bytes: Buffer, at = 0, { reference, fast } = pairs.own, shape = SHAPE): void {
  for (const walker of [reference, fast]) {
    walker.open(bytes)
    walker.reset()
  }
  const [found, expected] = [walk(fast, at, shape, 1), walk(reference, at, shape, 1)]
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected)
}

function expectSameText(text: string): void {
  expectSame(Buffer.from(text, 'utf8'))
}

const lookAlike = fc.constantFrom(
  '","id":"',
  '\\',
  '\\"',
  '{',
  '}]',
  '"}',
  '\u0000',
  '\n',
  '\u{1f600}',
  'x'.repeat(31),
  'x'.repeat(64),
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(lookAlike).map((all) => all.join('')),
)
const number = fc
  .constantFrom('0', '-0', '1e5', '1E-5', '-1.50e+10', '0.1', '1'.repeat(400))
  .map((written) => new Literal(written))
const wrong = fc
  .constantFrom(
    ...[
      '01',
      '-',
      '1.',
      '.5',
      '1e',
      '1e+',
      '+1',
      '1x',
      '--1',
      '1'.repeat(401),
      '1f',
      'truex',
      '0x1',
    ],
    ...[
      'tru',
      'nulls',
      'False',
      'falsy',
      'nul',
      '"\\x"',
      '"\\u12g4"',
      '"\t"',
      '"\u001f"',
      '{]',
      '[}',
      '',
    ],
  )
  .map((written) => new Literal(written))
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: text, weight: 4 },
    { arbitrary: fc.constantFrom(true, false, null, 12, 'x'), weight: 3 },
    { arbitrary: number, weight: 1 },
    { arbitrary: fc.array(tie('any'), { maxLength: 4 }), weight: 2 },
    { arbitrary: fc.dictionary(text, tie('any'), { maxKeys: 4 }), weight: 2 },
  ),
})).any
const key = fc.oneof(
  {
    arbitrary: fc.constantFrom('a', 'id', '', 'userIdentity', 'ü', 'eventSource', 'eventSources'),
    weight: 12,
  },
  { arbitrary: fc.stringMatching(/^[a-z]{0,60}$/), weight: 8 },
  { arbitrary: fc.oneof(text, fc.constant('ü"')), weight: 1 },
)
const fields = fc.dictionary(key, value, { maxKeys: 8 })
const style = fc.constantFrom(
  { space: 0, escape: 0, shuffle: 0 },
  { space: 0, escape: 0, shuffle: 0.3 },
  { space: 0.3, escape: 0, shuffle: 1 },
  { space: 0.3, escape: 0.1, shuffle: 1 },
)
const spelled = fc
  .tuple(fields, fc.option(fields), style, fc.integer())
  .map(([outer, inner, how, seed]) => {
    const whole = inner === null ? outer : { ...outer, userIdentity: inner }
    return spell(whole, chance(seed), how)
  })

const byte = fc.oneof(
  fc.constantFrom(...Buffer.from('"\\{}[]:, \n\t\u0000\u001f0-.eEu/tfn')),
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(...Buffer.from('abdf019')),
)
const mutation = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  remove: fc.integer({ min: 0, max: 2 }),
  insert: fc.array(byte, { maxLength: 2 }),
})

describe('FastWalker', () => {
  it('is compiled from the source beside it', async () => {
    const written = readFileSync(
      new URL('../../lib/source/fast-walk-wasm.ts', import.meta.url),
      'utf8',
    )
    expect(written).toBe(carrier(await compileFastWalk()))
  }, 60_000)

  it('says what the reference says of any document', () => {
    fc.assert(
      fc.property(spelled, (json) => expectSameText(`${json}y`)),
      runs(1500),
    )
  })

  it('says what the reference says of values that are not JSON', () => {
    const document = fc
      .tuple(fields, key, wrong, style, fc.integer())
      .map(([all, name, what, how, seed]) => spell({ ...all, [name]: what }, chance(seed), how))
    fc.assert(fc.property(document, expectSameText), runs(500))
  })

  it('says what the reference says of documents with a key twice', () => {
    const document = fc.tuple(spelled, spelled).map(([a, b]) => {
      const [first, second] = [a.trim().slice(1, -1), b.trim().slice(1, -1)]
      return `{${[first, second].filter((part) => part.trim() !== '').join(',')}}`
    })
    fc.assert(fc.property(document, expectSameText), runs(500))
  })

  it('says what the reference says when bytes are changed, lost or put in', () => {
    fc.assert(
      fc.property(
        spelled,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (json, mutations) => {
          const bytes = [...Buffer.from(json, 'utf8')]
          for (const { at, remove, insert } of mutations)
            bytes.splice(1 + Math.floor(at * bytes.length), remove, ...insert)
          expectSame(Buffer.from(bytes))
        },
      ),
      runs(3000),
    )
  })

  it('says what the reference says of a document cut off at any byte', () => {
    fc.assert(
      fc.property(spelled, (json) => {
        const bytes = Buffer.from(json, 'utf8')
        for (let end = 1; end < bytes.length; end++) expectSame(bytes.subarray(0, end))
      }),
      runs(40),
    )
  })

  it('finds every special byte, wherever it falls in what is looked at at once', () => {
    const specials = [
      '\\"',
      '\\\\',
      '\\u00e9',
      '\\x',
      '\t',
      '\tn',
      '\u0000',
      '\u001f',
      '"',
      '{',
      '}',
      '[',
      ']',
      'é',
    ]
    for (const special of specials)
      for (let before = 0; before < 140; before++) {
        const string = `"${'x'.repeat(before)}${special}yy"`
        expectSameText(`{"a":${string},"id":1}`)
        expectSameText(`{"z":{"a":${string}},"id":1}`)
        expectSameText(`{"z":["", {"a":${string},"b":[[]]}, {}],"id":1}`)
        expectSameText(`{"z":["x"${' '.repeat(before)}${special}],"id":1}`)
      }
  })

  it('counts depth and matches brackets as the reference does', () => {
    const bracket = fc.constantFrom('{', '}', '[', ']', '"', '"a":', ',', ' '.repeat(13))
    const soup = fc.array(bracket, { maxLength: 200 }).map((all) => `{"id":[${all.join('')}]}`)
    fc.assert(fc.property(soup, expectSameText), runs(1000))
    for (let deep = 1; deep < 110; deep++) {
      const nested = `{"z":${'['.repeat(deep)}${']'.repeat(deep)},"userIdentity":{"b":${'{"c":'.repeat(deep)}1${'}'.repeat(deep)}}}`
      expectSameText(nested)
      expectSame(Buffer.from(nested), 0, pairs.record, RECORD)
      const unlike = `{"z":{"b":${'['.repeat(deep)}${']'.repeat(deep)}]}`
      expectSame(Buffer.from(unlike), 0, pairs.deep)
      for (const inner of ['[}', '{]', '{}', '[]'])
        expectSame(Buffer.from(nested.replace('[]', `[${inner}]`)), 0, pairs.deep)
    }
  })

  it('adds to what an earlier walk captured', () => {
    const inner = fc.oneof(spelled, fc.constantFrom('{"keyId":1}', '{"keyId":1,"keyId":2}', '{"k'))
    fc.assert(
      fc.property(inner, inner, (first, second) => {
        const outer = `{"eventID":"1","requestParameters":${first},"eventName":${second}}`
        const bytes = Buffer.from(outer, 'utf8')
        const outcomes = Object.values(pairs.record).map((walker) => {
          walker.open(bytes)
          walker.reset()
          const outcomes = [walk(walker, 0, RECORD, 2)]
          for (const slot of [SLOT.requestParameters, SLOT.eventName, SLOT.requestParameters])
            if (walker.types[slot] === TYPE.object)
              outcomes.push(walk(walker, walker.spans[2 * slot]!, REQUEST, 3))
          return outcomes
        })
        expect(outcomes[1]).toEqual(outcomes[0])
      }),
      runs(300),
    )
  })

  it('goes through files longer than its window, forwards and back', () => {
    const random = chance(7)
    const starts: number[] = []
    let file = '['
    for (let i = 0; file.length < 5 * WINDOW_LENGTH; i++) {
      starts.push(file.length)
      const big = i % 40 === 39 ? random() * 2 * WINDOW_LENGTH : 0
      const length = Math.floor(big || random() * 4000)
      const filler = ['x'.repeat(length), '{}'.repeat(length / 2)]
      const broken = i % 50 === 17 ? '\\x' : ''
      file += `{"a":"${filler[0]}","z":["${filler[1]}"],"id":${i},"eventSource":"${broken}"},\n`
    }
    const bytes = Buffer.from(file)
    for (const walker of Object.values(pairs.own)) walker.open(bytes)
    const there = starts.concat(starts.toReversed().filter((_, i) => i % 10 === 0))
    for (const start of there) {
      const [expected, found] = Object.values(pairs.own).map((walker) => {
        walker.reset()
        return walk(walker, start, SHAPE, 1)
      })
      expect(found).toEqual(expected)
    }
  })

  it('sees the whole of a record that lies across the end of the window', () => {
    const record =
      '{"a":"1","z":[{"b":[2]}],"id":-1.5e3,"userIdentity":{"a":null},"eventSource":"x"}'
    for (let before = 0; before <= record.length + 2; before++) {
      const first = `{"id":"${'x'.repeat(WINDOW_LENGTH - 9 - before)}"}`
      const bytes = Buffer.from(`${first}${record},${record}`)
      for (const walker of Object.values(pairs.own)) walker.open(bytes)
      for (const start of [0, first.length, first.length + record.length + 1]) {
        const [expected, found] = Object.values(pairs.own).map((walker) => {
          walker.reset()
          return walk(walker, start, SHAPE, 1)
        })
        expect(found).toEqual(expected)
      }
    }
  })

  it('forgets the buffer before', () => {
    expectSameText('{"a":"one","id":2}')
    expectSameText('{"a":"three"')
    expectSameText('{"a":"four","id":5}')
    const bytes = Buffer.from('{"a":"six"}\n{"a":"seven"}')
    expectSame(bytes.subarray(0, 11))
    expectSame(bytes.subarray(0, 10))
    expectSame(bytes, 12)
  })

  it('has the same to say when there are more keys than it can learn', () => {
    const names = Array.from({ length: 300 }, (_, i) => `key${i}`)
    for (let i = 0; i < 300; i++) {
      const some = names.slice(i, i + 20).map((name) => `"${name}":${i}`)
      expectSameText(`{${some.join()},"id":${i},"userIdentity":{${some.join()},"a":"b"}}`)
    }
  })

  it('works where its memory has no room, and then as the reference does', () => {
    const many = { reference: new Walker(300, 9), fast: new FastWalker(300, 9) }
    const wide = compileShape(
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
    )
    const all = Array.from({ length: 300 }, (_, i) => `"k${i}":"${i}"`)
    expectSame(Buffer.from(`{${all.join()}}`), 0, many, wide)
    const long = compileShape({ a: 0, ['long'.repeat(20)]: 1 })
    expectSame(Buffer.from(`{"a":1,"${'long'.repeat(20)}":2}`), 0, pairs.own, long)
    for (let i = 0; i < 100; i++) {
      const shape = compileShape({ id: 1, other: { shape: { a: 0 } } })
      expectSame(Buffer.from('{"id":1,"other":{"a":2}}'), 0, pairs.own, shape)
    }
  })

  it('leaves no ordinary record to the reference', () => {
    const reference = vi.spyOn(Walker.prototype, 'object')
    const walker = new FastWalker(SLOT_COUNT, 64)
    const record = `{"eventVersion":"1.08", "userIdentity":{"type":"Role","sessionContext":{"attributes":{"creationDate":"x"}}},"userAgent":"[a \\"b\\" \\u003d]","requestParameters":{"a":[1.5e3,{"b":"\\n"}]},"responseElements":null,"size":-12.5,"readOnly":true}`
    walker.open(Buffer.from(`${record},`.repeat(5000)))
    for (let i = 0; i < 5000; i++) {
      walker.reset()
      expect(walker.object(i * (record.length + 1), RECORD, 2)).toBe(
        (i + 1) * (record.length + 1) - 1,
      )
    }
    expect(walker.types[SLOT.userAgent]).toBe(TYPE.escaped)
    expect(reference).not.toHaveBeenCalled()
    reference.mockRestore()
  })
})
