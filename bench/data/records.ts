import { type Call, keyArn, objectKey } from './calls.ts'
import type { Client, Role, Stream, Workload } from './organisation.ts'
import type { Random } from './random.ts'

/** Issued credentials and everything later records repeat of them. */
export type Session = {
  accessKeyId: string
  name: string
  role: Role
  issuedAt: number
  expiresAt: number
  userIdentity: string
  address: string
  endpoint: string
  userAgent: string
  /** Whose session it is, when a workload started the chain. */
  root: { workload: Workload; via: readonly string[] } | undefined
  isWebIdentity: boolean
}

export type Where = { account: string; region: string }

const HOUR = 3600
const HALF_DAYS = ['AM', 'PM']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (value: number) => (value < 10 ? `0${value}` : `${value}`)

let lastSecond = Number.NaN
let lastText = ''

/** `2026-05-04T22:45:00Z` from seconds since 1970. */
export function isoTime(second: number): string {
  if (second !== lastSecond) {
    lastSecond = second
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
  }
  return lastText
}

/** `May 4, 2026, 10:45:00 PM`, as STS writes an expiration. */
function usTime(second: number): string {
  const date = new Date(second * 1000)
  const hours = date.getUTCHours()
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${HALF_DAYS[Math.floor(hours / 12)]}`
}

const userAgents: Record<Client, readonly string[]> = {
  go: [
    'aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.4 md/GOARCH#arm64 api/sts#1.33.19',
    'karpenter.sh-1.6.2 aws-sdk-go-v2/1.38.0 os/linux lang/go#1.24.6',
    'elbv2.k8s.aws/v2.13.4 aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.4',
  ],
  python: [
    'Boto3/1.40.21 md/Botocore#1.40.21 os/linux#6.12.40 lang/python#3.13.7 Botocore/1.40.21',
    'aws-cli/2.28.21 md/awscrt#0.27.6 os/linux#6.1.147 md/arch#aarch64 lang/python#3.13.4 exec-env/EKS',
  ],
  javascript: [
    'aws-sdk-js/3.876.0 ua/2.1 os/linux#6.12.40 lang/js md/nodejs#22.18.0 api/s3#3.876.0 m/E,h',
  ],
  'javascript-v2': ['aws-sdk-nodejs/2.1692.0 linux/v18.20.8 exec-env/EKS promise'],
  java: ['aws-sdk-java/2.33.4 md/io#sync md/http#Apache os/Linux#6.12.40 lang/java#21.0.8'],
  rust: ['aws-sdk-rust/1.3.8 ua/2.1 api/dynamodb/1.90.0 os/linux lang/rust/1.89.0 m/E,b'],
}

/** The default session name of each SDK; JavaScript v2 gives every pod the same one. */
function sessionName(client: Client, second: number, random: Random): string {
  switch (client) {
    case 'go':
      return `${second}${random.digits(9)}`
    case 'python':
      return `botocore-session-${second}`
    case 'javascript':
      return `aws-sdk-js-session-${second}${random.digits(3)}`
    case 'javascript-v2':
      return 'token-file-web-identity'
    case 'java':
      return `aws-sdk-java-${second}${random.digits(3)}`
    case 'rust':
      return `web-identity-token-${second}${random.digits(3)}`
  }
}

type Envelope = {
  version?: string
  userIdentity: string
  at: number
  eventSource: string
  eventName: string
  where: Where
  recipient?: string
  address: string
  userAgent: string
  error?: string
  requestParameters: string
  responseElements: string
  additionalEventData?: string
  requestId?: string
  readOnly: boolean
  resources?: string
  eventType?: string
  isDataEvent?: boolean
  sharedEventId?: string
  endpoint?: string
  host?: string
}

/** One CloudTrail record as text, its fields in the order in which CloudTrail writes them. */
function record(e: Envelope, random: Random): string {
  const isData = e.isDataEvent === true
  const tls =
    e.host === undefined
      ? ''
      : `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"${e.host}"}`
  return `{"eventVersion":"${e.version ?? (isData ? '1.11' : '1.08')}","userIdentity":${e.userIdentity},"eventTime":"${isoTime(e.at)}","eventSource":"${e.eventSource}","eventName":"${e.eventName}","awsRegion":"${e.where.region}","sourceIPAddress":"${e.address}","userAgent":"${e.userAgent}"${e.error ?? ''},"requestParameters":${e.requestParameters},"responseElements":${e.responseElements}${e.additionalEventData ?? ''},"requestID":"${e.requestId ?? random.uuid()}","eventID":"${random.uuid()}","readOnly":${e.readOnly}${e.resources ?? ''},"eventType":"${e.eventType ?? 'AwsApiCall'}","managementEvent":${!isData},"recipientAccountId":"${e.recipient ?? e.where.account}"${e.sharedEventId === undefined ? '' : `,"sharedEventID":"${e.sharedEventId}"`}${e.endpoint ?? ''},"eventCategory":"${isData ? 'Data' : 'Management'}"${tls}}`
}

/** `userIdentity` of a call made with a role session. */
function roleIdentity(
  role: Role,
  name: string,
  accessKeyId: string,
  createdAt: number,
  extra: { federatedProvider?: string; ec2?: boolean; scope?: string; invokedBy?: string } = {},
): string {
  const key = accessKeyId === '' ? '' : `"accessKeyId":"${accessKeyId}",`
  const federation =
    extra.federatedProvider === undefined
      ? ''
      : `"webIdFederationData":{"federatedProvider":"${extra.federatedProvider}","attributes":{}},`
  return `{"type":"AssumedRole","principalId":"${role.id}:${name}","arn":"arn:aws:sts::${role.account}:assumed-role/${role.name}/${name}","accountId":"${role.account}",${key}"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${role.id}","arn":"${role.arn}","accountId":"${role.account}","userName":"${role.name}"},${federation}"attributes":{"creationDate":"${isoTime(createdAt)}","mfaAuthenticated":"false"}${extra.ec2 === true ? ',"ec2RoleDelivery":"2.0"' : ''}}${extra.scope ?? ''}${extra.invokedBy === undefined ? '' : `,"invokedBy":"${extra.invokedBy}"`}}`
}

const roleResource = (role: Role) =>
  `,"resources":[{"accountId":"${role.account}","type":"AWS::IAM::Role","ARN":"${role.arn}"}]`

const credentials = (accessKeyId: string, token: string, expiresAt: number) =>
  `"credentials":{"accessKeyId":"${accessKeyId}","sessionToken":"${token}","expiration":"${usTime(expiresAt)}"}`

const assumedRoleUser = (role: Role, name: string) =>
  `"assumedRoleUser":{"assumedRoleId":"${role.id}:${name}","arn":"arn:aws:sts::${role.account}:assumed-role/${role.name}/${name}"}`

export type TokenLength = (random: Random) => number

/** Real tokens have 350 to over 1,000 characters; they are what makes issuing records large, and they do not compress. */
const fullToken: TokenLength = (random) => random.between(500, 660)

/** `AssumeRoleWithWebIdentity` by a pod (IRSA): the record, and the session unless it is refused. */
export function assumeWithWebIdentity(
  workload: Workload,
  role: Role,
  region: string,
  at: number,
  random: Random,
  options: { isDenied?: boolean; tokenLength?: TokenLength } = {},
): { text: string; session: Session | undefined } {
  const { cluster, client } = workload
  const provider = `arn:aws:iam::${role.account}:oidc-provider/${cluster.issuer}`
  const subject = `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`
  const name = sessionName(client, at, random)
  const accessKeyId = random.accessKeyId()
  const expiresAt = at + HOUR
  const isThroughEndpoint = random.chance(0.1)
  const address = isThroughEndpoint
    ? `10.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`
    : random.pick(cluster.addresses)
  const endpoint = isThroughEndpoint ? `,"vpcEndpointId":"${cluster.endpoint}"` : ''
  const userAgent = random.pick(userAgents[client])
  const isDenied = options.isDenied === true
  const text = record(
    {
      userIdentity: `{"type":"WebIdentityUser","principalId":"${provider}:sts.amazonaws.com:${subject}","userName":"${subject}","identityProvider":"${provider}"}`,
      at,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      where: { account: role.account, region },
      address,
      userAgent,
      error: isDenied
        ? ',"errorCode":"AccessDenied","errorMessage":"An unknown error occurred"'
        : '',
      requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"${name}"${client === 'go' ? '' : ',"durationSeconds":3600'}}`,
      responseElements: isDenied
        ? 'null'
        : `{${credentials(accessKeyId, random.token((options.tokenLength ?? fullToken)(random)), expiresAt)},"subjectFromWebIdentityToken":"${subject}",${assumedRoleUser(role, name)},"provider":"${provider}","audience":"sts.amazonaws.com"}`,
      additionalEventData: isDenied
        ? ''
        : `,"additionalEventData":{"identityProviderConnectionVerificationMethod":"IAMTrustStore","RequestDetails":{"awsServingRegion":"${cluster.region}","endpointType":"${region === cluster.region ? 'regional' : 'global'}"}}`,
      readOnly: true,
      resources: roleResource(role),
      endpoint,
      host: `sts.${region}.amazonaws.com`,
    },
    random,
  )
  if (isDenied) return { text, session: undefined }
  const session: Session = {
    accessKeyId,
    name,
    role,
    issuedAt: at,
    expiresAt,
    userIdentity: roleIdentity(role, name, accessKeyId, at, { federatedProvider: provider }),
    address,
    endpoint,
    userAgent,
    root: { workload, via: [] },
    isWebIdentity: true,
  }
  return { text, session }
}

/** `AssumeRole` by `pods.eks.amazonaws.com` (EKS Pod Identity). */
export function assumeForPod(
  workload: Workload,
  role: Role,
  region: string,
  at: number,
  random: Random,
  options: { tokenLength?: TokenLength } = {},
): { text: string; session: Session } {
  const { cluster, namespace, serviceAccount } = workload
  const pod = `${serviceAccount}-${random.hex(9)}-${random.hex(5)}`
  const name = `eks-${cluster.name.slice(0, 10)}-${pod.slice(0, 10)}-${random.uuid()}`
  const accessKeyId = random.accessKeyId()
  const expiresAt = at + 6 * HOUR
  const tags = [
    ['eks-cluster-arn', cluster.arn],
    ['eks-cluster-name', cluster.name],
    ['kubernetes-namespace', namespace],
    ['kubernetes-service-account', serviceAccount],
    ['kubernetes-pod-name', pod],
    ['kubernetes-pod-uid', random.uuid()],
  ]
  const text = record(
    {
      userIdentity: '{"type":"AWSService","invokedBy":"pods.eks.amazonaws.com"}',
      at,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      where: { account: role.account, region },
      address: 'pods.eks.amazonaws.com',
      userAgent: 'pods.eks.amazonaws.com',
      requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"${name}","durationSeconds":21600,"tags":[${tags.map(([key, value]) => `{"key":"${key}","value":"${value}"}`).join(',')}],"transitiveTagKeys":[${tags.map(([key]) => `"${key}"`).join(',')}]}`,
      responseElements: `{${credentials(accessKeyId, random.token((options.tokenLength ?? fullToken)(random)), expiresAt)},${assumedRoleUser(role, name)},"packedPolicySize":56}`,
      readOnly: true,
      resources: roleResource(role),
      sharedEventId: random.uuid(),
    },
    random,
  )
  return {
    text,
    session: {
      accessKeyId,
      name,
      role,
      issuedAt: at,
      expiresAt,
      userIdentity: roleIdentity(role, name, accessKeyId, at),
      address: random.pick(cluster.addresses),
      endpoint: '',
      userAgent: random.pick(userAgents[workload.client]),
      root: { workload, via: [] },
      isWebIdentity: false,
    },
  }
}

/** `AssumeRole` by a role session: the caller's record, the target account's copy when there is one, and the new session. */
export function assumeFromSession(
  caller: Session,
  role: Role,
  region: string,
  at: number,
  random: Random,
  options: { isDenied?: boolean; tokenLength?: TokenLength } = {},
): { text: string; copy: string | undefined; session: Session | undefined } {
  const common = {
    at,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    address: caller.address,
    userAgent: caller.userAgent,
    readOnly: true,
    endpoint: caller.endpoint,
    host: `sts.${region}.amazonaws.com`,
  }
  const where = { account: caller.role.account, region }
  if (options.isDenied === true) {
    const text = record(
      {
        ...common,
        userIdentity: caller.userIdentity,
        where,
        error: `,"errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::${caller.role.account}:assumed-role/${caller.role.name}/${caller.name} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}"`,
        requestParameters: 'null',
        responseElements: 'null',
      },
      random,
    )
    return { text, copy: undefined, session: undefined }
  }
  const name = random.chance(0.5) ? `aws-go-sdk-${at}${random.digits(9)}` : caller.name
  const accessKeyId = random.accessKeyId()
  const expiresAt = at + HOUR
  const isCrossAccount = role.account !== caller.role.account
  const pair = isCrossAccount
    ? { sharedEventId: random.uuid(), requestId: random.uuid() }
    : { requestId: random.uuid() }
  const issued = {
    ...common,
    ...pair,
    requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"${name}","durationSeconds":3600${isCrossAccount && random.chance(0.3) ? `,"externalId":"podtrail-${role.account.slice(0, 6)}"` : ''}}`,
    responseElements: `{${credentials(accessKeyId, random.token((options.tokenLength ?? fullToken)(random)), expiresAt)},${assumedRoleUser(role, name)}}`,
    additionalEventData: `,"additionalEventData":{"RequestDetails":{"awsServingRegion":"${region}","endpointType":"regional"}}`,
    resources: roleResource(role),
  }
  return {
    text: record({ ...issued, userIdentity: caller.userIdentity, where }, random),
    copy: isCrossAccount
      ? record(
          {
            ...issued,
            userIdentity: `{"type":"AWSAccount","principalId":"${caller.role.id}:${caller.name}","accountId":"${caller.role.account}"}`,
            where: { account: role.account, region },
          },
          random,
        )
      : undefined,
    session: {
      accessKeyId,
      name,
      role,
      issuedAt: at,
      expiresAt,
      userIdentity: roleIdentity(role, name, accessKeyId, at),
      address: caller.address,
      endpoint: caller.endpoint,
      userAgent: caller.userAgent,
      root: caller.root && {
        workload: caller.root.workload,
        via: [...caller.root.via, caller.role.arn],
      },
      isWebIdentity: false,
    },
  }
}

/** `AssumeRole` by an AWS service for its own role; now and then the session is seen again. */
export function assumeByService(
  stream: Stream,
  role: Role,
  at: number,
  random: Random,
  instances: number,
): { text: string; session: Session } {
  const service = random.pick([
    'ec2',
    'lambda',
    'config',
    'glue',
    'states',
    'ecs-tasks',
    'autoscaling',
  ])
  const name =
    service === 'ec2'
      ? `i-0${instances === 0 ? random.hex(16) : String(random.below(instances)).padStart(16, '0')}`
      : `${role.name.slice(0, 40)}-${random.hex(8)}`
  const accessKeyId = random.accessKeyId()
  const expiresAt = at + 6 * HOUR
  const text = record(
    {
      userIdentity: `{"type":"AWSService","invokedBy":"${service}.amazonaws.com"}`,
      at,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      where: stream,
      address: `${service}.amazonaws.com`,
      userAgent: `${service}.amazonaws.com`,
      requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"${name}"}`,
      responseElements: `{${credentials(accessKeyId, random.token(fullToken(random)), expiresAt)},${assumedRoleUser(role, name)}}`,
      readOnly: true,
      resources: roleResource(role),
      sharedEventId: random.uuid(),
    },
    random,
  )
  const scope =
    service === 'lambda'
      ? `,"inScopeOf":{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:${stream.region}:${stream.account}:function:${role.name}"}`
      : undefined
  return {
    text,
    session: {
      accessKeyId,
      name,
      role,
      issuedAt: at,
      expiresAt,
      userIdentity: roleIdentity(role, name, accessKeyId, at, {
        ec2: service === 'ec2',
        ...(scope === undefined ? {} : { scope }),
      }),
      address: `${random.between(3, 99)}.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`,
      endpoint: '',
      userAgent: random.pick(userAgents[random.pick(['go', 'java', 'python'] as const)]),
      root: undefined,
      isWebIdentity: false,
    },
  }
}

/** An instance's credentials, issued before the first log file. */
export type Node = { userIdentity: string; address: string; userAgent: string; arn: string }

export function createNode(role: Role, before: number, random: Random): Node {
  const createdAt = before - random.below(5 * HOUR)
  return {
    userIdentity: roleIdentity(role, `i-0${random.hex(16)}`, random.accessKeyId(), createdAt, {
      ec2: true,
    }),
    address: `${random.between(3, 99)}.${random.below(256)}.7.${random.between(1, 254)}`,
    userAgent: 'kubelet/v1.33.4-eks-3025e55 aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.4',
    arn: role.arn,
  }
}

/** The other AssumeRole* records: the node's half of Pod Identity, IAM users, SAML and GitHub Actions. */
export function assumeOther(
  stream: Stream & { nodes: readonly Node[] },
  at: number,
  random: Random,
): string {
  const kind = random.unit()
  const role = random.pick(stream.people)
  const common = { at, where: stream, readOnly: true }
  if (kind < 0.72) {
    return record(
      {
        ...common,
        version: '1.09',
        userIdentity: random.pick(stream.nodes).userIdentity,
        eventSource: 'eks-auth.amazonaws.com',
        eventName: 'AssumeRoleForPodIdentity',
        address: `${random.between(3, 99)}.${random.below(256)}.10.${random.between(1, 254)}`,
        userAgent:
          'aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.4 md/GOOS#linux md/GOARCH#amd64 api/eksauth#1.9.2',
        requestParameters: `{"clusterName":"${stream.workloads[0]?.cluster.name}","token":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
        responseElements: 'null',
        host: `eks-auth.${stream.region}.api.aws`,
      },
      random,
    )
  }
  const accessKeyId = random.accessKeyId()
  if (kind < 0.82) {
    const provider = `arn:aws:iam::${stream.account}:oidc-provider/token.actions.githubusercontent.com`
    const subject = `repo:example/${random.pick(['infra', 'shop', 'charts'])}:ref:refs/heads/main`
    return record(
      {
        ...common,
        userIdentity: `{"type":"WebIdentityUser","principalId":"${provider}:sts.amazonaws.com:${subject}","userName":"${subject}","identityProvider":"${provider}"}`,
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRoleWithWebIdentity',
        address: `20.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`,
        userAgent: random.pick(userAgents.javascript),
        requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"GitHubActions","durationSeconds":3600}`,
        responseElements: `{${credentials(accessKeyId, random.token(fullToken(random)), at + HOUR)},"subjectFromWebIdentityToken":"${subject}",${assumedRoleUser(role, 'GitHubActions')},"provider":"${provider}","audience":"sts.amazonaws.com"}`,
        resources: roleResource(role),
        host: `sts.${stream.region}.amazonaws.com`,
      },
      random,
    )
  }
  const user = random.pick(['ana', 'deploy-bot', 'terraform', 'kenji'])
  if (kind < 0.92) {
    return record(
      {
        ...common,
        userIdentity: iamUser(stream, user, at, random),
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        address: `198.51.100.${random.between(1, 254)}`,
        userAgent: random.pick(userAgents.python),
        requestParameters: `{"roleArn":"${role.arn}","roleSessionName":"${user}","durationSeconds":3600}`,
        responseElements: `{${credentials(accessKeyId, random.token(fullToken(random)), at + HOUR)},${assumedRoleUser(role, user)}}`,
        resources: roleResource(role),
        host: `sts.${stream.region}.amazonaws.com`,
      },
      random,
    )
  }
  const mail = `${user}@example.com`
  return record(
    {
      ...common,
      userIdentity: `{"type":"SAMLUser","principalId":"${stream.account}q+/jEvs=:${mail}","userName":"${mail}","identityProvider":"${stream.account}q+/jEvs="}`,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithSAML',
      address: 'AWS Internal',
      userAgent:
        'aws-internal/3 aws-sdk-java/1.12.785 Linux/5.10.236 OpenJDK_64-Bit_Server_VM/17.0.16+8 java/17.0.16 vendor/Amazon.com_Inc. cfg/retry-mode/standard',
      requestParameters: `{"sAMLAssertionID":"_${random.uuid()}","roleSessionName":"${mail}","durationSeconds":43200,"roleArn":"${role.arn}","principalArn":"arn:aws:iam::${stream.account}:saml-provider/AWSSSO_DO_NOT_DELETE"}`,
      responseElements: `{${credentials(accessKeyId, random.token(fullToken(random)), at + 12 * HOUR)},${assumedRoleUser(role, mail)},"subject":"${mail}","subjectType":"persistent","issuer":"https://portal.sso.${stream.region}.amazonaws.com/saml/assertion","audience":"https://signin.aws.amazon.com/saml","nameQualifier":"${stream.account}q+/jEvs="}`,
      resources: roleResource(role),
      host: `sts.${stream.region}.amazonaws.com`,
    },
    random,
  )
}

function iamUser(where: Where, user: string, at: number, random: Random): string {
  return `{"type":"IAMUser","principalId":"AIDA${where.account}${user.toUpperCase().slice(0, 5)}","arn":"arn:aws:iam::${where.account}:user/${user}","accountId":"${where.account}","accessKeyId":"AKIA${where.account}WXYZ","userName":"${user}"${random.chance(0.3) ? `,"sessionContext":{"attributes":{"creationDate":"${isoTime(at - 900)}","mfaAuthenticated":"true"}}` : ''}}`
}

const ERRORS = [
  ['AccessDenied', 'because no identity-based policy allows the action'],
  ['ThrottlingException', 'Rate exceeded'],
  ['ResourceNotFoundException', 'Requested resource not found'],
  ['NoSuchKey', 'The specified key does not exist.'],
  ['Client.RequestLimitExceeded', 'Request limit exceeded.'],
] as const

/** An API call made with `identity` on one of the caller's usual resources. */
export function apiCall(
  call: Call,
  who: {
    userIdentity: string
    address: string
    userAgent: string
    endpoint?: string
    arn?: string
  },
  where: Where,
  at: number,
  random: Random,
  isFailed: boolean,
): string {
  let requestParameters = call.requestParameters(random)
  let resources = call.resources
  if (resources.includes('/KEY"')) {
    const key = objectKey(random)
    requestParameters = requestParameters.replace('"KEY"', `"${key}"`)
    resources = resources.replace('/KEY"', `/${key}"`)
  }
  let error = ''
  if (isFailed) {
    const [code, message] = random.pick(ERRORS)
    error = `,"errorCode":"${code}","errorMessage":"${code === 'AccessDenied' ? `User: ${who.arn ?? 'arn:aws:iam::000000000000:root'} is not authorized to perform: ${call.eventSource.split('.')[0]}:${call.eventName} ${message}` : message}"`
  }
  return record(
    {
      userIdentity: who.userIdentity,
      at,
      eventSource: call.eventSource,
      eventName: call.eventName,
      where,
      address: who.address,
      userAgent: who.userAgent,
      error,
      requestParameters,
      responseElements: isFailed ? 'null' : call.responseElements(random),
      additionalEventData: call.additionalEventData(random),
      requestId: call.isDataEvent ? random.requestId() : random.uuid(),
      readOnly: call.readOnly,
      resources,
      isDataEvent: call.isDataEvent,
      ...(who.endpoint === undefined ? {} : { endpoint: who.endpoint }),
      host: call.host,
    },
    random,
  )
}

/** The rest of an account's traffic: AWS services, IAM users, the console, other accounts. */
export function background(
  stream: Stream,
  at: number,
  random: Random,
  mix: { readonly toldTwice: number; readonly strangers: number },
): string {
  const kind = random.unit()
  const call = random.pick(stream.calls)
  if (kind < 0.6) {
    const service = random.pick([
      'cloudfront',
      's3',
      'secretsmanager',
      'dynamodb',
      'logs',
      'autoscaling',
      'eks',
    ])
    const key = keyArn(stream, random.below(24))
    return record(
      {
        version: '1.11',
        userIdentity: `{"type":"AWSService","invokedBy":"${service}.amazonaws.com"}`,
        at,
        eventSource: 'kms.amazonaws.com',
        eventName: random.pick(['Decrypt', 'GenerateDataKey']),
        where: stream,
        address: `${service}.amazonaws.com`,
        userAgent: `${service}.amazonaws.com`,
        requestParameters: `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:${service}:arn":"arn:aws:${service}:${stream.region}:${stream.account}:resource/${random.hex(20)}","aws:source":"arn:aws:s3:::logs-${stream.account}/AWSLogs/${random.hex(12)}"},"keyId":"${key}","keySpec":"AES_256"}`,
        responseElements: 'null',
        readOnly: true,
        resources: `,"resources":[{"accountId":"${stream.account}","type":"AWS::KMS::Key","ARN":"${key}"}]`,
        ...(mix.toldTwice === 1 || random.chance(mix.toldTwice)
          ? { sharedEventId: random.uuid() }
          : {}),
      },
      random,
    )
  }
  if (kind < 0.8) {
    const service = random.pick([
      'ec2fleet',
      'autoscaling',
      'eks-nodegroup',
      'cloudformation',
      'config',
    ])
    const role = random.pick(stream.services)
    return apiCall(
      call,
      {
        userIdentity: roleIdentity(role, `${service}-session`, '', at - random.below(3000), {
          invokedBy: `${service}.amazonaws.com`,
        }),
        address: `${service}.amazonaws.com`,
        userAgent: `${service}.amazonaws.com`,
        arn: role.arn,
      },
      stream,
      at,
      random,
      random.chance(0.02),
    )
  }
  if (kind < 0.97) {
    const user = random.pick(['ana', 'deploy-bot', 'terraform', 'kenji'])
    return apiCall(
      call,
      {
        userIdentity: iamUser(stream, user, at, random),
        address: `198.51.100.${random.between(1, 254)}`,
        userAgent: random.chance(0.4)
          ? 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15'
          : 'APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.12.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.38.1',
        arn: `arn:aws:iam::${stream.account}:user/${user}`,
      },
      stream,
      at,
      random,
      random.chance(0.06),
    )
  }
  return record(
    {
      userIdentity: `{"type":"AWSAccount","principalId":"${random.uniqueId('AIDA')}","accountId":"${400_000_000_000 + random.below(mix.strangers) * 7_919}"}`,
      at,
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
      where: stream,
      address: `203.0.113.${random.between(1, 254)}`,
      userAgent: '[aws-sdk-java/2.33.4 Linux/6.12.40]',
      requestParameters: `{"bucketName":"public-${stream.account}","Host":"public-${stream.account}.s3.amazonaws.com","key":"${objectKey(random)}"}`,
      responseElements: 'null',
      readOnly: true,
      resources: `,"resources":[{"accountId":"${stream.account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::public-${stream.account}"}]`,
      isDataEvent: true,
      sharedEventId: random.uuid(),
    },
    random,
  )
}

/** A record whose text looks like other records: policies as escaped JSON, braces, quotes, nested look-alike keys. */
export function adversarial(stream: Stream, at: number, random: Random): string {
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          Federated: `arn:aws:iam::${stream.account}:oidc-provider/${stream.workloads[0]?.cluster.issuer}`,
        },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringLike: {
            'x:sub': 'system:serviceaccount:*:{"eventName":"AssumeRoleWithWebIdentity"}',
          },
        },
      },
    ],
  })
  const lookAlike = JSON.stringify({
    eventVersion: '1.08',
    eventName: 'AssumeRoleWithWebIdentity',
    eventSource: 'sts.amazonaws.com',
    responseElements: { credentials: { accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } },
  })
  const [eventSource, eventName, requestParameters] = random.pick([
    [
      'iam.amazonaws.com',
      'UpdateAssumeRolePolicy',
      JSON.stringify({ roleName: 'x', policyDocument: trust }),
    ],
    [
      'iam.amazonaws.com',
      'CreateRole',
      JSON.stringify({
        roleName: 'y',
        assumeRolePolicyDocument: JSON.stringify(JSON.parse(trust), null, 2),
        description: 'ends with a backslash \\',
      }),
    ],
    [
      'events.amazonaws.com',
      'PutRule',
      JSON.stringify({ name: 'watch', eventPattern: `{"detail":${lookAlike}}` }),
    ],
    [
      'logs.amazonaws.com',
      'StartQuery',
      `{"queryString":"fields @message | filter @message like /\\"eventName\\":\\"AssumeRole/ | parse '},{\\"eventVersion\\":\\"*\\"' as v","limit":20}`,
    ],
    [
      'iam.amazonaws.com',
      'UpdateAccessKey',
      '{"userName":"ana","status":"Inactive","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}',
    ],
    [
      's3.amazonaws.com',
      'PutBucketTagging',
      `{"bucketName":"b","Tagging":{"eventName":"AssumeRole","userIdentity":{"type":"WebIdentityUser","accessKeyId":"ASIABBBBBBBBBBBBBBBB"},"x":"}]},{\\u007b \\u2028 ü 😀"}}`,
    ],
    [
      'lambda.amazonaws.com',
      'UpdateFunctionConfiguration20150331v2',
      JSON.stringify({
        functionName: 'f',
        environment: { variables: { TEMPLATE: `${lookAlike}\n]}}` } },
      }),
    ],
  ] as const)
  return record(
    {
      userIdentity: iamUser(stream, 'terraform', at, random),
      at,
      eventSource,
      eventName,
      where: stream,
      address: '198.51.100.7',
      userAgent: random.pick([
        'weird \\"agent\\" {v: [1]} AssumeRoleWithWebIdentity \\\\',
        'aws-cli/2.28.21 md/command#iam.create-role',
      ]),
      requestParameters,
      responseElements: 'null',
      readOnly: false,
      host: eventSource,
    },
    random,
  )
}
