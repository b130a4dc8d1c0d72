import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type VerifyAsked, verifyDigests } from '../../lib/coverage/digest-chain.ts'
import { INTEGRITY, type IntegrityCode } from '../../lib/coverage/integrity.ts'
import { inflateGzip } from '../../lib/source/inflate.ts'
import { runs } from '../property-runs.ts'
import {
  addDigest,
  BUCKET,
  type Bucket,
  HOUR,
  keysOf,
  listed,
  newSigner,
  START,
  sha256,
  signedBucket,
  type TreeOptions,
} from './signed-tree.ts'

const signer = newSigner()
const other = newSigner()
const keys = keysOf(signer)
const ACCOUNT = '111122223333'
const REGION = 'us-east-1'
const ONE = { accounts: [ACCOUNT], regions: [REGION] }

const day = (options: TreeOptions = {}): Bucket => signedBucket(signer, options)
const small = (options: TreeOptions = {}): Bucket => day({ ...ONE, hours: 6, ...options })
const verified = (bucket: Bucket, asked: VerifyAsked = {}, known: typeof keys | null = keys) =>
  verifyDigests(bucket.tree(), known, asked)
const codesOf = async (bucket: Bucket, asked?: VerifyAsked, known?: typeof keys | null) => [
  ...new Set((await verified(bucket, asked, known)).items.map(({ code }) => code)),
]
/** Inflates, changes the text, deflates again. */
const edited = (bytes: Buffer, from: string | RegExp, to: string): Buffer =>
  gzipSync(gunzipSync(bytes).toString().replace(from, to))

describe('a whole tree', () => {
  it('is verified, in each account and region', async () => {
    const report = await verified(day())
    expect(report.items).toEqual([])
    expect(report.verdict).toBe('verified')
    expect(report.coverage).toMatchObject({
      status: 'complete',
      accounts: [ACCOUNT, '444455556666'],
      regions: ['eu-west-1', 'us-east-1'],
    })
    expect(report.chains).toHaveLength(4)
    for (const chain of report.chains)
      expect(chain).toMatchObject({ digests: 24, signed: 24, logFiles: 48, intact: 48, failed: 0 })
  })

  it('of an organization, below a prefix, is verified', async () => {
    const bucket = small({ organization: 'o-exampleorgid', prefix: 'logs/all/' })
    expect(await codesOf(bucket)).toEqual([])
  })

  it('with empty hours is verified, as long as they have a digest', async () => {
    expect(await codesOf(small({ emptyHours: [0, 2, 5] }))).toEqual([])
  })

  it('is read once, file by file', async () => {
    const bucket = day({ hours: 4 })
    await verified(bucket)
    expect(Math.max(...bucket.reads.values())).toBe(1)
    expect(bucket.reads.size).toBe(bucket.files.size)
  })

  it('without signatures beside the digests lacks only that of the newest', async () => {
    const report = await verified(small({ sidecars: false }))
    expect(report.items.map(({ code, path }) => [code, path])).toEqual([
      ['signature-missing', small().digests().at(-1)],
    ])
    expect(report.verdict).toBe('incomplete')
    expect(report.chains[0]).toMatchObject({ digests: 6, signed: 5 })
  })

  it('takes signatures from metadata.json too, by key', async () => {
    const bucket = small({ sidecars: false })
    const key = bucket.digests().at(-1)!
    const metadata = {
      signature: bucket.signatures.get(key),
      'signature-algorithm': 'SHA256withRSA',
    }
    for (const entry of [metadata, { Metadata: metadata }]) {
      bucket.files.set('metadata.json', Buffer.from(JSON.stringify({ [key]: entry })))
      expect(await codesOf(bucket)).toEqual([])
    }
    bucket.files.set(`${key}.sig`, Buffer.from(JSON.stringify({ Metadata: metadata })))
    expect(await codesOf(bucket)).toEqual([])
    bucket.files.set(`${key}.sig`, Buffer.from('{'))
    expect(await codesOf(bucket)).toEqual(['signature-invalid'])
    bucket.files.delete(`${key}.sig`)
    const weak = { ...metadata, 'signature-algorithm': 'SHA1withRSA' }
    bucket.files.set('metadata.json', Buffer.from(JSON.stringify({ [key]: weak })))
    expect(await codesOf(bucket)).toEqual(['algorithm-not-allowed'])
    bucket.files.set('metadata.json', Buffer.from('[]'))
    expect(await codesOf(bucket)).toEqual(['unreadable', 'signature-missing'])
  })

  it('of several prefixes in one folder is verified', async () => {
    const bucket = small({ prefix: 'a/' })
    for (const [key, bytes] of small({ prefix: 'b/' }).files) bucket.files.set(key, bytes)
    expect(await codesOf(bucket)).toEqual([])
  })
})

/** What is done to a day of two accounts and two regions, and what must be said of it, no more and no less. */
const CORRUPTIONS: readonly [
  name: string,
  corrupt: (bucket: Bucket, digests: string[], logs: string[]) => void,
  codes: readonly IntegrityCode[],
][] = [
  ['a log file is deleted', (b, _, [log]) => b.files.delete(log!), ['log-missing']],
  [
    'a log file is edited',
    (b, _, [log]) => b.patch(log!, (bytes) => edited(bytes, 'eventID', 'eventId')),
    ['log-changed'],
  ],
  [
    'bytes are appended to a log file',
    (b, _, [log]) => b.patch(log!, (bytes) => Buffer.concat([bytes, Buffer.from('more')])),
    ['log-not-single-member'],
  ],
  [
    'zeros are appended to a log file',
    (b, _, [log]) => b.patch(log!, (bytes) => Buffer.concat([bytes, Buffer.alloc(4)])),
    ['log-not-single-member'],
  ],
  [
    'a second member is appended to a log file',
    (b, _, [log]) => b.patch(log!, (bytes) => Buffer.concat([bytes, gzipSync('{"Records":[]}')])),
    ['log-not-single-member'],
  ],
  [
    'a log file is cut',
    (b, _, [log]) => b.patch(log!, (bytes) => bytes.subarray(0, bytes.length - 9)),
    ['log-damaged'],
  ],
  ['a log file is emptied', (b, _, [log]) => b.files.set(log!, Buffer.alloc(0)), ['log-damaged']],
  [
    'two log files change places',
    (b, _, [one, two]) => {
      const bytes = b.at(one!)
      b.files.set(one!, b.at(two!))
      b.files.set(two!, bytes)
    },
    ['log-changed'],
  ],
  [
    'a log file is added',
    (b, _, [log]) => b.files.set(log!.replace(/_[^_]+$/, `_${'x'.repeat(16)}.json.gz`), b.at(log!)),
    ['log-unlisted'],
  ],
  [
    'a file of any name is added among the log files',
    (b, _, [log]) => b.files.set(log!.replace(/[^/]+$/, 'more.json'), b.at(log!)),
    ['log-unlisted'],
  ],
  [
    'a log file is renamed',
    (b, _, [log]) => b.move(log!, log!.replace(/_[^_]+$/, `_${'x'.repeat(16)}.json.gz`)),
    ['log-missing', 'log-unlisted'],
  ],
  [
    'a digest in the middle is deleted',
    (b, digests) => b.files.delete(digests[10]!),
    ['log-unlisted', 'digest-missing'],
  ],
  [
    'the first digest is deleted',
    (b, digests) => b.files.delete(digests[0]!),
    ['log-unlisted', 'start-missing'],
  ],
  [
    'the newest digests are deleted',
    (b, digests) => {
      for (const digest of digests.slice(-3)) b.files.delete(digest)
    },
    ['newest-missing', 'log-unlisted'],
  ],
  [
    'a tail is cut, log files and all',
    (b, digests, logs) => {
      for (const key of [...digests.slice(-3), ...logs.slice(-6)]) b.files.delete(key)
    },
    ['newest-missing'],
  ],
  [
    'all digests of a region are deleted',
    (b, digests) => {
      for (const digest of digests) b.files.delete(digest)
    },
    ['no-chain'],
  ],
  [
    'a digest is moved to another day',
    (b, digests) => b.move(digests[10]!, digests[10]!.replace('/2026/11/23/', '/2026/11/22/')),
    ['wrong-place', 'digest-missing'],
  ],
  [
    'a digest is renamed to another hour',
    (b, digests) => b.move(digests[10]!, digests[10]!.replace('T110131Z', 'T113131Z')),
    ['wrong-place', 'name-contradicted', 'digest-missing'],
  ],
  [
    'a digest gets a name that is none',
    (b, digests) => b.move(digests[10]!, digests[10]!.replace('.json.gz', '.json.gz.bak')),
    ['wrong-name', 'digest-missing', 'log-unlisted'],
  ],
  [
    'a digest is edited',
    (b, digests) =>
      b.patch(digests[10]!, (bytes) => edited(bytes, /"hashValue":"../, '"hashValue":"00')),
    ['log-changed', 'signature-invalid', 'link-broken'],
  ],
  [
    'a log file and its digest are edited to match',
    (b, digests, logs) => {
      b.patch(logs[20]!, (bytes) => edited(bytes, 'eventID', 'eventId'))
      const hash = sha256(gunzipSync(b.at(logs[20]!)))
      b.patch(digests[10]!, (bytes) =>
        edited(bytes, /"hashValue":"[0-9a-f]+/, `"hashValue":"${hash}`),
      )
    },
    ['signature-invalid', 'link-broken'],
  ],
  [
    'the newest digest is edited',
    (b, digests) =>
      b.patch(digests[23]!, (bytes) => edited(bytes, /"hashValue":"../, '"hashValue":"00')),
    ['log-changed', 'signature-invalid'],
  ],
  [
    'a digest is cut',
    (b, digests) => b.patch(digests[10]!, (bytes) => bytes.subarray(0, bytes.length >> 1)),
    ['digest-damaged', 'log-unlisted'],
  ],
  [
    'a second member is appended to a digest',
    (b, digests) => b.patch(digests[10]!, (bytes) => Buffer.concat([bytes, gzipSync('{}')])),
    ['digest-not-single-member', 'log-unlisted'],
  ],
  [
    'a digest lacks a field',
    (b, digests) => b.patch(digests[10]!, (bytes) => edited(bytes, 'digestStartTime', 'start')),
    ['digest-malformed', 'log-unlisted'],
  ],
  [
    'a digest says that it was signed otherwise',
    (b, digests) => b.patch(digests[10]!, (bytes) => edited(bytes, 'SHA256withRSA', 'SHA1withRSA')),
    ['algorithm-not-allowed', 'log-unlisted'],
  ],
  [
    'a digest lists another hash algorithm',
    (b, digests) =>
      b.patch(digests[10]!, (bytes) =>
        edited(bytes, '"hashAlgorithm":"SHA-256"', '"hashAlgorithm":"MD5"'),
      ),
    ['algorithm-not-allowed', 'log-unlisted'],
  ],
  [
    'a signature is wrong',
    (b, digests) => b.files.set(`${digests[10]}.sig`, Buffer.from('ab'.repeat(256))),
    ['signature-differs', 'signature-invalid'],
  ],
  [
    'a signature is none',
    (b, digests) => b.files.set(`${digests[10]}.sig`, Buffer.from('no')),
    ['signature-invalid'],
  ],
  [
    'a whole chain is of another bucket',
    (b) => {
      const foreign = signedBucket(signer, {
        draft: ({ body }) => {
          body['digestS3Bucket'] = 'elsewhere'
          for (const log of body['logFiles'] as { s3Bucket: string }[]) log.s3Bucket = 'elsewhere'
          if (body['previousDigestS3Bucket'] !== null) body['previousDigestS3Bucket'] = 'elsewhere'
        },
        ...ONE,
      })
      for (const [key, bytes] of foreign.files) b.files.set(key, bytes)
    },
    ['wrong-bucket'],
  ],
]

describe('a corrupted day', () => {
  it.each(CORRUPTIONS)('%s', async (_, corrupt, codes) => {
    const bucket = day()
    corrupt(bucket, bucket.digests(ACCOUNT, REGION), bucket.logs(ACCOUNT, REGION))
    const { items, chains, verdict } = await verified(bucket)
    expect([...new Set(items.map(({ code }) => code))].sort()).toEqual([...codes].sort())
    expect(verdict).toBe('failed')
    // The other three chains stay what they are.
    for (const chain of chains)
      if (chain.account !== ACCOUNT || chain.region !== REGION) expect(chain.failed).toBe(0)
    for (const { code, verdict: said, text } of items) {
      expect(said).toBe(INTEGRITY[code])
      expect(text.length).toBeGreaterThan(10)
    }
    expect(Math.max(...bucket.reads.values())).toBe(1)
  })
})

describe('a chain', () => {
  it('with hours in which nothing was made is a gap', async () => {
    // A digest quotes the one before, yet starts later than that ended.
    const { items } = await verified(small({ off: [2, 3] }))
    expect(items).toMatchObject([
      { code: 'hours-missing', from: '2026-11-23T02:01:31Z', to: '2026-11-23T04:01:31Z' },
    ])
  })

  it('that starts anew is reported with the time nothing vouches for', async () => {
    const report = await verified(small({ off: [2, 3], restarts: [4] }))
    expect(report.items).toMatchObject([
      { code: 'chain-restart', from: '2026-11-23T02:01:31Z', to: '2026-11-23T04:01:31Z' },
    ])
    expect(report.coverage.gaps).toEqual([
      {
        account: ACCOUNT,
        region: REGION,
        from: '2026-11-23T02:01:31Z',
        to: '2026-11-23T04:01:31Z',
      },
    ])
    expect(await codesOf(small({ restarts: [4] }))).toEqual(['chain-restart'])
  })

  it('with two digests after one is forked', async () => {
    const bucket = small()
    const at = { account: ACCOUNT, startAt: START + 3 * HOUR, endAt: START + 3.5 * HOUR }
    const [, , third] = bucket.digests()
    const previous = {
      key: third!,
      hash: sha256(gunzipSync(bucket.at(third!))),
      signature: bucket.signatures.get(third!)!,
    }
    const key = third!.replace('T030131Z', 'T033131Z')
    addDigest(bucket, signer, { ...at, key, logFiles: [], previous })
    expect(await codesOf(bucket)).toEqual(['digest-unlinked', 'chain-forked'])
  })

  it('with overlapping digests is not as CloudTrail makes them', async () => {
    const draft: TreeOptions['draft'] = ({ body }, hour) => {
      if (hour === 3) body['digestStartTime'] = '2026-11-23T02:31:31Z'
    }
    expect(await codesOf(small({ draft }))).toEqual(['hours-overlap'])
  })

  it('that goes on in another bucket cannot be followed there', async () => {
    const draft: TreeOptions['draft'] = ({ body }, hour) => {
      if (hour === 0) {
        body['previousDigestS3Bucket'] = 'older'
        body['previousDigestS3Object'] = 'AWSLogs/x.json.gz'
        body['previousDigestHashValue'] = 'ab'.repeat(32)
        body['previousDigestHashAlgorithm'] = 'SHA-256'
        body['previousDigestSignature'] = 'ab'.repeat(256)
      }
      if (hour === 2) (body['logFiles'] as { s3Bucket: string }[])[0]!.s3Bucket = 'older'
    }
    const report = await verified(small({ draft }))
    expect(report.items.map(({ code, verdict }) => [code, verdict])).toEqual([
      ['log-unlisted', 'failed'],
      ['previous-elsewhere', 'not-looked'],
      ['log-elsewhere', 'not-looked'],
    ])
  })

  it('signed with another key than the fingerprint names is forged', async () => {
    const draft: TreeOptions['draft'] = (digest, hour) => {
      if (hour === 3) digest.signer = other
    }
    expect(await codesOf(small({ draft }))).toEqual(['signature-invalid'])
  })

  it('signed with a key that is not published is forged', async () => {
    const draft: TreeOptions['draft'] = (digest, hour) => {
      if (hour === 3) {
        digest.signer = other
        digest.body['digestPublicKeyFingerprint'] = other.fingerprint
      }
    }
    expect(await codesOf(small({ draft }))).toEqual(['unknown-key'])
    expect(await codesOf(small({ draft }), {}, keysOf(signer, other))).toEqual([])
  })

  it('signed with a key out of its time is not verified', async () => {
    const late = {
      ...signer,
      listed: { ...signer.listed, ValidityEndTime: '2026-11-23T02:00:00Z' },
    }
    // Within two hours after it still counts: keys change while digests are under way.
    const report = await verified(small(), {}, keysOf(late))
    expect(report.items.map(({ code, to }) => [code, to])).toEqual([
      ['key-not-valid-then', '2026-11-23T04:01:31Z'],
      ['key-not-valid-then', '2026-11-23T05:01:31Z'],
      ['key-not-valid-then', '2026-11-23T06:01:31Z'],
    ])
  })

  it('is not called verified without keys', async () => {
    const report = await verified(small(), {}, null)
    expect(report.items.map(({ code }) => code)).toEqual(['no-keys'])
    expect(report.verdict).toBe('incomplete')
    expect(report.chains[0]).toMatchObject({ signed: 0, intact: 12 })
  })

  it('of backfill digests is checked beside the hourly one', async () => {
    const bucket = small()
    const logKey = bucket.logs()[0]!.replace(/_[^_]+$/, `_${'b'.repeat(16)}.json.gz`)
    const content = Buffer.from('{"Records":[]}')
    bucket.files.set(logKey, gzipSync(content))
    expect(await codesOf(bucket)).toEqual(['log-unlisted'])
    const key = bucket.digests()[0]!.replace('.json.gz', '_backfill.json.gz')
    const times = { account: ACCOUNT, startAt: START, endAt: START + HOUR }
    const logFiles = [listed(logKey, content, START)]
    addDigest(bucket, signer, { ...times, key, logFiles, previous: null })
    expect(await codesOf(bucket)).toEqual(['key-time-unknown'])
    bucket.files.delete(`${key}.sig`)
    const metadata = {
      signature: bucket.signatures.get(key),
      'signature-algorithm': 'SHA256withRSA',
      'backfill-generation-timestamp': '2026-11-24T00:00:00Z',
    }
    bucket.files.set('metadata.json', Buffer.from(JSON.stringify({ [key]: metadata })))
    expect(await codesOf(bucket)).toEqual([])
    bucket.patch(logKey, () => gzipSync('{}'))
    expect(await codesOf(bucket)).toEqual(['log-changed'])
  })
})

describe('what is asked for', () => {
  const at = (hour: number): number => START + hour * HOUR

  it('is one window: what lies outside may be missing', async () => {
    const bucket = day(ONE)
    const digests = bucket.digests()
    const logs = bucket.logs()
    for (const key of [
      ...digests.slice(0, 6),
      ...digests.slice(20),
      ...logs.slice(0, 14),
      ...logs.slice(40),
    ])
      bucket.files.delete(key)
    expect(await codesOf(bucket, { from: at(8), to: at(18) })).toEqual([])
    expect(await codesOf(bucket)).toEqual(['start-missing', 'log-missing'])
    bucket.files.delete(logs[20]!)
    expect(await codesOf(bucket, { from: at(8), to: at(18) })).toEqual(['log-missing'])
    expect(await codesOf(bucket, { from: at(12), to: at(18) })).toEqual([])
  })

  it.each([
    [{ from: at(6), to: at(9) }, ['digest-missing']],
    [{ from: at(30), to: at(40) }, ['no-digests', 'newest-missing']],
    [{ from: at(-3), to: at(2) }, ['hours-missing']],
    [{ to: at(26) }, ['newest-missing']],
    [{ to: at(25) }, []],
    [{ bucket: 'other' }, ['wrong-bucket']],
    [{ bucket: BUCKET }, []],
  ])('%j of a chain', async (asked, codes) => {
    const bucket = day(ONE)
    if (codes.includes('digest-missing'))
      for (const key of [...bucket.digests().slice(4, 14), ...bucket.logs().slice(8, 28)])
        bucket.files.delete(key)
    expect((await codesOf(bucket, asked)).sort()).toEqual([...codes].sort())
  })

  it('is one account, region or trail', async () => {
    const bucket = day({ hours: 3 })
    bucket.files.delete(bucket.logs('444455556666', 'eu-west-1')[0]!)
    expect(await codesOf(bucket)).toEqual(['log-missing'])
    expect(await codesOf(bucket, { account: ACCOUNT })).toEqual([])
    expect(await codesOf(bucket, { region: REGION })).toEqual([])
    expect(await codesOf(bucket, { account: '444455556666' })).toEqual(['log-missing'])
    expect(await codesOf(bucket, { trail: 'acme_org' })).toEqual(['log-missing'])
    expect(await codesOf(bucket, { trail: 'other' })).toEqual(['no-digests'])
  })

  it('is one digest', async () => {
    const bucket = small()
    const [, , key] = bucket.digests()
    const only = async () =>
      (await verifyDigests(bucket.tree(key), keys, {})).items.map(({ code }) => code)
    bucket.files.delete(bucket.digests()[0]!)
    bucket.files.delete(bucket.logs()[9]!)
    expect(await only()).toEqual([])
    bucket.files.delete(bucket.logs()[5]!)
    expect(await only()).toEqual(['log-missing'])
  })

  it('is nothing: that is no success', async () => {
    const bucket = small()
    bucket.files.clear()
    const report = await verified(bucket)
    expect(report.items.map(({ code }) => code)).toEqual(['no-digests'])
    expect(report.coverage.status).toBe('blind')
    expect(report.verdict).toBe('failed')
  })
})

describe('what cannot be looked at', () => {
  it.each([
    ['log file', (b: Bucket) => b.logs()[0]!],
    ['signature', (b: Bucket) => `${b.digests().at(-1)}.sig`],
  ])('an unreadable %s is no success, and no failure', async (_, which) => {
    const bucket = small()
    bucket.unreadable.add(which(bucket))
    const report = await verified(bucket)
    expect(report.items[0]).toMatchObject({ code: 'unreadable', verdict: 'not-looked' })
    expect(report.verdict).toBe('incomplete')
  })

  it('a folder that cannot be opened is not taken for missing files', async () => {
    const bucket = day(ONE)
    const tree = bucket.tree()
    const folder = bucket.digests()[0]!.replace(/[^/]+$/, '')
    const name = folder.slice(0, -1)
    const isIn = (file: { name: string }) => file.name.startsWith(folder)
    const report = await verifyDigests(
      {
        ...tree,
        files: tree.files.filter((file) => !isIn(file)),
        refused: [{ path: name, root: '', name }],
      },
      keys,
      { from: START + 23 * HOUR },
    )
    expect(report.items).toMatchObject([
      { code: 'unreadable', path: name, verdict: 'not-looked' },
      { code: 'unreadable', verdict: 'not-looked' },
    ])
  })

  it('log files newer than the newest digest wait for the next', async () => {
    const bucket = day({ ...ONE, hours: 6 })
    bucket.files.delete(bucket.digests().at(-1)!)
    const report = await verified(bucket)
    expect(report.items).toMatchObject([
      { code: 'log-not-listed-yet', verdict: 'not-looked', account: ACCOUNT },
    ])
    expect(report.items[0]!.text).toContain('(2)')
  })
})

describe('one flipped byte', () => {
  it('anywhere in a digest, a log file or a signature is noticed, unless what is read stays the same', async () => {
    const bucket = small({ hours: 3, logsPerHour: 1 })
    const files = [...bucket.files.keys()]
    const contentOf = (key: string): string => {
      const bytes = bucket.at(key)
      if (key.endsWith('.sig')) return bytes.toString('hex')
      const content = inflateGzip(bytes)
      return content.kind === 'bytes' ? sha256(content.bytes) : content.reason
    }
    const flip = async (key: string, at: number, mask: number): Promise<void> => {
      const original = bucket.at(key)
      const before = contentOf(key)
      bucket.patch(key, (bytes) => {
        bytes[at]! ^= mask
        return bytes
      })
      const after = contentOf(key)
      const { verdict } = await verified(bucket)
      bucket.files.set(key, original)
      // The head of a gzip member has a time and a system, its last byte some bits, that nothing is made of.
      if (after === before) expect(at < 10 || at === original.length - 9).toBe(true)
      expect(verdict).toBe(after === before ? 'verified' : 'failed')
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 255 }),
        (key, at, mask) => flip(key, at % bucket.at(key).length, mask),
      ),
      runs(400),
    )
  })
})
