import { partitionOfRegion } from '../source/region.ts'
import type { Walker } from '../source/walk.ts'
import { SLOT } from './shape.ts'

const SLASH = 0x2f
const COLON = 0x3a

/**
 * Where the container part of an ARN ends: the bucket of an object, the table of an index, the log group of a stream, the
 * function of a version. ARN forms: https://docs.aws.amazon.com/service-authorization/latest/reference/ (one page per service).
 */
export function containerEnd(bytes: Uint8Array, start: number, end: number): number {
  let colons = 0
  let service = 0
  let resource = 0
  for (let i = start; i < end && colons < 5; i++) {
    if (bytes[i] !== COLON) continue
    colons++
    if (colons === 2) service = i + 1
    if (colons === 5) resource = i + 1
  }
  if (colons < 5) return end
  switch (bytes[service]) {
    case 0x73: // s3:::bucket/key   s3:region:account:accesspoint/name/object/key
      if (bytes[service + 1] !== 0x33 || bytes[service + 2] !== COLON) return end
      return nth(bytes, resource, end, SLASH, bytes[resource - 2] === COLON ? 1 : 2)
    case 0x64: // dynamodb: table/name/index/…
      return bytes[service + 1] === 0x79 ? nth(bytes, resource, end, SLASH, 2) : end
    case 0x6c: // logs: log-group:name:…   lambda: function:name:qualifier
      return bytes[service + 1] === 0x6f || bytes[service + 2] === 0x6d
        ? nth(bytes, resource, end, COLON, 2)
        : end
    default:
      return end
  }
}

function nth(bytes: Uint8Array, start: number, end: number, byte: number, n: number): number {
  let seen = 0
  for (let i = start; i < end; i++) if (bytes[i] === byte && ++seen === n) return i
  return end
}

type Build = (value: string, at: { partition: string; region: string; account: string }) => string

/** Request parameters that name a container, for the records that carry no `resources`. */
const NAMED_BY: readonly { slot: number; service: string; arn: Build }[] = [
  { slot: SLOT.bucketName, service: 's3', arn: (v, { partition }) => `arn:${partition}:s3:::${v}` },
  {
    slot: SLOT.tableName,
    service: 'dynamodb',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:dynamodb:${region}:${account}:table/${v}`,
  },
  {
    slot: SLOT.queueUrl,
    service: 'sqs',
    arn: (v, { partition, region, account }) => {
      const [owner, name] = v.split('/').slice(-2)
      return name === undefined || owner === '' || owner === undefined
        ? `arn:${partition}:sqs:${region}:${account}:${v}`
        : `arn:${partition}:sqs:${region}:${owner}:${name}`
    },
  },
  {
    slot: SLOT.secretId,
    service: 'secretsmanager',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:secretsmanager:${region}:${account}:secret:${v}`,
  },
  {
    slot: SLOT.keyId,
    service: 'kms',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:kms:${region}:${account}:${v.startsWith('alias/') ? v : `key/${v}`}`,
  },
  {
    slot: SLOT.functionName,
    service: 'lambda',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:lambda:${region}:${account}:function:${v}`,
  },
  {
    slot: SLOT.logGroupName,
    service: 'logs',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:logs:${region}:${account}:log-group:${v}`,
  },
  { slot: SLOT.topicArn, service: 'sns', arn: (v) => v },
  // IAM calls name a role without its path; what changed a trust is found by it all the same.
  {
    slot: SLOT.roleName,
    service: 'iam',
    arn: (v, { partition, account }) => `arn:${partition}:iam::${account}:role/${v}`,
  },
  {
    slot: SLOT.streamName,
    service: 'kinesis',
    arn: (v, { partition, region, account }) =>
      `arn:${partition}:kinesis:${region}:${account}:stream/${v}`,
  },
]

const NAMED_SERVICES = new Set(NAMED_BY.map(({ service }) => service))

/** Whether a request parameter may name a container of this service. */
export function isNamedByParameter(service: string): boolean {
  return NAMED_SERVICES.has(service)
}

/** The request parameter of this record that names a container of `service`, as an index for `namedArn`; -1 for none. */
export function namingParameter(walker: Walker, service: string): number {
  for (let i = 0; i < NAMED_BY.length; i++) {
    const entry = NAMED_BY[i]!
    if (walker.types[entry.slot] !== 0 && entry.service === service) return i
  }
  return -1
}

export function namingSlot(index: number): number {
  return NAMED_BY[index]!.slot
}

/** The ARN that the value of naming parameter `index` stands for; a value that is an ARN already stays one. */
export function namedArn(index: number, value: string, region: string, account: string): string {
  if (value.startsWith('arn:')) {
    const bytes = Buffer.from(value, 'utf8')
    return bytes.toString('utf8', 0, containerEnd(bytes, 0, bytes.length))
  }
  return NAMED_BY[index]!.arn(value, { partition: partitionOfRegion(region), region, account })
}
