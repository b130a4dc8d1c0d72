import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LiveReader, type LiveSettings } from '../../lib/aws/live/reader.ts'
import type { Snapshot } from '../../lib/drift/snapshot.ts'
import { keptIn } from '../../lib/local/kept-answers.ts'
import { readSaved } from '../../lib/local/snapshot-files.ts'
import { companyWithDefects, NOW, saveState } from '../drift/company-with-defects.ts'
import { CompanyAsAws } from './company-as-aws.ts'
import { type Answering, denied, Front, gone, json, throttled } from './front.ts'

/*
 * The made-up company that has every defect, once as saved output and once as AWS and its clusters answer. Reading it live has to
 * give the same snapshot; and where something fails, one that says so.
 */

const PROD = '111122223333'
const LEDGER = '222233334444'
const folder = mkdtempSync(join(tmpdir(), 'podtrail-live-'))
const company = companyWithDefects()
const front = new Front(null, PROD)
const aws = new CompanyAsAws(company, PROD, (account) => front.keysOf(account))
let endpoint: string
let saved: Snapshot
let parts = 0

function reader(more: Partial<LiveSettings> = {}): LiveReader {
  return new LiveReader({
    accounts: [PROD, LEDGER],
    snapshot: {
      regions: ['us-west-2', 'eu-west-1'],
      kubernetes: true,
      memberRole: 'podtrail-read',
      externalId: 'synthetic-id',
    },
    kept: keptIn(join(folder, `parts-${++parts}`), 900),
    endpoint,
    attempts: 2,
    perSecond: { iam: 10_000, eks: 10_000, kubernetes: 10_000 },
    ...more,
  })
}

/** Answers of the company, but for those that `instead` gives. */
function instead(answering: Answering): void {
  front.calls.length = 0
  front.answering = (call) => answering(call) ?? aws.answering(call)
}

/** Everything that is missing, in words. */
function missingIn({ accounts, clusters, unlisted = [] }: Snapshot): string[] {
  return [
    ...accounts.flatMap(({ account, roles, providers }) => [
      `${account} roles: ${roles.missing}`,
      `${account} providers: ${providers.missing}`,
    ]),
    ...clusters.flatMap((cluster) => [
      `${cluster.name}: ${cluster.undescribed}`,
      `${cluster.name} associations: ${cluster.associations.missing}`,
      `${cluster.name} Fargate profiles: ${cluster.fargateProfiles.missing}`,
      `${cluster.name} node roles: ${cluster.nodeRolesMissing ?? null}`,
      `${cluster.name} ServiceAccounts: ${cluster.serviceAccounts.missing}`,
      `${cluster.name} pods: ${cluster.pods.missing}`,
    ]),
    ...unlisted.map(({ account, region, reason }) => `${account} ${region} clusters: ${reason}`),
  ].filter((line) => !line.endsWith(': null'))
}

beforeAll(async () => {
  endpoint = await front.start()
  await aws.start()
  saveState(folder, company)
  saved = (await readSaved(folder, null, NOW)).snapshot
})

afterAll(async () => {
  await Promise.all([front.stop(), aws.stop()])
  rmSync(folder, { recursive: true, force: true })
})

describe('a company, read live', () => {
  it('is the same as from its saved output', async () => {
    instead(() => null)
    const live = await reader().read(NOW, {})
    expect(missingIn(live)).toEqual([])
    expect(live).toEqual(saved)
    expect(JSON.stringify(live)).toBe(JSON.stringify(saved))
    const assumed = front.calls.filter(({ action }) => action === 'AssumeRole')
    expect(assumed.map(({ given }) => [given.get('RoleArn'), given.get('ExternalId')])).toEqual([
      [`arn:aws:iam::${LEDGER}:role/podtrail-read`, 'synthetic-id'],
    ])
  })

  it.each([[1], [3]])(
    'is the same with %i accounts that may not be read beside it',
    async (count) => {
      instead((call) =>
        call.action === 'AssumeRole' && !call.given.get('RoleArn')!.includes(LEDGER)
          ? denied(call)
          : null,
      )
      const others = Array.from({ length: count }, (_, index) => `99990000000${index}`)
      const live = await reader({ accounts: [PROD, LEDGER, ...others] }).read(NOW, {})
      expect(missingIn(live)).toEqual([
        ...others.flatMap((one) => [
          `${one} roles: access denied: not authorized to perform: sts:AssumeRole`,
          `${one} providers: access denied: not authorized to perform: sts:AssumeRole`,
        ]),
        ...others.map(
          (one) => `${one} null clusters: access denied: not authorized to perform: sts:AssumeRole`,
        ),
      ])
      const { unlisted: _, ...rest } = live
      const accounts = rest.accounts.filter(({ account }) => !others.includes(account))
      expect({ ...rest, accounts }).toEqual(saved)
    },
  )

  it('is the same when any one call is throttled once', async () => {
    instead(() => null)
    await reader().read(NOW, {})
    const calls = front.calls.length
    expect(calls).toBeGreaterThan(30)
    for (let wanted = 1; wanted <= calls; wanted++) {
      instead((call) => (call.number === wanted ? throttled(call) : null))
      expect(await reader().read(NOW, {}), `call ${wanted}`).toEqual(saved)
      expect(front.calls.length, `call ${wanted}`).toBe(calls + 1)
    }
  })

  it('goes on where it was throttled out, and asks nothing twice', async () => {
    instead(() => null)
    await reader().read(NOW, {})
    const calls = front.calls.length
    const asked = new Set<string>()
    instead((call) =>
      call.action === 'GetAccountAuthorizationDetails' && call.given.has('Marker')
        ? throttled(call)
        : null,
    )
    const kept = keptIn(join(folder, 'resumed'), 900)
    const broken = await reader({ kept }).read(NOW, {})
    expect(missingIn(broken)).toEqual([
      `${PROD} roles: throttled by AWS until we gave up: read again to go on`,
    ])
    const [prod] = broken.accounts
    expect(prod!.roles.items.length).toBe(7)
    for (const { action, given } of front.calls)
      asked.add(`${action} ${given.get('cluster')} ${given.get('name')}`)
    const before = front.calls.length
    instead(() => null)
    expect(await reader({ kept }).read(NOW, {})).toEqual(saved)
    // Two of them: who asks, and the role of the member account.
    expect(front.calls.length).toBe(calls - (before - 2) + 2)
    instead(() => null)
    await reader({ kept }).read(NOW, {})
    expect(front.calls.length, 'after a whole reading, nothing is kept').toBe(calls)
  })

  it.each([
    ['GetAccountAuthorizationDetails', [`${PROD} roles`, `${LEDGER} roles`]],
    ['ListOpenIDConnectProviders', [`${PROD} providers`, `${LEDGER} providers`]],
    ['GetOpenIDConnectProvider', [`${PROD} providers`]],
    [
      'ListClusters',
      [PROD, LEDGER].flatMap((account) =>
        ['us-west-2', 'eu-west-1'].map((region) => `${account} ${region} clusters`),
      ),
    ],
    [
      'DescribeCluster',
      ['prod-eks', 'staging-eks'].flatMap((name) => [
        name,
        `${name} ServiceAccounts`,
        `${name} pods`,
      ]),
    ],
    ['ListPodIdentityAssociations', ['prod-eks associations', 'staging-eks associations']],
    ['DescribePodIdentityAssociation', ['prod-eks associations']],
    ['ListFargateProfiles', ['prod-eks Fargate profiles', 'staging-eks Fargate profiles']],
    ['DescribeFargateProfile', ['prod-eks Fargate profiles']],
    ['ListNodegroups', ['prod-eks node roles', 'staging-eks node roles']],
  ])('says what is missing without %s', async (action, expected) => {
    instead((call) => (call.action === action ? denied(call) : null))
    const live = await reader().read(NOW, {})
    const missing = missingIn(live)
    expect(missing.map((line) => line.slice(0, line.indexOf(': ')))).toEqual(expected)
    for (const line of missing)
      expect(line).toMatch(/: (access denied: not authorized to perform|EKS does not say where)/)
  })

  it.each([
    ['GetOpenIDConnectProvider', ['providers']],
    ['DescribePodIdentityAssociation', ['associations']],
    ['DescribeFargateProfile', ['fargateProfiles']],
    ['DescribeCluster', ['clusters']],
  ])(
    'what is gone between list and %s is not there, and nothing is missing',
    async (action, less) => {
      let isTaken = false
      instead((call) => {
        // The other cluster has profiles and associations, which would be gone with it.
        const isKept = action === 'DescribeCluster' && call.given.get('cluster') === 'prod-eks'
        if (isTaken || call.action !== action || isKept) return null
        isTaken = true
        return gone(call)
      })
      const live = await reader().read(NOW, {})
      expect(missingIn(live)).toEqual([])
      expect(sizes(live)).toEqual(
        sizes(saved).map(([name, size]) => [name, less.includes(name) ? size - 1 : size]),
      )
    },
  )

  it('a role that is deleted while roles are listed is not there, and nothing is missing', async () => {
    const details = company.files.get(`${PROD}/authorization-details.json`) as {
      RoleDetailList: { Arn: string }[]
    }
    const whole = details.RoleDetailList
    const deleted = whole.at(-1)!
    instead((call) => {
      if (call.given.get('Marker') === '7') details.RoleDetailList = whole.slice(0, -1)
      return null
    })
    const live = await reader().read(NOW, {})
    details.RoleDetailList = whole
    expect(missingIn(live)).toEqual([])
    const arns = ({ accounts }: Snapshot) => accounts[0]!.roles.items.map(({ arn }) => arn)
    expect(arns(live)).toEqual(arns(saved).filter((arn) => arn !== deleted.Arn))
  })

  it('reads what was asked for, and says of the rest that it was not', async () => {
    instead(() => null)
    const live = await reader().read(NOW, {
      accounts: [PROD],
      regions: ['us-west-2'],
      clusters: ['prod-eks'],
    })
    const missing = missingIn(live)
    expect(missing.every((line) => line.endsWith(': it was not asked for'))).toBe(true)
    expect(new Set(missing.map((line) => line.split(/[ :]/)[0]))).toEqual(
      new Set([LEDGER, 'staging-eks', PROD]),
    )
    expect(live.accounts[0]).toEqual(saved.accounts[0])
    expect(live.clusters[0]).toEqual(saved.clusters[0])
  })

  it('asks nothing more once its time is over, and goes on the next time', async () => {
    const kept = keptIn(join(folder, 'late'), 900)
    instead(() => null)
    const none = await reader({ kept, endsAt: Date.now() + 100, perSecond: SLOW }).read(NOW, {})
    expect(missingIn(none).some((line) => line.includes('the time was over'))).toBe(true)
    expect(await reader({ kept }).read(NOW, {})).toEqual(saved)
  })

  it('without a role for member accounts says so, and throws only where it is not known who asks', async () => {
    instead(() => null)
    const snapshot = { regions: ['us-west-2'], kubernetes: false }
    const live = await reader({ snapshot }).read(NOW, {})
    expect(missingIn(live).filter((line) => line.startsWith(LEDGER))).toEqual(
      ['roles', 'providers', 'null clusters'].map(
        (what) =>
          `${LEDGER} ${what}: snapshot.memberRole in the settings does not say which role reads it`,
      ),
    )
    expect(missingIn(live).filter((line) => /(pods|ServiceAccounts): /.test(line))).toHaveLength(4)
    instead((call) => (call.action === 'GetCallerIdentity' ? denied(call) : null))
    await expect(reader().read(NOW, {})).rejects.toThrow('not authorized')
  })
})

const SLOW = { iam: 20, eks: 20, kubernetes: 20 }

/** How much there is of each kind. */
function sizes({ accounts, clusters }: Snapshot): (readonly [string, number])[] {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  return [
    ['clusters', clusters.length],
    ['providers', sum(accounts.map(({ providers }) => providers.items.length))],
    ['associations', sum(clusters.map(({ associations }) => associations.items.length))],
    ['fargateProfiles', sum(clusters.map((one) => one.fargateProfiles.items.length))],
  ]
}

describe('the API of a cluster', () => {
  const prod = () => aws.clusters.get('prod-eks')!
  afterEach(() => {
    prod().refusing = () => null
  })

  const partsOf = async (): Promise<string[]> => {
    instead(() => null)
    return missingIn(await reader().read(NOW, {}))
  }

  it.each([
    [
      401,
      'Unauthorized',
      'the cluster does not know us (401): it needs an access entry for the role',
    ],
    [403, 'pods is forbidden', 'the cluster does not allow it (403): pods is forbidden'],
    [404, 'no such list', 'the cluster answered 404: no such list'],
  ])('that answers with %i is told so', async (status, message, reason) => {
    prod().refusing = (path) => (path.startsWith('/api/v1/pods') ? [status, message] : null)
    expect(await partsOf()).toEqual([`prod-eks pods: ${reason}`])
  })

  it.each([
    [429, 'a try later'],
    [503, 'a try later'],
    [410, 'from the start of the list'],
  ])('that answers once with %i is read all the same: %s', async (status) => {
    for (const at of [1, 3]) {
      prod().paths.length = 0
      prod().refusing = (_, number) => (number === at ? [status, 'not now'] : null)
      // The place in a list is only ever too old where there is one.
      expect(await partsOf(), `request ${at}`).toEqual([])
      expect(prod().paths.length).toBeGreaterThan(4)
    }
  })

  it('that stays busy is told so', async () => {
    prod().refusing = () => [503, 'etcd is away']
    expect(await partsOf()).toEqual([
      'prod-eks ServiceAccounts: the cluster answered 503: etcd is away',
      'prod-eks pods: the cluster answered 503: etcd is away',
    ])
  })

  it('is asked for pages, and for nothing else', async () => {
    prod().paths.length = 0
    await partsOf()
    for (const path of prod().paths)
      expect(path).toMatch(/^\/api\/v1\/(serviceaccounts|pods)\?limit=500(&continue=\d+)?$/)
    expect(prod().paths.filter((path) => path.includes('continue')).length).toBeGreaterThan(2)
  })

  it.each([
    ['closed', { endpoint: 'https://127.0.0.1:1' }, 'at 127.0.0.1:1: ECONNREFUSED'],
    [
      'private',
      {
        endpoint: 'https://127.0.0.1:1',
        resourcesVpcConfig: { endpointPublicAccess: false },
      },
      'at 127.0.0.1:1: ECONNREFUSED; its endpoint is private',
    ],
    [
      'not who it says',
      { certificateAuthority: { data: Buffer.from('').toString('base64') || 'LQ==' } },
      /DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED/,
    ],
  ])('that is %s cannot be reached, and no token goes there', async (_, different, expected) => {
    instead((call) => {
      if (call.action !== 'DescribeCluster' || call.given.get('cluster') !== 'prod-eks') return null
      const answer = JSON.parse((aws.answering(call) as { body: string }).body) as {
        cluster: object
      }
      return json({ cluster: { ...answer.cluster, ...different } })
    })
    prod().paths.length = 0
    const missing = missingIn(await reader().read(NOW, {}))
    expect(missing).toHaveLength(2)
    for (const line of missing) {
      expect(line).toContain('the cluster cannot be reached from here')
      expect(line).toMatch(expected)
    }
    expect(prod().paths).toEqual([])
  })
})
