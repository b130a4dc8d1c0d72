import type { Principal } from '../model.ts'
import type { EdgeSum } from '../ports.ts'
import type { Observed } from './observed.ts'
import type {
  Association,
  DeclaredAccount,
  DeclaredCluster,
  DeclaredProvider,
  DeclaredRole,
  FargateProfile,
  Pod,
  ServiceAccount,
  Snapshot,
} from './snapshot.ts'

/** What a check is asked about, before it is made into a `World`. */
export interface Situation {
  readonly snapshot: Snapshot
  readonly observed: Observed
  readonly approved: Snapshot | null
}

export const ACCOUNT = '111122223333'
export const TARGET_ACCOUNT = '222233334444'
const REGION = 'us-west-2'
export const ISSUER = `oidc.eks.${REGION}.amazonaws.com/id/5C0FFEE5C0FFEE5C0FFEE5C0FFEE5C0F`
export const OTHER_ISSUER = `oidc.eks.${REGION}.amazonaws.com/id/0DDBA110DDBA110DDBA110DDBA110DDB`
const CLUSTER_ARN = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/prod-eks`
const OTHER_CLUSTER_ARN = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/staging-eks`
export const PROVIDER = providerArn(ISSUER)
export const OTHER_PROVIDER = providerArn(OTHER_ISSUER)
export const ROLE = roleArn('pod-s3-access')
export const SUBJECT = 'system:serviceaccount:testing:test-sa'

/** 2026-11-23T06:00:00Z */
const NOW = 1_795_413_600
const DAY = 86_400

export function roleArn(name: string, account = ACCOUNT): string {
  return `arn:aws:iam::${account}:role/${name}`
}

function providerArn(issuer: string): string {
  return `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`
}

/** A trust policy of these statements. */
export function trustOf(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements }
}

/** A statement that trusts a cluster; conditions are by operator and key, without the issuer. */
export function clusterStatement(
  conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>,
  names: { readonly issuer?: string; readonly provider?: string; readonly keyIssuer?: string } = {},
): object {
  const { issuer = ISSUER } = names
  const { provider = providerArn(issuer), keyIssuer = issuer } = names
  return {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: Object.fromEntries(
      Object.entries(conditions).map(([operator, keys]) => [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, value]) => [
            key.includes(':') ? key : `${keyIssuer}:${key}`,
            value,
          ]),
        ),
      ]),
    ),
  }
}

/** What the trust of a well-kept role says. */
export const HEALTHY_STATEMENT = clusterStatement({
  StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT },
})

export const POD_IDENTITY_STATEMENT = {
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Condition: {
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
    ArnEquals: { 'aws:SourceArn': CLUSTER_ARN },
  },
}

export function sampleRole(overrides: Partial<DeclaredRole> = {}): DeclaredRole {
  return {
    arn: ROLE,
    id: 'AROAPODS3ACCESS000001',
    createdAt: NOW - 400 * DAY,
    trust: trustOf(HEALTHY_STATEMENT),
    policies: [
      {
        name: 'read-reports',
        arn: null,
        document: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' },
          ],
        },
      },
    ],
    lastUsedAt: NOW - DAY,
    maxSessionSeconds: 3600,
    ...overrides,
  }
}

export function sampleProvider(overrides: Partial<DeclaredProvider> = {}): DeclaredProvider {
  return { arn: PROVIDER, issuer: ISSUER, audiences: ['sts.amazonaws.com'], ...overrides }
}

export function sampleServiceAccount(overrides: Partial<ServiceAccount> = {}): ServiceAccount {
  return { namespace: 'testing', name: 'test-sa', role: ROLE, audience: null, ...overrides }
}

export function samplePod(overrides: Partial<Pod> = {}): Pod {
  return {
    namespace: 'testing',
    name: 'sample-pod',
    serviceAccount: 'test-sa',
    workload: 'Deployment/sample',
    onFargate: false,
    labels: {},
    keyVariables: [],
    ...overrides,
  }
}

export function sampleAssociation(
  overrides: Partial<Omit<Association, 'detail'>> = {},
  detail: Partial<NonNullable<Association['detail']>> = {},
): Association {
  return {
    id: 'a-0123456789abcdef0',
    namespace: 'testing',
    serviceAccount: 'test-sa',
    detail: { role: ROLE, targetRole: null, sessionTagsOff: false, externalId: null, ...detail },
    ...overrides,
  }
}

export function samplePrincipal(overrides: Partial<Principal> = {}): Principal {
  const { kind = 'workload', namespace = 'testing', serviceAccount = 'test-sa' } = overrides
  const cluster = overrides.cluster ?? ISSUER
  return {
    kind,
    id: `${cluster}/${namespace}/${serviceAccount}`,
    cluster: kind === 'workload' ? cluster : null,
    namespace: kind === 'workload' ? namespace : null,
    serviceAccount: kind === 'workload' ? serviceAccount : null,
    name: null,
    account: null,
    ...overrides,
  }
}

export function sampleEdge(overrides: Partial<EdgeSum> = {}): EdgeSum {
  return {
    principal: samplePrincipal(),
    via: [],
    hop: 1,
    role: ROLE,
    proof: 'accessKeyId',
    count: 24,
    firstSeen: NOW - 60 * DAY,
    lastSeen: NOW - DAY,
    ...overrides,
  }
}

/** What is other than in the sample: a role, a provider, … of the same name replaces it, others are added; null leaves it out. */
export interface Differences {
  readonly trust?: unknown
  readonly role?: Partial<DeclaredRole> | null
  readonly roles?: readonly DeclaredRole[]
  readonly provider?: Partial<DeclaredProvider> | null
  readonly providers?: readonly DeclaredProvider[]
  readonly account?: Partial<Omit<DeclaredAccount, 'roles' | 'providers'>> & {
    readonly rolesMissing?: string
    readonly providersMissing?: string
  }
  readonly serviceAccount?: Partial<ServiceAccount> | null
  readonly serviceAccounts?: readonly ServiceAccount[]
  readonly pods?: readonly Pod[]
  readonly associations?: readonly Association[]
  readonly fargateProfiles?: readonly FargateProfile[]
  readonly cluster?: Partial<DeclaredCluster>
  readonly clusters?: readonly DeclaredCluster[]
  readonly unlisted?: NonNullable<Snapshot['unlisted']>
  readonly accounts?: readonly DeclaredAccount[]
  /** Of the healthy edge; none with []. */
  readonly edges?: readonly EdgeSum[]
  readonly observed?: Partial<Observed>
  /** The trust that was approved, where it is another one. */
  readonly approvedTrust?: unknown
}

/** The healthy end of the IRSA guide: one cluster, one role, one ServiceAccount, one pod, seen at work; and what is different. */
export function sample(different: Differences = {}): Situation {
  const { account, cluster, observed } = different
  const own = different.role === null ? [] : [sampleRole(different.role)]
  const withTrust =
    different.trust === undefined ? own : own.map((role) => ({ ...role, trust: different.trust }))
  const providers = different.provider === null ? [] : [sampleProvider(different.provider)]
  const serviceAccounts =
    different.serviceAccount === null ? [] : [sampleServiceAccount(different.serviceAccount)]
  const accountOf = (roles: readonly DeclaredRole[]): DeclaredAccount => ({
    account: ACCOUNT,
    roles: {
      items: [...roles, ...(different.roles ?? [])],
      missing: account?.rolesMissing ?? null,
    },
    providers: {
      items: [...providers, ...(different.providers ?? [])],
      missing: account?.providersMissing ?? null,
    },
  })
  const snapshot: Snapshot = {
    at: NOW,
    accounts: [accountOf(withTrust), ...(different.accounts ?? [])],
    clusters: [
      {
        ...sampleCluster(),
        associations: { items: different.associations ?? [], missing: null },
        fargateProfiles: { items: different.fargateProfiles ?? [], missing: null },
        serviceAccounts: {
          items: [...serviceAccounts, ...(different.serviceAccounts ?? [])],
          missing: null,
        },
        pods: { items: different.pods ?? [samplePod()], missing: null },
        ...cluster,
      },
      ...(different.clusters ?? []),
    ],
    ...(different.unlisted === undefined ? {} : { unlisted: different.unlisted }),
  }
  return {
    snapshot,
    observed: {
      window: { from: NOW - 90 * DAY, to: NOW },
      seen: new Map(
        snapshot.accounts.map((one) => [one.account, { from: NOW - 90 * DAY, to: NOW - 60 }]),
      ),
      edges: different.edges ?? [sampleEdge()],
      attempts: [],
      trustChanges: [],
      staticKeys: [],
      staticKeysMissing: null,
      ...observed,
    },
    approved:
      different.approvedTrust === undefined
        ? null
        : {
            ...snapshot,
            at: NOW - 30 * DAY,
            accounts: [
              accountOf(own.map((role) => ({ ...role, trust: different.approvedTrust }))),
              ...(different.accounts ?? []),
            ],
          },
  }
}

function sampleCluster(overrides: Partial<DeclaredCluster> = {}): DeclaredCluster {
  const nothing = { items: [], missing: null }
  return {
    name: 'prod-eks',
    account: ACCOUNT,
    arn: CLUSTER_ARN,
    issuer: ISSUER,
    undescribed: null,
    associations: nothing,
    fargateProfiles: nothing,
    nodeRoles: [],
    serviceAccounts: nothing,
    pods: nothing,
    ...overrides,
  }
}

export function staging(overrides: Partial<DeclaredCluster> = {}): DeclaredCluster {
  return sampleCluster({
    name: 'staging-eks',
    arn: OTHER_CLUSTER_ARN,
    issuer: OTHER_ISSUER,
    ...overrides,
  })
}
