import type { Call } from '../calls.ts'
import {
  DISCOVERY,
  dynamodb,
  iam,
  kms,
  listBuckets,
  parameter,
  plain,
  s3,
  secret,
} from '../calls.ts'
import { some } from '../chance.ts'
import { sessionArn } from '../records.ts'
import type { Held } from '../stage.ts'
import { type Cast, inside, type Plot, podOf } from '../story.ts'

/** All calls with what the pod has anyway, its program and its network: nothing but the deed itself is unusual. */
function withOwnHands(
  cast: Cast,
  calls: readonly Call[],
  within: number,
  region = cast.victim.cluster.region,
): void {
  const { at, random, victim, scene } = cast
  const pod = podOf(cast, victim)
  for (const call of calls) {
    const when = at + random.below(within)
    scene.stage.call(when, pod.session, call, scene.fleet.placeOf(pod, call.service, when), region)
  }
}

const denied = (session: Held, call: Call) => ({
  code: call.service === 'ec2' ? 'Client.UnauthorizedOperation' : 'AccessDenied',
  message: `User: ${sessionArn(session)} is not authorized to perform: ${call.service}:${call.name} because no identity-based policy allows the ${call.service}:${call.name} action`,
})

/** What a workload in foreign hands does with its own role. */
export const REACH_STORIES: readonly Plot[] = [
  {
    id: 'looking-around',
    title: 'A workload lists everything there is',
    severity: 'medium',
    rules: ['discovery-burst'],
    act(cast) {
      const { random } = cast
      withOwnHands(
        cast,
        some(random, DISCOVERY, random.between(14, DISCOVERY.length)),
        random.between(200, 1200),
      )
    },
  },
  {
    id: 'trying-everything',
    title: 'A workload tries calls that it may not make, one after the other',
    severity: 'medium',
    rules: ['denied-burst', 'discovery-burst'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const pod = podOf(cast, victim)
      const place = inside(cast, pod)
      for (const call of some(random, DISCOVERY, random.between(12, 24)))
        for (let i = 0; i < random.between(1, 3); i++)
          scene.stage.call(
            at + random.below(1200),
            pod.session,
            call,
            place(call.service),
            victim.cluster.region,
            { error: denied(pod.session, call) },
          )
    },
  },
  {
    id: 'first-secret',
    title: 'A workload that never read a secret reads one',
    severity: 'medium',
    rules: ['sensitive-first-use'],
    suits: ({ starts, work, rare }) =>
      ![...starts, ...work.map(({ call }) => call), ...rare.map(({ call }) => call)].some(
        ({ service }) => service === 'secretsmanager' || service === 'ssm',
      ),
    act(cast) {
      const { victim } = cast
      const owner = { account: victim.cluster.account, region: victim.cluster.region }
      withOwnHands(cast, [secret('payments/card-vault', owner)], 1200)
    },
  },
  {
    id: 'secret-harvest',
    title: 'A workload reads secret after secret',
    severity: 'high',
    rules: ['sensitive-first-use', 'discovery-burst'],
    act(cast) {
      const { random, victim } = cast
      const owner = { account: victim.cluster.account, region: victim.cluster.region }
      const count = random.between(20, 60)
      const secrets = Array.from({ length: count }, (_, i) =>
        i % 4 === 0 ? parameter(`/prod/${i}`) : secret(`prod/db-${i}`, owner),
      )
      withOwnHands(
        cast,
        [plain('secretsmanager', 'ListSecrets', {}), ...secrets],
        random.between(300, 1500),
      )
    },
  },
  {
    id: 'backdoor-user',
    title: 'A workload makes an IAM user, an administrator, and a key for it',
    severity: 'critical',
    rules: ['sensitive-first-use'],
    act(cast) {
      const userName = `svc-${cast.random.pick(['metrics', 'health', 'sync'])}-${cast.random.hex(3)}`
      const calls = [
        iam('CreateUser', { userName }),
        iam('AttachUserPolicy', {
          userName,
          policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
        iam('CreateAccessKey', { userName }),
      ]
      withOwnHands(cast, calls, 600)
    },
  },
  {
    id: 'backdoor-key-only',
    title: 'A workload makes a second access key for an existing user',
    severity: 'critical',
    rules: ['sensitive-first-use'],
    act: (cast) => withOwnHands(cast, [iam('CreateAccessKey', { userName: 'legacy-backup' })], 300),
  },
  {
    id: 'key-policy',
    title: 'A workload gives the key to a stranger',
    severity: 'high',
    rules: ['sensitive-first-use'],
    act: (cast) =>
      withOwnHands(
        cast,
        [
          plain('kms', 'PutKeyPolicy', { keyId: cast.random.uuid(), policyName: 'default' }),
          plain('kms', 'CreateGrant', {}),
        ],
        600,
      ),
  },
  {
    id: 'bucket-opened',
    title: 'A workload opens a bucket to the world',
    severity: 'high',
    rules: ['sensitive-first-use'],
    act(cast) {
      const bucketName = `acme-shared-${cast.victim.cluster.account}`
      withOwnHands(
        cast,
        [
          plain('s3', 'DeletePublicAccessBlock', { bucketName }),
          plain('s3', 'PutBucketPolicy', { bucketName }),
        ],
        600,
      )
    },
  },
  {
    id: 'mining-elsewhere',
    title: 'A workload starts large instances in a region that nobody uses',
    severity: 'high',
    rules: ['sensitive-first-use', 'discovery-burst'],
    act(cast) {
      const calls = [
        plain('ec2', 'DescribeInstanceTypes', {}),
        plain('ec2', 'CreateKeyPair', { keyName: 'k' }),
        ...Array.from({ length: cast.random.between(3, 12) }, () =>
          plain('ec2', 'RunInstances', { instanceType: 'p5.48xlarge' }),
        ),
      ]
      withOwnHands(cast, calls, 1500, 'ap-southeast-3')
    },
  },
  {
    id: 'function-planted',
    title: 'A workload plants code in a Lambda function and lets others call it',
    severity: 'high',
    rules: ['sensitive-first-use'],
    act: (cast) =>
      withOwnHands(
        cast,
        [
          plain('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'billing-close' }),
          plain('lambda', 'AddPermission20150331v2', { functionName: 'billing-close' }),
        ],
        600,
      ),
  },
  {
    id: 'slow-theft',
    title:
      'Somebody with a shell in a pod copies its own bucket slowly, by its own SDK and endpoint',
    sight: 'blind',
    severity: 'high',
    rules: [],
    act(cast) {
      const { random, victim } = cast
      const calls = Array.from({ length: 3 }, () => random.pick(victim.work).call)
      withOwnHands(cast, calls, 1500)
    },
  },
  {
    id: 'only-in-kubernetes',
    title: 'Somebody reads Kubernetes Secrets and the data in a pod; AWS is never called',
    sight: 'blind',
    severity: 'high',
    rules: [],
    act: () => {},
  },
  {
    id: 'more-of-the-same',
    title: 'A workload in foreign hands reads three times as many objects as usual',
    sight: 'blind',
    severity: 'medium',
    rules: [],
    act(cast) {
      const { random, victim } = cast
      withOwnHands(
        cast,
        Array.from({ length: 6 }, () => random.pick(victim.work).call),
        1500,
      )
    },
  },
  {
    id: 'archive-emptied',
    title: 'A workload that only wrote now lists, reads and deletes in other buckets and tables',
    severity: 'medium',
    rules: ['discovery-burst', 'sensitive-first-use'],
    act(cast) {
      const { random, victim } = cast
      const { account, region } = victim.cluster
      const owner = { account, region }
      const calls = [
        listBuckets(),
        kms('Decrypt', owner),
        plain('kms', 'ScheduleKeyDeletion', { keyId: random.uuid() }),
      ]
      for (let i = 0; i < 12; i++)
        calls.push(
          s3('GetObject', `acme-other-${i % 5}`, account),
          s3('DeleteObject', `acme-other-${i % 5}`, account),
          dynamodb('Scan', `other-${i}`, owner),
        )
      withOwnHands(cast, calls, 1500)
    },
  },
]
