import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileReader, NotALogFile, UnreadableFile } from '../../lib/record/read-file.ts'
import { inflateGzip } from '../../lib/source/inflate.ts'
import { objectsIn } from '../../lib/source/notification.ts'
import { openLog } from '../../lib/source/open-log.ts'
import { runs } from '../property-runs.ts'
import { bytesOf, read, taken } from './facts.ts'
import { call, chained, denied, insight, podIdentity, webIdentity } from './synthetic.ts'

const records = [call(), webIdentity(), podIdentity(), denied(), insight()]
const SEEDS = [
  bytesOf({ Records: records }),
  bytesOf(JSON.stringify({ Records: records.slice(0, 2) }, null, 1)),
  bytesOf(records.map((record) => JSON.stringify(record)).join('\n')),
  bytesOf(records),
  bytesOf({ 'detail-type': 'AWS API Call via CloudTrail', detail: call() }),
  bytesOf({ Events: [{ CloudTrailEvent: JSON.stringify(chained()) }] }),
  bytesOf({ logEvents: [{ message: JSON.stringify(chained()) }] }),
  bytesOf({ logFiles: [], digestPublicKeyFingerprint: 'x' }),
  bytesOf({ Records: [{ eventSource: 'aws:s3', s3: {} }] }),
]
const TOKENS = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\\ud800', '\n', ' ', '0', '-', '1e', 'null'],
  ...['true', '"eventID":', '"Records":[', '"detail":{', '"__proto__":', '[[[[', '\u0000', '"":'],
].map((token) => Buffer.from(token))

type Cut = { at: number; remove: number; insert: Uint8Array }
const cut: fc.Arbitrary<Cut> = fc.record({
  at: fc.nat(),
  remove: fc.oneof(fc.constantFrom(0, 0, 1), fc.nat({ max: 200 })),
  insert: fc.oneof(
    fc.constantFrom(...TOKENS),
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 4 }),
  ),
})

function mutate(seed: Uint8Array, cuts: readonly Cut[]): Buffer {
  let bytes = Buffer.from(seed)
  for (const { at, remove, insert } of cuts) {
    const start = at % (bytes.length + 1)
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
  }
  return bytes
}

const mutated = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(cut, { minLength: 1, maxLength: 4 }))
  .map(([seed, cuts]) => mutate(seed, cuts))

describe('FileReader and any bytes at all', () => {
  const reader = new FileReader()

  function survives(bytes: Buffer): void {
    let facts: ReturnType<typeof read>
    try {
      facts = read(bytes, reader)
    } catch (error) {
      if (error instanceof NotALogFile) return
      expect(error).toBeInstanceOf(UnreadableFile)
      const { offset } = error as UnreadableFile
      expect(offset >= 0 && offset <= bytes.length).toBe(true)
      return
    }
    const { records, repeated, outOfScope, quarantined } = facts
    expect(taken(facts) + repeated + outOfScope + quarantined.length).toBe(records)
    for (const { offset, length } of quarantined)
      expect(offset >= 0 && length >= 0 && offset + length <= bytes.length).toBe(true)
  }

  it('gives facts or a reason for garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(Buffer.from(bytes))),
      runs(500),
    )
  })

  it('gives facts or a reason for JSON tokens in any order', () => {
    const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 })
    fc.assert(
      fc.property(tokens, (parts) => survives(Buffer.concat(parts))),
      runs(1000),
    )
  })

  it('gives facts or a reason for a file that was damaged', () => {
    fc.assert(fc.property(mutated, survives), runs(3000))
  })

  it('reads a sound file as always after any damaged ones', () => {
    const sound = SEEDS[0]
    const expected = read(sound, new FileReader())
    fc.assert(
      fc.property(mutated, (bytes) => {
        survives(bytes)
        expect(read(sound, reader)).toEqual(expected)
      }),
      runs(100),
    )
  })

  it('takes time in proportion to the bytes, however they are nested or broken', () => {
    const started = performance.now()
    for (const part of [...TOKENS, Buffer.from('{"a":'), Buffer.from('[{'), Buffer.from('{}\n')])
      for (const before of ['', '{"Records":[', `${JSON.stringify(call())}\n`, '[\n{}\n'])
        survives(Buffer.concat([Buffer.from(before), Buffer.alloc(200_000, part)]))
    // About 3 s; anything that grows with the square of the file would take hours.
    expect(performance.now() - started).toBeLessThan(60_000)
  }, 60_000)
})

describe('the way to the reader and any bytes at all', () => {
  it('opens a gzip file as it was, or says why not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (content) => {
        const inflated = inflateGzip(gzipSync(content))
        expect(inflated).toEqual({ kind: 'bytes', bytes: Buffer.from(content) })
      }),
      runs(200),
    )
  })

  it('never opens a damaged gzip file as something else', () => {
    const content = SEEDS[0]!
    const stored = gzipSync(content)
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        const damaged = mutate(stored, cuts)
        const opened = openLog('x.json.gz', damaged)
        // Damage to the header's own fields (time, system) is none to the content.
        if (opened.kind === 'bytes') expect(opened.bytes.equals(content)).toBe(true)
        else expect(opened.reason).toMatch(/^(gzip-.*|not-gzip|empty|inflated-too-large)$/)
      }),
      runs(500),
    )
  })

  it('reads any message without an exception', () => {
    const message = JSON.stringify({
      Records: [
        {
          eventVersion: '2.1',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: 'b' }, object: { key: 'a+b' } },
        },
      ],
    })
    const seeds = [message, JSON.stringify({ Type: 'Notification', Message: message })]
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(cut, { maxLength: 3 }), (seed, cuts) => {
        const said = objectsIn(mutate(Buffer.from(seed), cuts).toString('latin1'))
        const { objects, removed, silent, refused } = said
        if (cuts.length === 0) expect(objects).toEqual([{ bucket: 'b', key: 'a b' }])
        for (const { bucket, key } of [...objects, ...removed])
          expect([bucket, key].every((text) => typeof text === 'string' && text !== '')).toBe(true)
        expect(silent.length + refused.length).toBeLessThan(10)
      }),
      runs(500),
    )
  })
})
