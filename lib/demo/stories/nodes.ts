import { plain } from '../calls.ts'
import type { Session } from '../deeds.ts'
import { moments } from '../pods.ts'
import { nodePrincipal } from '../principal.ts'
import type { Random } from '../random.ts'
import type { Place } from '../records.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE, SECOND } from '../time.ts'
import type { Cluster, World } from '../world.ts'

/** A worker node, and the credentials it held over the window. */
export interface Node {
  cluster: Cluster
  sessions: Session[]
  place: Place
}

const KUBELET = 'kubelet/v1.34.1 (linux/arm64) aws-sdk-go-v2/1.39.2'

/** The EC2 instances of the clusters: EC2 assumes their role about hourly, under the instance's id. */
export function nodes(stage: Stage, world: World, random: Random): Node[] {
  const { prod, europe, dev, data } = world.clusters
  return [prod, europe, dev, data].flatMap((cluster) =>
    Array.from({ length: cluster === prod ? 4 : 3 }, (_, index) =>
      node(stage, world, random.fork(`${cluster.name} ${index}`), cluster),
    ),
  )
}

/** A node of the cluster with credentials at a moment. */
export function nodeSessionAt(
  all: readonly Node[],
  cluster: Cluster,
  at: number,
): { session: Session; place: Place } | undefined {
  for (const { cluster: home, sessions, place } of all) {
    if (home !== cluster) continue
    const session = sessions.findLast((held) => held.issuedAt <= at && at < held.expiresAt)
    if (session !== undefined) return { session, place }
  }
  return undefined
}

function node(stage: Stage, world: World, random: Random, cluster: Cluster): Node {
  const { account, region } = cluster
  const role = world.role(account, '/nodes/', `${cluster.name}-node`)
  const instance = `i-0${random.hex(16)}`
  const place = { ip: random.pick(cluster.egress), userAgent: KUBELET }
  const sessions: Session[] = []
  let at = stage.window.start + random.int(0, 10 * MINUTE)
  while (at < stage.window.end) {
    const next = at + HOUR - random.int(0, 6 * MINUTE)
    const session = stage.service(at, 'ec2.amazonaws.com', nodePrincipal(instance, account), {
      role,
      sessionName: instance,
      region,
      durationSeconds: 21_600,
      context: { ec2RoleDelivery: '2.0' },
      identity: {
        inScopeOf: {
          issuerType: 'AWS::EC2::Instance',
          credentialsIssuedTo: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
        },
      },
    })
    sessions.push(session)
    for (const moment of moments(
      random,
      at + SECOND,
      Math.min(next, stage.window.end),
      55 * MINUTE,
    )) {
      const call = random.pick([
        plain.ecr('GetAuthorizationToken'),
        plain.ecr('BatchGetImage', { repositoryName: 'acme/base', imageIds: [{ imageTag: 'v4' }] }),
        plain.ec2('DescribeInstances', { instancesSet: { items: [{ instanceId: instance }] } }),
      ])
      stage.call(moment, session, call, { region, place })
    }
    at = next
  }
  return { cluster, sessions, place }
}
