import { deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Inflated, inflateGzip, SIZE_LIMITS } from '../../lib/source/inflate.ts'
import { openLog } from '../../lib/source/open-log.ts'

const content = Buffer.from(JSON.stringify({ Records: [], pad: 'x'.repeat(1000) }))
const stored = gzipSync(content)
const said = (inflated: Inflated): string =>
  inflated.kind === 'bytes' ? `${inflated.bytes.length} bytes` : inflated.reason
const patched = (at: number, byte: number): Buffer => {
  const bytes = Buffer.from(stored)
  bytes[at < 0 ? bytes.length + at : at] = byte
  return bytes
}
const flipped = (at: number): Buffer => {
  const index = at < 0 ? stored.length + at : at
  return patched(index, stored[index]! ^ 0xff)
}

/** A member with every optional part of the header (RFC 1952, 2.3). */
function fullHeader(): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3])
  const extra = Buffer.from([3, 0, 1, 2, 3])
  return Buffer.concat([
    header,
    extra,
    Buffer.from('name\0comment\0'),
    Buffer.from([0, 0]),
    deflateRawSync(content),
    stored.subarray(-8),
  ])
}

describe('inflateGzip', () => {
  it('gives the content of one sound member', () => {
    expect(inflateGzip(stored)).toEqual({ kind: 'bytes', bytes: content })
    expect(inflateGzip(gzipSync(content, { level: 0 }))).toEqual({ kind: 'bytes', bytes: content })
    expect(inflateGzip(fullHeader())).toEqual({ kind: 'bytes', bytes: content })
    expect(said(inflateGzip(gzipSync('')))).toBe('0 bytes')
  })

  it('says of every cut that the member is cut', () => {
    for (const whole of [stored, fullHeader()])
      for (let length = 2; length < whole.length; length++)
        expect(said(inflateGzip(whole.subarray(0, length)))).toBe('gzip-truncated')
  })

  it.each([
    ['a second member', 'gzip-not-single-member', Buffer.concat([stored, stored])],
    ['an empty second member', 'gzip-not-single-member', Buffer.concat([stored, gzipSync('')])],
    ['trailing zeros', 'gzip-not-single-member', Buffer.concat([stored, Buffer.alloc(512)])],
    ['one trailing byte', 'gzip-not-single-member', Buffer.concat([stored, Buffer.from([0])])],
    [
      'trailing text',
      'gzip-not-single-member',
      Buffer.concat([stored, Buffer.from('{"Records":[]}')]),
    ],
    ['a bad checksum', 'gzip-corrupt', flipped(-8)],
    ['a bad length', 'gzip-corrupt', flipped(-4)],
    ['a bad block', 'gzip-corrupt', patched(10, 0xff)],
    ['no gzip', 'not-gzip', content],
    ['nothing', 'not-gzip', Buffer.alloc(0)],
    ['one byte', 'not-gzip', Buffer.from([0x1f])],
    ['a zip archive', 'not-gzip', Buffer.from('PK\u0003\u0004')],
    ['zlib without gzip', 'not-gzip', deflateRawSync(content)],
  ])('refuses %s as %s', (_, reason, bytes) => {
    expect(said(inflateGzip(bytes))).toBe(reason)
  })

  it('refuses what inflates to more than it may', () => {
    const limits = { ...SIZE_LIMITS, inflatedMax: content.length }
    expect(said(inflateGzip(stored, limits))).toBe(`${content.length} bytes`)
    expect(said(inflateGzip(stored, { ...limits, inflatedMax: content.length - 1 }))).toBe(
      'inflated-too-large',
    )
  })

  it('refuses a bomb quickly and in bounded memory, whatever size it claims', () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const limits = { ...SIZE_LIMITS, inflatedMax: 1024 * 1024 }
    for (const claimed of [0, 1, 100, bomb.readUInt32LE(bomb.length - 4), 0xffffffff]) {
      bomb.writeUInt32LE(claimed, bomb.length - 4)
      const before = process.memoryUsage().arrayBuffers
      const started = performance.now()
      expect(said(inflateGzip(bomb, limits))).toBe('inflated-too-large')
      // A few ms.
      expect(performance.now() - started).toBeLessThan(1000)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
    }
  })

  it('takes no longer for a file that lies about its size', () => {
    const liar = gzipSync(Buffer.alloc(32 * 1024 * 1024))
    liar.writeUInt32LE(0, liar.length - 4)
    const before = process.memoryUsage().arrayBuffers
    const started = performance.now()
    expect(said(inflateGzip(liar))).toBe('gzip-corrupt')
    expect(performance.now() - started).toBeLessThan(2000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 * 1024 * 1024)
  })
})

describe('openLog', () => {
  it.each([
    ['an empty file', 'empty', 'a.json', Buffer.alloc(0)],
    ['an empty file called .gz', 'empty', 'a.json.gz', Buffer.alloc(0)],
    ['gzip of nothing', 'empty', 'a.json.gz', gzipSync('')],
    ['plain JSON called .gz', 'not-gzip', 'a.json.gz', content],
    ['gzip of gzip', 'not-json', 'a.json.gz', gzipSync(stored)],
    ['cut gzip', 'gzip-truncated', 'a.json.gz', stored.subarray(0, 40)],
    ['two members', 'gzip-not-single-member', 'a.json.gz', Buffer.concat([stored, stored])],
  ])('refuses %s as %s', (_, reason, name, bytes) => {
    expect(said(openLog(name, bytes))).toBe(reason)
  })

  it.each([
    ['gzip', 'a.json.gz', stored],
    ['gzip by another name', 'a.json', stored],
    ['gzip without a name', '-', stored],
    ['plain JSON', 'a.json', content],
    ['plain JSON without a name', '-', content],
  ])('opens %s', (_, name, bytes) => {
    expect(openLog(name, bytes)).toEqual({ kind: 'bytes', bytes: content })
  })

  it('refuses a stored file that is too large before it looks inside', () => {
    const limits = { ...SIZE_LIMITS, storedMax: stored.length }
    expect(said(openLog('a.gz', stored, limits))).toBe(`${content.length} bytes`)
    expect(said(openLog('a.gz', stored, { ...limits, storedMax: stored.length - 1 }))).toBe(
      'too-large',
    )
  })
})
