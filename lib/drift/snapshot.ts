import type { ClusterNames } from '../identity/clusters.ts'

/**
 * The declared state: what IAM, EKS and Kubernetes say there is, as plain values that can be stored and compared. What could not be
 * read is said in each part, so that nobody takes it for "there is none".
 */

/** When it was read, in seconds, and what was found. */
export interface Snapshot {
  readonly at: number
  readonly accounts: readonly DeclaredAccount[]
  readonly clusters: readonly DeclaredCluster[]
  /** Where there may be clusters that nobody listed; left out where there is no such place. */
  readonly unlisted?: readonly Unlisted[]
}

/** Clusters of an account, in one region or in all, could not be listed, or not to the end. */
export interface Unlisted {
  readonly account: string
  readonly region: string | null
  readonly reason: string
}

/** What was read of a part. `missing`: why it is not all there; null: it is. */
export interface Part<Item> {
  readonly items: readonly Item[]
  readonly missing: string | null
}

export interface DeclaredAccount {
  readonly account: string
  readonly roles: Part<DeclaredRole>
  readonly providers: Part<DeclaredProvider>
}

export interface DeclaredRole {
  /** With its path. */
  readonly arn: string
  /** `AROA…`: another one once the role is made anew. */
  readonly id: string
  readonly createdAt: number | null
  /** The trust policy as IAM has it, decoded. */
  readonly trust: unknown
  readonly policies: readonly DeclaredPolicy[]
  /** When AWS last saw it used (it looks back 400 days); null: not in that time; undefined: not said. */
  readonly lastUsedAt?: number | null | undefined
  readonly maxSessionSeconds: number | null
}

/** A policy of a role: inline, or attached with its ARN. */
export interface DeclaredPolicy {
  readonly name: string
  readonly arn: string | null
  /** Null where the text of an attached policy was not read. */
  readonly document: unknown
}

export interface DeclaredProvider {
  readonly arn: string
  /** Host and path, without `https://`. */
  readonly issuer: string
  /** Client ids; null where only the list of providers was read. */
  readonly audiences: readonly string[] | null
}

export interface DeclaredCluster {
  /** As EKS calls it, or the folder that its Kubernetes output lay in. */
  readonly name: string
  readonly account: string | null
  readonly arn: string | null
  /** Host and path. */
  readonly issuer: string | null
  /** Why EKS did not describe it; null: it did. */
  readonly undescribed: string | null
  readonly associations: Part<Association>
  readonly fargateProfiles: Part<FargateProfile>
  readonly nodeRoles: readonly string[]
  /** Why not all node groups were read; left out where they were, or where nobody asked. */
  readonly nodeRolesMissing?: string
  readonly serviceAccounts: Part<ServiceAccount>
  readonly pods: Part<Pod>
}

/** A Pod Identity association. Without `describe`, its roles are not known. */
export interface Association {
  readonly id: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly detail: AssociationDetail | null
}

export interface AssociationDetail {
  readonly role: string
  readonly targetRole: string | null
  readonly sessionTagsOff: boolean
  readonly externalId: string | null
}

export interface FargateProfile {
  readonly name: string
  /** Null where only the list of profiles was read. */
  readonly executionRole: string | null
  readonly selectors: readonly {
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
  }[]
}

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  /** `eks.amazonaws.com/role-arn`, as written. */
  readonly role: string | null
  /** `eks.amazonaws.com/audience`. */
  readonly audience: string | null
}

export interface Pod {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  /** What runs it: `Deployment/checkout`; the pod itself where nothing does. */
  readonly workload: string
  readonly onFargate: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Containers whose environment holds a static access key. */
  readonly keyVariables: readonly string[]
}

/** The clusters of a snapshot by all that is known of their names. */
export function clusterNamesOf(snapshot: Snapshot): ClusterNames[] {
  return snapshot.clusters.flatMap(({ name, issuer, arn }) =>
    issuer === null && arn === null
      ? []
      : [{ name, ...(issuer === null ? {} : { issuer }), ...(arn === null ? {} : { arn }) }],
  )
}

/** Something of the declared state that was read from one place. */
export type Fact =
  | { readonly kind: 'roles'; readonly account: string; readonly part: Part<DeclaredRole> }
  | { readonly kind: 'providers'; readonly account: string; readonly part: Part<string> }
  | {
      readonly kind: 'provider'
      /** Null where the output names none and nothing else says. */
      readonly account: string | null
      readonly issuer: string
      readonly audiences: readonly string[]
    }
  | {
      readonly kind: 'cluster'
      readonly cluster: ClusterRef
      readonly arn: string
      readonly issuer: string | null
    }
  | { readonly kind: 'cluster-name'; readonly cluster: ClusterRef }
  | { readonly kind: 'cluster-unread'; readonly cluster: ClusterRef; readonly reason: string }
  | ({ readonly kind: 'unlisted' } & Unlisted)
  | {
      readonly kind: 'associations'
      readonly cluster: ClusterRef
      readonly part: Part<Omit<Association, 'detail'>>
    }
  | {
      readonly kind: 'association'
      readonly cluster: ClusterRef
      readonly association: Association
    }
  | { readonly kind: 'fargate-profiles'; readonly cluster: ClusterRef; readonly part: Part<string> }
  | {
      readonly kind: 'fargate-profile'
      readonly cluster: ClusterRef
      readonly profile: FargateProfile
    }
  | { readonly kind: 'node-role'; readonly cluster: ClusterRef; readonly role: string }
  | { readonly kind: 'node-roles-unread'; readonly cluster: ClusterRef; readonly reason: string }
  | {
      readonly kind: 'service-accounts'
      readonly cluster: ClusterRef
      readonly part: Part<ServiceAccount>
    }
  | { readonly kind: 'pods'; readonly cluster: ClusterRef; readonly part: Part<Pod> }

/** A cluster as one output names it. Where it names no account or region, it means the only cluster of that name. */
export interface ClusterRef {
  readonly name: string
  readonly account: string | null
  readonly region: string | null
}

/**
 * Puts facts from all places together. What nothing was read of is `missing`, and how to get it is said; `lost`: what could not be
 * told whose it is.
 */
export function snapshotOf(
  facts: readonly Fact[],
  at: number,
): { readonly snapshot: Snapshot; readonly lost: readonly string[] } {
  const { providers, lost } = providersOf(facts)
  const accounts = accountsOf(facts, providers)
  const unlisted = facts.flatMap((fact) =>
    fact.kind === 'unlisted'
      ? [{ account: fact.account, region: fact.region, reason: fact.reason }]
      : [],
  )
  const clusters = clustersIn(facts)
  const snapshot = { at, accounts, clusters, ...(unlisted.length === 0 ? {} : { unlisted }) }
  return { snapshot, lost }
}

function accountsOf(
  facts: readonly Fact[],
  providers: ReadonlyMap<string, Part<DeclaredProvider>>,
): DeclaredAccount[] {
  const accounts = new Set<string>()
  for (const fact of facts)
    if (fact.kind === 'roles' || fact.kind === 'providers') accounts.add(fact.account)
  for (const account of providers.keys()) accounts.add(account)
  return [...accounts].sort().map((account) => ({
    account,
    roles: joined(
      facts.flatMap((fact) =>
        fact.kind === 'roles' && fact.account === account ? [fact.part] : [],
      ),
      ({ arn }) => arn,
      `no output of "aws iam get-account-authorization-details" of account ${account}`,
    ),
    providers: providers.get(account) ?? notRead(noProviders(account)),
  }))
}

const noProviders = (account: string): string =>
  `no output of "aws iam list-open-id-connect-providers" of account ${account}`

function providersOf(facts: readonly Fact[]): {
  providers: Map<string, Part<DeclaredProvider>>
  lost: string[]
} {
  const lost: string[] = []
  const inAccounts = new Set(
    facts.flatMap((fact) =>
      fact.kind === 'roles' || fact.kind === 'providers' ? [fact.account] : [],
    ),
  )
  const listed = new Map<string, Part<string>[]>()
  for (const fact of facts)
    if (fact.kind === 'providers')
      listed.set(fact.account, [...(listed.get(fact.account) ?? []), fact.part])
  const described = new Map<string, Map<string, readonly string[]>>()
  for (const fact of facts) {
    if (fact.kind !== 'provider') continue
    const { issuer, audiences } = fact
    // The output names neither ARN nor account: it is of the only account there is, or the only one that lists the issuer.
    const owners = [...listed].filter(([, parts]) =>
      parts.some(({ items }) => items.some((arn) => arn.endsWith(`:oidc-provider/${issuer}`))),
    )
    const account =
      fact.account ??
      (owners.length === 1 ? owners[0]![0] : inAccounts.size === 1 ? [...inAccounts][0]! : null)
    if (account === null) {
      lost.push(
        `the OIDC provider of ${issuer} names no account: put it into a folder named after the account`,
      )
      continue
    }
    const own = described.get(account) ?? new Map<string, readonly string[]>()
    own.set(issuer, audiences)
    described.set(account, own)
  }
  const result = new Map<string, Part<DeclaredProvider>>()
  for (const account of new Set([...listed.keys(), ...described.keys()])) {
    const list = joined(listed.get(account) ?? [], (arn) => arn, noProviders(account))
    const details = described.get(account) ?? new Map<string, readonly string[]>()
    const arns = new Set(list.items)
    const partition = [...arns][0]?.split(':')[1] ?? 'aws'
    for (const issuer of details.keys())
      if (![...arns].some((arn) => arn.endsWith(`:oidc-provider/${issuer}`)))
        arns.add(`arn:${partition}:iam::${account}:oidc-provider/${issuer}`)
    const items = [...arns].sort().map((arn) => {
      const issuer = arn.slice(arn.indexOf(':oidc-provider/') + ':oidc-provider/'.length)
      return { arn, issuer, audiences: details.get(issuer) ?? null }
    })
    result.set(account, { items, missing: list.missing })
  }
  return { providers: result, lost }
}

function clustersIn(facts: readonly Fact[]): DeclaredCluster[] {
  const named = facts.flatMap((fact) => ('cluster' in fact ? [fact] : []))
  const refs = [
    ...new Map(named.map(({ cluster }) => [JSON.stringify(cluster), cluster] as const)).values(),
  ]
  const only = (values: readonly (string | null)[]): string | null => {
    const known = new Set(values.filter((value) => value !== null))
    return known.size === 1 ? [...known][0]! : null
  }
  const wholeRefs = new Map(
    refs.map((ref) => {
      const sameName = refs.filter(({ name }) => name === ref.name)
      const account = ref.account ?? only(sameName.map((other) => other.account))
      const near = sameName.filter((other) => account === null || other.account === account)
      const region = ref.region ?? only(near.map((other) => other.region))
      return [JSON.stringify(ref), { name: ref.name, account, region }] as const
    }),
  )
  const wholeRef = (ref: ClusterRef): ClusterRef => wholeRefs.get(JSON.stringify(ref))!
  const byCluster = Map.groupBy(named, ({ cluster }) => JSON.stringify(wholeRef(cluster)))
  return [...byCluster]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => clusterOf(own[0]!.cluster.name, wholeRef(own[0]!.cluster).account, own))
}

type ClusterFact = Extract<Fact, { cluster: ClusterRef }>

function clusterOf(
  name: string,
  account: string | null,
  facts: readonly ClusterFact[],
): DeclaredCluster {
  const of = <Kind extends ClusterFact['kind']>(kind: Kind) =>
    facts.filter((fact): fact is Extract<ClusterFact, { kind: Kind }> => fact.kind === kind)
  const described = of('cluster')[0]
  const details = new Map(
    of('association').map(({ association }) => [association.id, association] as const),
  )
  const listed = joined(
    of('associations').map(({ part }) => part),
    ({ id }) => id,
    `no output of "aws eks list-pod-identity-associations" of cluster ${name}`,
  )
  const associations = new Map<string, Association>(details)
  for (const one of listed.items)
    associations.set(one.id, details.get(one.id) ?? { ...one, detail: null })
  const profiles = new Map(of('fargate-profile').map(({ profile }) => [profile.name, profile]))
  const profileNames = joined(
    of('fargate-profiles').map(({ part }) => part),
    (one) => one,
    `no output of "aws eks list-fargate-profiles" of cluster ${name}`,
  )
  for (const one of profileNames.items)
    if (!profiles.has(one)) profiles.set(one, { name: one, executionRole: null, selectors: [] })
  const nodeRolesMissing = of('node-roles-unread')[0]?.reason
  const byKey = <Item>(items: Map<string, Item>): Item[] =>
    [...items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
  return {
    name,
    account,
    arn: described?.arn ?? null,
    issuer: described?.issuer ?? null,
    undescribed:
      described === undefined
        ? (of('cluster-unread')[0]?.reason ??
          `no output of "aws eks describe-cluster" of cluster ${name}`)
        : null,
    associations: { items: byKey(associations), missing: listed.missing },
    fargateProfiles: { items: byKey(profiles), missing: profileNames.missing },
    nodeRoles: [...new Set(of('node-role').map(({ role }) => role))].sort(),
    ...(nodeRolesMissing === undefined ? {} : { nodeRolesMissing }),
    serviceAccounts: joined(
      of('service-accounts').map(({ part }) => part),
      (one) => `${one.namespace}/${one.name}`,
      `no output of "kubectl get serviceaccounts -A -o json" of cluster ${name}`,
    ),
    pods: joined(
      of('pods').map(({ part }) => part),
      (one) => `${one.namespace}/${one.name}`,
      `no output of "kubectl get pods -A -o json" of cluster ${name}`,
    ),
  }
}

export function notRead<Item>(missing: string): Part<Item> {
  return { items: [], missing }
}

/** Parts from several outputs as one, sorted; of two items with one key, the later stays. */
function joined<Item>(
  parts: readonly Part<Item>[],
  keyOf: (item: Item) => string,
  missing: string,
): Part<Item> {
  if (parts.length === 0) return notRead(missing)
  const byKey = new Map<string, Item>()
  for (const part of parts) for (const item of part.items) byKey.set(keyOf(item), item)
  return {
    items: [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item),
    missing: parts.find((part) => part.missing !== null)?.missing ?? null,
  }
}
