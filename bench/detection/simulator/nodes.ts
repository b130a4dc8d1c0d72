import { plain } from './calls.ts'
import type { Random } from './chance.ts'
import type { Cluster, Company } from './company.ts'
import type { Place } from './records.ts'
import type { Held, Stage } from './stage.ts'
import { DAY, HOUR } from './time.ts'

export interface Node {
  readonly cluster: Cluster
  readonly instance: string
  readonly address: string
  readonly zone: number
  until: number
  session: Held
}

const KUBELET = 'kubelet/v1.33.4 (linux/amd64) aws-sdk-go/1.55.6 (go1.24.4; linux; amd64)'
const AGENT = 'amazon-ssm-agent/3.3.2299.0 aws-sdk-go/1.55.5 (go1.23.4; linux; amd64)'
const CNI =
  'amazon-vpc-cni-k8s/v1.20.1 aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.4 md/GOARCH#amd64 api/ec2#1.210.1'

/** The instances that pods run on: they come and go, and call AWS for themselves. */
export class Nodes {
  readonly #stage: Stage
  readonly #random: Random
  readonly #byCluster = new Map<Cluster, Node[]>()
  readonly #sizes = new Map<Cluster, number>()

  constructor(company: Company, stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
    for (const cluster of company.clusters) {
      const here = company.workloads.filter((workload) => workload.cluster === cluster).length
      this.#sizes.set(cluster, Math.max(3, Math.round(here / 14)))
      this.#byCluster.set(cluster, [])
    }
  }

  any(cluster: Cluster): Node {
    return this.#random.pick(this.#byCluster.get(cluster)!)
  }

  /** All of a cluster's instances are to be replaced, one after the other, within two hours. */
  replaceAll(cluster: Cluster, at: number): void {
    for (const node of this.#byCluster.get(cluster)!) node.until = at + this.#random.below(2 * HOUR)
  }

  hour(from: number): void {
    const random = this.#random
    for (const [cluster, nodes] of this.#byCluster) {
      const live = nodes.filter((node) => node.until > from)
      const hour = Math.floor(from / HOUR) % 24
      const wanted = this.#sizes.get(cluster)! + (hour > 8 && hour < 21 ? 1 : 0)
      while (live.length < wanted) live.push(this.#launch(cluster, from + random.below(600)))
      while (live.length > wanted) live.pop()
      for (const node of live) this.#live(node, from)
      this.#byCluster.set(cluster, live)
    }
  }

  #launch(cluster: Cluster, at: number): Node {
    const random = this.#random
    const instance = `i-0${random.hex(16)}`
    const zone = random.below(cluster.zones)
    const session = this.#assume(cluster, instance, at)
    // Spot instances are taken away after hours, others live for days.
    const lifetime = random.chance(0.4)
      ? random.between(3 * HOUR, 2 * DAY)
      : random.between(3 * DAY, 20 * DAY)
    const address = `${cluster.network}.${zone * 32}.${random.between(4, 250)}`
    return { cluster, instance, address, zone, until: at + lifetime, session }
  }

  #assume(cluster: Cluster, instance: string, at: number): Held {
    const origin = { kind: 'node', id: instance } as const
    return this.#stage.serviceAssumes(
      at,
      'ec2.amazonaws.com',
      cluster.nodeRole,
      instance,
      cluster.region,
      origin,
    )
  }

  placeOf({ cluster, address, zone }: Node, service: string, agent: string, at: number): Place {
    const endpoint = cluster.endpoints.at(at).get(service)
    if (endpoint !== undefined)
      return { address, agent, endpoint, endpointAccount: cluster.account }
    const egress = cluster.egress.at(at)
    return { address: egress[zone % egress.length]!, agent }
  }

  #live(node: Node, from: number): void {
    const random = this.#random
    const { cluster } = node
    const { region } = cluster
    if (from + HOUR > node.session.expiresAt - 600)
      node.session = this.#assume(
        cluster,
        node.instance,
        Math.max(from, node.session.issuedAt + 1) + random.below(60),
      )
    const call = (service: string, name: string, agent: string, request: unknown): void => {
      const at = Math.max(node.session.issuedAt + 5, from + random.below(HOUR))
      this.#stage.call(
        at,
        node.session,
        plain(service, name, request),
        this.placeOf(node, service, agent, at),
        region,
      )
    }
    if (random.chance(0.3)) call('ecr', 'GetAuthorizationToken', KUBELET, {})
    if (random.chance(0.3)) call('ecr', 'BatchGetImage', KUBELET, { repositoryName: 'app' })
    if (random.chance(0.3))
      call('ssm', 'UpdateInstanceInformation', AGENT, { agentVersion: '3.3.2299.0' })
    if (random.chance(0.15)) call('ec2', 'DescribeInstances', KUBELET, {})
    if (random.chance(0.2))
      call('ec2', 'AssignPrivateIpAddresses', CNI, { networkInterfaceId: `eni-0${random.hex(16)}` })
    if (random.chance(0.02)) call('ec2', 'CreateNetworkInterface', CNI, { subnetId: 'subnet-1' })
    if (random.chance(0.02)) call('ec2', 'AttachNetworkInterface', CNI, { deviceIndex: 1 })
  }
}
