import type { Config } from '../config.ts'
import { OUTCOMES } from '../graph/outcome.ts'
import { MARK, SIGNAL, SIGNAL_COLUMNS, SIGNAL_KINDS, type SignalTable } from '../graph/signals.ts'
import { CLIENTS, type Client } from '../identity/client.ts'
import { workload } from '../identity/workload.ts'
import type { CoverageFact, Outcome, Principal, PrincipalKind } from '../model.ts'
import type { PartitionSignals, Window } from '../ports.ts'
import type { ChainProblem } from './chain-problem.ts'
import type { Approved } from './detector.ts'
import type { TrailProblem } from './trail-problem.ts'

/** What an example tells: what was seen, and what it was seen with. */
export interface Situation {
  readonly seen: readonly Row[]
  /** Only what is seen from then on is asked about; left out: all. */
  readonly since?: number
  readonly config?: Config
  readonly baseline?: readonly Approved[]
  readonly coverage?: readonly CoverageFact[]
  readonly integrity?: readonly ChainProblem[]
  readonly trails?: readonly TrailProblem[]
}

/** One kind of call in one hour; times in seconds. */
export interface Row {
  readonly kind: (typeof SIGNAL_KINDS)[number]
  readonly at: number
  readonly principal: Principal
  readonly account: string
  readonly via: readonly string[]
  readonly role: string
  readonly action: string
  readonly outcome: Outcome
  readonly network: string
  readonly client: Client
  readonly marks: number
  readonly what: string
  readonly more: string
  readonly count: number
}

export type Also = Partial<Omit<Row, 'kind' | 'principal'>>

/** 2026-11-01T00:00:00Z */
export const START = 1_793_491_200
const HOUR = 3600
const DAY = 24 * HOUR
/** Time of what is unusual: the 20th day at ten. */
export const THEN = START + 20 * DAY + 10 * HOUR
export const minutes = (count: number): number => count * 60
export const hours = (count: number): number => count * HOUR
export const days = (count: number): number => count * DAY

export const ACCOUNT = '111122223333'
export const LEDGER_ACCOUNT = '444455556666'
export const OUTSIDE_ACCOUNT = '999988887777'
export const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/5EED5EED5EED5EED5EED5EED5EED5EED'
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
/** Addresses of documentation, RFC 5737. */
export const GATEWAY = '192.0.2.10'
export const OTHER_GATEWAY = '192.0.2.20'
export const STRANGER = '198.51.100.77'
export const OFFICE = '203.0.113.5'

export const role = (name: string, account = ACCOUNT): string =>
  `arn:aws:iam::${account}:role/${name}`
export const pod = (namespace: string, serviceAccount: string, cluster = ISSUER): Principal =>
  workload(cluster, namespace, serviceAccount)

export const CHECKOUT = pod('payments', 'checkout')
export const REFUNDS = pod('payments', 'refunds')
export const SEARCH = pod('shop', 'search')
export const CART = pod('shop', 'cart')
export const REPORTS = pod('finance', 'reports')
export const NODE_ROLE = role('prod-nodes')
export const NODE = someone('node', 'i-0aaaa1111bbbb2222', { account: ACCOUNT })
export const ADA = someone('identity-center', 'ada@acme.example', { name: 'ada@acme.example' })
export const BEN = someone('identity-center', 'ben@acme.example', { name: 'ben@acme.example' })
export const PIPELINE = someone(
  'web-identity',
  'token.actions.githubusercontent.com/repo:acme/infra:ref:refs/heads/main',
  { name: 'repo:acme/infra:ref:refs/heads/main' },
)

export function someone(
  kind: PrincipalKind,
  id: string,
  { name = null, account = null }: { name?: string | null; account?: string | null } = {},
): Principal {
  return { kind, id, cluster: null, namespace: null, serviceAccount: null, name, account }
}

/** An STS call that issued a session. */
export function issued(principal: Principal, roleArn: string, also: Also = {}): Row {
  const isWeb = principal.kind === 'workload' && (also.via ?? []).length === 0
  return {
    ...BASE,
    kind: 'issue',
    principal,
    role: roleArn,
    account: roleArn.split(':')[4] ?? ACCOUNT,
    action:
      isWeb || principal.kind === 'web-identity'
        ? 'sts:AssumeRoleWithWebIdentity'
        : 'sts:AssumeRole',
    what: isWeb ? PROVIDER.replace(ISSUER, principal.cluster ?? ISSUER) : '',
    more: isWeb ? 'sts.amazonaws.com' : '',
    ...also,
  }
}

/** An STS call that was refused. */
export function refused(principal: Principal, roleArn: string, also: Also = {}): Row {
  return {
    ...issued(principal, roleArn, also),
    kind: 'try',
    outcome: 'refused',
    more: 'AccessDenied',
  }
}

export function called(
  principal: Principal,
  roleArn: string,
  action: string,
  also: Also = {},
): Row {
  return { ...BASE, kind: 'call', principal, role: roleArn, action, ...also }
}

const BASE = {
  at: THEN,
  account: ACCOUNT,
  via: [],
  outcome: 'did',
  network: GATEWAY,
  client: 'sdk-go',
  marks: 0,
  what: '',
  more: '',
  count: 1,
} as const

const USUAL: readonly (readonly [Principal, string, Client, readonly string[]])[] = [
  [CHECKOUT, role('checkout'), 'sdk-go', ['sqs:SendMessage', 'dynamodb:PutItem']],
  [REFUNDS, role('refunds'), 'sdk-java', ['sqs:ReceiveMessage', 'secretsmanager:GetSecretValue']],
  [SEARCH, role('search'), 'sdk-js', ['s3:GetObject']],
  [CART, role('cart'), 'sdk-go', ['dynamodb:GetItem', 'dynamodb:PutItem']],
  [
    REPORTS,
    role('reports'),
    'boto',
    ['s3:GetObject', 's3:PutObject', 'athena:StartQueryExecution'],
  ],
]

/**
 * A company's usual hours: five workloads of one cluster with a role each, of which checkout goes on to a ledger role in another
 * account; nodes; two people at the office who become administrators; a pipeline that changes trusts.
 */
export function usual(from = START, to = THEN + 2 * HOUR): Row[] {
  const rows: Row[] = []
  for (let hour = from; hour < to; hour += HOUR) {
    for (const [principal, roleArn, client, actions] of USUAL) {
      rows.push(issued(principal, roleArn, { at: hour + 300, client }))
      for (const action of actions)
        rows.push(called(principal, roleArn, action, { at: hour + 360, client, count: 40 }))
    }
    const via = [role('checkout')]
    rows.push(issued(CHECKOUT, role('ledger', LEDGER_ACCOUNT), { at: hour + 400, via }))
    for (const action of [
      'ec2:DescribeInstances',
      'ecr:GetAuthorizationToken',
      'eks:DescribeCluster',
    ])
      rows.push(called(NODE, NODE_ROLE, action, { at: hour + 60, marks: MARK.fromInstance }))
    const ofDay = Math.floor(hour / HOUR) % 24
    if (ofDay === 9)
      for (const person of [ADA, BEN]) {
        const there = { at: hour + 600, network: OFFICE, client: 'console' } as const
        rows.push(issued(person, role('admin'), { ...there, action: 'sts:AssumeRoleWithSAML' }))
        rows.push(called(person, role('admin'), 'ec2:DescribeInstances', there))
      }
    if (ofDay === 12) {
      const there = { at: hour + 900, network: '203.0.113.200', client: 'terraform' } as const
      rows.push(issued(PIPELINE, role('deploy'), there))
      rows.push(
        called(PIPELINE, role('deploy'), 'iam:UpdateAssumeRolePolicy', {
          ...there,
          what: role('shared'),
        }),
      )
      if (hour - START < 4 * DAY)
        rows.push(called(PIPELINE, role('deploy'), 'iam:CreateOpenIDConnectProvider', there))
    }
  }
  return rows
}

/** The usual hours, and what happens then; asked about is the last day. */
export function usualAnd(...rows: readonly Row[]): Situation {
  return { seen: [...usual(), ...rows], since: THEN - DAY }
}

/** What is seen, as a store would hand it out. */
export function partitionsOf({ seen }: Situation): PartitionSignals[] {
  const parts = Map.groupBy(
    seen,
    ({ at, account }) => `${String(Math.floor(at / HOUR)).padStart(9, '0')}/${account}`,
  )
  return [...parts.keys()].sort().map((key) => {
    const rows = parts.get(key)!
    const { at, account } = rows[0]!
    return { partition: { account, hour: Math.floor(at / HOUR) }, signals: tableOf(rows) }
  })
}

export function extentOf({ seen }: Situation): Window {
  const times = seen.map(({ at }) => at)
  return {
    from: times.reduce((a, b) => Math.min(a, b), Infinity),
    to: times.reduce((a, b) => Math.max(a, b), 0) + 1,
  }
}

function tableOf(rows: readonly Row[]): SignalTable {
  const strings = new Map<string, number>()
  const number = (text: string): number => {
    if (!strings.has(text)) strings.set(text, strings.size)
    return strings.get(text)!
  }
  const principals = [...new Set(rows.map(({ principal }) => principal))]
  const keys = new Int32Array(rows.length * SIGNAL_COLUMNS)
  rows.forEach((row, index) => {
    const at = index * SIGNAL_COLUMNS
    keys[at + SIGNAL.kind] = SIGNAL_KINDS.indexOf(row.kind)
    keys[at + SIGNAL.principal] = principals.indexOf(row.principal)
    keys[at + SIGNAL.via] = number(row.via.join('\n'))
    keys[at + SIGNAL.role] = number(row.role)
    keys[at + SIGNAL.action] = number(row.action)
    keys[at + SIGNAL.outcome] = OUTCOMES.indexOf(row.outcome)
    keys[at + SIGNAL.network] = number(row.network)
    keys[at + SIGNAL.client] = CLIENTS.indexOf(row.client)
    keys[at + SIGNAL.marks] = row.marks
    keys[at + SIGNAL.what] = number(row.what)
    keys[at + SIGNAL.more] = number(row.more)
  })
  return {
    principals,
    strings: [...strings.keys()],
    keys,
    count: Uint32Array.from(rows, ({ count }) => count),
    first: Uint16Array.from(rows, ({ at }) => at % HOUR),
    last: Uint16Array.from(rows, ({ at }) => at % HOUR),
  }
}
