import { type Call, catalogue, type Place } from './calls.ts'
import type { Random } from './random.ts'

export type Role = { arn: string; name: string; id: string; account: string }

export type Cluster = {
  name: string
  arn: string
  issuer: string
  account: string
  region: string
  addresses: readonly string[]
  endpoint: string
}

export type Workload = {
  cluster: Cluster
  namespace: string
  serviceAccount: string
  kind: 'irsa' | 'pod-identity'
  client: Client
  /** Roles that the ServiceAccount gets directly. */
  roles: readonly Role[]
  /** Roles that its sessions assume from there. */
  next: readonly Role[]
  calls: readonly Call[]
}

/** One account and region: what one trail file covers. */
export type Stream = {
  account: string
  region: string
  workloads: readonly Workload[]
  services: readonly Role[]
  people: readonly Role[]
  nodeRole: Role
  calls: readonly Call[]
}

export type Client = 'go' | 'python' | 'javascript' | 'javascript-v2' | 'java' | 'rust'

const REGIONS = ['eu-central-1', 'us-east-1', 'eu-west-1', 'us-west-2', 'ap-southeast-2'] as const
const TEAMS = [
  'payments',
  'search',
  'platform',
  'data',
  'ml',
  'web',
  'identity',
  'billing',
  'risk',
  'media',
  'orders',
  'mobile',
  'growth',
  'ledger',
  'kube-system',
  'monitoring',
  'ingress',
  'argo',
  'external-dns',
  'karpenter',
  'cert-manager',
  'backup',
] as const
const THINGS = [
  'api',
  'worker',
  'consumer',
  'exporter',
  'scheduler',
  'controller',
  'gateway',
  'indexer',
  'sync',
  'reports',
  'webhook',
  'batch',
  'stream',
  'uploader',
  'operator',
  'proxy',
  'notifier',
  'importer',
  'trainer',
  'auditor',
] as const
const QUALIFIERS = [
  '',
  '-v2',
  '-eu',
  '-internal',
  '-canary',
  '-legacy',
  '-public',
  '-blue',
] as const
const CLIENTS: readonly Client[] = [
  'go',
  'go',
  'go',
  'python',
  'python',
  'javascript',
  'javascript-v2',
  'java',
  'rust',
]
const SERVICE_ROLES = [
  'AWSServiceRoleForAutoScaling',
  'lambda-orders-export',
  'lambda-image-resize',
  'config-recorder',
  'AWSServiceRoleForAmazonEKS',
  'glue-crawler',
  'codebuild-main',
  'firehose-delivery',
  'states-billing-run',
] as const
const PEOPLE_ROLES = [
  'AWSReservedSSO_AdministratorAccess_2f1c7d0a9be34455',
  'AWSReservedSSO_ReadOnly_8ab0ce11d2f39e77',
  'AWSReservedSSO_Developer_0d44f7ab1c9e2233',
] as const

/** An organisation of `streamCount` account-region pairs, about twenty accounts at full size. Nothing in it depends on how many records follow. */
export function createOrganisation(
  random: Random,
  options: { streamCount: number; workloadsPerStream: number; chainedShare?: number },
): readonly Stream[] {
  const role = (account: string, name: string, path = ''): Role => ({
    arn: `arn:aws:iam::${account}:role/${path}${name.slice(0, 64)}`,
    name: name.slice(0, 64),
    id: random.uniqueId('AROA'),
    account,
  })
  const accountCount = Math.max(1, Math.ceil((options.streamCount * 5) / 6))
  const accounts = Array.from(
    { length: accountCount },
    () => String(random.between(1, 9)) + random.digits(11),
  )
  const regionCount = Math.min(REGIONS.length, Math.ceil(options.streamCount / 4))
  const places = Array.from({ length: options.streamCount }, (_, i) => ({
    account: accounts[i % accountCount] as string,
    region: REGIONS[((i % accountCount) + Math.floor(i / accountCount)) % regionCount] as string,
  }))
  // Hub roles are shared by many workloads, as a central "assume me" role of a platform team is.
  const hubs = places.map(({ account, region }) => ({
    region,
    roles: ['shared-data-reader', 'cross-account-deployer', 'audit-log-writer'].map((name) =>
      role(account, name, 'hub/'),
    ),
  }))

  const workloadsOf = (place: { account: string; region: string }): Workload[] => {
    const clusters = Array.from({ length: random.chance(0.4) ? 2 : 1 }, (_, i): Cluster => {
      const name = `${random.pick(['prod', 'stage', 'test', 'edge'])}-${random.pick(['blue', 'green', 'core', 'apps'])}-${i + 1}`
      return {
        name,
        arn: `arn:aws:eks:${place.region}:${place.account}:cluster/${name}`,
        issuer: `oidc.eks.${place.region}.amazonaws.com/id/${random.hex(32).toUpperCase()}`,
        ...place,
        addresses: Array.from(
          { length: 3 },
          () =>
            `${random.between(3, 99)}.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`,
        ),
        endpoint: `vpce-0${random.hex(16)}`,
      }
    })
    // STS is called in the cluster's region, so only accounts with a trail there can see both ends.
    const neighbours = places.filter((p) => p.region === place.region).map((p) => p.account)
    const nearHubs = hubs.filter((hub) => hub.region === place.region)
    const names = new Set<string>()
    const workloads: Workload[] = []
    while (workloads.length < options.workloadsPerStream) {
      const cluster = random.pick(clusters)
      const namespace = random.pick(TEAMS)
      const serviceAccount = `${random.chance(0.25) ? `${random.pick(TEAMS)}-` : ''}${random.pick(THINGS)}${random.pick(QUALIFIERS)}`
      const full = `${cluster.name}/${namespace}/${serviceAccount}`
      if (names.has(full)) continue
      names.add(full)
      const kind = random.chance(0.23) ? 'pod-identity' : 'irsa'
      // A few workloads use a role of another account whose IAM trusts this cluster's issuer directly.
      const owner = kind === 'irsa' && random.chance(0.04) ? random.pick(neighbours) : place.account
      const path = random.chance(0.2) ? 'eks/' : ''
      const name = `${cluster.name.slice(0, 5)}${cluster.name.slice(-1)}-${namespace}-${serviceAccount}`
      const own = role(owner, name, path)
      const other =
        workloads.length > 0 && random.chance(0.06)
          ? random.pick(random.pick(workloads).roles)
          : undefined
      // A Pod Identity role must be in the cluster's account.
      const shared = other?.account === owner ? other : undefined
      const roles = random.chance(0.12)
        ? [own, role(place.account, `${name}-ro`.slice(-64), path)]
        : [shared ?? own]
      const isChained = random.chance(options.chainedShare ?? 0.25)
      const next = isChained
        ? Array.from({ length: random.between(1, 4) }, () =>
            random.chance(0.3)
              ? random.pick(random.pick(nearHubs).roles)
              : role(
                  random.chance(0.55) ? random.pick(neighbours) : place.account,
                  `${random.pick(TEAMS)}-${serviceAccount}-${random.pick(['target', 'writer', 'reader', 'deploy'])}`,
                  random.chance(0.3) ? 'cross/' : '',
                ),
          )
        : []
      const resources: Place = { ...place, name: `${namespace}-${serviceAccount}`.slice(0, 32) }
      workloads.push({
        cluster,
        namespace,
        serviceAccount,
        kind,
        client: random.pick(CLIENTS),
        roles,
        next,
        calls: Array.from({ length: random.between(6, 20) }, () =>
          random.pick(catalogue)(resources, random),
        ),
      })
    }
    return workloads
  }

  return places.map((place) => ({
    ...place,
    workloads: workloadsOf(place),
    services: SERVICE_ROLES.map((name) =>
      role(
        place.account,
        name,
        name.startsWith('AWSServiceRole') ? 'aws-service-role/' : 'service-role/',
      ),
    ),
    people: PEOPLE_ROLES.map((name) =>
      role(place.account, name, `aws-reserved/sso.amazonaws.com/${place.region}/`),
    ),
    nodeRole: role(place.account, `eks-node-${random.hex(12)}`),
    calls: Array.from({ length: 60 }, () =>
      random.pick(catalogue)(
        { ...place, name: `${random.pick(TEAMS)}-${random.pick(THINGS)}` },
        random,
      ),
    ),
  }))
}
