import type { Attempt, Identity, QuarantineReason } from '../../lib/model.ts'
import { RECORD_LIMITS } from '../../lib/record/read-file.ts'
import { parseExpiration } from '../../lib/record/time.ts'
import { changesTrail, trailOf } from '../../lib/record/trail.ts'
import { type Call, type PlainFacts, sorted } from './facts.ts'

/*
 * A second reader of log files, on JSON.parse and plain objects, slow and without cleverness. What the
 * quick one says of a file must be what this one says.
 */

type Json = Record<string, unknown>

export type PlainlyRead = Omit<PlainFacts, 'quarantined'> & {
  quarantined: [index: number, reasons: QuarantineReason[]][]
}

class Refused extends Error {
  /** All that is wrong; a reader may say whichever it sees first. */
  readonly reasons: QuarantineReason[]
  constructor(...reasons: QuarantineReason[]) {
    super(reasons.join())
    this.reasons = reasons
  }
}

const SCOPELESS = [
  'AwsCloudTrailInsight',
  'AwsVpceEvent',
  'AwsVpceEvents',
  'AwsAggregatedEvent',
  'Insight',
  'NetworkActivity',
  'Aggregated',
]

export function readPlainly(text: string): PlainlyRead {
  const { Records: records } = JSON.parse(text) as { Records: unknown[] }
  const facts: PlainlyRead = {
    records: records.length,
    outOfScope: 0,
    repeated: 0,
    quarantined: [],
    calls: [],
    sightings: [],
    attempts: [],
    coverage: [],
  }
  const seen = new Set<string>()
  const coverage = new Map<string, Json & { slots: Set<number>; first: number; last: number }>()
  records.forEach((record, index) => {
    try {
      takeRecord(record, facts, seen, coverage)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      facts.quarantined.push([index, error.reasons])
    }
  })
  facts.calls = sorted(facts.calls)
  facts.sightings = sorted(facts.sightings)
  facts.attempts = sorted(facts.attempts)
  facts.coverage = sorted(
    [...coverage.values()].map((fact) => ({
      ...fact,
      slots: [...fact.slots].sort((a, b) => a - b),
    })),
  )
  return facts
}

function takeRecord(
  value: unknown,
  facts: PlainlyRead,
  seen: Set<string>,
  coverage: Map<string, Json & { slots: Set<number>; first: number; last: number }>,
): undefined {
  if (!isObject(value)) throw new Refused('not-an-object')
  const record = value
  if (depthOf(record) + 1 > RECORD_LIMITS.depthMax) throw new Refused('too-deep')
  const problems = new Set<QuarantineReason>()
  const text = (of: Json, key: string): string => {
    const field = own(of, key)
    if (field === undefined || field === null) return ''
    if (typeof field !== 'string') problems.add('wrong-type')
    else if (!field.isWellFormed()) problems.add('lone-surrogate')
    else return field
    return ''
  }
  const leaveAside = (): undefined => {
    if (problems.size > 0) throw new Refused(...problems)
    facts.outOfScope++
  }
  const fail = (reason: QuarantineReason): never => {
    throw new Refused(...problems, reason)
  }

  if (SCOPELESS.includes(text(record, 'eventCategory'))) return leaveAside()
  if (SCOPELESS.includes(text(record, 'eventType'))) return leaveAside()
  const version = text(record, 'eventVersion')
  if (version !== '' && version.split('.')[0] !== '1') fail('unknown-major-version')
  const name = text(record, 'eventName')
  const source = text(record, 'eventSource')
  if (name === '' || source === '') fail('missing-event-name')
  if (own(record, 'eventTime') === undefined) fail('missing-event-time')
  if (own(record, 'eventID') === undefined) fail('missing-event-id')
  if (typeof own(record, 'eventTime') !== 'string') fail('wrong-type')
  if (typeof own(record, 'eventID') !== 'string') fail('wrong-type')
  const at = secondsOf(text(record, 'eventTime'))
  if (Number.isNaN(at)) fail('bad-event-time')
  if (record.eventID === '') fail('missing-event-id')

  const identity = own(record, 'userIdentity')
  if (identity !== undefined && identity !== null && !isObject(identity)) fail('wrong-type')
  const who = child(record, 'userIdentity')
  const context = child(who, 'sessionContext')
  const type = text(who, 'type')
  const invokedBy = text(who, 'invokedBy')
  const account = text(who, 'accountId')
  if (type === '' && invokedBy === '') return leaveAside()
  const recipient = text(record, 'recipientAccountId') || account
  const region = text(record, 'awsRegion')
  const error = text(record, 'errorCode')
  const principalId = text(who, 'principalId')
  const role = text(child(context, 'sessionIssuer'), 'arn')
  const caller: Identity = {
    type,
    principalId,
    arn: role === '' ? text(who, 'arn') : '',
    account,
    key: text(who, 'accessKeyId'),
    userName: role === '' ? text(who, 'userName') : '',
    provider: text(who, 'identityProvider'),
    invokedBy,
    role,
    issuedAt: orNull(secondsOf(text(child(context, 'attributes'), 'creationDate'))),
    fromInstance: own(context, 'ec2RoleDelivery') !== undefined,
  }
  const isSts =
    ['sts.amazonaws.com', 'sts.amazonaws.com.cn'].includes(source) &&
    ['AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'].includes(name)
  const request = child(record, 'requestParameters')
  const response = child(record, 'responseElements')
  const place = { recipient, region, at }

  let partition = account || recipient
  let take: () => void
  if (isSts) {
    const target = text(request, 'roleArn') || roleElsewhere(record, text)
    if (target === '' && error === '') fail('missing-role')
    const common = {
      ...place,
      sourceIp: text(record, 'sourceIPAddress'),
      vpcEndpoint: text(record, 'vpcEndpointId'),
      userAgent: text(record, 'userAgent'),
      eventId: text(record, 'eventID'),
      action: name as Attempt['action'],
      role: target,
      identity: caller,
    }
    if (error === '') {
      partition = /^arn:[^:]*:iam::(\d{12}):/.exec(target)?.[1] ?? recipient
      const shared = text(record, 'sharedEventID')
      const credentials = child(response, 'credentials')
      const assumed = text(child(response, 'assumedRoleUser'), 'assumedRoleId')
      const [roleId, ...rest] = assumed.split(':')
      const sighting = {
        ...common,
        key: text(credentials, 'accessKeyId') || `event:${shared || common.eventId}`,
        sharedEventId: shared,
        expiresAt: parseExpiration(text(credentials, 'expiration')),
        roleId: rest.length > 0 ? roleId : '',
        sessionName: rest.length > 0 ? rest.join(':') : text(request, 'roleSessionName'),
        subject: text(response, 'subjectFromWebIdentityToken') || text(response, 'subject'),
        provider: text(response, 'provider'),
        audience: text(response, 'audience'),
        externalId: text(request, 'externalId'),
        tags: tagsOf(own(request, 'tags')),
        inheritedTags: tagsOf(own(request, 'incomingTransitiveTags')),
      }
      take = () => facts.sightings.push(sighting)
    } else take = () => facts.attempts.push({ ...common, error })
  } else {
    const found: Call[] = resourcesOf(record, source, region, recipient, text).map((resource) => ({
      account: partition,
      at,
      identity: caller,
      action: `${serviceOf(source)}:${name}`,
      resource,
      error,
      network: text(record, 'vpcEndpointId') || text(record, 'sourceIPAddress'),
      userAgent: text(record, 'userAgent'),
      isShared: text(record, 'sharedEventID') !== '',
    }))
    take = () => facts.calls.push(...found)
  }
  text(record, 'eventID')
  text(record, 'sharedEventID')
  if (problems.size > 0) throw new Refused(...problems)

  const id = JSON.stringify([partition, Math.floor(at / 3600), recipient, record.eventID])
  if (seen.has(id)) {
    facts.repeated++
    return
  }
  seen.add(id)
  take()
  const day = Math.floor(at / 86_400)
  const key = JSON.stringify([recipient, region, day])
  const fact = coverage.get(key) ?? {
    account: recipient,
    region,
    day,
    first: at,
    last: at,
    lagMax: null,
    slots: new Set<number>(),
  }
  fact.first = Math.min(fact.first, at)
  fact.last = Math.max(fact.last, at)
  fact.slots.add(Math.floor((at % 86_400) / 300))
  coverage.set(key, fact)
}

type Text = (of: Json, key: string) => string

function roleElsewhere(record: Json, text: Text): string {
  const inMessage = /on resource: (arn:[^\s]+)/.exec(text(record, 'errorMessage'))?.[1]
  if (inMessage !== undefined) return inMessage
  return listed(record, text).find((arn) => /^arn:[^:]+:iam::\d{12}:role\//.test(arn)) ?? ''
}

function resourcesOf(
  record: Json,
  source: string,
  region: string,
  account: string,
  text: Text,
): string[] {
  const found = listed(record, text)
  if (found.length > 0) return found
  const service = serviceOf(source)
  if (service === 'cloudtrail' && changesTrail(text(record, 'eventName')))
    return [
      trailOf(text(record, 'eventName'), child(record, 'requestParameters'), { region, account }),
    ]
  const parameter = NAMES[service]
  if (parameter === undefined) return ['']
  const value = text(child(record, 'requestParameters'), parameter)
  if (value === '') return ['']
  if (value.startsWith('arn:')) return [containerOf(value)]
  const own = `${partitionOf(region)}:${service}:${region}:${account}`
  switch (service) {
    case 's3':
      return [`arn:${partitionOf(region)}:s3:::${value}`]
    case 'dynamodb':
      return [`arn:${own}:table/${value}`]
    case 'sqs': {
      const parts = value.split('/')
      const queue = parts.pop()
      const owner = parts.pop()
      return [
        owner
          ? `arn:${partitionOf(region)}:sqs:${region}:${owner}:${queue}`
          : `arn:${own}:${value}`,
      ]
    }
    case 'secretsmanager':
      return [`arn:${own}:secret:${value}`]
    case 'kms':
      return [`arn:${own}:${value.startsWith('alias/') ? '' : 'key/'}${value}`]
    case 'lambda':
      return [`arn:${own}:function:${value}`]
    case 'logs':
      return [`arn:${own}:log-group:${value}`]
    case 'kinesis':
      return [`arn:${own}:stream/${value}`]
    default:
      return [value]
  }
}

const NAMES: Record<string, string | undefined> = Object.assign(Object.create(null), {
  s3: 'bucketName',
  dynamodb: 'tableName',
  sqs: 'queueUrl',
  secretsmanager: 'secretId',
  kms: 'keyId',
  lambda: 'functionName',
  logs: 'logGroupName',
  sns: 'topicArn',
  kinesis: 'streamName',
})

function listed(record: Json, text: Text): string[] {
  const resources = own(record, 'resources')
  if (!Array.isArray(resources)) return []
  const found = new Set<string>()
  for (const resource of resources) {
    if (!isObject(resource) || typeof own(resource, 'ARN') !== 'string') continue
    const container = containerOf(text(resource, 'ARN'))
    if (container !== '' && found.size < RECORD_LIMITS.resourcesMax) found.add(container)
  }
  return [...found]
}

/** The bucket of an object, the table of an index, the log group of a stream, the function of a version. */
export function containerOf(arn: string): string {
  const parts = arn.split(':')
  if (parts.length < 6) return arn
  const head = parts.slice(0, 5).join(':')
  const resource = parts.slice(5).join(':')
  const first = (separator: string, count: number): string =>
    `${head}:${resource.split(separator).slice(0, count).join(separator)}`
  switch (parts[2]) {
    case 's3':
      return first('/', parts[4] === '' ? 1 : 2)
    case 'dynamodb':
      return first('/', 2)
    case 'logs':
    case 'lambda':
      return first(':', 2)
    default:
      return arn
  }
}

function serviceOf(source: string): string {
  return source.replace(/\.amazonaws\.com(\.cn)?$/, '')
}

function partitionOf(region: string): string {
  const prefixes = {
    'cn-': 'aws-cn',
    'us-gov-': 'aws-us-gov',
    'us-iso-': 'aws-iso',
    'us-isob-': 'aws-iso-b',
    'eu-isoe-': 'aws-iso-e',
    'us-isof-': 'aws-iso-f',
    'eusc-': 'aws-eusc',
  }
  return Object.entries(prefixes).find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'
}

function tagsOf(value: unknown): [string, string][] | null {
  if (typeof value !== 'object' || value === null) return null
  const pairs: [unknown, unknown][] = Array.isArray(value)
    ? value.filter(isObject).map((tag) => [own(tag, 'key'), own(tag, 'value')])
    : Object.entries(value)
  const tags = new Map<string, string>()
  for (const [key, tag] of pairs)
    if (
      typeof key === 'string' &&
      typeof tag === 'string' &&
      key.isWellFormed() &&
      tag.isWellFormed()
    )
      tags.set(key, tag)
  return [...tags].sort()
}

/** Seconds of a strict RFC 3339 time in UTC; NaN for anything else. */
function secondsOf(text: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z$/.exec(text)
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}.000Z`)
  if (Number.isNaN(millis) || millis < 0) return Number.NaN
  // Date.parse turns 30 February into March and accepts 24:00:00.
  return new Date(millis).toISOString().startsWith(match![1]!) ? millis / 1000 : Number.NaN
}

function orNull(seconds: number): number | null {
  return Number.isNaN(seconds) ? null : seconds
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(of: Json, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined
}

function child(of: Json, key: string): Json {
  const value = own(of, key)
  return isObject(value) ? value : {}
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
