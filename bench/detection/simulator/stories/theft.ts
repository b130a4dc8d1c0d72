import { callerIdentity, DISCOVERY, listBuckets, listObjects, plain, s3 } from '../calls.ts'
import { some } from '../chance.ts'
import { userAgent } from '../clients.ts'
import { cloudAddress } from '../networks.ts'
import type { Place } from '../records.ts'
import type { Held } from '../stage.ts'
import {
  type Cast,
  callSoon,
  exchange,
  inside,
  outside,
  type Plot,
  podOf,
  workOf,
} from '../story.ts'

/** Looks around and takes what the workload itself may read. */
function loot(
  { scene, random, victim }: Cast,
  at: number,
  session: Held,
  place: (service: string) => Place,
): void {
  const { region, account } = victim.cluster
  const { stage } = scene
  stage.call(at + 3, session, callerIdentity(), place('sts'), region)
  for (const call of some(random, DISCOVERY, random.between(1, 4)))
    stage.call(at + random.between(5, 200), session, call, place(call.service), region)
  for (const { call } of victim.work)
    for (let i = 0; i < random.between(1, 5); i++)
      stage.call(at + random.between(200, 2400), session, call, place(call.service), region)
  const bucket = `acme-${victim.namespace}-${victim.serviceAccount}`
  for (let i = 0; i < random.between(2, 30); i++)
    stage.call(
      at + random.between(300, 3000),
      session,
      s3('GetObject', bucket, account),
      place('s3'),
      region,
    )
}

/** Tokens and keys in the wrong hands. */
export const THEFTS: readonly Plot[] = [
  {
    id: 'token-on-laptop',
    title: 'A projected token is copied out of a pod and traded in from outside',
    severity: 'high',
    rules: ['token-used-outside-cluster', 'session-client-changed', 'discovery-burst'],
    act(cast) {
      const { at, random, victim } = cast
      const place = outside(random)
      for (let round = 0, when = at; round < random.between(1, 4); round++, when += 3600) {
        const session = exchange(cast, when, victim, place('sts'))
        loot(cast, when, session!, place)
      }
    },
  },
  {
    id: 'token-in-another-cloud-account',
    title: "A token is traded in from an instance in the thief's own AWS account",
    severity: 'high',
    rules: ['token-used-outside-cluster'],
    act(cast) {
      const { at, random, victim } = cast
      const place = outside(random, cloudAddress(random))
      loot(cast, at, exchange(cast, at, victim, place('sts'))!, place)
    },
  },
  {
    id: 'token-same-sdk',
    title:
      "A token is traded in from outside with the workload's own SDK, and then nothing but its usual calls",
    severity: 'high',
    rules: ['token-used-outside-cluster', 'session-used-from-new-network'],
    act(cast) {
      const { at, random, victim } = cast
      const client = victim.client.at(at)
      const { address } = outside(random)('sts')
      const place = (service: string): Place => ({ address, agent: userAgent(client, service) })
      const session = exchange(cast, at, victim, place('sts'))!
      callSoon(cast, at, session, workOf(victim), place, 20)
    },
  },
  {
    id: 'key-on-laptop',
    title: "A pod's session key is used from outside with the AWS CLI",
    severity: 'high',
    rules: ['session-used-from-new-network', 'session-client-changed'],
    act(cast) {
      loot(cast, cast.at, podOf(cast, cast.victim).session, outside(cast.random))
    },
  },
  {
    id: 'key-same-sdk',
    title:
      "A pod's session key is used from outside with the same SDK and for the usual reads only",
    severity: 'high',
    rules: ['session-used-from-new-network'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const { session } = podOf(cast, victim)
      const { address } = outside(random)('s3')
      for (let i = 0; i < random.between(1, 12); i++)
        for (const { call } of victim.work)
          scene.stage.call(
            at + random.below(240),
            session,
            call,
            { address, agent: userAgent(victim.client.at(at), call.service) },
            victim.cluster.region,
          )
    },
  },
  {
    id: 'key-through-other-endpoint',
    title: "A pod's session key is used through a VPC endpoint of another account",
    severity: 'high',
    rules: ['session-used-from-new-network'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const { session } = podOf(cast, victim)
      const { agent } = outside(random)('s3')
      const place = {
        address: `172.31.${random.below(64)}.${random.between(4, 250)}`,
        agent,
        endpoint: `vpce-0${random.hex(16)}`,
        endpointAccount: random.digits(12),
      }
      const bucket = `acme-${victim.namespace}-${victim.serviceAccount}`
      scene.stage.call(
        at,
        session,
        listObjects(bucket, victim.cluster.account),
        place,
        victim.cluster.region,
      )
      for (let i = 0; i < random.between(5, 40); i++)
        scene.stage.call(
          at + random.below(240),
          session,
          s3('GetObject', bucket, victim.cluster.account),
          place,
          victim.cluster.region,
        )
    },
  },
  {
    id: 'key-of-pod-identity-outside',
    title: 'Credentials of EKS Pod Identity, valid for six hours, are used from outside',
    severity: 'high',
    rules: ['session-used-from-new-network', 'session-client-changed'],
    act(cast) {
      const { at, random, company } = cast
      const candidates = company.workloads.filter(
        ({ identity, cluster, isAddon, rhythm, presigns }) =>
          identity === 'pod-identity' &&
          cluster !== company.joining &&
          !isAddon &&
          rhythm.kind === 'steady' &&
          presigns === null,
      )
      const workload = candidates[random.below(candidates.length)] ?? cast.victim
      const { session } = podOf(cast, workload)
      loot({ ...cast, victim: workload }, at, session, outside(random))
    },
  },
  {
    id: 'shell-in-pod',
    title: 'Somebody with a shell in a pod uses its token with the AWS CLI from within the cluster',
    severity: 'medium',
    rules: ['session-client-changed', 'discovery-burst', 'sensitive-first-use'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const pod = podOf(cast, victim)
      const place = inside(cast, pod)
      const { region } = victim.cluster
      const session = exchange(cast, at, victim, place('sts'))!
      for (const call of [
        callerIdentity(),
        listBuckets(),
        ...some(random, DISCOVERY, random.between(8, 15)),
      ])
        scene.stage.call(at + random.between(5, 1200), session, call, place(call.service), region)
      scene.stage.call(
        at + 1300,
        session,
        plain('ssm', 'GetParametersByPath', { path: '/', recursive: true, withDecryption: true }),
        place('ssm'),
        region,
      )
    },
  },
]
