import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateClusterCommand, CreateFargateProfileCommand, EKSClient } from '@aws-sdk/client-eks'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { Context, SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { type DynamoStore, openDynamoStore } from '../../lib/aws/dynamo-store.ts'
import { LiveReader } from '../../lib/aws/live/reader.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { assumption, log } from '../cli/cli.ts'
import { type Answering, denied, Front, json, throttled } from './front.ts'
import { grantOf } from './grants.ts'
import { KubernetesApi } from './kubernetes-api.ts'
import { Recorder } from './recorder.ts'
import { newTable } from './tables.ts'

/*
 * The drift function as Lambda runs it: two accounts on a moto server, which has IAM, STS, EKS and SQS; before it, what moto does not
 * have (Pod Identity) and what goes wrong; a cluster's API; and the table on DynamoDB Local.
 */

/** Moto's own account, for keys that it does not know. */
const OWN = '123456789012'
const MEMBER = '222233334444'
const REGION = 'eu-west-1'
const folder = mkdtempSync(join(tmpdir(), 'podtrail-drift-'))
const front = new Front(inject('moto'), OWN)
const moto = { region: REGION, endpoint: inject('moto') }
const iam = new IAMClient(moto)
let member: IAMClient
let cluster: KubernetesApi
let endpoint: string
let issuer: string
let store: DynamoStore
let table: Recorder
let handler: (event: SQSEvent, context: Context, done: () => void) => unknown
let queue: string

const roleArn = (name: string, account = OWN): string => `arn:aws:iam::${account}:role/${name}`
const subject = (name: string): string => `system:serviceaccount:shop:${name}`

function trust(sub: string | null): object {
  const conditions = { [`${issuer}:aud`]: 'sts.amazonaws.com' }
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${OWN}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: sub === null ? conditions : { ...conditions, [`${issuer}:sub`]: sub },
    },
  }
}

async function makeRole(client: IAMClient, RoleName: string, statement: object): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
}

/** One run of the function, by a message of the schedule. `left`: milliseconds that Lambda gives it. */
async function run(left = 900_000): Promise<void> {
  const event = { Records: [{ body: '{}' }] } as SQSEvent
  const context = { getRemainingTimeInMillis: () => left } as Context
  await handler(event, context, () => {})
}

/** `status rule subject` of all findings, sorted. */
async function found(): Promise<string[]> {
  const all: Finding[] = await store.findingsAfter('', 1_000)
  return all.map(({ status, rule, subject: about }) => `${status} ${rule} ${about}`).sort()
}

/** What is asked for through the front; Pod Identity it answers by itself. */
function instead(answering: Answering): void {
  front.calls.length = 0
  front.answering = async (call) => {
    const own = await answering(call)
    if (own !== null) return own
    return call.action === 'ListPodIdentityAssociations' ? json({ associations: [] }) : null
  }
}

beforeAll(async () => {
  endpoint = await front.start()
  // Moto gives every cluster of a region the same kind of issuer; this one is kept.
  const eks = new EKSClient(moto)
  const made = await eks.send(
    new CreateClusterCommand({
      name: 'prod',
      roleArn: roleArn('eks'),
      resourcesVpcConfig: { subnetIds: [] },
    }),
  )
  issuer = made.cluster!.identity!.oidc!.issuer!.replace('https://', '')
  await eks.send(
    new CreateFargateProfileCommand({
      clusterName: 'prod',
      fargateProfileName: 'serverless',
      podExecutionRoleArn: roleArn('fargate-pods'),
      selectors: [{ namespace: 'serverless' }],
    }),
  )
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${issuer}`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0'.repeat(40)],
    }),
  )
  await makeRole(iam, 'checkout', trust(subject('checkout')))
  await makeRole(iam, 'open', trust(null))
  const sts = new STSClient(moto)
  const { Credentials: keys } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn('admin', MEMBER), RoleSessionName: 'set-up' }),
  )
  member = new IAMClient({
    ...moto,
    credentials: {
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
    },
  })
  const star = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }
  await makeRole(member, 'ledger-writer', star)
  const accounts = ['checkout', 'open'].map((name) => ({
    metadata: {
      name,
      namespace: 'shop',
      annotations: { 'eks.amazonaws.com/role-arn': roleArn(name) },
    },
  }))
  const pods = ['checkout', 'open'].map((name) => ({
    metadata: { name: `${name}-1`, namespace: 'shop' },
    spec: { serviceAccountName: name, containers: [] },
    status: { phase: 'Running' },
  }))
  cluster = await new KubernetesApi('prod', accounts, pods).start()
  front.rewriting = (call, body) => {
    if (call.action !== 'DescribeCluster') return body
    const answer = JSON.parse(body) as { cluster: object }
    return JSON.stringify({ cluster: { ...answer.cluster, ...cluster.description } })
  }
  const settings = join(folder, 'podtrail.yaml')
  writeFileSync(
    settings,
    `accounts: ["${OWN}", "${MEMBER}"]
clusters: []
network: { egress: ["198.51.100.1"], vpcEndpoints: [] }
snapshot:
  regions: [${REGION}]
  kubernetes: true
  memberRole: podtrail-reader
  externalId: a-synthetic-external-id
`,
  )
  table = await Recorder.start(inject('dynamodb'))
  const name = await newTable()
  const urlAt = (place: string): string =>
    `dynamodb:${name}?${new URLSearchParams({ region: REGION, endpoint: place })}`
  const sqs = new SQSClient(moto)
  queue = (await sqs.send(new CreateQueueCommand({ QueueName: 'podtrail-drift' }))).QueueUrl!
  vi.stubEnv('PODTRAIL_STORE', urlAt(table.url))
  vi.stubEnv('PODTRAIL_CONFIG', settings)
  vi.stubEnv('PODTRAIL_DRIFT_QUEUE', queue)
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint)
  store = openDynamoStore(urlAt(inject('dynamodb')))
  await watched()
  handler = (await import('../../functions/drift.ts')).handler
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([front.stop(), cluster.stop(), table.stop()])
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(() => instead(() => null))

/** A quarter of a year in which both workloads used their roles, and the member account had a call every day. */
async function watched(): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  const records: object[] = []
  for (let day = 89; day >= 0; day--)
    for (const [index, name] of ['checkout', 'open'].entries()) {
      const time = new Date((now - day * 86_400 - 600) * 1000).toISOString().replace(/\.\d+/, '')
      const number = String(records.length).padStart(12, '0')
      const provider = `arn:aws:iam::${OWN}:oidc-provider/${issuer}`
      const record = assumption({
        subject: subject(name),
        role: roleArn(name),
        time,
        key: `ASIASYNTHETIC${String(day * 2 + index).padStart(7, '0')}`,
        eventID: `00000000-0000-4000-8000-${number}`,
      })
      records.push({
        ...record,
        userIdentity: {
          type: 'WebIdentityUser',
          principalId: `${provider}:sts.amazonaws.com:${subject(name)}`,
          userName: subject(name),
          identityProvider: provider,
        },
        responseElements: { ...(record['responseElements'] as object), provider },
        recipientAccountId: OWN,
      })
    }
  const bytes = Buffer.from(log(...records))
  const facts = new FileReader().read(bytes, { id: 'synthetic', source: 'test', deliveredAt: null })
  expect(facts.quarantined).toEqual([])
  await ingest(store, [facts])
  await rollUpDirty(store)
}

const EXPECTED = [
  `open principal-star ${roleArn('ledger-writer', MEMBER)}`,
  `open sub-missing ${roleArn('open')}`,
]

describe('the drift function', () => {
  it('reads both accounts and records what deviates', async () => {
    await run()
    expect(await found()).toEqual(EXPECTED)
  })

  it('run again, raises nothing new', async () => {
    const before = (await store.due(Number.MAX_SAFE_INTEGER, 100)).map((one) => JSON.stringify(one))
    await run()
    expect(await found()).toEqual(EXPECTED)
    const after = (await store.due(Number.MAX_SAFE_INTEGER, 100)).map((one) => JSON.stringify(one))
    expect(after).toEqual(before)
    expect(after.length).toBe(EXPECTED.length)
  })

  it('reads the same whichever call is throttled', async () => {
    const reader = () =>
      new LiveReader({
        accounts: [OWN, MEMBER],
        snapshot: { regions: [REGION], kubernetes: true, memberRole: 'podtrail-reader' },
        kept: { get: async () => undefined, put: async () => {}, clear: async () => {} },
        endpoint,
        perSecond: { iam: 1_000, eks: 1_000, kubernetes: 1_000 },
      })
    const whole = await reader().read(1, {})
    const calls = front.calls.length
    expect(calls).toBeGreaterThan(10)
    for (let wanted = 1; wanted <= calls; wanted++) {
      instead((call) => (call.number === wanted ? throttled(call) : null))
      expect(await reader().read(1, {}), `call ${wanted}`).toEqual(whole)
    }
  })

  it('of an account that it may not read, says so, and ends no finding', async () => {
    instead((call) => (call.action === 'AssumeRole' ? denied(call) : null))
    await run()
    expect(await found()).toEqual(EXPECTED)
    const { snapshot } = (await store.snapshotAt(Number.MAX_SAFE_INTEGER))!
    const missing = snapshot.accounts.map(({ account, roles }) => [account, roles.missing])
    expect(missing).toEqual([
      [OWN, null],
      [MEMBER, 'access denied: not authorized to perform: sts:AssumeRole'],
    ])
    expect(snapshot.unlisted).toEqual([
      {
        account: MEMBER,
        region: null,
        reason: 'access denied: not authorized to perform: sts:AssumeRole',
      },
    ])
  })

  it('a role that is deleted between two calls is gone: its finding is resolved, its annotation dangles', async () => {
    let isDeleted = false
    instead(async (call) => {
      if (call.action !== 'GetAccountAuthorizationDetails' || call.account !== OWN || isDeleted)
        return null
      isDeleted = true
      await iam.send(new DeleteRoleCommand({ RoleName: 'open' }))
      return null
    })
    await run()
    expect(await found()).toEqual(
      [
        `open annotation-role-missing prod/shop/open`,
        `open principal-star ${roleArn('ledger-writer', MEMBER)}`,
        `resolved sub-missing ${roleArn('open')}`,
      ].sort(),
    )
  })

  it('a provider that is deleted between list and get is gone', async () => {
    let isDeleted = false
    instead(async (call) => {
      if (call.action !== 'GetOpenIDConnectProvider' || isDeleted) return null
      isDeleted = true
      const OpenIDConnectProviderArn = call.given.get('OpenIDConnectProviderArn')!
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      return null
    })
    await run()
    expect(isDeleted).toBe(true)
    const { snapshot } = (await store.snapshotAt(Number.MAX_SAFE_INTEGER))!
    expect(snapshot.accounts[0]!.providers).toEqual({ items: [], missing: null })
    expect(await found()).toContain(`open provider-missing ${roleArn('checkout')}`)
  })

  it('whose time is over, keeps what it was answered and calls itself to go on', async () => {
    await run(180_000 + 1)
    const sqs = new SQSClient(moto)
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }))
    expect(Messages.map(({ Body }) => Body)).toEqual(['{"round":2}'])
  })

  it('did in all of this nothing to the table that its role does not allow', async () => {
    const grant = await grantOf('Drift')
    expect(table.seen.length).toBeGreaterThan(20)
    expect([...new Set(table.seen.flatMap(grant.refuses))]).toEqual([])
  }, 120_000)
})
