/*
 * Synthetic records: shaped after AWS's documentation, with made-up accounts, ids and names.
 * Each function gives a fresh object that a test may change.
 */

// biome-ignore lint/suspicious/noExplicitAny: tests reach into records freely.
export type Json = Record<string, any>

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/ledger-writer`
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
export const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
/** 2025-03-04T05:06:07Z. */
export const AT = 1_741_064_767
const AT_TEXT = '2025-03-04T05:06:07Z'

let made = 0
function eventId(): string {
  made++
  return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`
}

function record(fields: Json): Json {
  return {
    eventVersion: '1.09',
    eventTime: AT_TEXT,
    awsRegion: 'eu-west-1',
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-sdk-go-v2/1.30.0',
    requestID: 'request-1',
    eventID: eventId(),
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
    ...fields,
  }
}

/** What a role session calls itself in a record. */
export function session(key = 'ASIAEXAMPLEKEY000001'): Json {
  return {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLEROLE000001:worker-1',
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ledger-writer/worker-1`,
    accountId: ACCOUNT,
    accessKeyId: key,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLEROLE000001',
        arn: ROLE,
        accountId: ACCOUNT,
        userName: 'ledger-writer',
      },
      webIdFederationData: { federatedProvider: PROVIDER, attributes: {} },
      attributes: { creationDate: '2025-03-04T05:00:00Z', mfaAuthenticated: 'false' },
    },
  }
}

/** An ordinary call by a role session. */
export function call(fields: Json = {}): Json {
  return record({
    userIdentity: session(),
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    requestParameters: { bucketName: 'ledger', key: 'a/b' },
    responseElements: null,
    managementEvent: false,
    eventCategory: 'Data',
    resources: [
      { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::ledger/a/b' },
      { accountId: ACCOUNT, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::ledger' },
    ],
    ...fields,
  })
}

/** A call that changes something, by a user with a key of its own. */
export function managementCall(eventSource: string, eventName: string, fields: Json = {}): Json {
  return record({
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDASYNTHETIC0000001',
      arn: `arn:aws:iam::${ACCOUNT}:user/ana`,
      accountId: ACCOUNT,
      accessKeyId: 'AKIASYNTHETIC0000001',
      userName: 'ana',
    },
    eventSource,
    eventName,
    readOnly: false,
    requestParameters: { roleName: 'app' },
    responseElements: null,
    ...fields,
  })
}

function issued(key: string): Json {
  return {
    credentials: {
      accessKeyId: key,
      sessionToken: 'synthetic',
      expiration: 'Mar 4, 2025, 6:06:07 AM',
    },
    assumedRoleUser: {
      assumedRoleId: 'AROAEXAMPLEROLE000001:worker-1',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ledger-writer/worker-1`,
    },
  }
}

const sts = () => ({
  eventSource: 'sts.amazonaws.com',
  requestParameters: { roleArn: ROLE, roleSessionName: 'worker-1', durationSeconds: 3600 },
  resources: [{ accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: ROLE }],
})

/** A pod with IRSA gets its credentials. */
export function webIdentity(fields: Json = {}): Json {
  const subject = 'system:serviceaccount:payments:ledger'
  return record({
    ...sts(),
    userIdentity: {
      type: 'WebIdentityUser',
      principalId: `${PROVIDER}:sts.amazonaws.com:${subject}`,
      userName: subject,
      identityProvider: PROVIDER,
    },
    eventName: 'AssumeRoleWithWebIdentity',
    responseElements: {
      ...issued('ASIAEXAMPLEKEY000001'),
      subjectFromWebIdentityToken: subject,
      provider: PROVIDER,
      audience: 'sts.amazonaws.com',
    },
    ...fields,
  })
}

/** A role session takes on another role. */
export function chained(fields: Json = {}): Json {
  return record({
    ...sts(),
    userIdentity: session(),
    eventName: 'AssumeRole',
    responseElements: issued('ASIAEXAMPLEKEY000002'),
    ...fields,
  })
}

/** The target account's copy of a cross-account assumption. */
export function targetCopy(fields: Json = {}): Json {
  return chained({
    userIdentity: {
      type: 'AWSAccount',
      principalId: 'AROAEXAMPLEROLE000009:caller',
      accountId: OTHER_ACCOUNT,
    },
    sharedEventID: 'shared-1',
    ...fields,
  })
}

/** EKS Pod Identity assumes a role for a pod. */
export function podIdentity(fields: Json = {}): Json {
  const tags = [
    ['eks-cluster-arn', `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/blue`],
    ['eks-cluster-name', 'blue'],
    ['kubernetes-namespace', 'payments'],
    ['kubernetes-service-account', 'ledger'],
    ['kubernetes-pod-name', 'ledger-0'],
    ['kubernetes-pod-uid', '00000000-0000-4000-8000-000000000001'],
  ]
  return record({
    ...sts(),
    userIdentity: { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
    eventName: 'AssumeRole',
    sourceIPAddress: 'pods.eks.amazonaws.com',
    userAgent: 'pods.eks.amazonaws.com',
    requestParameters: {
      roleArn: ROLE,
      roleSessionName: 'eks-blue-ledger-0-00000000-0000-4000-8000-000000000001',
      durationSeconds: 21600,
      tags: tags.map(([key, value]) => ({ key, value })),
      transitiveTagKeys: tags.map(([key]) => key),
    },
    responseElements: issued('ASIAEXAMPLEKEY000003'),
    sharedEventID: eventId(),
    ...fields,
  })
}

/** AssumeRole refused: the role stands in the message only. */
export function denied(fields: Json = {}): Json {
  return record({
    userIdentity: session(),
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    errorCode: 'AccessDenied',
    errorMessage: `User: arn:aws:sts::${ACCOUNT}:assumed-role/ledger-writer/worker-1 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${OTHER_ACCOUNT}:role/vault because no identity-based policy allows the sts:AssumeRole action`,
    requestParameters: null,
    responseElements: null,
    ...fields,
  })
}

/** An event that no call caused: the service itself reports it. */
export function serviceEvent(fields: Json = {}): Json {
  return record({
    userIdentity: { accountId: ACCOUNT, invokedBy: 'kms.amazonaws.com' },
    eventSource: 'kms.amazonaws.com',
    eventName: 'RotateKey',
    eventType: 'AwsServiceEvent',
    requestParameters: null,
    responseElements: null,
    serviceEventDetails: { keyId: 'key-1' },
    ...fields,
  })
}

export function insight(fields: Json = {}): Json {
  return {
    eventVersion: '1.08',
    eventTime: AT_TEXT,
    awsRegion: 'eu-west-1',
    eventID: eventId(),
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: ACCOUNT,
    sharedEventID: eventId(),
    insightDetails: { state: 'Start', eventSource: 's3.amazonaws.com', eventName: 'GetObject' },
    eventCategory: 'Insight',
    ...fields,
  }
}

export function networkActivity(fields: Json = {}): Json {
  return record({
    userIdentity: { type: 'AWSAccount', principalId: 'x', accountId: OTHER_ACCOUNT },
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    eventType: 'AwsVpceEvent',
    eventCategory: 'NetworkActivity',
    errorCode: 'VpceAccessDenied',
    vpcEndpointId: 'vpce-0123456789abcdef0',
    ...fields,
  })
}

export function aggregated(fields: Json = {}): Json {
  return {
    eventVersion: '1.0',
    accountId: ACCOUNT,
    eventId: eventId(),
    eventCategory: 'Aggregated',
    eventType: 'AwsAggregatedEvent',
    awsRegion: 'eu-west-1',
    timeWindow: { windowStart: AT_TEXT, windowEnd: AT_TEXT },
    summary: {},
    ...fields,
  }
}
