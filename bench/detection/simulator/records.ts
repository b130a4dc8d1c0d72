import { isoTime } from '../../data/records.ts'
import type { Call } from './calls.ts'
import type { Random } from './chance.ts'

/** Record shapes as CloudTrail writes them, put together as text because there are many. */

export interface Role {
  readonly arn: string
  readonly account: string
  readonly name: string
  /** `AROA…` */
  readonly id: string
}

/** Where a request comes from. */
export interface Place {
  readonly address: string
  readonly agent: string
  readonly endpoint?: string
  readonly endpointAccount?: string
}

/** Issued credentials. */
export interface Session {
  /** Access key id of later calls. */
  readonly key: string
  readonly name: string
  readonly role: Role
  readonly issuedAt: number
  readonly expiresAt: number
  /** OIDC provider ARN of a token exchange, which later calls repeat; '' for others. */
  readonly provider: string
  readonly fromInstance: boolean
}

interface Parts {
  readonly version: string
  readonly identity: string
  readonly service: string
  readonly name: string
  readonly at: number
  readonly region: string
  readonly place: Place
  readonly error?: { readonly code: string; readonly message: string } | undefined
  readonly request: string
  readonly response?: string | undefined
  readonly additional?: string
  readonly requestId: string
  readonly eventId: string
  readonly readOnly: boolean
  readonly resources?: string | undefined
  readonly isData?: boolean
  readonly recipient: string
  readonly shared?: string | undefined
  readonly host?: string
}

// Fields in the order in which CloudTrail writes them.
function record(e: Parts): string {
  const { place, error, host } = e
  return `{"eventVersion":"${e.version}","userIdentity":${e.identity},"eventTime":"${isoTime(e.at)}","eventSource":"${e.service}.amazonaws.com","eventName":"${e.name}","awsRegion":"${e.region}","sourceIPAddress":"${place.address}","userAgent":"${place.agent}"${error === undefined ? '' : `,"errorCode":"${error.code}","errorMessage":${JSON.stringify(error.message)}`},"requestParameters":${e.request},"responseElements":${e.response ?? 'null'}${e.additional ?? ''},"requestID":"${e.requestId}","eventID":"${e.eventId}","readOnly":${e.readOnly}${e.resources === undefined ? '' : `,"resources":${e.resources}`},"eventType":"AwsApiCall","managementEvent":${e.isData !== true},"recipientAccountId":"${e.recipient}"${e.shared === undefined ? '' : `,"sharedEventID":"${e.shared}"`}${place.endpoint === undefined ? '' : `,"vpcEndpointId":"${place.endpoint}","vpcEndpointAccountId":"${place.endpointAccount}"`},"eventCategory":"${e.isData === true ? 'Data' : 'Management'}"${host === undefined || isService(place) ? '' : `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"${host}"}`}}`
}

const isService = (place: Place): boolean =>
  place.address.endsWith('.amazonaws.com') || place.address === 'AWS Internal'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** `May 4, 2026, 10:45:00 PM`, as STS writes an expiration. */
function usTime(second: number): string {
  const date = new Date(second * 1000)
  const hours = date.getUTCHours()
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`
}

export const sessionArn = ({ role, name }: Pick<Session, 'role' | 'name'>): string =>
  `arn:aws:sts::${role.account}:assumed-role/${role.name}/${name}`

const roleResource = ({ account, arn }: Role): string =>
  `[{"accountId":"${account}","type":"AWS::IAM::Role","ARN":"${arn}"}]`

const credentials = (issued: Session, rest = ''): string =>
  `{"credentials":{"accessKeyId":"${issued.key}","sessionToken":"IQoJb3JpZ2luX2VjEXAMPLE${issued.key.slice(4)}TOKEN==","expiration":"${usTime(issued.expiresAt)}"},"assumedRoleUser":{"assumedRoleId":"${issued.role.id}:${issued.name}","arn":"${sessionArn(issued)}"}${rest}}`

const requestDetails = (region: string, servedIn: string): string =>
  `"RequestDetails":{"awsServingRegion":"${servedIn}","endpointType":"${region === servedIn ? 'regional' : 'global'}"}`

/** `userIdentity` of a call made with a role session; without a key where a service acts for it. */
export function sessionIdentity(session: Session, invokedBy?: string): string {
  const { role, provider } = session
  return `{"type":"AssumedRole","principalId":"${role.id}:${session.name}","arn":"${sessionArn(session)}","accountId":"${role.account}"${invokedBy === undefined ? `,"accessKeyId":"${session.key}"` : ''},"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${role.id}","arn":"${role.arn}","accountId":"${role.account}","userName":"${role.name}"}${provider === '' ? '' : `,"webIdFederationData":{"federatedProvider":"${provider}","attributes":{}}`},"attributes":{"creationDate":"${isoTime(session.issuedAt)}","mfaAuthenticated":"false"}${session.fromInstance ? ',"ec2RoleDelivery":"2.0"' : ''}}${invokedBy === undefined ? '' : `,"invokedBy":"${invokedBy}"`}}`
}

export interface IamUser {
  readonly account: string
  readonly name: string
  readonly id: string
  /** `AKIA…` */
  readonly key: string
}

export const userIdentity = ({ account, name, id, key }: IamUser): string =>
  `{"type":"IAMUser","principalId":"${id}","arn":"arn:aws:iam::${account}:user/${name}","accountId":"${account}","accessKeyId":"${key}","userName":"${name}"}`

/** What every record of one call needs. */
export interface Frame {
  readonly at: number
  readonly region: string
  readonly place: Place
  readonly requestId: string
  readonly eventId: string
  readonly recipient: string
}

export interface TokenExchange {
  readonly provider: string
  readonly subject: string
  readonly audience: string
  readonly role: Role
  readonly sessionName: string
  readonly durationSeconds?: number
  /** Region that served a call to the global endpoint. */
  readonly servedIn?: string
}

/** `AssumeRoleWithWebIdentity`; refused by the trust policy where nothing was issued. */
export function webIdentity(frame: Frame, asked: TokenExchange, issued: Session | null): string {
  const { provider, subject, audience, role } = asked
  const duration =
    asked.durationSeconds === undefined ? '' : `"durationSeconds":${asked.durationSeconds},`
  return record({
    ...frame,
    version: '1.11',
    identity: `{"type":"WebIdentityUser","principalId":"${provider}:${audience}:${subject}","userName":"${subject}","identityProvider":"${provider}"}`,
    service: 'sts',
    name: 'AssumeRoleWithWebIdentity',
    error:
      issued === null ? { code: 'AccessDenied', message: 'An unknown error occurred' } : undefined,
    request: `{${duration}"roleArn":"${role.arn}","roleSessionName":"${asked.sessionName}"}`,
    response:
      issued === null
        ? undefined
        : credentials(
            issued,
            `,"subjectFromWebIdentityToken":"${subject}","provider":"${provider}","audience":"${audience}"`,
          ),
    additional: `,"additionalEventData":{"identityProviderConnectionVerificationMethod":"IAMTrustStore",${requestDetails(frame.region, asked.servedIn ?? frame.region)}}`,
    readOnly: true,
    resources: roleResource(role),
    host: `sts.${frame.region}.amazonaws.com`,
  })
}

export interface RoleAssumption {
  readonly role: Role
  readonly sessionName: string
  readonly externalId?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly inheritedTags?: Readonly<Record<string, string>>
  readonly durationSeconds?: number
}

/** `AssumeRole`; `identity` is the caller's, or what the target account's copy says of it. */
export function assumeRole(
  frame: Frame,
  identity: string,
  asked: RoleAssumption,
  issued: Session,
  shared?: string,
): string {
  const { role, tags, inheritedTags } = asked
  const parts = [
    `"roleArn":"${role.arn}","roleSessionName":"${asked.sessionName}"`,
    ...(asked.durationSeconds === undefined ? [] : [`"durationSeconds":${asked.durationSeconds}`]),
    ...(asked.externalId === undefined ? [] : [`"externalId":"${asked.externalId}"`]),
    ...(tags === undefined
      ? []
      : [
          `"tags":${JSON.stringify(Object.entries(tags).map(([key, value]) => ({ key, value })))}`,
          `"transitiveTagKeys":${JSON.stringify(Object.keys(tags))}`,
        ]),
    ...(inheritedTags === undefined
      ? []
      : [`"incomingTransitiveTags":${JSON.stringify(inheritedTags)}`]),
  ]
  return record({
    ...frame,
    version: isService(frame.place) ? '1.08' : '1.11',
    identity,
    service: 'sts',
    name: 'AssumeRole',
    request: `{${parts.join(',')}}`,
    response: credentials(issued, tags === undefined ? '' : ',"packedPolicySize":56'),
    ...(isService(frame.place)
      ? {}
      : {
          additional: `,"additionalEventData":{${requestDetails(frame.region, frame.region)}}`,
          host: `sts.${frame.region}.amazonaws.com`,
        }),
    readOnly: true,
    resources: roleResource(role),
    shared,
  })
}

/** The role is named in the message and nowhere else. */
export const assumeRoleDenied = (frame: Frame, caller: Session, role: Role): string =>
  record({
    ...frame,
    version: '1.11',
    identity: sessionIdentity(caller),
    service: 'sts',
    name: 'AssumeRole',
    error: {
      code: 'AccessDenied',
      message: `User: ${sessionArn(caller)} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`,
    },
    request: 'null',
    readOnly: true,
    host: `sts.${frame.region}.amazonaws.com`,
  })

/** `AssumeRoleWithSAML` of IAM Identity Center. */
export const saml = (
  frame: Frame,
  user: string,
  qualifier: string,
  role: Role,
  issued: Session,
): string =>
  record({
    ...frame,
    version: '1.11',
    identity: `{"type":"SAMLUser","principalId":"${qualifier}:${user}","userName":"${user}","identityProvider":"${qualifier}"}`,
    service: 'sts',
    name: 'AssumeRoleWithSAML',
    request: `{"sAMLAssertionID":"_${frame.requestId}","roleSessionName":"${user}","durationSeconds":43200,"roleArn":"${role.arn}","principalArn":"arn:aws:iam::${role.account}:saml-provider/AWSSSO_DO_NOT_DELETE"}`,
    response: credentials(
      issued,
      `,"subject":"${user}","subjectType":"persistent","issuer":"https://portal.sso.us-east-1.amazonaws.com/saml/assertion","audience":"https://signin.aws.amazon.com/saml","nameQualifier":"${qualifier}"`,
    ),
    additional: `,"additionalEventData":{${requestDetails(frame.region, frame.region)}}`,
    readOnly: true,
    resources: `[{"accountId":"${role.account}","type":"AWS::IAM::Role","ARN":"${role.arn}"},{"accountId":"${role.account}","type":"AWS::IAM::SAMLProvider","ARN":"arn:aws:iam::${role.account}:saml-provider/AWSSSO_DO_NOT_DELETE"}]`,
    host: 'signin.aws.amazon.com',
  })

/** `eks-auth`'s call by the node: it names the cluster and hides the rest. */
export const podIdentityAuth = (frame: Frame, node: Session, clusterName: string): string =>
  record({
    ...frame,
    version: '1.09',
    identity: sessionIdentity(node),
    service: 'eks-auth',
    name: 'AssumeRoleForPodIdentity',
    request: `{"clusterName":"${clusterName}","token":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
    readOnly: true,
    host: `eks-auth.${frame.region}.api.aws`,
  })

/** Any other API call, done or failed. */
export const apiCall = (
  frame: Frame,
  identity: string,
  call: Call,
  random: Random,
  options: {
    error?: { readonly code: string; readonly message: string }
    /** A presigned URL: whoever holds it calls in the session's name. */
    byUrl?: boolean
  } = {},
): string => {
  const { error } = options
  return record({
    ...frame,
    version: '1.11',
    identity,
    service: call.service,
    name: call.name,
    error,
    request: call.request(random),
    response: error === undefined ? call.response?.(random) : undefined,
    ...(call.service === 's3' && call.isData
      ? {
          additional: `,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"${options.byUrl === true ? 'QueryString' : 'AuthHeader'}","x-amz-id-2":"${random.hex(24)}EXAMPLE=","bytesTransferredOut":${random.between(200, 400_000)}}`,
        }
      : {}),
    readOnly: call.readOnly,
    resources: call.resources,
    isData: call.isData,
    host: call.host ?? `${call.service}.${frame.region}.amazonaws.com`,
  })
}
