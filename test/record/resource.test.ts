import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECORD_LIMITS } from '../../lib/record/read-file.ts'
import { containerEnd } from '../../lib/record/resource.ts'
import { partitionOfRegion } from '../../lib/source/region.ts'
import { runs } from '../property-runs.ts'
import { calls, read } from './facts.ts'
import { containerOf } from './plain-reader.ts'
import { ACCOUNT, call, OTHER_ACCOUNT } from './synthetic.ts'

function container(arn: string): string {
  const bytes = Buffer.from(arn, 'utf8')
  return bytes.toString('utf8', 0, containerEnd(bytes, 0, bytes.length))
}

const HERE = `eu-west-1:${ACCOUNT}`

describe('the container of a resource', () => {
  it.each([
    ['arn:aws:s3:::ledger/2025/03/04.json', 'arn:aws:s3:::ledger'],
    ['arn:aws:s3:::ledger', 'arn:aws:s3:::ledger'],
    ['arn:aws:s3:::ledger/', 'arn:aws:s3:::ledger'],
    ['arn:aws:s3:::ledger/a:b:c', 'arn:aws:s3:::ledger'],
    [`arn:aws:s3:${HERE}:accesspoint/p/object/a/b`, `arn:aws:s3:${HERE}:accesspoint/p`],
    [
      `arn:aws:s3-outposts:${HERE}:outpost/o/bucket/b`,
      `arn:aws:s3-outposts:${HERE}:outpost/o/bucket/b`,
    ],
    [`arn:aws:dynamodb:${HERE}:table/t/index/i`, `arn:aws:dynamodb:${HERE}:table/t`],
    [`arn:aws:dynamodb:${HERE}:table/t/stream/2025`, `arn:aws:dynamodb:${HERE}:table/t`],
    [`arn:aws:dynamodb:${HERE}:table/t`, `arn:aws:dynamodb:${HERE}:table/t`],
    [
      `arn:aws:logs:${HERE}:log-group:/aws/x:log-stream:a/b`,
      `arn:aws:logs:${HERE}:log-group:/aws/x`,
    ],
    [`arn:aws:logs:${HERE}:log-group:/aws/x:*`, `arn:aws:logs:${HERE}:log-group:/aws/x`],
    [`arn:aws:lambda:${HERE}:function:f:7`, `arn:aws:lambda:${HERE}:function:f`],
    [`arn:aws:lambda:${HERE}:function:f:$LATEST`, `arn:aws:lambda:${HERE}:function:f`],
    [`arn:aws:lambda:${HERE}:function:f`, `arn:aws:lambda:${HERE}:function:f`],
    [`arn:aws:sqs:${HERE}:orders`, `arn:aws:sqs:${HERE}:orders`],
    [
      `arn:aws:secretsmanager:${HERE}:secret:db-AbCdEf`,
      `arn:aws:secretsmanager:${HERE}:secret:db-AbCdEf`,
    ],
    [`arn:aws:kms:${HERE}:key/k`, `arn:aws:kms:${HERE}:key/k`],
    [`arn:aws:iam::${ACCOUNT}:role/a/b`, `arn:aws:iam::${ACCOUNT}:role/a/b`],
    ['arn:aws:s3', 'arn:aws:s3'],
    ['ledger/a', 'ledger/a'],
    ['', ''],
  ])('of %s is %s', (arn, expected) => {
    expect(container(arn)).toBe(expected)
    expect(containerOf(arn)).toBe(expected)
  })

  it.each([
    'aws',
    'aws-cn',
    'aws-us-gov',
    'aws-iso',
    'aws-iso-b',
    'aws-iso-e',
    'aws-iso-f',
    'aws-eusc',
  ])('is found in partition %s', (partition) => {
    expect(container(`arn:${partition}:s3:::b/k`)).toBe(`arn:${partition}:s3:::b`)
    expect(container(`arn:${partition}:dynamodb:r:1:table/t/index/i`)).toBe(
      `arn:${partition}:dynamodb:r:1:table/t`,
    )
  })

  it('begins the ARN and is its own container', () => {
    const service = fc.constantFrom('s3', 'dynamodb', 'logs', 'lambda', 'sqs', 'kms')
    const rest = fc.string({ unit: fc.constantFrom('a', ':', '/', 'ü', '😀'), maxLength: 20 })
    fc.assert(
      fc.property(service, fc.boolean(), rest, (name, global, resource) => {
        const arn = `arn:aws:${name}:${global ? ':' : HERE}:${resource}`
        const found = container(arn)
        expect(arn.startsWith(found)).toBe(true)
        expect(container(found)).toBe(found)
        expect(found).toBe(containerOf(arn))
      }),
      runs(500),
    )
  })
})

describe('the containers that a call touches', () => {
  const touched = (fields: object): string[] =>
    calls(read(call({ resources: undefined, ...fields }))).map(({ resource }) => resource)

  it('are those it lists, each once, in their order', () => {
    expect(
      touched({
        resources: [
          { ARN: 'arn:aws:s3:::a/1' },
          { ARN: 'arn:aws:s3:::b' },
          { ARN: 'arn:aws:s3:::a/2' },
          { accountId: ACCOUNT, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::a' },
        ],
      }),
    ).toEqual(['arn:aws:s3:::a', 'arn:aws:s3:::b'])
  })

  it('are all tables of a call over several', () => {
    const table = (name: string) => `arn:aws:dynamodb:${HERE}:table/${name}`
    expect(
      touched({
        eventSource: 'dynamodb.amazonaws.com',
        eventName: 'BatchGetItem',
        requestParameters: { requestItems: { a: {}, b: {} } },
        resources: [{ ARN: table('a') }, { ARN: table('b') }],
      }),
    ).toEqual([table('a'), table('b')])
  })

  it('are at most so many, and the record is one', () => {
    const resources = Array.from({ length: 100 }, (_, i) => ({ ARN: `arn:aws:s3:::bucket-${i}` }))
    const facts = read(call({ resources }))
    expect(calls(facts)).toHaveLength(RECORD_LIMITS.resourcesMax)
    expect(facts.deltas[0]!.events).toHaveLength(2)
  })

  it('are found whatever their keys look like', () => {
    for (const key of ['say "hi"', 'a\\b', 'ü', '😀', 'a\tb', '{}[],:'])
      expect(touched({ resources: [{ ARN: `arn:aws:s3:::ledger/${key}` }] })).toEqual([
        'arn:aws:s3:::ledger',
      ])
  })

  it('are none where it lists nothing that is one', () => {
    for (const resources of [[], [7], [{}], [{ ARN: '' }], [{ ARN: 7 }], null, 'x', {}])
      expect(touched({ eventSource: 'ec2.amazonaws.com', resources })).toEqual([''])
  })

  it.each([
    ['s3', { bucketName: 'ledger', key: 'a' }, 'arn:aws:s3:::ledger'],
    ['dynamodb', { tableName: 't' }, `arn:aws:dynamodb:${HERE}:table/t`],
    [
      'dynamodb',
      { tableName: `arn:aws:dynamodb:${HERE}:table/t/index/i` },
      `arn:aws:dynamodb:${HERE}:table/t`,
    ],
    [
      'sqs',
      { queueUrl: `https://sqs.eu-west-1.amazonaws.com/${OTHER_ACCOUNT}/orders` },
      `arn:aws:sqs:eu-west-1:${OTHER_ACCOUNT}:orders`,
    ],
    ['sqs', { queueUrl: 'orders' }, `arn:aws:sqs:${HERE}:orders`],
    ['secretsmanager', { secretId: 'db' }, `arn:aws:secretsmanager:${HERE}:secret:db`],
    [
      'secretsmanager',
      { secretId: `arn:aws:secretsmanager:${HERE}:secret:db-AbCdEf` },
      `arn:aws:secretsmanager:${HERE}:secret:db-AbCdEf`,
    ],
    ['kms', { keyId: 'k' }, `arn:aws:kms:${HERE}:key/k`],
    ['kms', { keyId: 'alias/a' }, `arn:aws:kms:${HERE}:alias/a`],
    ['lambda', { functionName: 'f' }, `arn:aws:lambda:${HERE}:function:f`],
    [
      'lambda',
      { functionName: `arn:aws:lambda:${HERE}:function:f:7` },
      `arn:aws:lambda:${HERE}:function:f`,
    ],
    [
      'logs',
      { logGroupName: '/aws/x', logStreamName: 's' },
      `arn:aws:logs:${HERE}:log-group:/aws/x`,
    ],
    ['sns', { topicArn: `arn:aws:sns:${HERE}:t` }, `arn:aws:sns:${HERE}:t`],
    ['kinesis', { streamName: 's' }, `arn:aws:kinesis:${HERE}:stream/s`],
    ['ec2', { bucketName: 'ledger' }, ''],
    ['s3', { tableName: 't' }, ''],
    ['s3', null, ''],
  ])('follow from the request of %s %j', (service, requestParameters, expected) => {
    expect(touched({ eventSource: `${service}.amazonaws.com`, requestParameters })).toEqual([
      expected,
    ])
  })

  it.each([
    ['eu-west-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('lie in the partition of their region: %s in %s', (awsRegion, partition) => {
    expect(partitionOfRegion(awsRegion)).toBe(partition)
    expect(touched({ awsRegion, requestParameters: { bucketName: 'b' } })).toEqual([
      `arn:${partition}:s3:::b`,
    ])
  })
})
