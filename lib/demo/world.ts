import { type Random, randomFrom } from './random.ts'

/** The accounts of the made-up company Acme, and the outsiders it deals with. */
export const ACCOUNT = {
  prod: '111122223333',
  ledger: '222233334444',
  europe: '333344445555',
  dev: '444455556666',
  shared: '555566667777',
  data: '666677778888',
  /** A monitoring vendor: calls into Acme, its own logs are not ours. */
  vendor: '777788889999',
  /** A business partner whose role Acme assumes; its logs are not ours. */
  partner: '888899990000',
  /** A firm Acme bought and has not yet brought into the organisation trail. */
  labs: '999900001111',
} as const

/** Accounts whose trails are not ours to read. */
export const UNLOGGED: ReadonlySet<string> = new Set([
  ACCOUNT.vendor,
  ACCOUNT.partner,
  ACCOUNT.labs,
])

/** The organisation's id in the S3 layout. */
export const ORGANISATION = 'o-demo1acme2'

export interface Cluster {
  name: string
  /** Host and path of the OIDC issuer, without `https://`. */
  issuer: string
  /** The EKS ARN; empty for a cluster that EKS does not run. */
  arn: string
  account: string
  region: string
  /** Public addresses its pods leave from. */
  egress: string[]
  /** Interface and gateway endpoints of its VPC, by service; empty when it has none. */
  vpcEndpoints: { sts?: string; s3?: string; dynamodb?: string }
  /** The first two octets of its pod network. */
  network: string
}

export interface Workload {
  /** Absent in `clusters` of the company when the issuer is one nobody knows. */
  cluster: Pick<Cluster, 'issuer'> & Partial<Cluster>
  namespace: string
  serviceAccount: string
}

export interface Role {
  arn: string
  account: string
  path: string
  name: string
  /** `AROA...`: unlike the name it changes when a role is made anew. */
  id: string
}

export interface World {
  clusters: Record<'prod' | 'europe' | 'dev' | 'data' | 'edge', Cluster>
  role(account: string, path: string, name: string): Role
  bucketSuffix: string
  random: Random
}

/** Acme as it stands: who has which clusters and networks. Nothing happens here. */
export function acme(seed: number): World {
  const random = randomFrom(seed, 'world')
  const eks = (name: string, account: string, region: string, network: string): Cluster => ({
    name,
    issuer: `oidc.eks.${region}.amazonaws.com/id/${random.hex(32).toUpperCase()}`,
    arn: `arn:aws:eks:${region}:${account}:cluster/${name}`,
    account,
    region,
    egress: [],
    vpcEndpoints: {},
    network,
  })
  const endpoints = () => ({
    sts: `vpce-0${random.hex(16)}`,
    s3: `vpce-0${random.hex(16)}`,
    dynamodb: `vpce-0${random.hex(16)}`,
  })
  const prod = eks('prod-eks', ACCOUNT.prod, 'us-east-1', '10.20')
  prod.egress.push('198.51.100.10', '198.51.100.11')
  prod.vpcEndpoints = endpoints()
  const europe = eks('prod-eu', ACCOUNT.europe, 'eu-west-1', '10.30')
  europe.egress.push('203.0.113.10', '203.0.113.11')
  const dev = eks('dev-eks', ACCOUNT.dev, 'us-east-1', '10.40')
  dev.egress.push('198.51.100.20')
  const data = eks('data-eks', ACCOUNT.data, 'us-west-2', '10.50')
  data.egress.push('198.51.100.30', '198.51.100.31')
  data.vpcEndpoints = endpoints()
  const edge: Cluster = {
    name: 'edge-k8s',
    issuer: 'acme-edge-oidc.s3.us-west-2.amazonaws.com/edge-k8s',
    arn: '',
    account: ACCOUNT.prod,
    region: 'us-west-2',
    egress: ['203.0.113.77'],
    vpcEndpoints: {},
    network: '10.60',
  }
  const roles = new Map<string, Role>()
  return {
    clusters: { prod, europe, dev, data, edge },
    bucketSuffix: random.hex(4),
    random,
    role(account, path, name) {
      const arn = `arn:aws:iam::${account}:role${path}${name}`
      const known = roles.get(arn)
      if (known !== undefined) return known
      const role = { arn, account, path, name, id: `AROA${random.fork(arn).base32(17)}` }
      roles.set(arn, role)
      return role
    },
  }
}

/** The ARN of an issuer registered as OIDC provider in an account: one issuer may be in many. */
export function provider(account: string, issuer: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${issuer}`
}
