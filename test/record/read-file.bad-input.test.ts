import { describe, expect, it } from 'vitest'
import { sightingsOf } from '../../lib/record/columns.ts'
import { FileReader, RECORD_LIMITS } from '../../lib/record/read-file.ts'
import { bytesOf, calls, outcome, read, refusal, taken } from './facts.ts'
import { call, chained, denied, podIdentity, ROLE, webIdentity } from './synthetic.ts'

const text = (value: unknown) => JSON.stringify(value)
/** A log file with one bad record, given as text, between two good ones. */
const around = (bad: string) => `{"Records":[${text(call())},${bad},${text(webIdentity())}]}`
const without = (record: object, ...keys: string[]) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)))
/** The text of a call with `spelled` in place of the value of its user agent. */
const withUserAgent = (spelled: string) =>
  text(call({ userAgent: 'HERE' })).replace('"HERE"', () => spelled)

describe('one bad record of several', () => {
  const cases: [what: string, reason: string, record: string][] = [
    ['is a number', 'not-an-object', '7'],
    ['is null', 'not-an-object', 'null'],
    ['is a string', 'not-an-object', '"{}"'],
    ['is an array', 'not-an-object', `[${text(call())}]`],
    ['has no eventID', 'missing-event-id', text(without(call(), 'eventID'))],
    ['has an empty eventID', 'missing-event-id', text(call({ eventID: '' }))],
    ['has a number for an eventID', 'wrong-type', text(call({ eventID: 7 }))],
    ['has null for an eventID', 'wrong-type', text(call({ eventID: null }))],
    ['has no eventTime', 'missing-event-time', text(without(call(), 'eventTime'))],
    ['has no eventName', 'missing-event-name', text(without(call(), 'eventName'))],
    ['has no eventSource', 'missing-event-name', text(without(call(), 'eventSource'))],
    ['is empty', 'missing-event-name', '{}'],
    ['comes with major version 2', 'unknown-major-version', text(call({ eventVersion: '2.0' }))],
    ['comes with major version 10', 'unknown-major-version', text(call({ eventVersion: '10.1' }))],
    ['has a number for a version', 'wrong-type', text(call({ eventVersion: 1.08 }))],
    ['has a list for a user agent', 'wrong-type', text(call({ userAgent: ['x'] }))],
    ['has text for an identity', 'wrong-type', text(call({ userIdentity: 'root' }))],
    ['has a list for an identity', 'wrong-type', text(call({ userIdentity: [] }))],
    ['has a number for a role', 'wrong-type', text(chained({ requestParameters: { roleArn: 1 } }))],
    [
      'assumes no role that it names',
      'missing-role',
      text(chained({ requestParameters: {}, resources: [] })),
    ],
    ['is 100,000 deep', 'too-deep', text(call({ x: 1 })).replace('"x":1', `"x":${deep(100_000)}`)],
    [
      'is 100,000 deep in objects',
      'too-deep',
      text(call({ x: 1 })).replace(
        '"x":1',
        `"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      ),
    ],
    [
      'is too deep where fields are read',
      'too-deep',
      text(chained({ requestParameters: { roleArn: ROLE, tags: JSON.parse(deep(100)) } })),
    ],
    [
      'has eventName twice',
      'duplicate-key',
      `{"eventName":"DeleteBucket",${text(call()).slice(1)}`,
    ],
    [
      'has eventName twice, once escaped',
      'duplicate-key',
      `{"event\\u004eame":"DeleteBucket",${text(call()).slice(1)}`,
    ],
    [
      'has an identity twice',
      'duplicate-key',
      `{"userIdentity":{"type":"Root"},${text(call()).slice(1)}`,
    ],
    [
      'has a session issuer twice',
      'duplicate-key',
      text(call()).replace('"sessionIssuer":', '"sessionIssuer":{"userName":"a"},"sessionIssuer":'),
    ],
    [
      'asks for two roles',
      'duplicate-key',
      text(chained()).replace('"roleArn":', '"roleArn":"arn:aws:iam::1:role/a","roleArn":'),
    ],
    [
      'gives out two keys',
      'duplicate-key',
      text(chained()).replace('"accessKeyId":"ASIAEXAMPLEKEY000002"', '$&,"accessKeyId":"ASIA2"'),
    ],
    [
      'names two buckets by one key',
      'duplicate-key',
      text(call({ resources: [], requestParameters: { bucketName: 'a' } })).replace(
        '"bucketName":"a"',
        '"bucketName":"b","bucketName":"a"',
      ),
    ],
    [
      'has a resource with two ARNs',
      'duplicate-key',
      text(call()).replace('"ARN":', '"ARN":"arn:aws:s3:::other","ARN":'),
    ],
    ['has a lone high surrogate', 'lone-surrogate', withUserAgent('"a\\ud800"')],
    ['has a lone low surrogate', 'lone-surrogate', withUserAgent('"\\udc00a"')],
    ['has surrogates in the wrong order', 'lone-surrogate', withUserAgent('"\\udc00\\ud800"')],
    [
      'has a lone surrogate in its id',
      'lone-surrogate',
      text(call({ eventID: 'HERE' })).replace('HERE', '\\ud800'),
    ],
    [
      'has a lone surrogate in its shared id',
      'lone-surrogate',
      text(call({ sharedEventID: 'HERE' })).replace('HERE', '\\udfff'),
    ],
    [
      'has a lone surrogate in a resource',
      'lone-surrogate',
      text(call({ resources: [{ ARN: 'arn:aws:s3:::HERE' }] })).replace('HERE', '\\ud800'),
    ],
    ['has a string of 5 MB', 'record-too-large', text(call({ x: 'a'.repeat(5_000_000) }))],
    ['has a user agent of 5 MB', 'record-too-large', withUserAgent(`"${'a'.repeat(5_000_000)}"`)],
  ]
  it.each(cases)('that %s is quarantined as %s, the others are taken', (_, reason, record) => {
    expect(outcome(around(record))).toEqual({ taken: 2, bad: [[1, reason]] })
  })

  const times = [
    '2025-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2025-03-04T24:00:00Z',
    '2025-03-04T23:60:00Z',
    '2025-03-04T23:59:60Z',
    '2025-13-01T00:00:00Z',
    '2025-00-01T00:00:00Z',
    '2025-03-00T00:00:00Z',
    '2025-03-04T05:06:07',
    '2025-03-04T05:06:07+00:00',
    '2025-03-04 05:06:07Z',
    '2025-03-04t05:06:07z',
    '2025-03-04T05:06:07.Z',
    '2025-3-4T05:06:07Z',
    '1969-12-31T23:59:59Z',
    '٢٠٢٥-03-04T05:06:07Z',
    '1741064767',
    '',
  ]
  it.each(times)('that happened at %j is quarantined as bad-event-time', (eventTime) => {
    expect(outcome(around(text(call({ eventTime }))))).toEqual({
      taken: 2,
      bad: [[1, 'bad-event-time']],
    })
  })

  it('is quarantined where its bytes are no UTF-8, and the others are taken', () => {
    for (const bad of [
      [0xff],
      [0xc3],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
    ]) {
      const [before, after] = around(text(call({ userAgent: 'HERE' }))).split('HERE')
      const file = Buffer.concat([bytesOf(before), Buffer.from(bad), bytesOf(after)])
      expect(outcome(file)).toEqual({ taken: 2, bad: [[1, 'not-utf8']] })
    }
  })

  it('is quarantined where only a key is no UTF-8', () => {
    const [before, after] = around(text({ HERE: 1, ...call() })).split('HERE')
    const file = Buffer.concat([bytesOf(before), Buffer.from([0xff]), bytesOf(after)])
    expect(outcome(file)).toEqual({ taken: 2, bad: [[1, 'not-utf8']] })
  })

  it('is named by its place in the bytes', () => {
    const bad = text(without(call(), 'eventID'))
    const file = bytesOf(around(bad))
    const [entry] = read(file).quarantined
    expect(file.toString('utf8', entry!.offset, entry!.offset + entry!.length)).toBe(bad)
  })

  it('is taken at the limits of size and depth', () => {
    const size = RECORD_LIMITS.bytesMax - text(call({ x: '' })).length
    expect(outcome(around(text(call({ x: 'a'.repeat(size) })))).bad).toEqual([])
    expect(outcome(around(text(call({ x: 'a'.repeat(size + 1) })))).bad).toHaveLength(1)
    const fits = RECORD_LIMITS.depthMax - 2
    const nested = (depth: number) => text(call({ x: 1 })).replace('"x":1', `"x":${deep(depth)}`)
    expect(outcome(around(nested(fits))).bad).toEqual([])
    expect(outcome(around(nested(fits + 1))).bad).toEqual([[1, 'too-deep']])
  })
})

describe('names that mean something to JavaScript', () => {
  it('are keys like any other', () => {
    const keys = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'length']
    const record = keys.reduce(
      (out, key) => `{"${key}":{"eventName":"x","type":"Root"},${out.slice(1)}`,
      text(call()),
    )
    expect(outcome(around(record))).toEqual({ taken: 3, bad: [] })
    expect(({} as { eventName?: unknown }).eventName).toBeUndefined()
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'are values like any other: %s',
    (name) => {
      const role = `arn:aws:iam::111122223333:role/${name}`
      const facts = read({
        Records: [
          call({ userAgent: name, eventName: name, awsRegion: name }),
          call({ eventSource: `${name}.amazonaws.com`, eventType: name, resources: [] }),
          chained({ requestParameters: { roleArn: role, roleSessionName: name } }),
        ],
      })
      expect(taken(facts)).toBe(3)
      expect(calls(facts).map(({ action }) => action)).toEqual([`s3:${name}`, `${name}:GetObject`])
      expect(facts.deltas.flatMap(sightingsOf).map((sighting) => sighting.role)).toContain(role)
    },
  )

  it('are tags like any other', () => {
    const record = text(
      podIdentity({
        requestParameters: { roleArn: ROLE, tags: [{ key: '__proto__', value: 'x' }] },
      }),
    )
    expect(outcome(record)).toEqual({ taken: 1, bad: [] })
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})

describe('a file that is refused as a whole', () => {
  const file = text({ Records: [call(), denied(), webIdentity()] })
  const pretty = JSON.stringify({ Records: [call(), denied(), webIdentity()] }, null, 2)
  const cases: [what: string, reason: string, content: string | Buffer][] = [
    ['is empty', 'empty', ''],
    ['is white space', 'empty', ' \n\t\r '],
    ['is only a byte order mark', 'empty', Buffer.from([0xef, 0xbb, 0xbf])],
    ['is text', 'not-json', 'hello'],
    ['is a number', 'not-json', '7'],
    ['is a string', 'not-json', '"Records"'],
    ['is null', 'not-json', 'null'],
    ['is binary', 'not-utf8', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe])],
    ['is UTF-16', 'not-utf8', Buffer.from('\ufeff{"Records":[]}', 'utf16le')],
    ['is an object of nothing', 'wrong-shape', '{}'],
    ['is an object of other things', 'wrong-shape', '{"a":{"Records":[]}}'],
    ['has null for records', 'wrong-shape', '{"Records":null}'],
    ['has a map for records', 'wrong-shape', `{"Records":${text(call())}}`],
    ['has text for records', 'wrong-shape', '{"Records":"[]"}'],
    ['has records twice', 'duplicate-key', `{"Records":[${text(call())}],"Records":[]}`],
    ['has records twice, not first', 'duplicate-key', '{"a":1,"Records":[],"Records":[]}'],
    ['has a trailing comma', 'not-json', file.replace(']}', ',]}')],
    ['has a missing comma', 'not-json', file.replace('},{"eventVersion', '}{"eventVersion')],
    ['has a trailing comma in a record', 'not-json', `{"Records":[{"a":1,}]}`],
    ['has single quotes', 'not-json', "{'Records':[]}"],
    ['has an unquoted key', 'not-json', '{Records:[]}'],
    ['has a comment', 'not-json', '{"Records":[/* none */]}'],
    ['has NaN', 'not-json', '{"Records":[{"a":NaN}]}'],
    ['has a number with a leading zero', 'not-json', '{"Records":[{"a":01}]}'],
    ['has a raw control character in a string', 'not-json', '{"Records":[{"a":"\u0001"}]}'],
    ['has a bad escape', 'not-json', '{"Records":[{"a":"\\x"}]}'],
    ['has a bad unicode escape', 'not-json', '{"Records":[{"a":"\\u12g4"}]}'],
    ['has brackets that do not match', 'not-json', '{"Records":[{"a":[1}}]}'],
    [
      'has something else in what is read',
      'not-json',
      `{"Records":[${text(call())
        .replace('"bucketName":"ledger"', '"bucketName" "ledger"')
        .replace(/"resources":\[.*\]/, '"resources":[]')}]}`,
    ],
    ['is 256 KB of brackets', 'not-json', '['.repeat(262_144)],
    ['is 256 KB of records of brackets', 'not-json', `{"Records":[${'['.repeat(262_144)}`],
    ['is cut in the last record', 'not-json', file.slice(0, -40)],
    ['is cut before its last byte', 'not-json', file.slice(0, -1)],
    ['is pretty-printed and cut', 'not-json', pretty.slice(0, Math.floor(pretty.length / 2))],
  ]
  it.each(cases)('because it %s, with the reason %s', (_, reason, content) => {
    expect(refusal(content)).toBe(reason)
  })

  it('may be cut anywhere: no part of it counts', () => {
    const layouts = [
      file,
      pretty,
      `{"Records":[\n${[call(), denied()].map(text).join(',\n')}\n]}\n`,
      `[\n${[call(), denied()].map(text).join('\n,')}\n]`,
    ]
    for (const whole of layouts.map((content) => content.trim()))
      for (let length = 1; length < whole.length; length++)
        expect(refusal(whole.slice(0, length))).toBe('not-json')
  })

  it('leaves nothing behind in the reader', () => {
    const reader = new FileReader()
    for (const bad of [file.slice(0, -40), '{}', around('{}')]) {
      try {
        read(bad, reader)
      } catch {
        // Refused, as tested above.
      }
    }
    expect(read(file, reader)).toEqual(read(file))
  })

  it('has more bad records than anyone would look at', () => {
    expect(refusal(`{"Records":[${'0,'.repeat(100_001)}0]}`)).toBe('not-an-object')
    expect(read(`{"Records":[${'0,'.repeat(99_999)}0]}`).quarantined).toHaveLength(100_000)
  })
})

describe('a file that is odd and still read', () => {
  it('begins with a byte order mark', () => {
    const file = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytesOf({ Records: [call()] })])
    expect(outcome(file)).toEqual({ taken: 1, bad: [] })
  })

  it('has no records', () => {
    expect(read('{"Records":[]}').records).toBe(0)
    expect(read(' { "Records" : [ ] } ').records).toBe(0)
  })

  it('has white space wherever there may be some', () => {
    expect(outcome(JSON.stringify({ Records: [call(), chained()] }, null, '\t'))).toEqual({
      taken: 2,
      bad: [],
    })
  })

  it('has other fields before and after the records', () => {
    const file = `{"a":{"Records":[1]},"Records":[${text(call())}],"b":"]}","c":[{}]}`
    expect(outcome(file)).toEqual({ taken: 1, bad: [] })
    expect(outcome(`{"Records":[${text(call())}],"b":"]}","c":[{}]}`)).toEqual({
      taken: 1,
      bad: [],
    })
  })

  it('spells eventID and eventTime with escapes', () => {
    const plain = text(call({ eventID: 'event-1' }))
    const escaped = plain
      .replace('"event-1"', '"\\u0065vent-1"')
      .replace('2025-03-04T', '\\u0032025-03-04T')
    const facts = read(`{"Records":[${plain},${escaped}]}`)
    expect([taken(facts), facts.repeated]).toEqual([1, 1])
  })
})

describe('lines of JSON', () => {
  const lines = [call(), chained(), denied()].map(text)

  it('are records', () => {
    expect(outcome(lines.join('\n'))).toEqual({ taken: 3, bad: [] })
    expect(outcome(`${lines.join('\r\n')}\r\n`)).toEqual({ taken: 3, bad: [] })
  })

  it('may be log files, envelopes and records in turn', () => {
    const envelope = { 'detail-type': 'AWS API Call via CloudTrail', detail: call() }
    const file = [text({ Records: [call(), call()] }), text(envelope), lines[0]].join('\n')
    expect(outcome(file)).toEqual({ taken: 4, bad: [] })
  })

  const broken: [what: string, reason: string, line: string][] = [
    ['is cut', 'not-json', text(call()).slice(0, 200)],
    ['is text', 'not-json', 'hello'],
    ['is a number', 'not-json', '12'],
    ['is open', 'not-json', '{"a":['],
    ['is of another shape', 'wrong-shape', '{"level":"info"}'],
    ['is a digest', 'wrong-shape', '{"logFiles":[],"digestPublicKeyFingerprint":"x"}'],
  ]
  for (const place of [0, 1, 3])
    it.each(broken)(`lose only the one that %s (${place} before it)`, (_, reason, line) => {
      const file = lines.toSpliced(place, 0, line).join('\n')
      expect(outcome(file)).toEqual({ taken: 3, bad: [[place, reason]] })
    })

  it('lose only the broken ones, however many', () => {
    const file = ['x', lines[0], '{', lines[1], '[', '"', lines[2], '}'].join('\n')
    const { taken, bad } = outcome(file)
    expect(taken).toBe(3)
    expect(bad.map(([index]) => index)).toEqual([0, 2, 4, 5, 7])
  })

  it('are read once each, whatever stays open: time grows with the file, not with its square', () => {
    const file = `${lines[0]}\n${'[\n'.repeat(2000)}${' '.repeat(20_000_000)}\n${lines[1]}\n`
    const started = performance.now()
    expect(outcome(file).taken).toBe(2)
    // Some 100 ms; following each bracket to the end would take a minute.
    expect(performance.now() - started).toBeLessThan(10_000)
  }, 120_000)

  it('are one unreadable file where none of them is a record', () => {
    expect(refusal('{"level":"info"}\n{"level":"warn"}\n')).toBe('wrong-shape')
  })

  it('may be cut anywhere: the whole lines count', () => {
    const file = lines.join('\n')
    const second = lines[0]!.length + 1
    for (let length = second + 1; length < file.length; length++) {
      const { taken, bad } = outcome(file.slice(0, length))
      expect(taken + bad.length).toBe(file.slice(0, length).trimEnd().split('\n').length)
      expect(bad.every(([, reason]) => reason === 'not-json')).toBe(true)
    }
  })
})

function deep(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}
