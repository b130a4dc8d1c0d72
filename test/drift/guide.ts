import { ISSUER, OTHER_ISSUER } from '../../lib/drift/sample.ts'

/**
 * The state that the IRSA guide leads to, as saved outputs: an OIDC provider, the role pod-s3-access with `sub` and `aud`, namespace
 * testing, ServiceAccount test-sa, one pod on EC2 and one on Fargate, and a role in another account that pod-s3-access goes on to.
 */
const HOME = '111122223333'
const TARGET = '222233334444'
export const NOW = Date.parse('2026-11-23T06:00:00Z') / 1000
const DAY = 86_400
const PROVIDER = `arn:aws:iam::${HOME}:oidc-provider/${ISSUER}`
const ROLE = `arn:aws:iam::${HOME}:role/pod-s3-access`
const TARGET_ROLE = `arn:aws:iam::${TARGET}:role/reports-reader`
const SUBJECT = 'system:serviceaccount:testing:test-sa'

/** The parts of the state that a mistake can be made in. */
export interface Guide {
  audiences: string[] | null
  providerIssuer: string
  /** Null: the role was not made. */
  trust: { conditions: Record<string, Record<string, unknown>>; issuer: string } | null
  permissions: { Action: string; Resource: string }[]
  annotation: string | null
  hasServiceAccount: boolean
  podServiceAccount: string
  targetPrincipal: string
  podEnvironment: string[]
  secondWorkload: boolean
  hasUses: boolean
}

export function guide(): Guide {
  return {
    audiences: ['sts.amazonaws.com'],
    providerIssuer: ISSUER,
    trust: {
      issuer: ISSUER,
      conditions: {
        StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com', [`${ISSUER}:sub`]: SUBJECT },
      },
    },
    permissions: [
      { Action: 's3:ListAllMyBuckets', Resource: '*' },
      { Action: 'sts:AssumeRole', Resource: TARGET_ROLE },
    ],
    annotation: ROLE,
    hasServiceAccount: true,
    podServiceAccount: 'test-sa',
    targetPrincipal: ROLE,
    podEnvironment: [],
    secondWorkload: false,
    hasUses: true,
  }
}

const condition = (state: Guide, operator: string, sub: string, keyIssuer = ISSUER) => {
  state.trust!.conditions = {
    StringEquals: { [`${keyIssuer}:aud`]: 'sts.amazonaws.com' },
    ...(operator === 'StringEquals'
      ? {
          StringEquals: { [`${keyIssuer}:aud`]: 'sts.amazonaws.com', [`${keyIssuer}:sub`]: sub },
        }
      : { [operator]: { [`${keyIssuer}:sub`]: sub } }),
  }
}

export interface Mistake {
  readonly step: string
  readonly mistake: string
  readonly make: (state: Guide) => void
  readonly finds: readonly string[]
  /** What `podtrail why testing/test-sa pod-s3-access` says no to. */
  readonly why: string | null
}

/** One mistake in each step of the guide, and what podtrail says to it. A workload that never worked was never seen. */
export const MISTAKES: readonly Mistake[] = [
  {
    step: '3.1 OIDC provider',
    mistake: 'it was not created',
    make: (state) => {
      state.audiences = null
      state.hasUses = false
    },
    finds: ['provider-missing', 'trusted-subject-unused'],
    why: 'provider',
  },
  {
    step: '3.1 OIDC provider',
    mistake: 'audience amazonaws.com, as the guide has it',
    make: (state) => {
      state.audiences = ['amazonaws.com']
      state.hasUses = false
    },
    finds: ['provider-audience', 'trusted-subject-unused'],
    why: 'audience',
  },
  {
    step: '3.1 OIDC provider',
    mistake: 'the URL of another cluster',
    make: (state) => {
      state.providerIssuer = OTHER_ISSUER
      state.hasUses = false
    },
    finds: ['provider-missing', 'provider-orphaned', 'trusted-subject-unused'],
    why: 'provider',
  },
  {
    step: '3.2 Role',
    mistake: 'it was not created',
    make: (state) => {
      state.trust = null
      state.hasUses = false
    },
    finds: ['annotation-role-missing'],
    why: 'role',
  },
  {
    step: '3.2 Role',
    mistake: 'audience amazonaws.com in the trust',
    make: (state) => {
      state.trust!.conditions = {
        StringEquals: { [`${ISSUER}:aud`]: 'amazonaws.com', [`${ISSUER}:sub`]: SUBJECT },
      }
      state.hasUses = false
    },
    finds: ['annotation-not-trusted', 'aud-unexpected', 'trusted-subject-unused'],
    why: 'trust',
  },
  {
    step: '3.2 Role',
    mistake: 'AdministratorAccess instead of S3',
    make: (state) => {
      state.permissions = [{ Action: '*', Resource: '*' }]
    },
    finds: ['admin-workload-role'],
    why: null,
  },
  {
    step: '3.3 Trust policy',
    mistake: 'the default of the console, without sub',
    make: (state) => {
      state.trust!.conditions = { StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' } }
    },
    finds: ['sub-missing'],
    why: null,
  },
  {
    step: '3.3 Trust policy',
    mistake: 'no aud',
    make: (state) => {
      state.trust!.conditions = { StringEquals: { [`${ISSUER}:sub`]: SUBJECT } }
    },
    finds: ['aud-missing'],
    why: null,
  },
  {
    step: '3.3 Trust policy',
    mistake: 'any ServiceAccount of the namespace',
    make: (state) => condition(state, 'StringLike', 'system:serviceaccount:testing:*'),
    finds: ['sub-wildcard'],
    why: null,
  },
  {
    step: '3.3 Trust policy',
    mistake: 'a wildcard under StringEquals',
    make: (state) => {
      condition(state, 'StringEquals', 'system:serviceaccount:testing:*')
      state.hasUses = false
    },
    finds: ['annotation-not-trusted', 'sub-wildcard-literal'],
    why: 'trust',
  },
  {
    step: '3.3 Trust policy',
    mistake: 'a blank in the subject',
    make: (state) => {
      condition(state, 'StringEquals', 'system:serviceaccount: testing:test-sa')
      state.hasUses = false
    },
    finds: ['annotation-not-trusted', 'sub-malformed'],
    why: 'trust',
  },
  {
    step: '3.3 Trust policy',
    mistake: 'the OIDC id of another cluster in the condition',
    make: (state) => {
      condition(state, 'StringEquals', SUBJECT, OTHER_ISSUER)
      state.hasUses = false
    },
    finds: ['annotation-not-trusted', 'issuer-condition-mismatch'],
    why: 'trust',
  },
  {
    step: '3.4 Namespace',
    mistake: 'another namespace in the subject',
    make: (state) => {
      condition(state, 'StringEquals', 'system:serviceaccount:test:test-sa')
      state.hasUses = false
    },
    finds: ['annotation-not-trusted', 'trusted-service-account-missing'],
    why: 'trust',
  },
  {
    step: '3.5 ServiceAccount',
    mistake: 'it was not created',
    make: (state) => {
      state.hasServiceAccount = false
      state.hasUses = false
    },
    finds: ['fargate-pod-without-role', 'trusted-service-account-missing'],
    why: 'service-account',
  },
  {
    step: '3.7 Annotation',
    mistake: 'it was forgotten',
    make: (state) => {
      state.annotation = null
      state.hasUses = false
    },
    finds: ['fargate-pod-without-role', 'trusted-subject-unused'],
    why: 'annotation',
  },
  {
    step: '3.7 Annotation',
    mistake: 'a wrong account id',
    make: (state) => {
      state.annotation = `arn:aws:iam::${TARGET}:role/pod-s3-access`
      state.hasUses = false
    },
    finds: ['annotation-role-missing', 'trusted-subject-unused'],
    why: 'annotation',
  },
  {
    step: '3.8 Pod',
    mistake: 'serviceAccountName was forgotten',
    make: (state) => {
      state.podServiceAccount = 'default'
      state.hasUses = false
    },
    finds: ['fargate-pod-without-role', 'trusted-subject-unused'],
    why: null,
  },
  {
    step: '4 Cross-account',
    mistake: 'the target role trusts the whole account',
    make: (state) => {
      state.targetPrincipal = `arn:aws:iam::${HOME}:root`
    },
    finds: ['chain-target-open'],
    why: null,
  },
  {
    step: '4 Cross-account',
    mistake: 'the target role trusts another role since',
    make: (state) => {
      state.targetPrincipal = `arn:aws:iam::${HOME}:role/someone-else`
    },
    finds: ['used-not-trusted'],
    why: null,
  },
  {
    step: '4 Cross-account',
    mistake: 'the role may assume any role',
    make: (state) => {
      state.permissions = [{ Action: 'sts:AssumeRole', Resource: '*' }]
    },
    finds: ['assume-any-role'],
    why: null,
  },
  {
    step: '5 Best practices',
    mistake: 'a static access key in the pod',
    make: (state) => {
      state.podEnvironment = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
    },
    finds: ['secret-in-image-risk'],
    why: null,
  },
  {
    step: '5 Best practices',
    mistake: 'two applications share the ServiceAccount',
    make: (state) => {
      state.secondWorkload = true
    },
    finds: ['service-account-shared-by-workloads'],
    why: null,
  },
]

/** The outputs, by path. */
export function filesOf(state: Guide): Map<string, unknown> {
  const iso = (at: number) => new Date(at * 1000).toISOString()
  const roleDetail = (arn: string, statement: object, policies: object[]) => ({
    Path: '/',
    RoleName: arn.split('/').at(-1),
    RoleId: `AROA${arn.split('/').at(-1)!.toUpperCase().replaceAll('-', '').padEnd(17, '0')}`,
    Arn: arn,
    CreateDate: iso(NOW - 200 * DAY),
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [statement] },
    RolePolicyList: [
      {
        PolicyName: 'permissions',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: policies.map((one) => ({ Effect: 'Allow', ...one })),
        },
      },
    ],
    AttachedManagedPolicies: [],
    RoleLastUsed: { LastUsedDate: iso(NOW - 2 * DAY), Region: 'us-west-2' },
  })
  const details = (roles: object[]) => ({
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: roles,
    Policies: [],
  })
  const list = (items: object[]) => ({ apiVersion: 'v1', kind: 'List', items, metadata: {} })
  const pod = (name: string, fargate: boolean, app: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'testing',
      labels: { 'pod-template-hash': 'abc' },
      ownerReferences: [{ kind: 'ReplicaSet', name: `${app}-abc`, controller: true }],
    },
    spec: {
      serviceAccountName: state.podServiceAccount,
      nodeName: fargate ? 'fargate-ip-10-0-0-1' : 'ip-10-0-0-2',
      containers: [
        {
          name: 'aws-cli',
          image: 'amazon/aws-cli',
          env: state.podEnvironment.map((name) => ({ name, value: 'x' })),
        },
      ],
    },
    status: { phase: 'Running' },
  })
  const own =
    state.trust === null
      ? []
      : [
          roleDetail(
            ROLE,
            {
              Effect: 'Allow',
              Principal: {
                Federated: `arn:aws:iam::${HOME}:oidc-provider/${state.trust.issuer}`,
              },
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition: state.trust.conditions,
            },
            state.permissions,
          ),
        ]
  const fargateRole = roleDetail(
    `arn:aws:iam::${HOME}:role/fargate-pods`,
    {
      Effect: 'Allow',
      Principal: { Service: 'eks-fargate-pods.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
    [{ Action: 'logs:PutLogEvents', Resource: '*' }],
  )
  const files = new Map<string, unknown>([
    [`${HOME}/authorization-details.json`, details([...own, fargateRole])],
    [
      `${TARGET}/authorization-details.json`,
      details([
        roleDetail(
          TARGET_ROLE,
          { Effect: 'Allow', Principal: { AWS: state.targetPrincipal }, Action: 'sts:AssumeRole' },
          [{ Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' }],
        ),
      ]),
    ],
    [`${TARGET}/oidc-providers.json`, { OpenIDConnectProviderList: [] }],
    [
      'prod-eks/cluster.json',
      {
        cluster: {
          name: 'prod-eks',
          arn: `arn:aws:eks:us-west-2:${HOME}:cluster/prod-eks`,
          identity: { oidc: { issuer: `https://${ISSUER}` } },
        },
      },
    ],
    ['prod-eks/associations.json', { associations: [] }],
    ['prod-eks/fargate-profiles.json', { fargateProfileNames: ['fp'] }],
    [
      'prod-eks/fargate-profile.json',
      {
        fargateProfile: {
          fargateProfileName: 'fp',
          clusterName: 'prod-eks',
          podExecutionRoleArn: `arn:aws:iam::${HOME}:role/fargate-pods`,
          selectors: [{ namespace: 'serverless' }],
        },
      },
    ],
    [
      'prod-eks/serviceaccounts.json',
      list([
        { kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'testing' } },
        ...(state.hasServiceAccount
          ? [
              {
                kind: 'ServiceAccount',
                metadata: {
                  name: 'test-sa',
                  namespace: 'testing',
                  ...(state.annotation === null
                    ? {}
                    : { annotations: { 'eks.amazonaws.com/role-arn': state.annotation } }),
                },
              },
            ]
          : []),
      ]),
    ],
    [
      'prod-eks/pods.json',
      list([
        pod('sample-pod-ec2', false, 'sample'),
        pod('sample-pod-fargate', true, 'sample'),
        ...(state.secondWorkload ? [pod('other-pod', false, 'other')] : []),
      ]),
    ],
  ])
  const isCreated = state.audiences !== null
  const provider = PROVIDER.replace(ISSUER, state.providerIssuer)
  files.set(`${HOME}/oidc-providers.json`, {
    OpenIDConnectProviderList: isCreated ? [{ Arn: provider }] : [],
  })
  if (isCreated)
    files.set(`${HOME}/oidc-provider.json`, {
      Url: state.providerIssuer,
      ClientIDList: state.audiences,
      ThumbprintList: [],
    })
  return files
}

/** What CloudTrail has of it: the token traded for the role, and the second hop, by profile and by SDK call, over two months. */
export function recordsOf({ hasUses }: Guide): object[] {
  const records: object[] = []
  const add = (at: number, recipient: string, more: object) =>
    records.push({
      eventVersion: '1.08',
      eventTime: new Date(at * 1000).toISOString().replace('.000', ''),
      awsRegion: 'us-west-2',
      sourceIPAddress: '198.51.100.10',
      eventID: `00000000-0000-4000-8000-${String(records.length + 1).padStart(12, '0')}`,
      requestID: `r-${records.length}`,
      eventType: 'AwsApiCall',
      managementEvent: true,
      eventCategory: 'Management',
      recipientAccountId: recipient,
      readOnly: true,
      ...more,
    })
  const session = 'botocore-session-1'
  const id = `AROA${'PODS3ACCESS'.padEnd(17, '0')}`
  for (const days of [60, 30, 1]) {
    const at = NOW - days * DAY
    // Somebody of each account is always seen, so that "nobody" is an answer.
    for (const account of [HOME, TARGET])
      add(at, account, {
        eventSource: 'ec2.amazonaws.com',
        eventName: 'DescribeInstances',
        userAgent: 'console',
        userIdentity: {
          type: 'Root',
          principalId: account,
          arn: `arn:aws:iam::${account}:root`,
          accountId: account,
        },
        requestParameters: null,
        responseElements: null,
      })
    if (!hasUses) continue
    const key = `ASIAPODS3ACCESS${String(days).padStart(5, '0')}`
    add(at + 60, HOME, {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRoleWithWebIdentity',
      userAgent: 'aws-cli/2.15',
      userIdentity: {
        type: 'WebIdentityUser',
        principalId: `${PROVIDER}:sts.amazonaws.com:${SUBJECT}`,
        userName: SUBJECT,
        identityProvider: PROVIDER,
      },
      requestParameters: { roleArn: ROLE, roleSessionName: session },
      responseElements: {
        subjectFromWebIdentityToken: SUBJECT,
        credentials: { accessKeyId: key, expiration: new Date((at + 3660) * 1000).toISOString() },
        assumedRoleUser: {
          assumedRoleId: `${id}:${session}`,
          arn: `arn:aws:sts::${HOME}:assumed-role/pod-s3-access/${session}`,
        },
        provider: PROVIDER,
        audience: 'sts.amazonaws.com',
      },
    })
    for (const [offset, userAgent] of [
      [120, 'aws-cli/2.15 (profile cross-account)'],
      [180, 'Boto3/1.34'],
    ] as const)
      add(at + offset, HOME, {
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        userAgent,
        userIdentity: {
          type: 'AssumedRole',
          principalId: `${id}:${session}`,
          arn: `arn:aws:sts::${HOME}:assumed-role/pod-s3-access/${session}`,
          accountId: HOME,
          accessKeyId: key,
          sessionContext: {
            sessionIssuer: {
              type: 'Role',
              principalId: id,
              arn: ROLE,
              accountId: HOME,
              userName: 'pod-s3-access',
            },
            attributes: {
              creationDate: new Date((at + 60) * 1000).toISOString().replace('.000', ''),
              mfaAuthenticated: 'false',
            },
          },
        },
        requestParameters: { roleArn: TARGET_ROLE, roleSessionName: 'cross' },
        responseElements: {
          credentials: {
            accessKeyId: `ASIAREPORTS${offset}${String(days).padStart(6, '0')}`,
            expiration: new Date((at + 3600) * 1000).toISOString(),
          },
          assumedRoleUser: {
            assumedRoleId: `AROA${'REPORTSREADER'.padEnd(17, '0')}:cross`,
            arn: `arn:aws:sts::${TARGET}:assumed-role/reports-reader/cross`,
          },
        },
      })
  }
  return records
}
