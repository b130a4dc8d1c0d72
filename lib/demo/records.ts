import type { ApiCall } from './calls.ts'
import type { Random } from './random.ts'
import { expiration, timestamp } from './time.ts'
import type { Role } from './world.ts'

/** A record as it stands in a log file. */
export interface CloudTrailRecord {
  eventID: string
  eventTime: string
  awsRegion: string
  recipientAccountId: string
  [field: string]: unknown
}

/** Where a request comes from. */
export interface Place {
  ip: string
  userAgent: string
  vpcEndpointId?: string
  vpcEndpointAccountId?: string
}

/** What every record needs besides its own shape. */
export interface Frame {
  at: number
  region: string
  place: Place
  random: Random
  /** The account whose trail receives it. */
  recipient: string
}

/** Credentials as STS hands them out. */
export interface Issued {
  key: string
  role: Role
  sessionName: string
  expiresAt: number
  packedPolicySize?: number
  sourceIdentity?: string
}

interface Parts {
  version: string
  userIdentity?: unknown
  source: string
  name: string
  error?: { code: string; message: string }
  request?: unknown
  response?: unknown
  additional?: unknown
  requestID?: string
  eventID?: string
  readOnly?: boolean
  resources?: unknown[]
  eventType?: string
  management?: boolean
  sharedEventID?: string
  category?: string
  host?: string
}

// Fields in the order in which CloudTrail writes them.
function assemble(frame: Frame, parts: Parts): CloudTrailRecord {
  const { place, random } = frame
  const record: CloudTrailRecord = {
    eventVersion: parts.version,
    userIdentity: parts.userIdentity,
    eventTime: timestamp(frame.at),
    eventSource: parts.source,
    eventName: parts.name,
    awsRegion: frame.region,
    sourceIPAddress: place.ip,
    userAgent: place.userAgent,
  } as unknown as CloudTrailRecord
  if (parts.error !== undefined) {
    record.errorCode = parts.error.code
    record.errorMessage = parts.error.message
  }
  record.requestParameters = parts.request ?? null
  record.responseElements = parts.response ?? null
  if (parts.additional !== undefined) record.additionalEventData = parts.additional
  record.requestID = parts.requestID ?? random.uuid()
  record.eventID = parts.eventID ?? random.uuid()
  record.readOnly = parts.readOnly ?? true
  if (parts.resources !== undefined) record.resources = parts.resources
  record.eventType = parts.eventType ?? 'AwsApiCall'
  record.managementEvent = parts.management ?? true
  record.recipientAccountId = frame.recipient
  if (parts.sharedEventID !== undefined) record.sharedEventID = parts.sharedEventID
  if (place.vpcEndpointId !== undefined) record.vpcEndpointId = place.vpcEndpointId
  if (place.vpcEndpointAccountId !== undefined) {
    record.vpcEndpointAccountId = place.vpcEndpointAccountId
  }
  record.eventCategory = parts.category ?? 'Management'
  if (parts.host !== undefined) {
    record.tlsDetails = tlsDetails(parts.host)
  }
  return record
}

/** A token's identity: the call is unsigned, so there is no key and no account. */
function webIdentityUser(provider: string, audience: string, subject: string): unknown {
  return {
    type: 'WebIdentityUser',
    principalId: `${provider}:${audience}:${subject}`,
    userName: subject,
    identityProvider: provider,
  }
}

export interface WebIdentityRequest {
  provider: string
  audience: string
  subject: string
  role: Role
  sessionName: string
  durationSeconds?: number
  /** The region that served a call to the global endpoint, which logs in us-east-1. */
  globalFrom?: string
}

/** `AssumeRoleWithWebIdentity` that succeeded. */
export function webIdentity(
  frame: Frame,
  asked: WebIdentityRequest,
  issued: Issued,
): CloudTrailRecord {
  return assemble(frame, {
    ...webIdentityParts(frame, asked),
    response: {
      ...credentials(issued),
      subjectFromWebIdentityToken: asked.subject,
      provider: asked.provider,
      audience: asked.audience,
    },
  })
}

/** `AssumeRoleWithWebIdentity` that the trust policy refused: the request stays readable. */
export function webIdentityDenied(frame: Frame, asked: WebIdentityRequest): CloudTrailRecord {
  return assemble(frame, {
    ...webIdentityParts(frame, asked),
    error: { code: 'AccessDenied', message: 'An unknown error occurred' },
  })
}

function webIdentityParts(frame: Frame, asked: WebIdentityRequest): Parts {
  const { globalFrom, role } = asked
  return {
    version: '1.11',
    userIdentity: webIdentityUser(asked.provider, asked.audience, asked.subject),
    source: 'sts.amazonaws.com',
    name: 'AssumeRoleWithWebIdentity',
    request: {
      ...(asked.durationSeconds === undefined ? {} : { durationSeconds: asked.durationSeconds }),
      roleArn: role.arn,
      roleSessionName: asked.sessionName,
    },
    additional: {
      RequestDetails: requestDetails(frame.region, globalFrom),
      identityProviderConnectionVerificationMethod: 'IAMTrustStore',
    },
    resources: [roleResource(role)],
    host: globalFrom === undefined ? `sts.${frame.region}.amazonaws.com` : 'sts.amazonaws.com',
  }
}

export interface AssumeRoleRequest {
  role: Role
  sessionName: string
  durationSeconds?: number
  externalId?: string
  sourceIdentity?: string
  tags?: Record<string, string>
  transitiveTagKeys?: string[]
  incomingTransitiveTags?: Record<string, string>
}

/** Two records of one call share these. */
export interface Shared {
  requestID: string
  sharedEventID?: string
}

/** `AssumeRole` as the caller's account sees it, also when caller and role live in one account. */
export function assumeRole(
  frame: Frame,
  caller: unknown,
  asked: AssumeRoleRequest,
  issued: Issued,
  shared: Shared,
): CloudTrailRecord {
  return assemble(frame, {
    ...assumeRoleParts(frame, asked, issued),
    ...shared,
    userIdentity: caller,
  })
}

/** The copy in the role's account: all it says of the caller is role id, session name and account. */
export function assumeRoleTargetCopy(
  frame: Frame,
  caller: { principalId: string; account: string },
  asked: AssumeRoleRequest,
  issued: Issued,
  shared: Shared,
): CloudTrailRecord {
  return assemble(frame, {
    ...assumeRoleParts(frame, asked, issued),
    ...shared,
    // Copies written for another account carry a version 3 UUID more often than not.
    eventID: frame.random.uuid(3),
    userIdentity: {
      type: 'AWSAccount',
      principalId: caller.principalId,
      accountId: caller.account,
    },
  })
}

/** `AssumeRole` by an AWS service: one copy, and yet a `sharedEventID`. */
export function assumeRoleByService(
  frame: Frame,
  service: string,
  asked: AssumeRoleRequest,
  issued: Issued,
): CloudTrailRecord {
  const place = { ip: service, userAgent: service }
  return assemble(
    { ...frame, place },
    {
      ...assumeRoleParts({ ...frame, place }, asked, issued),
      version: '1.08',
      eventID: frame.random.uuid(3),
      sharedEventID: frame.random.uuid(),
      userIdentity: { type: 'AWSService', invokedBy: service },
    },
  )
}

/** `AssumeRole` refused: the role is named in the message and nowhere else. */
export function assumeRoleDenied(
  frame: Frame,
  caller: unknown,
  callerArn: string,
  role: Role,
  because = '',
): CloudTrailRecord {
  return assemble(frame, {
    version: '1.11',
    userIdentity: caller,
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    error: {
      code: 'AccessDenied',
      message: `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}${because}`,
    },
    host: `sts.${frame.region}.amazonaws.com`,
  })
}

function assumeRoleParts(frame: Frame, asked: AssumeRoleRequest, issued: Issued): Parts {
  const { role, tags, incomingTransitiveTags } = asked
  return {
    version: '1.11',
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    ...(isService(frame.place)
      ? {}
      : {
          additional: { RequestDetails: requestDetails(frame.region) },
          host: `sts.${frame.region}.amazonaws.com`,
        }),
    request: {
      roleArn: role.arn,
      roleSessionName: asked.sessionName,
      ...(asked.externalId === undefined ? {} : { externalId: asked.externalId }),
      ...(asked.durationSeconds === undefined ? {} : { durationSeconds: asked.durationSeconds }),
      ...(asked.sourceIdentity === undefined ? {} : { sourceIdentity: asked.sourceIdentity }),
      ...(tags === undefined
        ? {}
        : {
            tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
            transitiveTagKeys: asked.transitiveTagKeys ?? [],
          }),
      ...(incomingTransitiveTags === undefined ? {} : { incomingTransitiveTags }),
    },
    response: credentials(issued),
    resources: [roleResource(role)],
  }
}

// A service's own calls show its name as address, and no TLS.
const isService = (place: Place) => place.ip.endsWith('.amazonaws.com')

export interface SamlRequest {
  /** Digest of issuer, account and provider name: the user id is only unique within it. */
  nameQualifier: string
  user: string
  providerArn: string
  role: Role
  sessionName: string
}

/** `AssumeRoleWithSAML`, which Identity Center uses too. */
export function saml(frame: Frame, asked: SamlRequest, issued: Issued): CloudTrailRecord {
  return assemble(frame, {
    version: '1.11',
    userIdentity: {
      type: 'SAMLUser',
      principalId: `${asked.nameQualifier}:${asked.user}`,
      userName: asked.user,
      identityProvider: asked.nameQualifier,
    },
    source: 'sts.amazonaws.com',
    name: 'AssumeRoleWithSAML',
    request: {
      sAMLAssertionID: `_${frame.random.uuid()}`,
      roleSessionName: asked.sessionName,
      durationSeconds: 43_200,
      roleArn: asked.role.arn,
      principalArn: asked.providerArn,
    },
    response: {
      ...credentials(issued),
      subject: asked.user,
      subjectType: 'persistent',
      issuer: 'https://idp.acme.example/saml',
      audience: 'https://signin.aws.amazon.com/saml',
      nameQualifier: asked.nameQualifier,
    },
    additional: { RequestDetails: requestDetails(frame.region) },
    resources: [
      roleResource(asked.role),
      { accountId: frame.recipient, type: 'AWS::IAM::SAMLProvider', ARN: asked.providerArn },
    ],
    host: 'signin.aws.amazon.com',
  })
}

/** `eks-auth` `AssumeRoleForPodIdentity`, by the node: it names the cluster and hides the rest. */
export function podIdentityAuth(
  frame: Frame,
  node: unknown,
  clusterName: string,
  denied = false,
): CloudTrailRecord {
  return assemble(frame, {
    version: '1.09',
    userIdentity: node,
    source: 'eks-auth.amazonaws.com',
    name: 'AssumeRoleForPodIdentity',
    ...(denied
      ? {
          error: {
            code: 'AccessDenied',
            message:
              'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
          },
        }
      : {}),
    request: { clusterName, token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    host: `eks-auth.${frame.region}.api.aws`,
  })
}

/** Any other API call, done or refused. */
export function apiCall(
  frame: Frame,
  identity: unknown,
  call: ApiCall,
  refused?: { code: string; message: string; keepRequest: boolean },
): CloudTrailRecord {
  return assemble(frame, {
    version: call.version,
    userIdentity: identity,
    source: `${call.service}.amazonaws.com`,
    name: call.name,
    ...(refused === undefined ? {} : { error: { code: refused.code, message: refused.message } }),
    request: refused?.keepRequest === false ? null : call.request,
    response: refused === undefined ? call.response : null,
    ...(call.additional === undefined ? {} : { additional: call.additional }),
    ...(call.service === 's3' ? { requestID: frame.random.base32(16) } : {}),
    readOnly: call.readOnly,
    ...(call.resources === undefined || refused?.keepRequest === false
      ? {}
      : { resources: call.resources }),
    ...(call.service === 'signin' ? { eventType: 'AwsConsoleSignIn' } : {}),
    management: call.management,
    category: call.management ? 'Management' : 'Data',
    ...(isService(frame.place)
      ? {}
      : { host: call.host ?? `${call.service}.${frame.region}.amazonaws.com` }),
  })
}

/** Something a service did on its own: there is nobody behind it. */
export function serviceEvent(
  frame: Frame,
  service: string,
  name: string,
  resources: unknown[],
  details: unknown,
): CloudTrailRecord {
  const record = assemble(
    { ...frame, place: { ip: service, userAgent: service } },
    {
      version: '1.11',
      userIdentity: { accountId: frame.recipient, invokedBy: service },
      source: service,
      name,
      readOnly: false,
      resources,
      eventType: 'AwsServiceEvent',
    },
  )
  record.serviceEventDetails = details
  return record
}

/** An Insights record: no identity, no source, no name. */
export function insight(frame: Frame, source: string, name: string): CloudTrailRecord {
  return {
    eventVersion: '1.09',
    eventTime: timestamp(frame.at),
    awsRegion: frame.region,
    eventID: frame.random.uuid(),
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: frame.recipient,
    sharedEventID: frame.random.uuid(),
    insightDetails: {
      state: 'Start',
      eventSource: source,
      eventName: name,
      insightType: 'ApiCallRateInsight',
      insightContext: {
        statistics: {
          baseline: { average: 0.4230769231 },
          insight: { average: 41.2 },
          insightDuration: 5,
          baselineDuration: 11_336,
        },
      },
    },
    eventCategory: 'Insight',
  }
}

/** A call that a VPC endpoint policy stopped: seen from the network, without the caller's details. */
export function networkActivity(
  frame: Frame,
  call: { source: string; name: string; principalId: string; account: string },
): CloudTrailRecord {
  const { place, random } = frame
  return {
    eventVersion: '1.09',
    userIdentity: {
      type: 'AWSAccount',
      principalId: call.principalId,
      accountId: call.account,
    },
    eventTime: timestamp(frame.at),
    eventSource: call.source,
    eventName: call.name,
    awsRegion: frame.region,
    sourceIPAddress: place.ip,
    errorCode: 'VpceAccessDenied',
    errorMessage: 'The request was denied due to a VPC endpoint policy',
    requestID: random.uuid(),
    eventID: random.uuid(),
    eventType: 'AwsVpceEvent',
    recipientAccountId: frame.recipient,
    sharedEventID: random.uuid(),
    vpcEndpointId: place.vpcEndpointId,
    vpcEndpointAccountId: frame.recipient,
    eventCategory: 'NetworkActivity',
  }
}

function credentials(issued: Issued): Record<string, unknown> {
  const { role, sessionName } = issued
  return {
    credentials: {
      accessKeyId: issued.key,
      sessionToken: `IQoJb3JpZ2luX2VjEXAMPLE${issued.key.slice(4)}TOKEN==`,
      expiration: expiration(issued.expiresAt),
    },
    assumedRoleUser: {
      assumedRoleId: `${role.id}:${sessionName}`,
      arn: sessionArn(role, sessionName),
    },
    ...(issued.packedPolicySize === undefined ? {} : { packedPolicySize: issued.packedPolicySize }),
    ...(issued.sourceIdentity === undefined ? {} : { sourceIdentity: issued.sourceIdentity }),
  }
}

/** The ARN of a session, which drops the role's path. */
export function sessionArn(role: Role, sessionName: string): string {
  return `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`
}

// The same value is shared by all records that show it: there are many, and nothing changes them.
const tls = new Map<string, unknown>()

function tlsDetails(host: string): unknown {
  let details = tls.get(host)
  if (details === undefined) {
    details = {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: host,
    }
    tls.set(host, details)
  }
  return details
}

function requestDetails(region: string, globalFrom?: string): unknown {
  return globalFrom === undefined
    ? { awsServingRegion: region, endpointType: 'regional' }
    : { awsServingRegion: globalFrom, endpointType: 'global' }
}

function roleResource(role: Role): unknown {
  return { accountId: role.account, type: 'AWS::IAM::Role', ARN: role.arn }
}
