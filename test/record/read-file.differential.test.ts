import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileReader } from '../../lib/record/read-file.ts'
import { runs } from '../property-runs.ts'
import { plainFacts, read, taken } from './facts.ts'
import { readPlainly } from './plain-reader.ts'
import { chance, Literal, type Style, spell } from './spelling.ts'
import * as synthetic from './synthetic.ts'

const MAKERS = [
  synthetic.call,
  synthetic.call,
  synthetic.webIdentity,
  synthetic.chained,
  synthetic.targetCopy,
  synthetic.podIdentity,
  synthetic.denied,
  synthetic.serviceEvent,
  synthetic.insight,
  synthetic.networkActivity,
  synthetic.aggregated,
  () =>
    synthetic.managementCall('cloudtrail.amazonaws.com', 'PutEventSelectors', {
      requestParameters: { trailName: 'main', eventSelectors: [{ readWriteType: 'WriteOnly' }] },
    }),
]

/** Places that the reader looks at, or that look like one. */
const PLACES = [
  ...['eventVersion', 'userIdentity', 'eventTime', 'eventSource', 'eventName', 'awsRegion'],
  ...['sourceIPAddress', 'userAgent', 'errorCode', 'errorMessage', 'requestParameters'],
  ...['responseElements', 'additionalEventData', 'eventID', 'eventType', 'eventCategory'],
  ...['recipientAccountId', 'sharedEventID', 'vpcEndpointId', 'resources', 'addendum'],
  ...['type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'identityProvider'].map(
    (key) => `userIdentity.${key}`,
  ),
  ...['invokedBy', 'sessionContext', 'onBehalfOf'].map((key) => `userIdentity.${key}`),
  ...['sessionIssuer', 'attributes', 'ec2RoleDelivery', 'webIdFederationData'].map(
    (key) => `userIdentity.sessionContext.${key}`,
  ),
  'userIdentity.sessionContext.sessionIssuer.arn',
  'userIdentity.sessionContext.attributes.creationDate',
  ...['roleArn', 'roleSessionName', 'externalId', 'tags', 'incomingTransitiveTags'].map(
    (key) => `requestParameters.${key}`,
  ),
  ...['bucketName', 'tableName', 'queueUrl', 'secretId', 'keyId', 'functionName'].map(
    (key) => `requestParameters.${key}`,
  ),
  ...['logGroupName', 'topicArn', 'streamName', 'eventName', 'userIdentity'].map(
    (key) => `requestParameters.${key}`,
  ),
  ...['trailName', 'name', 'eventSelectors', 'advancedEventSelectors'].map(
    (key) => `requestParameters.${key}`,
  ),
  'responseElements.credentials',
  'responseElements.credentials.accessKeyId',
  'responseElements.credentials.expiration',
  'responseElements.assumedRoleUser.assumedRoleId',
  'responseElements.subjectFromWebIdentityToken',
  'responseElements.subject',
  'responseElements.provider',
  'responseElements.audience',
  '__proto__',
  '__proto__.eventName',
  'constructor',
  'detail',
  'Records',
  'a',
  '',
]

const TEXTS = [
  '',
  'a',
  '"',
  '\\',
  '\\"}],{"eventName":"AssumeRole"',
  '/',
  '\u0000',
  '\n',
  'ü',
  '日本',
  '😀',
  '\ud800',
  'a\udc00b',
  '\u202e',
  '__proto__',
  'constructor',
  'AssumeRole',
  'sts.amazonaws.com',
  'sts.amazonaws.com.cn',
  's3.amazonaws.com',
  'dynamodb.amazonaws.com',
  'sqs.amazonaws.com',
  'secretsmanager.amazonaws.com',
  'kms.amazonaws.com',
  'lambda.amazonaws.com',
  'logs.amazonaws.com',
  'sns.amazonaws.com',
  'kinesis.amazonaws.com',
  'AwsVpceEvent',
  'Insight',
  '2.0',
  '1.11',
  'cn-north-1',
  'us-gov-west-1',
  '2025-03-04T05:06:07Z',
  '2025-03-04T23:59:59.999Z',
  '2025-02-30T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '2025-03-04T24:00:00Z',
  '2025-03-04T05:06:0\u0137Z',
  'Mar 4, 2025 6:06:07 PM',
  'AccessDenied',
  'AROAX:name:with:colons',
  'arn:aws:s3:::bucket/key "quoted"',
  'arn:aws:s3:eu-west-1:111122223333:accesspoint/point/object/key',
  'arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i',
  'arn:aws:logs:eu-west-1:111122223333:log-group:/g:log-stream:s',
  'arn:aws:lambda:eu-west-1:111122223333:function:f:7',
  'arn:aws:iam::444455556666:role/__proto__',
  'arn:aws',
  'https://sqs.eu-west-1.amazonaws.com/444455556666/orders',
  'is not authorized on resource: arn:aws:iam::444455556666:role/x because',
  '111122223333',
]

const string = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 300 }),
)
const scalar = fc.oneof(
  { weight: 3, arbitrary: string },
  fc.constantFrom(null, true, false),
  fc
    .constantFrom('0', '-0', '1e5', '1.5E+300', '-12.25e-3', '123456789012345678901234567890')
    .map((text) => new Literal(text)),
)
/** Any JSON, with keys of which some are those of a record. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom('eventName', 'arn', 'ARN', 'key', 'value', 'userIdentity', '__proto__'),
            string,
          ),
          tie('value'),
        ),
        { maxLength: 4 },
      )
      .map((entries) => objectOf(entries)),
  ),
})).value

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const object = {}
  for (const [key, value] of entries) put(object, key, value)
  return object
}

/** A plain assignment to `__proto__` would set the prototype instead. */
function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

interface Change {
  place: string
  change: { kind: 'set'; value: unknown } | { kind: 'delete' }
}

function apply(record: object, { place, change }: Change): void {
  const path = place.split('.')
  let at = record as Record<string, unknown>
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof next !== 'object' || next === null || Array.isArray(next)) return
    at = next as Record<string, unknown>
  }
  const last = path.at(-1)!
  if (change.kind === 'delete') delete at[last]
  else put(at, last, change.value)
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.constantFrom(...PLACES),
  change: fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), value: string }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('set' as const), value: json }) },
    fc.constant({ kind: 'delete' as const }),
  ),
})

const changed = fc
  .tuple(fc.constantFrom(...MAKERS), fc.array(change, { maxLength: 3 }))
  .map(([make, changes]) => {
    const made: object = make()
    for (const each of changes) apply(made, each)
    return made
  })
const record = fc.oneof({ weight: 12, arbitrary: changed }, json)
/** Records, some of them twice. */
const records = fc
  .tuple(fc.array(record, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 2 }))
  .map(([all, again]) => [
    ...all,
    ...again.flatMap((i) => (all.length > 0 ? [all[i % all.length]] : [])),
  ])

const style: fc.Arbitrary<Style> = fc.constantFrom(
  { space: 0, escape: 0, shuffle: 0 },
  { space: 0.3, escape: 0, shuffle: 0 },
  { space: 0, escape: 0, shuffle: 1 },
  { space: 0, escape: 0.1, shuffle: 0 },
  { space: 0.2, escape: 0.05, shuffle: 0.5 },
)

const file = fc
  .tuple(records, style, fc.integer())
  .map(([all, how, seed]) => spell({ Records: all }, chance(seed), how))

describe('FileReader against a plain reader', () => {
  // One reader for all files, so that what it keeps between them is tested too.
  const reader = new FileReader()

  it('says of any file what JSON.parse and plain objects say', () => {
    fc.assert(
      fc.property(file, (text) => {
        const { quarantined, ...facts } = plainFacts(read(text, reader))
        const { quarantined: expected, ...plain } = readPlainly(text)
        expect(facts).toEqual(plain)
        expect(quarantined.map(([index]) => index)).toEqual(expected.map(([index]) => index))
        quarantined.forEach(([, reason], i) => {
          expect(expected[i]![1]).toContain(reason)
        })
      }),
      runs(1500),
    )
  })

  it('accounts for every record: taken, repeated, out of scope or quarantined', () => {
    fc.assert(
      fc.property(file, (text) => {
        const facts = read(text, reader)
        expect(facts.records).toBe((JSON.parse(text) as { Records: unknown[] }).Records.length)
        expect(taken(facts) + facts.repeated + facts.outOfScope + facts.quarantined.length).toBe(
          facts.records,
        )
      }),
      runs(300),
    )
  })

  it('depends on the file alone, whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(file, { minLength: 2, maxLength: 4 }), (texts) => {
        const used = new FileReader()
        for (const text of texts.slice(0, -1)) read(text, used)
        expect(read(texts.at(-1), used)).toEqual(read(texts.at(-1), new FileReader()))
      }),
      runs(150),
    )
  })

  it('reads a record the same in every wrapper', () => {
    fc.assert(
      fc.property(changed, style, fc.integer(), (value, how, seed) => {
        const random = chance(seed)
        const file = spell({ Records: [value] }, random, how)
        const wrapped = [
          spell([value], random, how),
          spell({ a: [{ b: '}' }], Records: [value], z: null }, random, how),
          spell({ 'detail-type': 'AWS API Call via CloudTrail', detail: value }, random, how),
          spell(
            { Events: [{ EventId: 'x', CloudTrailEvent: spell(value, random, how) }] },
            random,
            how,
          ),
          spell(
            { messageType: 'DATA_MESSAGE', logEvents: [{ message: spell(value, random, how) }] },
            random,
            how,
          ),
        ]
        const expected = plainFacts(read(file))
        for (const text of wrapped) expect(plainFacts(read(text))).toEqual(expected)
      }),
      runs(150),
    )
  })
})
