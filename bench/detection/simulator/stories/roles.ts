import { callerIdentity, iam, kms, plain, s3 } from '../calls.ts'
import { some } from '../chance.ts'
import type { Place, Role } from '../records.ts'
import type { Held } from '../stage.ts'
import { callSoon, exchange, inside, others, outside, type Plot, podOf, workOf } from '../story.ts'
import { HOUR, MINUTE } from '../time.ts'

/** Ways to roles that should not be there. */
export const ROLE_STORIES: readonly Plot[] = [
  {
    id: 'chain-into-new-account',
    title: 'A workload assumes a role in an account that it never reached',
    severity: 'high',
    rules: ['new-chain', 'new-account-reached'],
    act(cast) {
      const { at, random, victim, scene, company, story } = cast
      const pod = podOf(cast, victim)
      const foreign = random.pick(
        company.clusters.filter((one) => one !== victim.cluster && one !== company.joining),
      )
      const role = company.role(
        foreign.account,
        '/',
        `admin-${random.pick(['ops', 'sync', 'legacy'])}`,
      )
      story.roles.add(role.arn)
      const place = inside(cast, pod)
      const { region } = victim.cluster
      const held = scene.stage.assume(at, pod.session, role, place('sts'), {
        region,
        name: `s-${random.hex(6)}`,
      })
      callSoon(
        cast,
        at,
        held,
        [
          callerIdentity(),
          iam('ListRoles', null),
          plain('s3', 'ListBuckets', {}),
          s3('GetObject', `acme-crown-${foreign.account}`, foreign.account),
        ],
        place,
        10,
      )
    },
  },
  {
    id: 'chain-out-of-the-company',
    title: "A workload assumes a role of a stranger's account, and takes data along",
    severity: 'high',
    rules: ['new-chain', 'new-account-reached'],
    act(cast) {
      const { at, random, victim, scene, company, story } = cast
      const pod = podOf(cast, victim)
      const role = company.role(company.partner, '/', `drop-${random.hex(4)}`)
      story.roles.add(role.arn)
      // The stranger's trail is not ours: only the caller's copy is seen.
      scene.post.blind.push({
        account: company.partner,
        from: 0,
        until: Number.POSITIVE_INFINITY,
        hides: 'all',
      })
      scene.stage.assume(at, pod.session, role, scene.fleet.placeOf(pod, 'sts', at), {
        region: victim.cluster.region,
        name: 'upload',
      })
    },
  },
  {
    id: 'chain-deeper',
    title: 'A workload goes on from role to role, four hops deep',
    severity: 'medium',
    rules: ['chain-deeper-than-usual', 'new-chain'],
    act(cast) {
      const { at, random, victim, scene, company, story } = cast
      const pod = podOf(cast, victim)
      let held = pod.session
      for (let hop = 0; hop < random.between(3, 5); hop++) {
        const role = company.role(
          victim.cluster.account,
          '/',
          `step-${hop}-${victim.serviceAccount}`,
        )
        story.roles.add(role.arn)
        held = scene.stage.assume(
          at + hop * random.between(20, 90),
          held,
          role,
          scene.fleet.placeOf(pod, 'sts', at),
          { region: victim.cluster.region, name: `hop${hop}` },
        )
      }
      scene.stage.call(
        at + 600,
        held,
        kms('Decrypt', { account: victim.cluster.account, region: victim.cluster.region }),
        scene.fleet.placeOf(pod, 'kms', at),
        victim.cluster.region,
      )
    },
  },
  {
    id: 'role-juggling',
    title: 'Two roles that trust each other keep a session alive without end',
    severity: 'high',
    rules: ['circular-chain', 'new-chain'],
    act(cast) {
      const { at, random, victim, scene, company, story } = cast
      const pod = podOf(cast, victim)
      const pair: [Role, Role] = [
        company.role(victim.cluster.account, '/', `juggle-a-${victim.serviceAccount}`),
        company.role(victim.cluster.account, '/', `juggle-b-${victim.serviceAccount}`),
      ]
      for (const role of pair) story.roles.add(role.arn)
      const place = random.chance(0.5) ? outside(random) : inside(cast, pod)
      let held: Held = pod.session
      for (
        let round = 0, when = at;
        round < random.between(6, 24);
        round++, when += random.between(40, 58) * MINUTE
      )
        held = scene.stage.assume(when, held, pair[round % 2]!, place('sts'), {
          region: victim.cluster.region,
          name: 'keepalive',
        })
    },
  },
  {
    id: 'role-spraying',
    title: 'A workload tries one role after the other; one lets it in',
    severity: 'high',
    rules: ['role-spraying', 'denied-burst'],
    act(cast) {
      const { at, random, victim, scene, company, story } = cast
      const pod = podOf(cast, victim)
      const place = inside(cast, pod)
      const { region, account } = victim.cluster
      for (let i = 0; i < random.between(12, 60); i++) {
        const role = company.role(
          random.chance(0.7) ? account : company.ledger,
          '/',
          `${random.pick(['admin', 'deploy', 'ops', 'backup', 'ci', 'power'])}-${i}`,
        )
        story.roles.add(role.arn)
        scene.stage.assumeDenied(
          at + i * random.between(1, 20),
          pod.session,
          role,
          place('sts'),
          region,
        )
      }
      const open = company.role(account, '/', `open-${random.hex(4)}`)
      story.roles.add(open.arn)
      scene.stage.assume(at + 1300, pod.session, open, place('sts'), { region, name: 'x' })
    },
  },
  {
    id: 'token-spraying',
    title: "A workload's token is tried on the roles of other workloads",
    severity: 'high',
    rules: ['role-spraying'],
    act(cast) {
      const { at, random, victim } = cast
      const place = inside(cast, podOf(cast, victim))
      some(random, others(cast, true), random.between(8, 30)).forEach((other, index) => {
        exchange(cast, at + index * random.between(2, 40), victim, place('sts'), {
          role: other.role.at(at),
          isRefused: true,
        })
      })
    },
  },
  {
    id: 'another-workloads-role',
    title: "A workload assumes the role of another team's workload, whose trust has a wildcard",
    severity: 'high',
    rules: ['new-workload-role', 'workload-role-assumed-by-other'],
    act(cast) {
      const { at, random, victim } = cast
      const pod = podOf(cast, victim)
      const other = random.pick(others(cast, true))
      const place = inside(cast, pod)
      const session = exchange(cast, at, victim, place('sts'), { role: other.role.at(at) })!
      callSoon(cast, at, session, workOf(other), place, 15)
    },
  },
  {
    id: 'other-cluster',
    title:
      "A ServiceAccount of one cluster assumes the role of another cluster's workload in another account",
    severity: 'high',
    rules: ['new-workload-role', 'new-account-reached'],
    act(cast) {
      const { at, random, victim } = cast
      const pod = podOf(cast, victim)
      const other = random.pick(others(cast, false))
      const place = inside(cast, pod)
      const session = exchange(cast, at, victim, place('sts'), { role: other.role.at(at) })!
      callSoon(cast, at, session, workOf(other), place, 15, other.cluster.region)
    },
  },
  {
    id: 'namespace-impersonation',
    title:
      'A new namespace holds a ServiceAccount of a known name, and the trust takes it for the known one',
    severity: 'high',
    rules: ['new-workload-role', 'workload-role-assumed-by-other'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const namespace = `${random.pick(['test', 'tmp', 'preview', 'dev'])}-${random.hex(4)}`
      const pod = scene.fleet.start(victim, at, at + HOUR)
      const place = (service: string): Place => scene.fleet.placeOf(pod, service, at)
      const session = exchange(cast, at, victim, place('sts'), { namespace })!
      callSoon(cast, at, session, workOf(victim), place, 15)
    },
  },
  {
    id: 'unexpected-audience',
    title: 'A token for another audience (a vault, a mesh) is accepted by STS',
    severity: 'medium',
    rules: ['unexpected-audience'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const pod = podOf(cast, victim)
      const audience = random.pick([
        'vault',
        'https://kubernetes.default.svc',
        'istio-ca',
        'api://internal',
      ])
      const session = exchange(cast, at, victim, scene.fleet.placeOf(pod, 'sts', at), { audience })!
      callSoon(
        cast,
        at,
        session,
        workOf(victim),
        (service) => scene.fleet.placeOf(pod, service, at),
        15,
      )
    },
  },
]
