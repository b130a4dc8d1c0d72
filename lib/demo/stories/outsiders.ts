import { dynamodb, getCallerIdentity, invoke, logStream, plain, s3Bucket, sqs } from '../calls.ts'
import { moments, newPod, placeOf, takeCredentials } from '../pods.ts'
import { accountPrincipal, servicePrincipal, workloadPrincipal } from '../principal.ts'
import type { Random } from '../random.ts'
import type { Place } from '../records.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type Cluster, type World } from '../world.ts'

/** Whoever is not a pod of a known cluster: AWS services, other companies, an issuer from nowhere. */
export function outsiders(stage: Stage, world: World, random: Random): { issuer: string } {
  functions(stage, world, random.fork('functions'))
  services(stage, world, random.fork('services'))
  vendor(stage, world, random.fork('vendor'))
  labs(stage, world, random.fork('labs'))
  return unknownIssuer(stage, world, random.fork('unknown'))
}

// Lambda sessions; one function goes on to a role of its own.
function functions(stage: Stage, world: World, random: Random): void {
  const region = 'us-east-1'
  const account = ACCOUNT.prod
  const egress = '198.51.100.60'
  for (const name of ['invoice-mailer', 'image-resize', 'ledger-export']) {
    const role = world.role(account, '/service-role/', `${name}-role`)
    const place: Place = {
      ip: egress,
      userAgent: 'Boto3/1.40.4 md/Botocore#1.40.4 exec-env/AWS_Lambda_python3.13',
    }
    for (const at of moments(random, stage.window.start, stage.window.end, 90 * MINUTE)) {
      const session = stage.service(
        at,
        'lambda.amazonaws.com',
        servicePrincipal('lambda.amazonaws.com'),
        {
          role,
          sessionName: name,
          region,
          durationSeconds: 43_200,
          identity: {
            inScopeOf: {
              issuerType: 'AWS::Lambda::Function',
              credentialsIssuedTo: `arn:aws:lambda:${region}:${account}:function:${name}`,
            },
          },
        },
      )
      const stream = `2026/[$LATEST]${random.hex(32)}`
      const log = logStream(`/aws/lambda/${name}`, stream, region, account)
      stage.call(at + SECOND, session, log, { region, place })
      for (const moment of moments(random, at + 2 * SECOND, at + 80 * MINUTE, 30 * MINUTE)) {
        const call = random.pick([
          sqs('ReceiveMessage', `${name}-in`, region, account),
          invoke(`${name}-worker`, region, account),
        ])
        stage.call(moment, session, call, { region, place })
      }
      if (name !== 'ledger-export') continue
      const further = stage.chain(at + 5 * SECOND, session, {
        role: world.role(ACCOUNT.ledger, '/ledger/', 'index-reader'),
        sessionName: name,
        region,
        place,
        durationSeconds: 900,
      })
      const query = dynamodb('Query', 'ledger-index', region, ACCOUNT.ledger)
      stage.call(at + 7 * SECOND, further, query, { region, place })
    }
  }
}

function services(stage: Stage, world: World, random: Random): void {
  const path = (service: string) => `/aws-service-role/${service}/`
  for (const account of [ACCOUNT.prod, ACCOUNT.ledger, ACCOUNT.data]) {
    const region = account === ACCOUNT.data ? 'us-west-2' : 'us-east-1'
    for (const [service, name] of [
      ['config.amazonaws.com', 'AWSServiceRoleForConfig'],
      ['autoscaling.amazonaws.com', 'AWSServiceRoleForAutoScaling'],
    ] as const) {
      const role = world.role(account, path(service), name)
      for (const at of moments(random, stage.window.start, stage.window.end, 80 * MINUTE)) {
        const session = stage.service(at, service, servicePrincipal(service), {
          role,
          sessionName: service.startsWith('config') ? 'AWSConfig-Describe' : 'AutoScaling',
          region,
          durationSeconds: 3_600,
        })
        const call = plain.ec2('DescribeInstances')
        const use = { region, place: { ip: service, userAgent: service }, invokedBy: service }
        stage.call(at + SECOND, session, call, use)
      }
    }
  }
}

// Another company: all we know is its account, and an id we cannot look up.
function vendor(stage: Stage, world: World, random: Random): void {
  const principalId = `AROA${random.base32(17)}`
  const userId = `AIDA${random.base32(17)}`
  const place: Place = {
    ip: '203.0.113.150',
    userAgent: 'Boto3/1.39.11 md/Botocore#1.39.11 watchful/4.2',
  }
  const region = 'us-east-1'
  for (const account of [ACCOUNT.prod, ACCOUNT.data]) {
    const role = world.role(account, '/vendors/', 'watchful-monitoring')
    for (const at of moments(random, stage.window.start, stage.window.end, 55 * MINUTE)) {
      const session = stage.assumeFromOutside(
        at,
        {
          principalId: random.chance(0.9) ? `${principalId}:watchful-collector` : userId,
          account: ACCOUNT.vendor,
          principal: accountPrincipal(ACCOUNT.vendor),
        },
        { role, sessionName: 'watchful', externalId: 'acme-7f3c2e', region, place },
      )
      for (const name of ['DescribeInstances', 'DescribeVolumes']) {
        stage.call(at + random.int(2, 20) * SECOND, session, plain.ec2(name), { region, place })
      }
    }
  }
}

// A firm Acme bought: its account is not in the trail yet, so its pods come from nowhere.
function labs(stage: Stage, world: World, random: Random): void {
  const cluster: Cluster = {
    name: 'labs-eks',
    issuer: `oidc.eks.us-east-1.amazonaws.com/id/${random.hex(32).toUpperCase()}`,
    arn: `arn:aws:eks:us-east-1:${ACCOUNT.labs}:cluster/labs-eks`,
    account: ACCOUNT.labs,
    region: 'us-east-1',
    egress: ['203.0.113.120'],
    vpcEndpoints: {},
    network: '10.90',
  }
  const role = world.role(ACCOUNT.labs, '/', 'labs-worker')
  const reader = world.role(ACCOUNT.shared, '/partners/', 'labs-artifacts')
  const pod = newPod(random, cluster, 'labs', 'worker', 'go', stage.window.start)
  for (const at of moments(random, stage.window.start, stage.window.end, 2 * HOUR)) {
    const session = takeCredentials(stage, random, pod, role, at)
    const further = stage.chain(at + 2 * SECOND, session, {
      role: reader,
      sessionName: 'labs',
      region: 'us-east-1',
      place: placeOf(pod, 'sts'),
    })
    const list = s3Bucket(random, 'ListObjects', 'acme-artifacts', ACCOUNT.shared, {
      prefix: 'labs/',
    })
    stage.call(at + 4 * SECOND, further, list, { region: 'us-east-1', place: placeOf(pod, 's3') })
  }
}

// Somebody registered the issuer of a cluster that is on nobody's list.
function unknownIssuer(stage: Stage, world: World, random: Random): { issuer: string } {
  const issuer = `oidc.eks.us-east-2.amazonaws.com/id/${random.hex(32).toUpperCase()}`
  const role = world.role(ACCOUNT.dev, '/legacy/', 'runner')
  const workload = { cluster: { issuer }, namespace: 'default', serviceAccount: 'runner' }
  const place: Place = {
    ip: '203.0.113.222',
    userAgent: 'aws-sdk-go/1.44.0 (go1.18; linux; amd64)',
  }
  for (const at of moments(random, stage.window.start, stage.window.end, 4 * HOUR)) {
    const session = stage.irsa(at, workload, {
      role,
      sessionName: `${at}${random.int(100_000, 999_999)}`,
      region: 'us-east-1',
      place,
    })
    stage.call(at + 2 * SECOND, session, getCallerIdentity(), { region: 'us-east-1', place })
    const call = sqs('ReceiveMessage', 'legacy-jobs', 'us-east-1', ACCOUNT.dev)
    stage.call(at + 5 * SECOND, session, call, { region: 'us-east-1', place })
  }
  return { issuer: workloadPrincipal(workload).cluster ?? issuer }
}
