import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A made-up company that has every defect once, as the outputs of `aws` and `kubectl` that somebody would save, and the CloudTrail
 * records of its last two months. What podtrail should find is written down beside each defect.
 */
const PROD = '111122223333'
const LEDGER = '222233334444'
const VENDOR = '999900001111'
const REGION = 'us-west-2'
const ISSUER = issuer('A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1')
const STAGING = issuer('B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2')
const GONE = issuer('C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3')
const ORPHAN = issuer('D4D4D4D4D4D4D4D4D4D4D4D4D4D4D4D4')
const BUCKET_ISSUER = 'oidc-bucket.s3.us-west-2.amazonaws.com'
const EGRESS = '198.51.100.10'
export const NOW = Date.parse('2026-11-23T06:00:00Z') / 1000
const DAY = 86_400

function issuer(id: string): string {
  return `oidc.eks.${REGION}.amazonaws.com/id/${id}`
}

const role = (name: string, account = PROD) => `arn:aws:iam::${account}:role/${name}`
const provider = (of: string) => `arn:aws:iam::${PROD}:oidc-provider/${of}`
const clusterArn = (name: string) => `arn:aws:eks:${REGION}:${PROD}:cluster/${name}`
const subject = (namespace: string, name: string) => `system:serviceaccount:${namespace}:${name}`
const iso = (at: number) => new Date(at * 1000).toISOString().replace('.000', '')

export interface Company {
  /** By path. */
  readonly files: ReadonlyMap<string, unknown>
  readonly records: readonly object[]
  readonly settings: string
  /** `rule subject`, sorted. */
  readonly expected: readonly string[]
}

/** `before`: as it was when it was approved. */
export function companyWithDefects({ before = false } = {}): Company {
  const roles: object[] = []
  const ledgerRoles: object[] = []
  const serviceAccounts: object[] = []
  const stagingServiceAccounts: object[] = []
  const pods: object[] = []
  const associations: { summary: object; detail: object }[] = []
  const records: object[] = []
  const expected: string[] = []

  const defect = (rule: string, about: string) => expected.push(`${rule} ${about}`)
  const inProd = (name: string, namespace = 'apps') => `prod-eks/${namespace}/${name}`

  function addRole(
    name: string,
    statements: object | object[],
    more: {
      used?: number
      policies?: object[]
      attached?: object[]
      into?: object[]
      account?: string
    } = {},
  ): void {
    const { used = NOW - DAY, policies, attached = [], into = roles, account = PROD } = more
    into.push({
      Path: '/',
      RoleName: name,
      RoleId: `AROA${name.toUpperCase().replaceAll('-', '').padEnd(17, '0').slice(0, 17)}`,
      Arn: role(name, account),
      CreateDate: iso(NOW - 500 * DAY),
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: statements },
      InstanceProfileList: [],
      RolePolicyList: (policies ?? [allow('s3:GetObject', 'arn:aws:s3:::reports/*')]).map(
        (PolicyDocument, index) => ({ PolicyName: `own-${index}`, PolicyDocument }),
      ),
      AttachedManagedPolicies: attached,
      Tags: [],
      RoleLastUsed: { LastUsedDate: iso(used), Region: REGION },
    })
  }

  function trust(
    sub: string | string[] | null,
    more: { operator?: string; aud?: string | string[] | null; of?: string; key?: string } = {},
  ): object {
    const { operator = 'StringEquals', aud = 'sts.amazonaws.com', of = ISSUER } = more
    const key = more.key ?? of
    const conditions: Record<string, Record<string, unknown>> = {}
    const put = (name: string, field: string, value: unknown) => {
      conditions[name] = { ...conditions[name], [`${key}:${field}`]: value }
    }
    if (aud !== null) put('StringEquals', 'aud', aud)
    if (sub !== null) put(operator, 'sub', sub)
    return {
      Effect: 'Allow',
      Principal: { Federated: provider(of) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: conditions,
    }
  }

  function addServiceAccount(
    name: string,
    of: string | null,
    { namespace = 'apps', into = serviceAccounts, audience = null as string | null } = {},
  ): void {
    into.push({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name,
        namespace,
        uid: `${namespace}-${name}`,
        ...(of === null
          ? {}
          : {
              annotations: {
                'eks.amazonaws.com/role-arn': of,
                ...(audience === null ? {} : { 'eks.amazonaws.com/audience': audience }),
              },
            }),
      },
    })
  }

  function addPod(
    serviceAccount: string,
    { namespace = 'apps', deployment = serviceAccount, fargate = false } = {},
  ): void {
    pods.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${deployment}-6c4f9d8b7-x1`,
        namespace,
        labels: {
          'pod-template-hash': '6c4f9d8b7',
          ...(fargate ? { 'eks.amazonaws.com/fargate-profile': 'serverless' } : {}),
        },
        ownerReferences: [
          { kind: 'ReplicaSet', name: `${deployment}-6c4f9d8b7`, controller: true },
        ],
      },
      spec: {
        serviceAccountName: serviceAccount,
        nodeName: fargate ? 'fargate-ip-10-0-1-2' : 'ip-10-0-1-3',
        containers: [{ name: 'app', image: 'app:1' }],
      },
      status: { phase: 'Running' },
    })
  }

  let event = 0
  function record(at: number, more: object): void {
    event++
    records.push({
      eventVersion: '1.08',
      eventTime: iso(at),
      awsRegion: 'us-east-1',
      sourceIPAddress: EGRESS,
      userAgent: 'aws-sdk-go-v2/1.30.0',
      requestID: `r-${event}`,
      eventID: `00000000-0000-4000-8000-${String(event).padStart(12, '0')}`,
      eventType: 'AwsApiCall',
      managementEvent: true,
      eventCategory: 'Management',
      recipientAccountId: PROD,
      ...more,
    })
  }

  function keyOf(at: number, name: string): string {
    return `ASIA${`${name}${at}`
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '')
      .slice(-16)
      .padStart(16, '0')}`
  }

  /** A token traded for a role. */
  function use(
    name: string,
    account: string,
    { namespace = 'apps', of = ISSUER, times = [58, 20, 1] } = {},
  ): void {
    for (const days of times) {
      const at = NOW - days * DAY + event
      const sub = subject(namespace, account)
      record(at, {
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRoleWithWebIdentity',
        userIdentity: {
          type: 'WebIdentityUser',
          principalId: `${provider(of)}:sts.amazonaws.com:${sub}`,
          userName: sub,
          identityProvider: provider(of),
        },
        requestParameters: { roleArn: role(name), roleSessionName: `${account}-session` },
        responseElements: {
          subjectFromWebIdentityToken: sub,
          credentials: {
            accessKeyId: keyOf(at, `${name}${account}`),
            expiration: iso(at + 3600),
          },
          assumedRoleUser: {
            assumedRoleId: `AROA${name.toUpperCase().replaceAll('-', '').padEnd(17, '0').slice(0, 17)}:${account}-session`,
            arn: `arn:aws:sts::${PROD}:assumed-role/${name}/${account}-session`,
          },
          provider: provider(of),
          audience: 'sts.amazonaws.com',
        },
        readOnly: true,
      })
    }
  }

  /** All that belongs to a workload with a role of its own. */
  function workload(
    name: string,
    statements: object | object[] = trust(subject('apps', name)),
    more: Parameters<typeof addRole>[2] = {},
  ): void {
    addRole(name, statements, more)
    addServiceAccount(name, role(name))
    addPod(name)
    use(name, name)
  }

  // Well-kept ones.
  workload('checkout')
  workload('ledger', [trust(subject('apps', 'ledger'))])
  addRole('internal', trust(subject('apps', 'internal'), { aud: 'internal' }))
  addServiceAccount('internal', role('internal'), { audience: 'internal' })
  addPod('internal')
  use('internal', 'internal')

  // What the trust says of subject and audience.
  workload('open-sub', trust(null))
  defect('sub-missing', role('open-sub'))
  workload('wild', trust('system:serviceaccount:apps:*', { operator: 'StringLike' }))
  defect('sub-wildcard', role('wild'))
  addRole('literal', trust('system:serviceaccount:apps:liter*'))
  addServiceAccount('literal', role('literal'))
  defect('sub-wildcard-literal', role('literal'))
  defect('annotation-not-trusted', inProd('literal'))
  addRole('malformed', trust('system:serviceaccount: apps:malformed'))
  addServiceAccount('malformed', role('malformed'))
  defect('sub-malformed', role('malformed'))
  defect('annotation-not-trusted', inProd('malformed'))
  workload('no-aud', trust(subject('apps', 'no-aud'), { aud: null }))
  defect('aud-missing', role('no-aud'))
  workload('two-auds', trust(subject('apps', 'two-auds'), { aud: ['sts.amazonaws.com', 'vault'] }))
  defect('aud-unexpected', role('two-auds'))
  addRole('rebuilt', trust(subject('apps', 'rebuilt'), { key: GONE }))
  addServiceAccount('rebuilt', role('rebuilt'))
  defect('issuer-condition-mismatch', role('rebuilt'))
  defect('annotation-not-trusted', inProd('rebuilt'))

  // Providers.
  addRole('dead', trust(subject('apps', 'dead'), { of: GONE }))
  defect('provider-missing', role('dead'))
  defect('provider-orphaned', provider(ORPHAN))
  defect('provider-foreign-issuer', provider(BUCKET_ISSUER))
  defect('provider-audience', provider(STAGING))

  // Who has which role.
  addRole('both', [trust(subject('apps', 'both')), trust(subject('apps', 'both'), { of: STAGING })])
  addServiceAccount('both', role('both'))
  addPod('both')
  addServiceAccount('both', null, { into: stagingServiceAccounts })
  use('both', 'both')
  use('both', 'both', { of: STAGING })
  defect('role-trusts-many-clusters', role('both'))
  addRole('shared', trust([subject('apps', 'shared-a'), subject('apps', 'shared-b')]))
  for (const name of ['shared-a', 'shared-b']) {
    addServiceAccount(name, role('shared'))
    addPod(name)
    use('shared', name)
  }
  defect('role-shared-by-service-accounts', role('shared'))
  workload('many')
  addPod('many', { deployment: 'many-too' })
  defect('service-account-shared-by-workloads', inProd('many'))
  addRole('lazy', trust(subject('lazy', 'default')))
  addServiceAccount('default', role('lazy'), { namespace: 'lazy' })
  addPod('default', { namespace: 'lazy', deployment: 'lazy' })
  use('lazy', 'default', { namespace: 'lazy' })
  defect('default-service-account', inProd('default', 'lazy'))
  addServiceAccount('untrusted', role('checkout'))
  defect('annotation-not-trusted', inProd('untrusted'))
  addServiceAccount('norole', role('deleted'))
  defect('annotation-role-missing', inProd('norole'))
  addRole('ghost', trust(subject('apps', 'ghost')))
  defect('trusted-service-account-missing', role('ghost'))
  workload('half', trust([subject('apps', 'half'), subject('apps', 'resting')]))
  addServiceAccount('resting', null)
  defect('trusted-subject-unused', role('half'))
  addRole('sleeper', trust(subject('apps', 'sleeper')), { used: NOW - 200 * DAY })
  addServiceAccount('sleeper', role('sleeper'))
  defect('role-unused', role('sleeper'))

  // Pod Identity.
  const podIdentity = {
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: { ArnEquals: { 'aws:SourceArn': clusterArn('prod-eks') } },
  }
  function associate(account: string, of: string, more: object = {}): void {
    const id = `a-${String(associations.length + 1).padStart(17, '0')}`
    const summary = {
      clusterName: 'prod-eks',
      namespace: 'apps',
      serviceAccount: account,
      associationArn: `arn:aws:eks:${REGION}:${PROD}:podidentityassociation/prod-eks/${id}`,
      associationId: id,
    }
    associations.push({
      summary,
      detail: { ...summary, roleArn: role(of), disableSessionTags: false, ...more },
    })
  }
  workload('dual')
  addRole('dual-pod', podIdentity)
  associate('dual', 'dual-pod')
  defect('irsa-and-pod-identity', inProd('dual'))
  addRole('pi-open', { ...podIdentity, Condition: {} })
  addServiceAccount('pi-open', null)
  associate('pi-open', 'pi-open')
  defect('pod-identity-trust-open', role('pi-open'))
  addRole('pi-untagged', { ...podIdentity, Action: 'sts:AssumeRole' })
  addServiceAccount('pi-untagged', null)
  associate('pi-untagged', 'pi-untagged')
  defect('pod-identity-tagsession-missing', role('pi-untagged'))
  addRole('pi-silent', podIdentity)
  addServiceAccount('pi-silent', null)
  associate('pi-silent', 'pi-silent', { disableSessionTags: true })
  defect('pod-identity-session-tags-off', 'prod-eks/a-00000000000000004')

  // Chains, and whom else roles trust.
  workload('bridge', trust(subject('apps', 'bridge')), {
    policies: [allow('sts:AssumeRole', role('ledger-writer', LEDGER))],
  })
  addRole(
    'ledger-writer',
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${PROD}:root` }, Action: 'sts:AssumeRole' },
    { into: ledgerRoles, account: LEDGER },
  )
  defect('chain-target-open', role('ledger-writer', LEDGER))
  hop('bridge', 'ledger-writer')
  addRole('open-door', { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' })
  defect('principal-star', role('open-door'))
  addRole('vendor', { Effect: 'Allow', Principal: { AWS: VENDOR }, Action: 'sts:AssumeRole' })
  defect('external-account', role('vendor'))
  workload('hopper', trust(subject('apps', 'hopper')), { policies: [allow('sts:AssumeRole', '*')] })
  defect('assume-any-role', role('hopper'))
  for (const [one, other] of [
    ['ring-a', 'ring-b'],
    ['ring-b', 'ring-a'],
  ] as const)
    addRole(one, { Effect: 'Allow', Principal: { AWS: role(other) }, Action: 'sts:AssumeRole' })
  defect('circular-trust', `${role('ring-a')} ${role('ring-b')}`)
  workload('mixed', [
    trust(subject('apps', 'mixed')),
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${PROD}:saml-provider/idp` },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    },
  ])
  defect('mixed-human-and-workload', role('mixed'))
  workload('admin', trust(subject('apps', 'admin')), {
    policies: [],
    attached: [
      {
        PolicyName: 'AdministratorAccess',
        PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      },
    ],
  })
  defect('admin-workload-role', role('admin'))
  addRole(
    'nodes',
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    {
      policies: [allow('s3:*', '*')],
      attached: [
        {
          PolicyName: 'AmazonEKSWorkerNodePolicy',
          PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
        },
      ],
    },
  )
  defect('node-role-broad', role('nodes'))
  addRole(
    'fargate-pods',
    {
      Effect: 'Allow',
      Principal: { Service: 'eks-fargate-pods.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
    { policies: [allow('dynamodb:*', '*')] },
  )
  defect('node-role-broad', role('fargate-pods'))
  addServiceAccount('plain', null, { namespace: 'serverless' })
  addPod('plain', { namespace: 'serverless', fargate: true })
  defect('fargate-pod-without-role', inProd('plain', 'serverless'))

  // What the logs add.
  workload(
    'changed',
    trust(
      before
        ? subject('apps', 'changed')
        : [subject('apps', 'changed'), subject('apps', 'intruder')],
    ),
  )
  addServiceAccount('intruder', null)
  use('changed', 'intruder', { times: [5] })
  record(NOW - 6 * DAY, {
    eventSource: 'iam.amazonaws.com',
    eventName: 'UpdateAssumeRolePolicy',
    sourceIPAddress: '203.0.113.99',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAANA0000000000001',
      arn: `arn:aws:iam::${PROD}:user/ana`,
      accountId: PROD,
      accessKeyId: 'AKIAANA0000000000001',
      userName: 'ana',
    },
    requestParameters: { roleName: 'changed', policyDocument: '{}' },
    responseElements: null,
    readOnly: false,
  })
  defect('trust-changed', role('changed'))
  workload('closed')
  addServiceAccount('burst', null)
  use('closed', 'burst', { times: [7] })
  defect('used-not-trusted', `${role('closed')} ${ISSUER}/apps/burst`)
  record(NOW - 3 * DAY, {
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDALEGACY0000000001',
      arn: `arn:aws:iam::${PROD}:user/legacy-app`,
      accountId: PROD,
      accessKeyId: 'AKIALEGACY0000000001',
      userName: 'legacy-app',
    },
    requestParameters: null,
    responseElements: null,
    readOnly: true,
  })
  defect('secret-in-image-risk', `arn:aws:iam::${PROD}:user/legacy-app`)

  /** A session of one role assumes another, as the caller's account records it. */
  function hop(from: string, to: string): void {
    for (const days of [58, 1]) {
      const at = NOW - days * DAY + 600
      const session = `${from}-session`
      const id = `AROA${from.toUpperCase().padEnd(17, '0')}`
      record(at, {
        eventSource: 'sts.amazonaws.com',
        eventName: 'AssumeRole',
        userIdentity: {
          type: 'AssumedRole',
          principalId: `${id}:${session}`,
          arn: `arn:aws:sts::${PROD}:assumed-role/${from}/${session}`,
          accountId: PROD,
          accessKeyId: keyFor(from, days),
          sessionContext: {
            sessionIssuer: {
              type: 'Role',
              principalId: id,
              arn: role(from),
              accountId: PROD,
              userName: from,
            },
            attributes: { creationDate: iso(at - 600), mfaAuthenticated: 'false' },
          },
        },
        requestParameters: { roleArn: role(to, LEDGER), roleSessionName: 'hop' },
        responseElements: {
          credentials: { accessKeyId: keyOf(at, to), expiration: iso(at + 3600) },
          assumedRoleUser: {
            assumedRoleId: `AROA${to.toUpperCase().replaceAll('-', '').padEnd(17, '0')}:hop`,
            arn: `arn:aws:sts::${LEDGER}:assumed-role/${to}/hop`,
          },
        },
        readOnly: true,
      })
    }
  }
  function keyFor(name: string, days: number): string {
    const found = (
      records as {
        eventTime: string
        requestParameters?: { roleArn?: string }
        responseElements?: { credentials?: { accessKeyId: string } }
      }[]
    ).find(
      ({ eventTime, requestParameters }) =>
        requestParameters?.roleArn === role(name) &&
        Math.abs(Date.parse(eventTime) / 1000 - (NOW - days * DAY)) < 3600,
    )
    return found!.responseElements!.credentials!.accessKeyId
  }

  const files = new Map<string, unknown>()
  const list = (items: object[]) => ({ apiVersion: 'v1', kind: 'List', items, metadata: {} })
  files.set(`${PROD}/authorization-details.json`, {
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: roles,
    Policies: [],
    IsTruncated: false,
  })
  files.set(`${LEDGER}/authorization-details.json`, {
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: ledgerRoles,
    Policies: [],
  })
  const providers = {
    prod: [ISSUER, ['sts.amazonaws.com', 'internal']],
    staging: [STAGING, ['amazonaws.com']],
    orphan: [ORPHAN, ['sts.amazonaws.com']],
    bucket: [BUCKET_ISSUER, ['sts.amazonaws.com']],
  } as const
  files.set(`${PROD}/oidc-providers.json`, {
    OpenIDConnectProviderList: Object.values(providers).map(([of]) => ({ Arn: provider(of) })),
  })
  for (const [name, [Url, ClientIDList]] of Object.entries(providers))
    files.set(`${PROD}/oidc-${name}.json`, { Url, ClientIDList, ThumbprintList: [], Tags: [] })
  files.set(`${LEDGER}/oidc-providers.json`, { OpenIDConnectProviderList: [] })
  for (const [name, of] of [
    ['prod-eks', ISSUER],
    ['staging-eks', STAGING],
  ] as const) {
    files.set(`${name}/cluster.json`, {
      cluster: {
        name,
        arn: clusterArn(name),
        identity: { oidc: { issuer: `https://${of}` } },
        status: 'ACTIVE',
      },
    })
  }
  files.set('prod-eks/serviceaccounts.json', list(serviceAccounts))
  files.set('prod-eks/pods.json', list(pods))
  files.set('prod-eks/associations.json', {
    associations: associations.map(({ summary }) => summary),
  })
  for (const [index, { detail }] of associations.entries())
    files.set(`prod-eks/association-${index + 1}.json`, { association: detail })
  files.set('prod-eks/fargate-profiles.json', { fargateProfileNames: ['serverless'] })
  files.set('prod-eks/fargate-profile.json', {
    fargateProfile: {
      fargateProfileName: 'serverless',
      fargateProfileArn: `arn:aws:eks:${REGION}:${PROD}:fargateprofile/prod-eks/serverless/1`,
      clusterName: 'prod-eks',
      podExecutionRoleArn: role('fargate-pods'),
      selectors: [{ namespace: 'serverless' }],
    },
  })
  files.set('staging-eks/serviceaccounts.json', list(stagingServiceAccounts))
  files.set('staging-eks/pods.json', list([]))
  files.set('staging-eks/associations.json', { associations: [] })
  files.set('staging-eks/fargate-profiles.json', { fargateProfileNames: [] })

  return {
    files,
    records,
    settings: `accounts: ["${PROD}", "${LEDGER}"]
clusters: []
network:
  egress: ["${EGRESS}"]
  vpcEndpoints: []
`,
    expected: expected.sort(),
  }
}

function allow(Action: string, Resource: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }
}

/** Writes the saved outputs into a folder, but for some. */
export function saveState(
  folder: string,
  { files }: Pick<Company, 'files'>,
  without: readonly string[] = [],
): void {
  for (const [path, content] of files) {
    if (without.includes(path)) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(content))
  }
}
