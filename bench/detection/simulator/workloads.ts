import {
  type Call,
  dynamodb,
  invoke,
  kms,
  type Owner,
  parameter,
  plain,
  s3,
  secret,
  sns,
  sqs,
} from './calls.ts'
import { type Random, some } from './chance.ts'
import { newClient, someClient } from './clients.ts'
import type { Cluster, Company, Further, Rhythm, Workload } from './company.ts'
import { Timeline } from './time.ts'

const DOMAINS = [
  'orders',
  'billing',
  'search',
  'catalog',
  'users',
  'shipping',
  'fraud',
  'media',
  'ads',
  'reports',
  'mail',
  'chat',
  'ml',
  'etl',
  'stock',
  'prices',
  'loyalty',
  'tax',
  'support',
  'events',
] as const
const JOBS = [
  'api',
  'worker',
  'indexer',
  'sync',
  'exporter',
  'importer',
  'notifier',
  'gateway',
  'cache',
  'audit',
  'scheduler',
  'writer',
  'reader',
  'archiver',
] as const

/** An ordinary service of a team. */
export function newWorkload(
  company: Company,
  random: Random,
  cluster: Cluster,
  index: number,
  rest: Partial<Workload> = {},
): Workload {
  const namespace = random.pick(DOMAINS)
  const serviceAccount = `${random.pick(JOBS)}-${index}`
  const name = `${namespace}-${serviceAccount}`
  const at: Owner = { account: cluster.account, region: cluster.region }
  const rhythm = someRhythm(random)
  // Low traffic is where credentials lapse and come back at odd times.
  const pace = random.chance(0.08) ? 0.15 : 1
  const isScript = rhythm.kind === 'cron' && random.chance(0.06)
  return {
    cluster,
    namespace,
    serviceAccount,
    identity: random.chance(0.22)
      ? random.chance(0.1)
        ? 'pod-identity-untagged'
        : 'pod-identity'
      : 'irsa',
    role: new Timeline(company.role(cluster.account, random.chance(0.6) ? '/' : '/apps/', name)),
    client: new Timeline(isScript ? newClient(random, 'cli') : someClient(random)),
    rhythm,
    replicas: rhythm.kind === 'cron' ? 1 : random.pickSkewed([1, 1, 2, 2, 3, 4], 1.4),
    starts: someStarts(random, name, at),
    work: someWork(random, name, at).map((call) => ({
      call,
      perHour: pace * (0.4 + random.unit()),
    })),
    rare: random.chance(0.35)
      ? [{ call: rareCall(random, name, at), perDay: 0.05 + random.unit() * 0.4 }]
      : [],
    further: random.chance(0.12) ? [someFurther(company, random, name, cluster)] : [],
    usesGlobalSts: random.chance(0.05),
    hands: isScript ? newClient(random, 'go2', 'rclone/v1.70.3') : null,
    presigns: random.chance(0.025)
      ? s3('GetObject', `acme-${name}-downloads`, cluster.account)
      : null,
    from: company.from - 30 * 86_400,
    until: Number.POSITIVE_INFINITY,
    isAddon: false,
    ...rest,
  }
}

function someRhythm(random: Random): Rhythm {
  const draw = random.unit()
  if (draw < 0.45) return { kind: 'steady' }
  if (draw < 0.68)
    return { kind: 'day', peakHour: random.between(11, 20), office: random.chance(0.3) }
  if (draw < 0.75)
    return { kind: 'batch', pods: random.between(4, 12), share: 0.02 + random.unit() * 0.12 }
  return {
    kind: 'cron',
    every: random.pickSkewed(['hour', 'day', 'day', 'weekday', 'week', 'month'] as const, 1.2),
    hour: random.below(24),
    minute: random.below(60),
    length: random.between(3, 50) * 60,
  }
}

function someStarts(random: Random, name: string, at: Owner): Call[] {
  const calls: Call[] = []
  if (random.chance(0.45)) calls.push(secret(`${name}/db`, at))
  if (random.chance(0.08)) calls.push(secret('shared/datadog', at), secret('shared/license', at))
  if (random.chance(0.25)) calls.push(parameter(`/${name}/config`))
  return calls
}

/** A second container under the same ServiceAccount, with credentials and an SDK of its own. */
export function sidecarOf(random: Random, workload: Workload): Workload {
  const group = `/apps/${workload.namespace}`
  const stream = plain('logs', 'CreateLogStream', { logGroupName: group })
  return {
    ...workload,
    client: new Timeline(newClient(random, random.pick(['go1', 'go2'] as const), 'fluent-bit')),
    starts: [],
    work: [{ call: stream, perHour: 0.6 }],
    rare: [],
    further: [],
    hands: null,
    presigns: null,
    isSidecar: true,
  }
}

/** What it does all day. */
export function someWork(random: Random, name: string, at: Owner): Call[] {
  const all: (() => Call)[] = [
    () => s3('GetObject', `acme-${name}`, at.account),
    () => s3('PutObject', `acme-${name}`, at.account),
    () => s3('GetObject', `acme-shared-${at.account}`, at.account),
    () => dynamodb('GetItem', name, at),
    () => dynamodb('PutItem', name, at),
    () => dynamodb('Query', name, at),
    () => sqs('ReceiveMessage', `${name}-in`, at),
    () => sqs('SendMessage', `${name}-out`, at),
    () => sns(`${name}-events`, at),
    () => kms('Decrypt', at),
    () => kms('GenerateDataKey', at),
    () => invoke(`${name}-render`, at),
  ]
  return some(random, all, random.between(2, 4)).map((make) => make())
}

function rareCall(random: Random, name: string, at: Owner): Call {
  return random.pick([
    () => dynamodb('Scan', name, at),
    () => s3('DeleteObject', `acme-${name}`, at.account),
    () => s3('GetObject', `acme-archive-${at.account}`, at.account),
    () => secret(`${name}/rotated`, at),
    () => parameter(`/${name}/flags`),
    () => sqs('SendMessage', `${name}-dead`, at),
  ])()
}

function someFurther(company: Company, random: Random, name: string, cluster: Cluster): Further {
  const isForeign = random.chance(0.6)
  const account = isForeign ? company.ledger : cluster.account
  const at = { account, region: cluster.region }
  const further: Further = {
    role: company.role(account, '/gateways/', `${name}-gateway`),
    share: random.pick([1, 1, 0.5, 0.1]),
    calls: someWork(random, `${name}-remote`, at),
    ...(isForeign && random.chance(0.4) ? { externalId: `acme-${random.hex(6)}` } : {}),
  }
  if (!random.chance(0.15)) return further
  const role = company.role(account, '/gateways/', `${name}-vault`)
  return { ...further, next: { role, share: 1, calls: [kms('Decrypt', at)] } }
}
