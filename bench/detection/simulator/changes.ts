import { iam, type Owner, plain, secret } from './calls.ts'
import { type Random, some } from './chance.ts'
import { newClient, userAgent } from './clients.ts'
import { type Cluster, type Company, providerArn, type Workload, workloadId } from './company.ts'
import { cloudAddress } from './networks.ts'
import { applyTerraform } from './pipeline.ts'
import type { Happening } from './scene.ts'
import { DAY, HOUR, MINUTE } from './time.ts'
import { newWorkload, someWork } from './workloads.ts'

/**
 * What changes in a company within a month and is nobody's attack: networks, services, permissions, nodes, mistakes, a failover.
 * All of it can happen on any day, so about half of it after the learning period.
 */
export function changesOf(company: Company, random: Random): Happening[] {
  const { from, until } = company
  const days = (until - from) / DAY
  const all: Happening[] = []
  const ordinary = company.workloads.filter(({ isAddon, isSidecar }) => !isAddon && !isSidecar)
  const size = ordinary.length
  const someDay = (): number =>
    from + random.between(1, days - 2) * DAY + random.between(7, 18) * HOUR + random.below(HOUR)
  const often = (perMonth: number): number => Math.max(1, Math.round((perMonth * days) / 30))
  const ours = company.clusters.filter((cluster) => cluster !== company.joining)
  const add = (what: string, at: number, act: Happening['act']): void => {
    all.push({ at, what, act })
  }

  for (const cluster of ours) {
    if (random.chance(0.5)) newGateways(cluster, random, someDay(), add)
    if (random.chance(0.4)) newEndpoints(cluster, random, someDay(), add)
    for (let i = 0; i < often(2); i++) {
      const at = someDay()
      add(`${cluster.name}: nodes get a new image`, at, ({ fleet, nodes }) => {
        nodes.replaceAll(cluster, at)
        fleet.evict((pod) => pod.workload.cluster === cluster, at, 2 * HOUR)
      })
    }
    for (let i = 0; i < often(6); i++) {
      const at = someDay() - 6 * HOUR
      const zone = random.below(cluster.zones)
      add(`${cluster.name}: spot instances are taken away`, at, ({ fleet }) => {
        fleet.evict(
          (pod) =>
            pod.workload.cluster === cluster && pod.zone === zone && pod.address.endsWith('7'),
          at,
          300,
        )
      })
    }
  }

  for (let i = 0; i < often(size / 40); i++) {
    const at = someDay()
    const cluster = random.pick(ours)
    const index = 10_000 + i
    add(`a new service in ${cluster.name}`, at, (scene, chance) => {
      const workload = newWorkload(company, chance, cluster, index, { from: at + 10 * MINUTE })
      company.workloads.push(workload)
      const roleName = workload.role.at(at).name
      applyTerraform(scene, chance, at, cluster, [
        iam('CreateRole', { roleName }),
        iam('PutRolePolicy', { roleName }),
        ...(workload.identity === 'irsa'
          ? []
          : [plain('eks', 'CreatePodIdentityAssociation', { clusterName: cluster.name })]),
      ])
    })
  }
  for (let i = 0; i < often(size / 75); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    const { cluster } = workload
    add(`${workload.serviceAccount} gets a role of its own`, at, (scene, chance) => {
      const roleName = `${workload.namespace}-${workload.serviceAccount}-v2`
      applyTerraform(scene, chance, at, cluster, [
        iam('CreateRole', { roleName }),
        iam('PutRolePolicy', { roleName }),
      ])
      workload.role.change(at + 15 * MINUTE, company.role(cluster.account, '/', roleName))
      scene.fleet.rollOut(workload, at + 15 * MINUTE)
    })
  }
  for (let i = 0; i < often(size / 25); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    const { cluster } = workload
    const owner: Owner = { account: cluster.account, region: cluster.region }
    add(`${workload.serviceAccount} may do more`, at, (scene, chance) => {
      const roleName = workload.role.at(at).name
      applyTerraform(scene, chance, at, cluster, [iam('PutRolePolicy', { roleName })])
      const added = chance.chance(0.3)
        ? secret(`${workload.serviceAccount}/partner-api`, owner)
        : someWork(chance, `${workload.serviceAccount}-more`, owner)[0]!
      workload.work.push({ call: added, perHour: 0.3 + chance.unit(), from: at + 20 * MINUTE })
      scene.fleet.rollOut(workload, at + 15 * MINUTE)
    })
  }
  for (let i = 0; i < often(size / 100); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    const account = random.chance(0.5) ? company.ledger : workload.cluster.account
    const owner: Owner = { account, region: workload.cluster.region }
    add(`${workload.serviceAccount} begins to use a further role`, at, (scene, chance) => {
      const role = company.role(account, '/gateways/', `${workload.serviceAccount}-shared`)
      // A role is made in its own account.
      applyTerraform(scene, chance, at, owner, [iam('CreateRole', { roleName: role.name })])
      workload.further.push({
        role,
        share: 1,
        calls: someWork(chance, `${workload.serviceAccount}-far`, owner),
        from: at + 15 * MINUTE,
      })
    })
  }
  for (let i = 0; i < often(size / 150); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    add(`${workload.serviceAccount} is rewritten in another language`, at, (scene, chance) => {
      workload.client.change(
        at,
        newClient(chance, workload.client.at(at).family === 'go2' ? 'python' : 'go2'),
      )
      scene.fleet.rollOut(workload, at)
    })
  }
  for (let i = 0; i < often(size / 100); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    const hours = random.between(2, 30)
    add(
      `a pod of ${workload.namespace} has the wrong role and tries again and again`,
      at,
      ({ stage }, chance) => {
        const { cluster, namespace } = workload
        const client = workload.client.at(at)
        const role = company.role(cluster.account, '/', `${workload.serviceAccount}-typo`)
        for (let when = at; when < at + hours * HOUR; when += chance.between(200, 310)) {
          const asked = {
            provider: providerArn(cluster.account, cluster.issuer),
            subject: `system:serviceaccount:${namespace}:${workload.serviceAccount}`,
            audience: 'sts.amazonaws.com',
            role,
            sessionName: `botocore-session-${when}`,
            region: cluster.region,
            isRefused: true,
          }
          const place = { address: cluster.egress.at(when)[0]!, agent: userAgent(client, 'sts') }
          stage.exchange(
            when,
            { kind: 'workload', id: workloadId({ ...workload, identity: 'irsa' }) },
            asked,
            place,
          )
        }
      },
    )
  }
  for (let i = 0; i < often(size / 60); i++) {
    const at = someDay()
    const workload = random.pick(ordinary)
    const { cluster } = workload
    const call = someWork(random, `${workload.serviceAccount}-forgotten`, {
      account: cluster.account,
      region: cluster.region,
    })[0]!
    const work = {
      call,
      perHour: random.between(2, 12),
      from: at,
      until: at + random.between(1, 20) * HOUR,
      isDenied: true,
    }
    add(`${workload.serviceAccount} lacks a permission for some hours`, at, ({ fleet }) => {
      workload.work.push(work)
      fleet.rollOut(workload, at)
    })
  }
  for (let i = 0; i < often(3); i++) backfill(company, random, someDay(), add)
  failover(company, random, someDay(), add)
  return all
}

type Add = (what: string, at: number, act: Happening['act']) => void

/** All addresses at once (a new VPC design), or one more gateway for each zone. */
function newGateways(cluster: Cluster, random: Random, at: number, add: Add): void {
  const isReplaced = random.chance(0.5)
  add(
    `${cluster.name}: ${isReplaced ? 'new NAT gateways' : 'a NAT gateway in each zone'}`,
    at,
    (scene, chance) => {
      const made = [plain('ec2', 'AllocateAddress', {}), plain('ec2', 'CreateNatGateway', {})]
      applyTerraform(scene, chance, at - 3 * MINUTE, cluster, made)
      const kept = isReplaced ? [] : cluster.egress.at(at)
      const fresh = Array.from({ length: Math.max(1, cluster.zones - kept.length) }, () =>
        cloudAddress(chance),
      )
      cluster.egress.change(at, [...kept, ...fresh])
    },
  )
}

/** STS and S3 stop going through the NAT gateway. */
function newEndpoints(cluster: Cluster, random: Random, at: number, add: Add): void {
  const services = some(
    random,
    ['sts', 's3', 'dynamodb', 'sqs', 'secretsmanager'],
    random.between(1, 3),
  )
  add(`${cluster.name}: VPC endpoints for ${services.join(', ')}`, at, (_, chance) => {
    const endpoints = new Map(cluster.endpoints.at(at))
    for (const service of services)
      if (!endpoints.has(service)) endpoints.set(service, `vpce-0${chance.hex(16)}`)
    cluster.endpoints.change(at, endpoints)
  })
}

/** A batch job works off what was missed: many more pods than ever. */
function backfill(company: Company, random: Random, at: number, add: Add): void {
  const batches = company.workloads.filter(
    ({ rhythm }) => rhythm.kind === 'batch' || rhythm.kind === 'cron',
  )
  if (batches.length === 0) return
  const workload = random.pick(batches)
  add(`${workload.serviceAccount} works off a backlog`, at, ({ fleet }, chance) => {
    const pods = fleet.pods.get(workload) ?? []
    for (let i = 0; i < chance.between(15, 40); i++)
      pods.push(
        fleet.start(workload, at + chance.below(900), at + chance.between(40, 160) * MINUTE),
      )
    fleet.pods.set(workload, pods)
  })
}

/** For an hour the services of one cluster use the other region: its STS endpoint, its tables and queues. */
function failover(company: Company, random: Random, at: number, add: Add): void {
  const cluster = company.clusters[0]!
  const region = company.clusters[1]!.region
  const services: Workload[] = some(
    random,
    company.workloads.filter(
      (workload) =>
        workload.cluster === cluster &&
        workload.identity === 'irsa' &&
        !workload.isAddon &&
        workload.rhythm.kind !== 'cron',
    ),
    12,
  )
  add(`${cluster.name} fails over to ${region} for an hour`, at, ({ stage, fleet }, chance) => {
    for (const workload of services) {
      const pod = fleet.running(workload, at)
      if (pod === null) continue
      for (const { call } of workload.work)
        for (let i = 0; i < 3; i++) {
          const when = at + chance.below(HOUR)
          if (when >= pod.session.expiresAt) continue
          const moved = {
            ...call,
            ...(call.resources === undefined
              ? {}
              : { resources: call.resources.replaceAll(cluster.region, region) }),
          }
          stage.call(when, pod.session, moved, fleet.placeOf(pod, 'remote', when), region)
        }
    }
  })
}
