import { callerIdentity, dynamodb, listBuckets, listObjects, plain, s3, secret } from '../calls.ts'
import { chance } from '../chance.ts'
import { newClient, userAgent } from '../clients.ts'
import { podTags } from '../fleet.ts'
import type { IamUser, Place } from '../records.ts'
import { callSoon, exchange, minutes, outside, type Plot, podOf, workOf } from '../story.ts'
import { DAY, HOUR } from '../time.ts'
import { newWorkload } from '../workloads.ts'

/** What goes wrong between pods, nodes and the cluster. */
export const CLUSTER_STORIES: readonly Plot[] = [
  {
    id: 'pod-on-node-role',
    title: "A pod reaches the instance metadata service and works with the node's role",
    severity: 'high',
    rules: ['node-role-used-by-pod'],
    act({ at, random, victim, scene, story }) {
      const node = scene.nodes.any(victim.cluster)
      story.principals.add(node.instance)
      story.roles.add(node.session.role.arn)
      const client = newClient(random, random.pick(['cli', 'python', 'js3'] as const))
      const { account, region } = victim.cluster
      const owner = { account, region }
      const calls = [
        listBuckets(),
        s3('GetObject', `acme-crown-${account}`, account),
        dynamodb('Scan', 'customers', owner),
        secret('shared/root', owner),
      ]
      for (const call of calls)
        for (let i = 0; i < random.between(1, 4); i++)
          scene.stage.call(
            at + minutes(random, 20),
            node.session,
            call,
            scene.nodes.placeOf(node, call.service, userAgent(client, call.service), at),
            region,
          )
    },
  },
  {
    id: 'node-key-outside',
    title: "The node's credentials, taken from the metadata service, are used from outside",
    severity: 'high',
    rules: ['session-used-from-new-network', 'node-role-used-by-pod'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const node = scene.nodes.any(victim.cluster)
      story.principals.add(node.instance)
      story.roles.add(node.session.role.arn)
      const place = outside(random)
      callSoon(
        cast,
        at,
        node.session,
        [
          callerIdentity(),
          plain('ec2', 'DescribeInstances', {}),
          plain('ecr', 'GetAuthorizationToken', {}),
          listBuckets(),
        ],
        place,
        10,
      )
    },
  },
  {
    id: 'static-key-in-image',
    title: 'A long-lived access key that was baked into an image is used from the cluster',
    severity: 'medium',
    rules: ['static-key-from-cluster'],
    act(cast) {
      const { at, random, victim, scene, story, company } = cast
      const pod = podOf(cast, victim)
      const user: IamUser = { ...random.pick(company.users), account: victim.cluster.account }
      story.principals.add(`arn:aws:iam::${user.account}:user/${user.name}`)
      const { region, account } = victim.cluster
      for (let i = 0; i < random.between(3, 30); i++) {
        const call = random.pick([
          listObjects(`acme-backup-${account}`, account),
          s3('PutObject', `acme-backup-${account}`, account),
          callerIdentity(),
        ])
        scene.stage.userCalls(
          at + i * 90,
          user,
          call,
          scene.fleet.placeOf(pod, call.service, at),
          region,
        )
      }
    },
  },
  {
    id: 'agent-bypass',
    title: 'Somebody on a node asks eks-auth for the credentials of a pod, not being the agent',
    severity: 'high',
    rules: ['pod-identity-agent-bypass'],
    act(cast) {
      const { at, random, victim, scene, story, company } = cast
      const workload =
        company.workloads.find(
          ({ identity, cluster }) => identity === 'pod-identity' && cluster === victim.cluster,
        ) ?? victim
      const { cluster } = workload
      const node = scene.nodes.any(cluster)
      story.principals.add(node.instance)
      const pod = scene.fleet.start(workload, at, at + HOUR)
      const client = newClient(random, random.pick(['cli', 'python'] as const))
      const place = scene.nodes.placeOf(node, 'eks-auth', '', at)
      const id = `${cluster.arn}/${workload.namespace}/${workload.serviceAccount}`
      story.principals.add(id)
      const held = scene.stage.podIdentity(at, {
        origin: { kind: 'workload', id },
        clusterName: cluster.name,
        podName: pod.name,
        tags: podTags(pod),
        role: workload.role.at(at),
        region: cluster.region,
        node: node.session,
        nodeAddress: place.address,
        agent: userAgent(client, 'eks-auth'),
      })
      for (const { call } of workload.work)
        scene.stage.call(
          at + minutes(random, 10),
          held,
          call,
          { ...place, agent: userAgent(client, call.service) },
          cluster.region,
        )
    },
  },
  {
    id: 'association-then-used',
    title:
      'A Pod Identity association gives a new ServiceAccount an existing role, which is used at once',
    severity: 'high',
    rules: ['trust-changed-then-used', 'new-workload-role'],
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const { cluster } = victim
      const { account, region } = cluster
      const user: IamUser = {
        account,
        name: `eks-ops-${random.hex(3)}`,
        id: random.uniqueId('AIDA'),
        key: random.uniqueId('AKIA').slice(0, 20),
      }
      story.principals.add(`arn:aws:iam::${account}:user/${user.name}`)
      const place = outside(random)
      const role = victim.role.at(at)
      const associate = plain('eks', 'CreatePodIdentityAssociation', {
        name: cluster.name,
        namespace: 'default',
        serviceAccount: 'debug',
        roleArn: role.arn,
      })
      scene.stage.userCalls(at, user, associate, place('eks'), region)
      const workload = {
        ...victim,
        namespace: 'default',
        serviceAccount: `debug-${random.hex(3)}`,
        identity: 'pod-identity' as const,
      }
      const id = `${cluster.arn}/default/${workload.serviceAccount}`
      story.principals.add(id)
      const node = scene.nodes.any(cluster)
      const pod = scene.fleet.start(workload, at, at + HOUR)
      const held = scene.stage.podIdentity(at + minutes(random, 4), {
        origin: { kind: 'workload', id },
        clusterName: cluster.name,
        podName: pod.name,
        tags: podTags(pod),
        role,
        region,
        node: node.session,
        nodeAddress: scene.nodes.placeOf(node, 'eks-auth', '', at).address,
        agent: `aws-sdk-go-v2/1.${36 + cluster.agent.at(at)}.3 ua/2.1 os/linux lang/go#1.24.4 md/GOOS#linux md/GOARCH#amd64 api/eksauth#1.9.2`,
      })
      callSoon(
        cast,
        held.issuedAt,
        held,
        workOf(victim),
        (service) => scene.fleet.placeOf(pod, service, at),
        8,
      )
    },
  },
  {
    id: 'dormant-awakened',
    title: 'A ServiceAccount that was silent for weeks is used again',
    severity: 'medium',
    rules: ['dormant-awakened'],
    day: 29,
    prepare({ company, victim, random }) {
      company.workloads.push(
        newWorkload(company, chance(company.seed, 'sleeper'), victim.cluster, 20_000, {
          namespace: 'legacy',
          serviceAccount: `sleeper-${company.seed}`,
          identity: 'irsa',
          rhythm: { kind: 'steady' },
          until: company.from + random.between(6, 30) * HOUR,
          rare: [],
          further: [],
          presigns: null,
        }),
      )
    },
    act(cast) {
      const { at, scene, company } = cast
      const sleeper = company.workloads.find(
        ({ serviceAccount }) => serviceAccount === `sleeper-${company.seed}`,
      )!
      const pod = scene.fleet.start(sleeper, at, at + HOUR)
      const place = (service: string): Place => scene.fleet.placeOf(pod, service, at)
      const session = exchange(cast, at, sleeper, place('sts'))!
      callSoon(cast, at, session, workOf(sleeper), place, 10)
    },
  },
  {
    id: 'session-flood',
    title: 'One workload asks for hundreds of sessions in an hour to copy everything at once',
    severity: 'medium',
    rules: ['assumption-rate'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const pod = podOf(cast, victim)
      const count = random.between(120, 500)
      for (let i = 0; i < count; i++) {
        const when = at + Math.floor((i / count) * HOUR)
        const session = exchange(cast, when, victim, scene.fleet.placeOf(pod, 'sts', when))!
        const { call } = random.pick(victim.work)
        scene.stage.call(
          when + 2,
          session,
          call,
          scene.fleet.placeOf(pod, call.service, when),
          victim.cluster.region,
        )
      }
    },
  },
  {
    id: 'here-before-us',
    title: 'A thief trades in a token every day, from before the first log file on',
    sight: 'blind',
    severity: 'high',
    rules: [],
    day: 0,
    act(cast) {
      const { at, random, victim, company } = cast
      const place = outside(random)
      for (let when = at; when < company.until; when += DAY + random.between(-2 * HOUR, 2 * HOUR))
        exchange(cast, when, victim, place('sts'))
    },
  },
]
