import { iam, type Owner, plain } from './calls.ts'
import type { Random } from './chance.ts'
import { newClient, upgraded } from './clients.ts'
import { type Cluster, type Company, providerArn, type Workload } from './company.ts'
import { hostingAddress } from './networks.ts'
import type { Happening, Scene } from './scene.ts'
import type { Held } from './stage.ts'
import { DAY, HOUR, isWeekend } from './time.ts'

/** Hosted runners have another address for every job. */
export const runnerAddress = hostingAddress

const RUNNER =
  'aws-sdk-nodejs/2.1692.0 linux/v20.19.4 configure-aws-credentials-for-github-actions promise'
const TERRAFORM =
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.12.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.38.1 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64'

const ISSUER = 'token.actions.githubusercontent.com'

/** A GitHub Actions job takes a role. */
export function runJob(
  { company, stage }: Scene,
  random: Random,
  at: number,
  job: {
    owner?: string
    repo: string
    ref?: string
    account: string
    role: string
    region: string
  },
): { session: Held; address: string } {
  const subject = `repo:${job.owner ?? 'acme'}/${job.repo}:${job.ref ?? 'ref:refs/heads/main'}`
  const role = company.role(job.account, '/ci/', job.role)
  const address = runnerAddress(random)
  const session = stage.exchange(
    at,
    { kind: 'web-identity', id: `${ISSUER}/${subject}` },
    {
      provider: providerArn(job.account, ISSUER),
      subject,
      audience: 'sts.amazonaws.com',
      role,
      sessionName: 'GitHubActions',
      durationSeconds: 3600,
      region: job.region,
    },
    { address, agent: RUNNER },
  )
  return { session: session!, address }
}

/** A team ships its service: image, rollout, now and then a newer SDK. */
function deploy(scene: Scene, random: Random, workload: Workload, at: number): void {
  const { cluster, namespace } = workload
  const job = { repo: namespace, account: cluster.account, role: 'deploy', region: cluster.region }
  const { session, address } = runJob(scene, random, at, job)
  const calls = [
    plain('ecr', 'GetAuthorizationToken', {}),
    plain('ecr', 'InitiateLayerUpload', { repositoryName: workload.serviceAccount }),
    plain('ecr', 'PutImage', { repositoryName: workload.serviceAccount }),
    plain('eks', 'DescribeCluster', { name: cluster.name }),
  ]
  calls.forEach((call, index) => {
    scene.stage.call(
      at + 20 + index * 30,
      session,
      call,
      { address, agent: RUNNER },
      cluster.region,
    )
  })
  const rolledOutAt = at + random.between(180, 500)
  if (random.chance(0.45))
    workload.client.change(rolledOutAt, upgraded(random, workload.client.at(rolledOutAt)))
  scene.fleet.rollOut(workload, rolledOutAt)
}

/** Terraform plans often and applies what was merged; it reads much and writes a little IAM. */
export function applyTerraform(
  scene: Scene,
  random: Random,
  at: number,
  { account, region }: Owner,
  writes: readonly ReturnType<typeof iam>[],
): void {
  const { session, address } = runJob(scene, random, at, {
    repo: 'infrastructure',
    account,
    role: 'terraform',
    region,
  })
  const place = { address, agent: TERRAFORM }
  const reads = [
    'GetRole',
    'ListRolePolicies',
    'ListAttachedRolePolicies',
    'GetPolicy',
    'GetOpenIDConnectProvider',
  ]
  for (const name of reads) {
    const call = iam(name, { roleName: 'app' })
    scene.stage.call(at + 30 + random.below(60), session, call, place, region)
  }
  for (const call of [
    plain('ec2', 'DescribeVpcs', {}),
    plain('s3', 'GetBucketPolicy', { bucketName: 'x' }),
    plain('kms', 'DescribeKey', {}),
  ])
    scene.stage.call(at + 30 + random.below(60), session, call, place, region)
  writes.forEach((call, index) => {
    scene.stage.call(at + 100 + index * 3, session, call, place, region)
  })
}

/** Everything that goes to production by machine. */
export function machinesDeliver(company: Company, random: Random): Happening[] {
  const all: Happening[] = []
  for (const workload of company.workloads) {
    if (workload.isAddon || workload.isSidecar) continue
    const every = random.between(3, 20)
    for (let day = random.below(every); company.from + day * DAY < company.until; day += every) {
      const at = company.from + day * DAY + random.between(8, 18) * HOUR + random.below(HOUR)
      if (isWeekend(at) || at < workload.from) continue
      const what = `${workload.namespace}/${workload.serviceAccount} is deployed`
      all.push({ at, what, act: (scene, chance) => deploy(scene, chance, workload, at) })
    }
  }
  const days = (company.until - company.from) / DAY
  for (let day = 0; day < days; day++)
    for (const cluster of company.clusters) {
      const at = company.from + day * DAY + random.between(7, 18) * HOUR + random.below(HOUR)
      if (isWeekend(at) || !random.chance(0.6)) continue
      const name = `team-${random.hex(4)}`
      const writes = random.chance(0.4)
        ? random.pick([
            [iam('CreateRole', { roleName: name }), iam('AttachRolePolicy', { roleName: name })],
            [iam('PutRolePolicy', { roleName: name })],
            [iam('UpdateAssumeRolePolicy', { roleName: name })],
            [
              iam('CreatePolicyVersion', {
                policyArn: `arn:aws:iam::${cluster.account}:policy/${name}`,
              }),
            ],
            [plain('kms', 'PutKeyPolicy', { keyId: random.uuid() })],
            [plain('s3', 'PutBucketPolicy', { bucketName: `acme-${name}` })],
            [plain('eks', 'CreatePodIdentityAssociation', { clusterName: cluster.name })],
          ])
        : []
      all.push({
        at,
        what: 'Terraform runs',
        act: (scene, chance) => applyTerraform(scene, chance, at, cluster, writes),
      })
    }
  // The trail is made to record more, once.
  const at = company.from + random.between(3, days - 3) * DAY + 10 * HOUR
  const selectors = plain('cloudtrail', 'PutEventSelectors', {
    trailName: 'organization',
    eventSelectors: [
      {
        readWriteType: 'All',
        includeManagementEvents: true,
        dataResources: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3'] }],
      },
    ],
  })
  all.push({
    at,
    what: 'Terraform adds data events to the trail',
    act: (scene, chance) => applyTerraform(scene, chance, at, company.clusters[0]!, [selectors]),
  })
  // Add-ons are upgraded one cluster at a time.
  for (const cluster of company.clusters)
    for (let i = 0; i < 2; i++) {
      const when = company.from + random.below(days) * DAY + random.between(8, 16) * HOUR
      all.push({
        at: when,
        what: 'add-ons are upgraded',
        act: (scene, chance) => upgradeAddons(scene, chance, cluster, when),
      })
    }
  return all.filter((happening) => happening.at < company.until - HOUR)
}

function upgradeAddons(scene: Scene, random: Random, cluster: Cluster, at: number): void {
  cluster.agent.change(at, cluster.agent.at(at) + 1)
  for (const workload of scene.company.workloads) {
    if (workload.cluster !== cluster || !workload.isAddon || !random.chance(0.6)) continue
    const client = workload.client.at(at)
    const [name = '', version = ''] = client.product.split(/(?<=[-/])v?(?=\d)/)
    const product = `${name}${version.split('.')[0]}.${random.between(1, 60)}.${random.below(9)}`
    // Some moved from the first to the second Go SDK with a release.
    const family = client.family === 'go1' && random.chance(0.5) ? 'go2' : client.family
    workload.client.change(at, { ...newClient(random, family, product), product })
    scene.fleet.rollOut(workload, at + random.below(900))
  }
}
