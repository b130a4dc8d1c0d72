import { kms, plain } from '../calls.ts'
import { keepCredentials, moments, newPod, placeOf } from '../pods.ts'
import type { Random } from '../random.ts'
import type { Stage } from '../stage.ts'
import { MINUTE, SECOND } from '../time.ts'
import type { Cluster, World } from '../world.ts'

/** The add-ons every EKS cluster runs, behaving as they do. */
export function addons(stage: Stage, world: World, random: Random): void {
  const { prod, europe, dev, data } = world.clusters
  for (const cluster of [prod, europe, dev, data]) {
    const own = random.fork(cluster.name)
    loadBalancerController(stage, world, own.fork('alb'), cluster)
    ebsCsi(stage, world, own.fork('ebs'), cluster)
    externalDns(stage, world, own.fork('dns'), cluster)
    if (cluster === data) karpenter(stage, world, own.fork('karpenter'), cluster)
    else clusterAutoscaler(stage, world, own.fork('autoscaler'), cluster)
  }
}

// Reads load balancers in a steady rhythm, changes one when a target comes or goes.
function loadBalancerController(stage: Stage, world: World, random: Random, cluster: Cluster) {
  const name = 'aws-load-balancer-controller'
  const role = world.role(cluster.account, '/addons/', `${cluster.name}-lbc`)
  const pod = newPod(random, cluster, 'kube-system', name, 'go', stage.window.start)
  const { region } = cluster
  const group = `arn:aws:elasticloadbalancing:${region}:${cluster.account}:targetgroup/k8s-web/${random.hex(16)}`
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    for (const at of moments(random, from, until, 12 * MINUTE)) {
      const place = placeOf(pod, 'elasticloadbalancing')
      const kind = random.pick(['TargetHealth', 'TargetGroups', 'LoadBalancers', 'Tags'])
      stage.call(at, session, plain.elb(`Describe${kind}`), { region, place })
      if (!random.chance(0.06)) continue
      const targets = [{ id: `10.0.${random.int(0, 63)}.${random.int(4, 250)}`, port: 8080 }]
      const request = { targetGroupArn: group, targets }
      const change = plain.elb(
        random.pick(['RegisterTargets', 'DeregisterTargets']),
        request,
        false,
      )
      stage.call(at + SECOND, session, change, { region, place })
    }
  })
}

// Makes and attaches a volume; EC2 then asks KMS for its data key on the driver's behalf.
function ebsCsi(stage: Stage, world: World, random: Random, cluster: Cluster) {
  const name = 'ebs-csi-controller-sa'
  const role = world.role(cluster.account, '/addons/', `${cluster.name}-ebs-csi`)
  const pod = newPod(random, cluster, 'kube-system', name, 'go', stage.window.start)
  const { region, account } = cluster
  const key = random.uuid()
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    for (const at of moments(random, from, until, 70 * MINUTE)) {
      const place = placeOf(pod, 'ec2')
      const volumeId = `vol-0${random.hex(16)}`
      const size = { size: '20', zone: `${region}a`, volumeType: 'gp3', encrypted: true }
      stage.call(at, session, plain.ec2('CreateVolume', size, false, { volumeId }), {
        region,
        place,
      })
      stage.call(
        at + SECOND,
        session,
        kms('GenerateDataKeyWithoutPlaintext', key, region, account),
        { region, place, invokedBy: 'ec2-frontend-api.amazonaws.com' },
      )
      const volumes = { volumeSet: { items: [{ volumeId }] } }
      stage.call(at + 4 * SECOND, session, plain.ec2('DescribeVolumes', volumes), { region, place })
      const attach = { volumeId, instanceId: `i-0${random.hex(16)}`, device: '/dev/xvdaa' }
      stage.call(at + 6 * SECOND, session, plain.ec2('AttachVolume', attach, false), {
        region,
        place,
      })
    }
  })
}

function clusterAutoscaler(stage: Stage, world: World, random: Random, cluster: Cluster) {
  const name = 'cluster-autoscaler'
  const role = world.role(cluster.account, '/addons/', `${cluster.name}-autoscaler`)
  const pod = newPod(random, cluster, 'kube-system', name, 'go', stage.window.start)
  const { region } = cluster
  const group = `eks-workers-${random.hex(8)}`
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    const place = placeOf(pod, 'autoscaling')
    for (const at of moments(random, from, until, 10 * MINUTE)) {
      const describe = plain.autoscaling('DescribeAutoScalingGroups', { maxRecords: 100 })
      stage.call(at, session, describe, { region, place })
      if (random.chance(0.05)) {
        const request = { autoScalingGroupName: group, desiredCapacity: random.int(3, 12) }
        stage.call(at + SECOND, session, plain.autoscaling('SetDesiredCapacity', request, false), {
          region,
          place,
        })
      }
    }
  })
}

// Asks for a fleet; EC2 Fleet starts the instances on its behalf, without a key in the record.
function karpenter(stage: Stage, world: World, random: Random, cluster: Cluster) {
  const role = world.role(cluster.account, '/addons/', `${cluster.name}-karpenter`)
  const pod = newPod(random, cluster, 'kube-system', 'karpenter', 'go', stage.window.start)
  const { region } = cluster
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    const place = placeOf(pod, 'ec2')
    for (const at of moments(random, from, until, 20 * MINUTE)) {
      stage.call(at, session, plain.ec2('DescribeInstanceTypes'), { region, place })
      if (!random.chance(0.25)) continue
      const fleet = { CreateFleetRequest: { Type: 'instant', TagSpecification: [] } }
      const fleetId = { CreateFleetResponse: { fleetId: `fleet-${random.uuid()}` } }
      stage.call(at + SECOND, session, plain.ec2('CreateFleet', fleet, false, fleetId), {
        region,
        place,
      })
      const instances = { instancesSet: { items: [{ minCount: 1, maxCount: 1 }] } }
      stage.call(at + 2 * SECOND, session, plain.ec2('RunInstances', instances, false), {
        region,
        place,
        invokedBy: 'ec2fleet.amazonaws.com',
      })
    }
  })
}

function externalDns(stage: Stage, world: World, random: Random, cluster: Cluster) {
  const role = world.role(cluster.account, '/addons/', `${cluster.name}-external-dns`)
  const pod = newPod(random, cluster, 'kube-system', 'external-dns', 'go', stage.window.start)
  const zone = `Z0${random.base32(18)}`
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    const place = placeOf(pod, 'route53')
    const { region } = cluster
    for (const at of moments(random, from, until, 15 * MINUTE)) {
      const list = plain.route53('ListResourceRecordSets', { hostedZoneId: zone })
      stage.call(at, session, list, { region, place })
      if (!random.chance(0.05)) continue
      const host = `${random.pick(['www', 'api', 'shop'])}.${cluster.name}.acme.example`
      const set = { name: host, type: 'A', tTL: 300 }
      const changes = { changes: [{ action: 'UPSERT', resourceRecordSet: set }] }
      const change = { hostedZoneId: zone, changeBatch: changes }
      stage.call(at + SECOND, session, plain.route53('ChangeResourceRecordSets', change, false), {
        region,
        place,
      })
    }
  })
}
