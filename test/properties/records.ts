import type { Ref } from '../../lib/session/refs.ts'

/*
 * CloudTrail records of a small made-up world, shaped after AWS's documentation. Each function gives a fresh object; `extra` goes
 * over what it would have said.
 */

export interface Json {
  [field: string]: unknown
}

export interface Role {
  readonly arn: string
  readonly id: string
  readonly account: string
}

/** Credentials of a role, as whoever got them knows them. */
export interface Session {
  readonly role: Role
  readonly name: string
  readonly key: string
  /** When they were issued, in seconds. */
  readonly at: number
}

export const ACCOUNTS = ['111111111111', '222222222222', '333333333333'] as const
const ISSUERS = ['AAAA', 'BBBB'].map((id) => `oidc.eks.eu-west-1.amazonaws.com/id/${id.repeat(8)}`)

/** Two seconds before an hour and a day begin. */
export const START = Date.UTC(2026, 2, 1, 23, 59, 58) / 1000

export function roleOf(account: string, name: string): Role {
  const id = `AROA${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, 'X')}${account.slice(0, 3)}`
  return { arn: `arn:aws:iam::${account}:role/team/${name}`, id, account }
}

export function eventId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export function keyOf(number: number): string {
  return `ASIA${String(number).padStart(16, '0')}`
}

function timeText(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`
}

/** As STS prints the end of a session. */
function expirationText(at: number): string {
  const date = new Date(at * 1000)
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString())!
  const hour = date.getUTCHours()
  const clock = `${hour % 12 || 12}${time!.slice(2)} ${hour < 12 ? 'AM' : 'PM'}`
  return `${month} ${Number(day)}, ${year}, ${clock}`
}

interface Event {
  readonly id: string
  readonly at: number
  readonly recipient: string
}

function record({ id, at, recipient }: Event, fields: Json): Json {
  return {
    eventVersion: '1.11',
    eventTime: timeText(at),
    awsRegion: 'eu-west-1',
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-sdk-go-v2/1.30.0',
    eventID: id,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: recipient,
    eventCategory: 'Management',
    ...fields,
  }
}

/** `userIdentity` of calls made with a session; `skew`: how much later than its issuing its creationDate says. */
export function sessionIdentity(session: Session, keyless = false, skew = 0): Json {
  const { role, name, key, at } = session
  const roleName = role.arn.slice(role.arn.lastIndexOf('/') + 1)
  return {
    type: 'AssumedRole',
    principalId: `${role.id}:${name}`,
    arn: `arn:aws:sts::${role.account}:assumed-role/${roleName}/${name}`,
    accountId: role.account,
    ...(keyless ? { invokedBy: 'ec2fleet.amazonaws.com' } : { accessKeyId: key }),
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: role.id, arn: role.arn, accountId: role.account },
      attributes: { creationDate: timeText(at + skew), mfaAuthenticated: 'false' },
    },
  }
}

/** What the other account's copy of a call says of the session that made it. */
export function strangerIdentity({ role, name }: Session): Json {
  return { type: 'AWSAccount', principalId: `${role.id}:${name}`, accountId: role.account }
}

export function userIdentity(name: string): Json {
  return {
    type: 'IAMUser',
    principalId: `AIDA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${ACCOUNTS[0]}:user/${name}`,
    accountId: ACCOUNTS[0],
    accessKeyId: `AKIA${name.toUpperCase()}`,
    userName: name,
  }
}

function sts(event: Event, session: Session, eventName: string, life: number, extra: Json): Json {
  const { role, name, key } = session
  return record(event, {
    eventSource: 'sts.amazonaws.com',
    eventName,
    requestParameters: { roleArn: role.arn, roleSessionName: name },
    responseElements: {
      credentials: { accessKeyId: key, expiration: expirationText(session.at + life) },
      assumedRoleUser: { assumedRoleId: `${role.id}:${name}`, arn: role.arn },
    },
    resources: [{ accountId: role.account, type: 'AWS::IAM::Role', ARN: role.arn }],
    ...extra,
  })
}

/** Someone with a token of an identity provider gets a session. */
export function webIdentity(
  id: string,
  session: Session,
  provider: string,
  subject: string,
  extra: Json = {},
): Json {
  const arn = `arn:aws:iam::${session.role.account}:oidc-provider/${provider}`
  const whole = sts(
    { id, at: session.at, recipient: session.role.account },
    session,
    'AssumeRoleWithWebIdentity',
    3600,
    {
      userIdentity: {
        type: 'WebIdentityUser',
        principalId: `${arn}:sts.amazonaws.com:${subject}`,
        userName: subject,
        identityProvider: arn,
      },
      ...extra,
    },
  )
  Object.assign(whole['responseElements'] as Json, {
    subjectFromWebIdentityToken: subject,
    provider: arn,
    audience: 'sts.amazonaws.com',
  })
  return whole
}

/** The pod of ServiceAccount `shop/<name>` in one of two clusters gets a session. */
export function pod(id: string, session: Session, name: string, cluster = 0, extra = {}): Json {
  const subject = `system:serviceaccount:shop:${name}`
  return webIdentity(id, session, ISSUERS[cluster]!, subject, extra)
}

/** A service assumes a role, for itself or for a pod. */
export function byService(id: string, session: Session, service: string, extra: Json = {}): Json {
  return sts({ id, at: session.at, recipient: session.role.account }, session, 'AssumeRole', 3600, {
    userIdentity: { type: 'AWSService', invokedBy: service },
    sourceIPAddress: service,
    userAgent: service,
    sharedEventID: `shared-${id}`,
    ...extra,
  })
}

/** EKS Pod Identity's session tags. */
export function podTags(cluster: string, namespace: string, serviceAccount: string): Json[] {
  return Object.entries({
    'eks-cluster-arn': `arn:aws:eks:eu-west-1:${ACCOUNTS[0]}:cluster/${cluster}`,
    'eks-cluster-name': cluster,
    'kubernetes-namespace': namespace,
    'kubernetes-service-account': serviceAccount,
  }).map(([key, value]) => ({ key, value }))
}

/** A session, or a user, assumes a role; `recipient` is the account whose record it is. */
export function assume(
  id: string,
  session: Session,
  identity: Json,
  recipient: string,
  extra: Json = {},
): Json {
  const event = { id, at: session.at, recipient }
  return sts(event, session, 'AssumeRole', 3600, { userIdentity: identity, ...extra })
}

/** A denied AssumeRole: the role stands in the message only. */
export function denied(id: string, at: number, identity: Json, role: Role, extra: Json = {}): Json {
  return record(
    { id, at, recipient: String(identity['accountId']) },
    {
      userIdentity: identity,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      errorCode: 'AccessDenied',
      errorMessage: `User: ${identity['arn']} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`,
      requestParameters: null,
      responseElements: null,
      ...extra,
    },
  )
}

/** An ordinary call on a bucket. */
export function call(
  id: string,
  at: number,
  identity: Json,
  recipient: string,
  bucket: string,
  extra: Json = {},
): Json {
  return record(
    { id, at, recipient },
    {
      userIdentity: identity,
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
      requestParameters: { bucketName: bucket, key: 'a/b' },
      responseElements: null,
      resources: [
        { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket}/a/b` },
        { type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket}` },
      ],
      ...extra,
    },
  )
}

/** Everything that sightings among the records could be found by. */
export function refsIn(records: readonly Json[]): Ref[] {
  const refs = new Set<Ref>()
  for (const one of records) {
    refs.add(`e:${one['eventID']}`)
    const identity = one['userIdentity'] as Json
    for (const caller of [identity['accessKeyId'], identity['principalId']])
      if (caller !== undefined) for (const kind of 'cx') refs.add(`${kind}:${caller}`)
    const response = one['responseElements'] as { [part: string]: Json } | null
    if (response === null) continue
    const assumed = String(response['assumedRoleUser']!['assumedRoleId'])
    refs.add(`k:${response['credentials']!['accessKeyId']}`)
    refs.add(`n:${assumed}`)
    refs.add(`s:${assumed.slice(assumed.indexOf(':') + 1)}`)
  }
  return [...refs].sort()
}
