import type { Config } from '../config.ts'
import { parseArn, roleName } from '../identity/arn.ts'
import type { Observed } from './observed.ts'
import {
  type Association,
  type DeclaredCluster,
  type DeclaredProvider,
  type DeclaredRole,
  notRead,
  type Part,
  type Pod,
  type ServiceAccount,
  type Snapshot,
} from './snapshot.ts'
import {
  type PrincipalTrust,
  parseTrustPolicy,
  principalTrusts,
  type TrustPolicy,
  type UnparseablePolicy,
  type WebIdentityTrust,
  webIdentityTrusts,
} from './trust-policy.ts'

/** Everything that checks look at: what is declared, what was seen, and what was approved. */
export interface World {
  readonly declared: Declared
  readonly observed: Observed
  /** The state that today's is compared with; null: there is none but today's. */
  readonly approved: Declared | null
}

/** A role with its trust read. */
export interface Role extends DeclaredRole {
  readonly account: string
  readonly name: string
  readonly policy: TrustPolicy | UnparseablePolicy
  readonly webIdentity: readonly WebIdentityTrust[]
  readonly principals: readonly PrincipalTrust[]
}

/** A cluster with its objects to be looked up. */
export interface Cluster extends DeclaredCluster {
  /** How answers call it; no other has the same. */
  readonly called: string
  serviceAccount(namespace: string, name: string): ServiceAccount | undefined
  associationsOf(namespace: string, serviceAccount: string): readonly Association[]
  podsOf(namespace: string, serviceAccount: string): readonly Pod[]
}

/** A part, and of what. */
export interface PartOf {
  readonly subject: string
  readonly missing: string | null
}

/** A snapshot with the settings, to be looked things up in. */
export interface Declared {
  readonly snapshot: Snapshot
  /** Account ids: those of the snapshot and those of the settings. Every other is external. */
  readonly accounts: ReadonlySet<string>
  readonly roles: readonly Role[]
  readonly providers: readonly DeclaredProvider[]
  readonly clusters: readonly Cluster[]
  role(arn: string): Role | undefined
  provider(arn: string): DeclaredProvider | undefined
  /** By issuer, ARN, or what answers call it. */
  cluster(alias: string): Cluster | undefined
  /** What was read of the roles of each account in scope. */
  readonly roleParts: readonly PartOf[]
  readonly providerParts: readonly PartOf[]
}

/** Parsing a trust is most of the work of a run, and checks share it; a role of a snapshot never changes. */
const PARSED = new WeakMap<DeclaredRole, Role>()

function declaredOf(
  snapshot: Snapshot,
  config: Pick<Config, 'accounts' | 'clusters'> | null,
): Declared {
  const accounts = new Set([
    ...snapshot.accounts.map(({ account }) => account),
    ...snapshot.clusters.flatMap(({ account }) => account ?? []),
    ...(config?.accounts ?? []),
  ])
  const roles = snapshot.accounts.flatMap((account) => account.roles.items.map(roleOf))
  const providers = snapshot.accounts.flatMap((account) => account.providers.items)
  const clusters = clustersWith(snapshot, config)
  const roleByArn = new Map(roles.map((role) => [role.arn, role]))
  const providerByArn = new Map(providers.map((provider) => [provider.arn, provider]))
  const clusterByAlias = new Map<string, Cluster>()
  for (const cluster of clusters)
    for (const alias of [cluster.called, cluster.arn, cluster.issuer])
      if (alias !== null) clusterByAlias.set(alias, cluster)
  const partsOf = (kind: 'roles' | 'providers', command: string): PartOf[] =>
    [...accounts].sort().map((account) => {
      const own = snapshot.accounts.find((one) => one.account === account)
      const none = `no output of "aws iam ${command}" of account ${account}`
      return {
        subject: `account ${account}`,
        missing: own === undefined ? none : own[kind].missing,
      }
    })
  return {
    snapshot,
    accounts,
    roles,
    providers,
    clusters,
    role: (arn) => roleByArn.get(arn),
    provider: (arn) => providerByArn.get(arn),
    cluster: (alias) => clusterByAlias.get(alias),
    roleParts: partsOf('roles', 'get-account-authorization-details'),
    providerParts: partsOf('providers', 'list-open-id-connect-providers'),
  }
}

function roleOf(declared: DeclaredRole): Role {
  const known = PARSED.get(declared)
  if (known !== undefined) return known
  const policy = parseTrustPolicy(declared.trust)
  const role: Role = {
    ...declared,
    account: parseArn(declared.arn)?.account ?? '',
    name: roleName(declared.arn),
    policy,
    webIdentity: policy.kind === 'policy' ? webIdentityTrusts(policy) : [],
    principals: policy.kind === 'policy' ? principalTrusts(policy) : [],
  }
  PARSED.set(declared, role)
  return role
}

function clustersWith(
  { clusters, unlisted = [] }: Snapshot,
  config: Pick<Config, 'clusters'> | null,
): Cluster[] {
  const settings = config?.clusters ?? []
  const used = new Set<(typeof settings)[number]>()
  const settingOf = ({ name, arn, issuer }: DeclaredCluster) =>
    settings.find(
      (setting) =>
        (arn !== null && setting.arn === arn) ||
        (issuer !== null && setting.issuer === issuer) ||
        (arn === null && issuer === null && setting.name === name),
    )
  const known = clusters.map((cluster) => {
    const setting = settingOf(cluster)
    if (setting !== undefined) used.add(setting)
    return { cluster, setting }
  })
  const named = Map.groupBy(known, ({ cluster }) => cluster.name)
  const result = known.map(({ cluster, setting }) => {
    const called = setting?.name ?? calledAmong(named.get(cluster.name)!, cluster)
    return clusterWith(
      {
        ...cluster,
        arn: cluster.arn ?? setting?.arn ?? null,
        issuer: cluster.issuer ?? setting?.issuer ?? null,
        account: cluster.account ?? parseArn(setting?.arn ?? '')?.account ?? null,
      },
      called,
    )
  })
  for (const setting of settings)
    if (!used.has(setting)) {
      const { name, arn = null, issuer = null } = setting
      const account = parseArn(arn ?? '')?.account ?? null
      result.push(unread({ name, arn, issuer, account }, `nothing was read of cluster ${name}`))
    }
  // Whatever lies there may be the cluster that a check looks for.
  for (const { account, region, reason } of unlisted) {
    const name = `any of account ${account}${region === null ? '' : ` in ${region}`}`
    result.push(unread({ name, arn: null, issuer: null, account }, reason))
  }
  return result
}

function unread(
  known: Pick<DeclaredCluster, 'name' | 'arn' | 'issuer' | 'account'>,
  reason: string,
): Cluster {
  const nothing = notRead<never>(reason)
  return clusterWith(
    {
      ...known,
      undescribed: known.issuer === null ? reason : null,
      associations: nothing,
      fargateProfiles: nothing,
      nodeRoles: [],
      serviceAccounts: nothing,
      pods: nothing,
    },
    known.name,
  )
}

/** A cluster's name; with its account, and its region, where others have the same. */
function calledAmong(
  named: readonly { readonly cluster: DeclaredCluster }[],
  { name, account, arn }: DeclaredCluster,
): string {
  if (named.length === 1) return name
  const isOnlyThere = named.filter(({ cluster }) => cluster.account === account).length === 1
  const region = isOnlyThere ? '' : `.${parseArn(arn ?? '')?.region ?? '?'}`
  return `${name}@${account ?? '?'}${region}`
}

function clusterWith(cluster: DeclaredCluster, called: string): Cluster {
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`
  const serviceAccounts = new Map(
    cluster.serviceAccounts.items.map((one) => [keyOf(one.namespace, one.name), one]),
  )
  const associations = Map.groupBy(cluster.associations.items, (one) =>
    keyOf(one.namespace, one.serviceAccount),
  )
  const pods = Map.groupBy(cluster.pods.items, (one) => keyOf(one.namespace, one.serviceAccount))
  return {
    ...cluster,
    called,
    serviceAccount: (namespace, name) => serviceAccounts.get(keyOf(namespace, name)),
    associationsOf: (namespace, name) => associations.get(keyOf(namespace, name)) ?? [],
    podsOf: (namespace, name) => pods.get(keyOf(namespace, name)) ?? [],
  }
}

/** The part of each cluster, for saying what could not be looked at. */
export function clusterParts(
  { clusters }: Declared,
  part: 'associations' | 'fargateProfiles' | 'serviceAccounts' | 'pods',
): PartOf[] {
  return clusters.map((cluster) => ({
    subject: `cluster ${cluster.called}`,
    missing: (cluster[part] as Part<unknown>).missing,
  }))
}

/** Puts together what checks look at. */
export function worldOf({
  snapshot,
  approved,
  observed,
  config,
}: {
  readonly snapshot: Snapshot
  readonly approved: Snapshot | null
  readonly observed: Observed
  readonly config: Pick<Config, 'accounts' | 'clusters'> | null
}): World {
  return {
    declared: declaredOf(snapshot, config),
    observed,
    approved: approved === null ? null : declaredOf(approved, config),
  }
}

/** Roles whose trust is not what it was in the other snapshot, by ARN; those made since are among them. */
export function changedTrusts(now: Snapshot, before: Snapshot | null): string[] {
  if (before === null) return []
  const known = new Map(
    before.accounts.flatMap(({ roles }) =>
      roles.items.map((role) => [role.arn, JSON.stringify(role.trust)] as const),
    ),
  )
  return now.accounts.flatMap(({ roles }) =>
    roles.items
      .filter(({ arn, trust }) => known.get(arn) !== JSON.stringify(trust))
      .map(({ arn }) => arn),
  )
}
