import { describe, expect, it } from 'vitest'
import { parseDigest, parseDigestName } from '../../lib/source/digest.ts'

const log = {
  s3Bucket: 'bucket',
  s3Object: 'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/log.json.gz',
  hashValue: '9'.repeat(64),
  hashAlgorithm: 'SHA-256',
  newestEventTime: '2015-08-17T14:52:27Z',
  oldestEventTime: '2015-08-17T14:42:27Z',
}
const whole: Record<string, unknown> = {
  awsAccountId: '111122223333',
  digestStartTime: '2015-08-17T14:01:31Z',
  digestEndTime: '2015-08-17T15:01:31Z',
  digestS3Bucket: 'bucket',
  digestS3Object: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/digest.json.gz',
  digestPublicKeyFingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
  digestSignatureAlgorithm: 'SHA256withRSA',
  newestEventTime: '2015-08-17T14:52:27Z',
  oldestEventTime: '2015-08-17T14:42:27Z',
  previousDigestS3Bucket: 'bucket',
  previousDigestS3Object: 'AWSLogs/111122223333/before.json.gz',
  previousDigestHashValue: '9'.repeat(64),
  previousDigestHashAlgorithm: 'SHA-256',
  previousDigestSignature: 'ab'.repeat(256),
  logFiles: [log],
}
const previous = Object.keys(whole).filter((name) => name.startsWith('previous'))
const parsed = (body: unknown) => parseDigest(Buffer.from(JSON.stringify(body)))
const without = (name: string, body = whole) =>
  Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))

describe('parseDigest', () => {
  it('reads the example of the AWS user guide', () => {
    expect(parsed(whole)).toEqual({
      kind: 'digest',
      digest: {
        account: '111122223333',
        startAt: Date.parse('2015-08-17T14:01:31Z') / 1000,
        endAt: Date.parse('2015-08-17T15:01:31Z') / 1000,
        endTime: '2015-08-17T15:01:31Z',
        bucket: 'bucket',
        key: whole['digestS3Object'],
        fingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
        previous: {
          bucket: 'bucket',
          key: 'AWSLogs/111122223333/before.json.gz',
          hash: '9'.repeat(64),
          signature: 'ab'.repeat(256),
        },
        oldestEventAt: Date.parse('2015-08-17T14:42:27Z') / 1000,
        newestEventAt: Date.parse('2015-08-17T14:52:27Z') / 1000,
        logFiles: [{ bucket: 'bucket', key: log.s3Object, hash: '9'.repeat(64) }],
      },
    })
  })

  it('reads the first digest of a chain, and that of an empty hour', () => {
    const nulls = Object.fromEntries(previous.map((name) => [name, null]))
    const empty = { logFiles: [], newestEventTime: null, oldestEventTime: null }
    const first = parsed({ ...whole, ...nulls, ...empty })
    expect(first).toMatchObject({
      kind: 'digest',
      digest: { previous: null, logFiles: [], newestEventAt: null },
    })
  })

  it.each(Object.keys(whole))('refuses a digest without %s', (name) => {
    const refused = parsed(without(name))
    expect(refused).toMatchObject({ kind: 'refused', reason: 'digest-malformed' })
    expect(refused).toMatchObject({ why: expect.stringContaining(name) })
  })

  it.each(['s3Bucket', 's3Object', 'hashValue', 'hashAlgorithm'])(
    'refuses a log file without %s',
    (name) => {
      expect(parsed({ ...whole, logFiles: [log, without(name, log)] })).toMatchObject({
        kind: 'refused',
        why: `has no logFiles[1].${name}`,
      })
    },
  )

  it.each([
    ...previous.map((name) => ({ [name]: null })),
    { awsAccountId: 111122223333 },
    { digestEndTime: '2015-08-17T14:01:31Z' },
    { digestEndTime: '2015-02-30T14:01:31Z' },
    { digestEndTime: '2015-08-17T15:01:31+00:00' },
    { digestS3Object: '' },
    { digestS3Object: 'a\nb' },
    { digestS3Object: 'x'.repeat(1025) },
    { digestPublicKeyFingerprint: 'no' },
    { previousDigestSignature: 'abc' },
    { previousDigestHashValue: 'AB'.repeat(32) },
    { logFiles: null },
    { logFiles: [null] },
    { logFiles: [{ ...log, hashValue: '9'.repeat(63) }] },
  ])('refuses %j', (change) => {
    expect(parsed({ ...whole, ...change })).toMatchObject({ reason: 'digest-malformed' })
  })

  it.each([
    { digestSignatureAlgorithm: 'SHA1withRSA' },
    { previousDigestHashAlgorithm: 'SHA-1' },
    { logFiles: [{ ...log, hashAlgorithm: 'MD5' }] },
  ])('takes no other algorithm: %j', (change) => {
    expect(parsed({ ...whole, ...change })).toMatchObject({ reason: 'algorithm-not-allowed' })
  })

  it.each(['', '{', '[]', 'null', '"x"', '\ufeff{}'])('refuses %j', (text) => {
    expect(parseDigest(Buffer.from(text))).toMatchObject({ reason: 'digest-malformed' })
  })

  it('refuses text that is not UTF-8', () => {
    const bytes = Buffer.from(JSON.stringify({ ...whole, digestS3Bucket: 'bucket?' }))
    bytes[bytes.indexOf('?')] = 0xff
    expect(parseDigest(bytes)).toMatchObject({ reason: 'digest-malformed' })
  })
})

describe('parseDigestName', () => {
  const name = '111122223333_CloudTrail-Digest_us-east-2_my_trail_eu-west-1_20150817T150131Z'

  it('tells account, region, trail, home region and time', () => {
    const told = {
      account: '111122223333',
      region: 'us-east-2',
      trail: 'my_trail',
      homeRegion: 'eu-west-1',
      endAt: Date.parse('2015-08-17T15:01:31Z') / 1000,
    }
    expect(parseDigestName(`a/b/${name}.json.gz`)).toEqual({ ...told, isBackfill: false })
    expect(parseDigestName(`${name}_backfill.json.gz`)).toEqual({ ...told, isBackfill: true })
  })

  it.each([
    `${name}.json`,
    `${name}.json.gz.bak`,
    `${name}_other.json.gz`,
    `1${name}.json.gz`,
    `${name.replace('0817', '0230')}.json.gz`,
    `${name.replace('-Digest', '')}.json.gz`,
    '',
  ])('knows that %j is none', (text) => {
    expect(parseDigestName(text)).toBeNull()
  })
})
