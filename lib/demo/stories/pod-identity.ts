import { dynamodb, s3Object, sqs } from '../calls.ts'
import type { Session } from '../deeds.ts'
import { moments, newPod, type Pod, placeOf } from '../pods.ts'
import type { Random } from '../random.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type Cluster, type Role, type World } from '../world.ts'
import { type Node, nodeSessionAt } from './nodes.ts'

/** What the EKS API would list; the logs alone do not say it. */
export interface Association {
  cluster: string
  namespace: string
  serviceAccount: string
  role: string
  targetRole?: string
  disableSessionTags: boolean
}

/** Workloads that get their credentials from EKS Pod Identity, in every way it can be set up. */
export function podIdentity(
  stage: Stage,
  world: World,
  random: Random,
  nodes: readonly Node[],
): Association[] {
  const { prod, dev, data } = world.clusters
  const associations: Association[] = []
  const run = (
    cluster: Cluster,
    namespace: string,
    serviceAccount: string,
    roles: { role: Role; targetRole?: Role; disableSessionTags?: boolean },
    work: (session: Session, pod: Pod, from: number, until: number) => void,
    count = 1,
  ) => {
    const own = random.fork(serviceAccount)
    for (let index = 0; index < count; index += 1) {
      const pod = newPod(own, cluster, namespace, serviceAccount, 'go', stage.window.start)
      keepPodIdentity(stage, own, pod, roles, nodes, (session, from, until) =>
        work(session, pod, from, until),
      )
    }
    associations.push({
      cluster: cluster.arn,
      namespace,
      serviceAccount,
      role: roles.role.arn,
      ...(roles.targetRole === undefined ? {} : { targetRole: roles.targetRole.arn }),
      disableSessionTags: roles.disableSessionTags === true,
    })
  }

  const ordersRole = world.role(ACCOUNT.prod, '/pod-identity/', 'orders-api')
  const gatewayRole = world.role(ACCOUNT.prod, '/gateways/', 'orders-export')
  run(
    prod,
    'orders',
    'orders-api',
    { role: ordersRole },
    (session, pod, from, until) => {
      for (const at of moments(random, from, until, 15 * MINUTE)) {
        const call = dynamodb('GetItem', 'orders', prod.region, ACCOUNT.prod)
        stage.call(at, session, call, { region: prod.region, place: placeOf(pod, 'dynamodb') })
      }
      // Its own further hop: the transitive tags go along.
      const further = stage.chain(from + MINUTE, session, {
        role: gatewayRole,
        sessionName: 'orders-export',
        region: prod.region,
        place: placeOf(pod, 'sts'),
      })
      const call = sqs('SendMessage', 'orders-export', prod.region, ACCOUNT.prod)
      stage.call(from + 2 * MINUTE, further, call, {
        region: prod.region,
        place: placeOf(pod, 'sqs'),
      })
    },
    3,
  )

  const trainer = {
    role: world.role(ACCOUNT.data, '/pod-identity/', 'ml-trainer'),
    targetRole: world.role(ACCOUNT.shared, '/models/', 'model-store'),
  }
  run(data, 'ml', 'trainer', trainer, (session, pod, from, until) => {
    for (const at of moments(random, from, until, 18 * MINUTE)) {
      const object = `models/${random.hex(6)}.bin`
      const call = s3Object(random, 'PutObject', 'acme-models', object, ACCOUNT.shared)
      stage.call(at, session, call, { region: data.region, place: placeOf(pod, 's3') })
    }
  })

  const scorer = {
    role: world.role(ACCOUNT.data, '/pod-identity/', 'ml-scorer'),
    targetRole: world.role(ACCOUNT.data, '/models/', 'score-writer'),
  }
  run(data, 'ml', 'scorer', scorer, (session, pod, from, until) => {
    for (const at of moments(random, from, until, 20 * MINUTE)) {
      const call = dynamodb('PutItem', 'scores', data.region, ACCOUNT.data)
      stage.call(at, session, call, { region: data.region, place: placeOf(pod, 'dynamodb') })
    }
  })

  const webhook = {
    role: world.role(ACCOUNT.dev, '/pod-identity/', 'sandbox-webhook'),
    disableSessionTags: true,
  }
  run(dev, 'sandbox', 'webhook', webhook, (session, pod, from, until) => {
    for (const at of moments(random, from, until, 40 * MINUTE)) {
      const call = sqs('SendMessage', 'sandbox-hooks', dev.region, ACCOUNT.dev)
      stage.call(at, session, call, { region: dev.region, place: placeOf(pod, 'sqs') })
    }
  })

  const invoicer = {
    role: world.role(ACCOUNT.prod, '/pod-identity/', 'invoicer'),
    targetRole: world.role(ACCOUNT.ledger, '/billing/', 'invoice-archive'),
    disableSessionTags: true,
  }
  run(prod, 'billing', 'invoicer', invoicer, (session, pod, from, until) => {
    for (const at of moments(random, from, until, 20 * MINUTE)) {
      const object = `invoices/${random.hex(8)}.pdf`
      const call = s3Object(random, 'PutObject', 'acme-invoices', object, ACCOUNT.ledger)
      stage.call(at, session, call, { region: prod.region, place: placeOf(pod, 's3') })
    }
  })

  // A role whose trust policy forgot EKS: the agent is refused, and no record names the role.
  const broken = { cluster: dev, namespace: 'sandbox', serviceAccount: 'importer' }
  for (const at of moments(random, stage.window.start, stage.window.end, 5 * HOUR)) {
    const node = nodeSessionAt(nodes, dev, at)
    if (node !== undefined) stage.podIdentityRefused(at, broken, node)
  }
  return associations
}

// Credentials last six hours, or 59 minutes with a target role; the agent renews them in time.
function keepPodIdentity(
  stage: Stage,
  random: Random,
  pod: Pod,
  roles: { role: Role; targetRole?: Role; disableSessionTags?: boolean },
  nodes: readonly Node[],
  work: (session: Session, from: number, until: number) => void,
): void {
  const lifetime = roles.targetRole === undefined ? 6 * HOUR : 59 * MINUTE
  let at = stage.window.start + random.int(10 * MINUTE, 70 * MINUTE)
  while (at < stage.window.end) {
    const node = nodeSessionAt(nodes, pod.workload.cluster, at)
    if (node === undefined) return
    const next = Math.min(at + lifetime - random.int(MINUTE, 6 * MINUTE), stage.window.end)
    const session = stage.podIdentity(at, pod, roles, node)
    work(session, at + 2 * SECOND, next)
    at = next
  }
}
