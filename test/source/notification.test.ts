import { describe, expect, it } from 'vitest'
import { type Announcement, MESSAGE_LIMITS, objectsIn } from '../../lib/source/notification.ts'

/* Synthetic messages, after the documentation of who sends them. */

const said = (message: unknown): Announcement => {
  const { objects, removed, silent, refused } = objectsIn(
    typeof message === 'string' ? message : JSON.stringify(message),
  )
  return { objects, removed, silent, refused }
}
const nothing: Announcement = { objects: [], removed: [], silent: [], refused: [] }
const refused = (reason: string) => ({ ...nothing, refused: [expect.objectContaining({ reason })] })

const s3Event = (fields: object = {}, key = 'AWSLogs/x.json.gz') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'eu-west-1',
  eventTime: '2025-03-04T05:06:07.000Z',
  eventName: 'ObjectCreated:Put',
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: 'trail', arn: 'arn:aws:s3:::trail' },
    object: { key, size: 1024, eTag: 'e', sequencer: '00' },
  },
  ...fields,
})
const object = { bucket: 'trail', key: 'AWSLogs/x.json.gz' }
const notification = { Records: [s3Event()] }
const sns = (message: unknown) => ({
  Type: 'Notification',
  MessageId: '00000000-0000-4000-8000-000000000001',
  TopicArn: 'arn:aws:sns:eu-west-1:111122223333:trail',
  Message: typeof message === 'string' ? message : JSON.stringify(message),
  Timestamp: '2025-03-04T05:06:08.000Z',
})
const byCloudTrail = { s3Bucket: 'trail', s3ObjectKey: ['AWSLogs/x.json.gz', 'AWSLogs/a+b%2B.gz'] }

describe('objectsIn', () => {
  it.each<[string, unknown]>([
    ['S3 itself', notification],
    ['S3 by SNS', sns(notification)],
    [
      'S3 by SNS, as Lambda gets it',
      { Records: [{ EventSource: 'aws:sns', Sns: sns(notification) }] },
    ],
    [
      'S3 by SQS, as Lambda gets it',
      { Records: [{ messageId: '1', body: JSON.stringify(notification) }] },
    ],
    [
      'S3 by SNS and SQS, as Lambda gets it',
      { Records: [{ body: JSON.stringify(sns(notification)) }] },
    ],
    [
      'S3 by EventBridge',
      {
        version: '0',
        'detail-type': 'Object Created',
        source: 'aws.s3',
        detail: { version: '0', bucket: { name: 'trail' }, object: { key: object.key, size: 1 } },
      },
    ],
    ['CloudTrail', { s3Bucket: 'trail', s3ObjectKey: [object.key] }],
    ['CloudTrail by SNS', sns({ s3Bucket: 'trail', s3ObjectKey: [object.key] })],
  ])('finds the object that is announced by %s', (_, message) => {
    expect(said(message)).toEqual({ ...nothing, objects: [object] })
  })

  it.each(['2.0', '2.1', '2.5', '2.6', '2.99'])('takes version %s', (eventVersion) => {
    expect(said({ Records: [s3Event({ eventVersion })] }).objects).toEqual([object])
  })

  it.each([
    ['red+flower.jpg', 'red flower.jpg'],
    ['a%2Bb.json.gz', 'a+b.json.gz'],
    ['region%3Deu/%C3%BC.gz', 'region=eu/ü.gz'],
    ['100%25.gz', '100%.gz'],
  ])('decodes the key that S3 sends: %s', (sent, key) => {
    expect(said({ Records: [s3Event({}, sent)] }).objects).toEqual([{ bucket: 'trail', key }])
  })

  it('leaves the keys alone that CloudTrail and EventBridge send', () => {
    expect(said(byCloudTrail).objects.map(({ key }) => key)).toEqual(byCloudTrail.s3ObjectKey)
    const detail = { bucket: { name: 'trail' }, object: { key: 'a+b%2B' } }
    expect(said({ 'detail-type': 'Object Created', detail }).objects).toEqual([
      { bucket: 'trail', key: 'a+b%2B' },
    ])
  })

  it('does not ask for a size, which CloudTrail does not send', () => {
    const bare = s3Event({ s3: { bucket: { name: 'trail' }, object: { key: object.key } } })
    expect(said({ Records: [bare] }).objects).toEqual([object])
  })

  it.each<[string, unknown]>([
    ['s3:TestEvent', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'trail' }],
    ['s3:TestEvent', sns({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'trail' })],
    ['CloudTrail validation message.', sns('CloudTrail validation message.')],
    ['SubscriptionConfirmation', { ...sns('x'), Type: 'SubscriptionConfirmation' }],
    ['ObjectTagging:Put', { Records: [s3Event({ eventName: 'ObjectTagging:Put' })] }],
    [
      'Object Tags Added',
      {
        'detail-type': 'Object Tags Added',
        detail: { bucket: { name: 'b' }, object: { key: 'k' } },
      },
    ],
  ])('says that %s announces nothing', (event, message) => {
    expect(said(message)).toEqual({ ...nothing, silent: [event] })
  })

  it.each<unknown>([
    { Records: [s3Event({ eventName: 'ObjectRemoved:Delete' })] },
    { Records: [s3Event({ eventName: 'ObjectRemoved:DeleteMarkerCreated' })] },
    { Records: [s3Event({ eventName: 'LifecycleExpiration:Delete' })] },
    {
      'detail-type': 'Object Deleted',
      detail: { bucket: { name: 'trail' }, object: { key: object.key } },
    },
  ])('says what was removed', (message) => {
    expect(said(message)).toEqual({ ...nothing, removed: [object] })
  })

  it.each<[string, string, unknown]>([
    ['not-json', 'is no JSON', 'hello'],
    ['not-json', 'is empty', ''],
    ['not-json', 'is 256 KB of brackets', '['.repeat(262_144)],
    ['not-json', 'has text in its envelope', sns('hello')],
    ['wrong-shape', 'is 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['wrong-shape', 'is null', 'null'],
    ['wrong-shape', 'is a number', '7'],
    ['wrong-shape', 'is a list', [notification]],
    ['wrong-shape', 'is empty JSON', {}],
    ['wrong-shape', 'has null for records', { Records: null }],
    ['wrong-shape', 'has a number for a record', { Records: [7] }],
    ['wrong-shape', 'has an empty record', { Records: [{}] }],
    ['wrong-shape', 'has no bucket', { Records: [s3Event({ s3: { object: { key: 'k' } } })] }],
    ['wrong-shape', 'has an empty key', { Records: [s3Event({}, '')] }],
    ['wrong-shape', 'has a key that encodes nothing', { Records: [s3Event({}, 'a%zz')] }],
    ['wrong-shape', 'has a key of broken UTF-8', { Records: [s3Event({}, 'a%ff')] }],
    ['wrong-shape', 'has no event name', { Records: [s3Event({ eventName: undefined })] }],
    ['wrong-shape', 'has no version', { Records: [s3Event({ eventVersion: undefined })] }],
    ['unknown-major-version', 'has version 3', { Records: [s3Event({ eventVersion: '3.0' })] }],
    ['unknown-major-version', 'has version 20', { Records: [s3Event({ eventVersion: '20.1' })] }],
    ['wrong-shape', 'has a key for a list', { s3Bucket: 'trail', s3ObjectKey: 'AWSLogs/x' }],
    ['wrong-shape', 'has a number for a key', { s3Bucket: 'trail', s3ObjectKey: [7] }],
    ['wrong-shape', 'has keys and no bucket', { s3ObjectKey: ['AWSLogs/x'] }],
    ['wrong-shape', 'has an empty detail', { 'detail-type': 'Object Created', detail: {} }],
    ['wrong-shape', 'has a detail of text', { 'detail-type': 'Object Created', detail: 'x' }],
    [
      'wrong-shape',
      'has its fields in __proto__',
      '{"__proto__":{"s3Bucket":"b","s3ObjectKey":["k"]}}',
    ],
  ])('refuses with %s a message that %s', (reason, _, message) => {
    expect(said(message)).toEqual(refused(reason))
  })

  it('lets a bad object take nothing from the others', () => {
    const message = { Records: [s3Event(), s3Event({ eventVersion: '9.0' }), s3Event({}, 'b')] }
    expect(said(message)).toEqual({
      ...refused('unknown-major-version'),
      objects: [object, { bucket: 'trail', key: 'b' }],
    })
  })

  it('has an end to messages in messages', () => {
    const wrapped = (depth: number): unknown =>
      depth === 0 ? notification : sns(wrapped(depth - 1) as object)
    expect(said(wrapped(MESSAGE_LIMITS.envelopesMax)).objects).toEqual([object])
    expect(said(wrapped(MESSAGE_LIMITS.envelopesMax + 1))).toEqual(refused('too-deep'))
  })

  it('has an end to objects in a message, and says so', () => {
    const many = (count: number) => ({
      s3Bucket: 'trail',
      s3ObjectKey: Array.from({ length: count }, (_, i) => `key-${i}`),
    })
    expect(said(many(MESSAGE_LIMITS.objectsMax)).objects).toHaveLength(MESSAGE_LIMITS.objectsMax)
    const over = said(many(MESSAGE_LIMITS.objectsMax + 500))
    expect(over.objects).toHaveLength(MESSAGE_LIMITS.objectsMax)
    expect(over.refused).toEqual([expect.objectContaining({ reason: 'too-large' })])
    const bad = said({ Records: Array.from({ length: 5000 }, () => 7) })
    expect(bad.refused).toHaveLength(MESSAGE_LIMITS.objectsMax + 1)
  })

  it('has an end to the size of a message, counted in bytes', () => {
    const padded = (length: number) => JSON.stringify({ ...notification, x: 'ü'.repeat(length) })
    expect(said(padded(400_000)).objects).toEqual([object])
    expect(said(padded(600_000))).toEqual(refused('too-large'))
  })
})
