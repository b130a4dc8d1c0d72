import { plain, s3Object } from '../calls.ts'
import { keepCredentials, moments, newPod, placeOf } from '../pods.ts'
import type { Random } from '../random.ts'
import type { Place } from '../records.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type World } from '../world.ts'
import { hopTo } from './apps.ts'

/** A change that made the incident possible. */
export interface TrustChange {
  at: number
  role: string
  eventId: string
}

const GITHUB = 'token.actions.githubusercontent.com'
const TERRAFORM =
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.4 terraform-provider-aws/6.17.0 aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1'

/** Deployments: GitHub Actions from outside, and runners inside the dev cluster. */
export function continuousIntegration(stage: Stage, world: World, random: Random): TrustChange {
  github(stage, world, random.fork('github'))
  runners(stage, world, random.fork('runners'))
  return widenTrust(stage, world, random.fork('trust'))
}

function runnerPlace(random: Random): Place {
  return { ip: `198.51.100.${random.int(128, 191)}`, userAgent: TERRAFORM }
}

function github(stage: Stage, world: World, random: Random): void {
  const deployer = world.role(ACCOUNT.shared, '/ci/', 'ci-deployer')
  const targets = [ACCOUNT.prod, ACCOUNT.europe, ACCOUNT.data].map((account) =>
    world.role(account, '/ci/', 'deploy'),
  )
  const repositories = ['checkout', 'storefront', 'platform', 'data-jobs']
  const region = 'us-east-1'
  for (const at of moments(random, stage.window.start, stage.window.end, 75 * MINUTE)) {
    const repository = random.pick(repositories)
    const place = runnerPlace(random)
    const session = stage.token(at, GITHUB, `repo:acme/${repository}:ref:refs/heads/main`, {
      role: deployer,
      sessionName: 'GitHubActions',
      region,
      place,
      durationSeconds: 3_600,
    })
    const artifact = s3Object(
      random,
      'PutObject',
      'acme-artifacts',
      `${repository}/${random.hex(12)}.tgz`,
      ACCOUNT.shared,
    )
    stage.call(at + 20 * SECOND, session, artifact, { region, place })
    const target = stage.chain(at + 30 * SECOND, session, {
      role: random.pick(targets),
      sessionName: `deploy-${repository}`,
      region,
      place,
    })
    for (const name of ['prod-eks', 'prod-eks', 'prod-eu']) {
      const call = plain.eks('DescribeCluster', { name })
      stage.call(at + random.int(35, 90) * SECOND, target, call, { region, place })
    }
    const stack = plain.cloudformation('DescribeStacks', { stackName: `app-${repository}` })
    stage.call(at + 100 * SECOND, target, stack, { region, place })
    if (random.chance(0.15)) {
      stage.tokenRefused(at + 2 * MINUTE, GITHUB, `repo:acme/${repository}:pull_request`, {
        role: deployer,
        sessionName: 'GitHubActions',
        region,
        place: runnerPlace(random),
      })
    }
  }
}

// The honest users of ci-bridge.
function runners(stage: Stage, world: World, random: Random): void {
  const { dev } = world.clusters
  const role = world.role(ACCOUNT.dev, '/ci/', 'ci-runner')
  const bridge = world.role(ACCOUNT.dev, '/ci/', 'ci-bridge')
  const promote = world.role(ACCOUNT.shared, '/ci/', 'promote-image')
  const pod = newPod(random, dev, 'ci', 'runner', 'go', stage.window.start)
  const { region } = dev
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    for (const at of moments(random, from, until, 50 * MINUTE)) {
      const second = hopTo(stage, pod, session, bridge, at)
      const third = hopTo(stage, pod, second, promote, at + 2 * SECOND)
      const call = plain.ecr('BatchGetImage', { repositoryName: 'acme/checkout', imageIds: [] })
      stage.call(at + 4 * SECOND, third, call, { region, place: placeOf(pod, 'ecr') })
    }
  })
}

// An afternoon's pull request lets ci-bridge into the ledger: nobody uses it until the night.
function widenTrust(stage: Stage, world: World, random: Random): TrustChange {
  const deployer = world.role(ACCOUNT.shared, '/ci/', 'ci-deployer')
  const deploy = world.role(ACCOUNT.ledger, '/ci/', 'deploy')
  const writer = world.role(ACCOUNT.ledger, '/ledger/', 'ledger-writer')
  const checkout = world.role(ACCOUNT.prod, '/payments/', 'checkout')
  const bridge = world.role(ACCOUNT.dev, '/ci/', 'ci-bridge')
  const region = 'us-east-1'
  const place = runnerPlace(random)
  const at = stage.gap.from - 11 * HOUR
  const session = stage.token(at, GITHUB, 'repo:acme/ledger:ref:refs/heads/main', {
    role: deployer,
    sessionName: 'GitHubActions',
    region,
    place,
    durationSeconds: 3_600,
  })
  const target = stage.chain(at + 30 * SECOND, session, {
    role: deploy,
    sessionName: 'deploy-ledger',
    region,
    place,
  })
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [checkout.arn, bridge.arn].map((arn) => ({
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'sts:AssumeRole',
    })),
  })
  const request = { roleName: writer.name, policyDocument }
  const change = plain.iam('UpdateAssumeRolePolicy', request, false, writer.arn)
  const eventId = stage.call(at + MINUTE, target, change, { region, place })
  return { at: at + MINUTE, role: writer.arn, eventId }
}
