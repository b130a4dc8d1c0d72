import type { Call } from './calls.ts'
import { chance, type Random } from './chance.ts'
import type { Client } from './clients.ts'
import { cloudAddress, homeAddress } from './networks.ts'
import type { IamUser, Role } from './records.ts'
import { Timeline } from './time.ts'
import { newWorkload, sidecarOf } from './workloads.ts'

export interface Cluster {
  readonly name: string
  readonly account: string
  readonly region: string
  /** Host and path of the OIDC issuer. */
  readonly issuer: string
  readonly arn: string
  /** First two octets of its pod network. */
  readonly network: string
  /** Addresses of its NAT gateways, one for each zone or one for all. */
  readonly egress: Timeline<readonly string[]>
  /** VPC endpoints by service. */
  readonly endpoints: Timeline<ReadonlyMap<string, string>>
  readonly nodeRole: Role
  /** Release of the Pod Identity agent. */
  readonly agent: Timeline<number>
  readonly zones: number
  readonly autoscaler: 'karpenter' | 'cluster-autoscaler'
}

/** How a workload's day goes. */
export type Rhythm =
  | { readonly kind: 'steady' }
  /** More pods while people are up; nearly none at weekends where it is the office's. */
  | { readonly kind: 'day'; readonly peakHour: number; readonly office: boolean }
  | {
      readonly kind: 'cron'
      readonly every: 'hour' | 'day' | 'weekday' | 'week' | 'month'
      readonly hour: number
      readonly minute: number
      readonly length: number
    }
  /** Some hours of the day with many pods at once, other hours none. */
  | { readonly kind: 'batch'; readonly pods: number; readonly share: number }

/** A call that a workload makes, so many times per pod and hour. */
export interface Work {
  readonly call: Call
  readonly perHour: number
  readonly from?: number
  readonly until?: number
  /** Always refused. */
  readonly isDenied?: boolean
}

/** A further role that a workload uses with some of its sessions. */
export interface Further {
  readonly role: Role
  readonly share: number
  readonly calls: readonly Call[]
  readonly externalId?: string
  readonly from?: number
  /** One more hop from there. */
  readonly next?: Further
}

export interface Workload {
  readonly cluster: Cluster
  readonly namespace: string
  readonly serviceAccount: string
  readonly identity: 'irsa' | 'pod-identity' | 'pod-identity-untagged'
  readonly role: Timeline<Role>
  readonly client: Timeline<Client>
  readonly rhythm: Rhythm
  readonly replicas: number
  /** When a pod starts. */
  readonly starts: readonly Call[]
  readonly work: Work[]
  /** Seldom and unevenly: so many times a day in all. */
  readonly rare: readonly { readonly call: Call; readonly perDay: number }[]
  readonly further: Further[]
  /** It still calls the global STS endpoint. */
  readonly usesGlobalSts: boolean
  /** A script takes the credentials with one program and uses them with this one, as is common in cron jobs. */
  readonly hands: Client | null
  /** It gives out presigned URLs: browsers then call S3 with its session. */
  readonly presigns: Call | null
  readonly from: number
  readonly until: number
  readonly isAddon: boolean
  readonly isSidecar?: true
}

export interface Person {
  readonly name: string
  readonly team: 'platform' | 'developer' | 'finance'
  readonly home: string
}

export interface Company {
  readonly seed: number
  readonly from: number
  readonly until: number
  readonly clusters: readonly Cluster[]
  readonly workloads: Workload[]
  readonly people: readonly Person[]
  /** Account without a cluster whose roles others reach. */
  readonly ledger: string
  /** Account that becomes ours while we look on, with its cluster. */
  readonly joining: Cluster
  readonly joinsAt: number
  /** Another company's account: its trail is not ours. */
  readonly partner: string
  /** A vendor with a role in every account of ours. */
  readonly vendor: string
  readonly users: readonly IamUser[]
  role(account: string, path: string, name: string): Role
}

export interface CompanyOptions {
  readonly seed: number
  readonly workloads: number
  readonly days: number
  /** Seconds since 1970, on the hour. */
  readonly from: number
}

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1'] as const
const WORKLOADS_PER_CLUSTER = 110

const NAMES = [
  'ana',
  'kenji',
  'marta',
  'oluchi',
  'li',
  'sven',
  'priya',
  'tom',
  'zeynep',
  'diego',
  'hana',
  'ivo',
] as const

/** A company as it stands on its first day. */
export function newCompany({ seed, workloads, days, from }: CompanyOptions): Company {
  const random = chance(seed, 'company')
  const roles = new Map<string, Role>()
  const role = (account: string, path: string, name: string): Role => {
    const arn = `arn:aws:iam::${account}:role${path}${name}`
    let known = roles.get(arn)
    if (known === undefined) {
      known = { arn, account, name, id: random.uniqueId('AROA') }
      roles.set(arn, known)
    }
    return known
  }
  const accounts = new Set<string>()
  const account = (): string => {
    const id = `${random.between(1, 9)}${random.digits(11)}`
    if (accounts.has(id)) return account()
    accounts.add(id)
    return id
  }
  const names = ['shop', 'data', 'dev']
  const count = Math.max(3, Math.round(workloads / WORKLOADS_PER_CLUSTER))
  const cluster = (name: string, index: number): Cluster =>
    newCluster(random, name, index, account(), role)
  const clusters = Array.from({ length: count }, (_, index) =>
    cluster(`${names[index] ?? `team-${index}`}-${random.hex(3)}`, index),
  )
  const joining = cluster(`acquired-${random.hex(3)}`, count)
  const until = from + days * 86_400
  const company: Company = {
    seed,
    from,
    until,
    clusters: [...clusters, joining],
    workloads: [],
    people: NAMES.map((name, index) => ({
      name: `${name}@acme.example`,
      team: index < 4 ? 'platform' : index < 10 ? 'developer' : 'finance',
      home: homeAddress(random),
    })),
    ledger: account(),
    joining,
    joinsAt:
      from + random.between(8, Math.max(9, days - 8)) * 86_400 + random.between(7, 17) * 3600,
    partner: account(),
    vendor: account(),
    users: ['legacy-backup', 'vendor-sync'].map((name) => ({
      account: clusters[0]!.account,
      name,
      id: random.uniqueId('AIDA'),
      key: random.uniqueId('AKIA').slice(0, 20),
    })),
    role,
  }
  const joiningCount = Math.max(4, Math.round(workloads * 0.05))
  for (let index = 0; index < workloads; index++) {
    const home = index < joiningCount ? joining : clusters[index % count]!
    const own = chance(seed, `workload ${index}`)
    const workload = newWorkload(company, own, home, index)
    company.workloads.push(workload)
    if (own.chance(0.08)) company.workloads.push(sidecarOf(own, workload))
  }
  return company
}

function newCluster(
  random: Random,
  name: string,
  index: number,
  account: string,
  role: Company['role'],
): Cluster {
  const region = REGIONS[index % REGIONS.length]!
  const zones = random.between(2, 3)
  const gateways = random.chance(0.5) ? zones : 1
  const endpoints = new Map<string, string>()
  if (random.chance(0.6)) endpoints.set('s3', `vpce-0${random.hex(16)}`)
  if (random.chance(0.4)) endpoints.set('dynamodb', `vpce-0${random.hex(16)}`)
  if (random.chance(0.35)) endpoints.set('sts', `vpce-0${random.hex(16)}`)
  return {
    name,
    account,
    region,
    issuer: `oidc.eks.${region}.amazonaws.com/id/${random.hex(32).toUpperCase()}`,
    arn: `arn:aws:eks:${region}:${account}:cluster/${name}`,
    network: `10.${20 + index}`,
    egress: new Timeline(Array.from({ length: gateways }, () => cloudAddress(random))),
    endpoints: new Timeline<ReadonlyMap<string, string>>(endpoints),
    nodeRole: role(account, '/', `${name}-node`),
    agent: new Timeline(random.below(3)),
    zones,
    autoscaler: random.chance(0.5) ? 'karpenter' : 'cluster-autoscaler',
  }
}

/** How podtrail names it. */
export function workloadId(
  workload: Pick<Workload, 'cluster' | 'namespace' | 'serviceAccount' | 'identity'>,
): string {
  const { cluster, namespace, serviceAccount, identity } = workload
  if (identity === 'irsa') return `${cluster.issuer}/${namespace}/${serviceAccount}`
  if (identity === 'pod-identity') return `${cluster.arn}/${namespace}/${serviceAccount}`
  return `${cluster.account}/${cluster.name.slice(0, 10)}/?/?`
}

export const providerArn = (account: string, issuer: string): string =>
  `arn:aws:iam::${account}:oidc-provider/${issuer}`
