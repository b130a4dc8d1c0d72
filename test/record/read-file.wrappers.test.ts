import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openLog } from '../../lib/source/open-log.ts'
import { bytesOf, calls, outcome, plainFacts, read, refusal } from './facts.ts'
import { ACCOUNT, call, chained, webIdentity } from './synthetic.ts'

/* Synthetic wrappers of synthetic records, each after the documentation of who makes it. */

const text = (value: unknown) => JSON.stringify(value)

describe('records come in wrappers', () => {
  const record = call()
  const expected = plainFacts(read({ Records: [record] }))

  const wrappers: [string, unknown][] = [
    ['a record by itself', record],
    ['an array of records', [record]],
    ['a log file whose records are not its first field', { other: 1, Records: [record] }],
    [
      'an EventBridge envelope',
      {
        version: '0',
        id: '00000000-0000-4000-8000-000000000001',
        'detail-type': 'AWS API Call via CloudTrail',
        source: 'aws.s3',
        account: ACCOUNT,
        time: '2025-03-04T05:06:09Z',
        region: 'eu-west-1',
        resources: [],
        detail: record,
      },
    ],
    [
      'LookupEvents output',
      {
        Events: [
          {
            EventId: 'x',
            EventName: 'GetObject',
            EventTime: 1741064767,
            Resources: [{ ResourceType: 'AWS::S3::Bucket', ResourceName: 'ledger' }],
            CloudTrailEvent: text(record),
          },
        ],
        NextToken: 'next',
      },
    ],
    ['one event of LookupEvents', { EventId: 'x', CloudTrailEvent: text(record) }],
    [
      'a CloudWatch Logs subscription payload',
      {
        messageType: 'DATA_MESSAGE',
        owner: ACCOUNT,
        logGroup: 'trail',
        logStream: `${ACCOUNT}_CloudTrail_eu-west-1`,
        subscriptionFilters: ['podtrail'],
        logEvents: [{ id: '1', timestamp: 1741064800000, message: text(record) }],
      },
    ],
  ]
  it.each(wrappers)('%s', (_, wrapped) => {
    expect(plainFacts(read(wrapped))).toEqual(expected)
    expect(plainFacts(read(JSON.stringify(wrapped, null, 2)))).toEqual(expected)
  })

  it('the gzip of a CloudWatch Logs payload', () => {
    const payload = gzipSync(text({ logEvents: [{ message: text(record) }] }))
    const opened = openLog('payload', payload)
    expect(opened.kind === 'bytes' && plainFacts(read(opened.bytes))).toEqual(expected)
  })

  it('envelopes in lines, or in an array of records', () => {
    const envelope = (detail: unknown) => ({ 'detail-type': 'AWS API Call via CloudTrail', detail })
    expect(outcome([envelope(call()), envelope(chained())].map(text).join('\n'))).toEqual({
      taken: 2,
      bad: [],
    })
  })

  it('but a record with a field `detail` is a record', () => {
    const odd = call({ detail: { ...call(), eventName: 'DeleteObject' } })
    expect(calls(read(odd)).map(({ action }) => action)).toEqual(['s3:GetObject'])
  })
})

describe('strings that hold records', () => {
  const events = (...messages: unknown[]) => ({
    logEvents: messages.map((message) => ({ message })),
  })
  const good = text(call())

  it.each<[string, string, unknown]>([
    [
      'is no JSON',
      'not-json',
      'CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.',
    ],
    ['is cut', 'not-json', good.slice(0, 100)],
    ['has something after its record', 'not-json', `${text(call())} 7`],
    ['is empty', 'not-json', ''],
    ['is an array', 'not-json', `[${text(call())}]`],
    ['is broken in what is read', 'not-json', text(chained()).replace('"roleSessionName":', '1 ')],
    ['is no string', 'wrong-shape', call()],
    ['is null', 'wrong-shape', null],
    [
      'has a lone surrogate',
      'lone-surrogate',
      text(call({ userAgent: 'X' })).replace('X', '\ud800'),
    ],
    ['is a record without an id', 'missing-event-id', text({ ...call(), eventID: undefined })],
  ])('lose only the one that %s', (_, reason, message) => {
    expect(outcome(events(good, message, text(chained())))).toEqual({
      taken: 2,
      bad: [[1, reason]],
    })
  })

  it('lose only the event that is no object', () => {
    const file = { Events: [{ CloudTrailEvent: good }, 7, { CloudTrailEvent: text(chained()) }] }
    expect(outcome(file)).toEqual({ taken: 2, bad: [[1, 'wrong-shape']] })
  })

  it('are named by where they stand in the file', () => {
    const file = bytesOf(events(good, 'x'.repeat(5000)))
    const { offset, length } = read(file).quarantined[0]!
    expect(file.toString('utf8', offset, offset + length)).toBe(
      text(events(good, 'x'.repeat(5000)).logEvents),
    )
  })

  it('are refused together where the file is no UTF-8, since JSON.parse would hide it', () => {
    const [before, after] = text(events(text(call({ userAgent: 'HERE' })))).split('HERE')
    expect(refusal(Buffer.concat([bytesOf(before), Buffer.from([0xff]), bytesOf(after)]))).toBe(
      'not-utf8',
    )
  })

  it('may be many documents in a file', () => {
    const lines = [
      events(good),
      events(text(chained()), 'x'),
      { CloudTrailEvent: text(webIdentity()) },
    ]
    expect(outcome(lines.map(text).join('\n'))).toEqual({ taken: 3, bad: [[2, 'not-json']] })
  })
})

describe('what is no log file is said to be none', () => {
  const s3 = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: {} }
  it.each<[string, string, unknown]>([
    [
      'a digest',
      'digest',
      { awsAccountId: ACCOUNT, digestPublicKeyFingerprint: 'x', logFiles: [] },
    ],
    ['an S3 notification', 'notification', { Records: [s3] }],
    ['an SNS event for Lambda', 'notification', { Records: [{ EventSource: 'aws:sns', Sns: {} }] }],
    ['an SQS event for Lambda', 'notification', { Records: [{ messageId: '1', body: '{}' }] }],
    ['an SNS message', 'notification', { Type: 'Notification', Message: '{}' }],
    ['an S3 test message', 'notification', { Service: 'Amazon S3', Event: 's3:TestEvent' }],
  ])('%s', (_, what, content) => {
    expect(refusal(content)).toBe(what)
  })

  it('but a stray notification among records takes no record with it', () => {
    expect(outcome({ Records: [call(), { eventSource: 'aws:s3', s3: {} }, chained()] })).toEqual({
      taken: 2,
      bad: [[1, 'missing-event-name']],
    })
  })
})

describe('a wrapper that says two things', () => {
  it.each([
    `{"detail-type":"x","detail":${text(call())},"detail":${text(call())}}`,
    `{"Events":[],"Events":[]}`,
    `{"logEvents":[],"logEvents":[]}`,
  ])('is refused', (content) => {
    expect(refusal(content)).toBe('duplicate-key')
  })
})
