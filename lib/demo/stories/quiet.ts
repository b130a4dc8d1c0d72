import type { ApiCall } from '../calls.ts'
import { dynamodb, kms, logStream, plain, s3Object, secret, sqs } from '../calls.ts'
import { keepCredentials, moments, newPod, placeOf, type Sdk } from '../pods.ts'
import type { Random } from '../random.ts'
import type { Stage } from '../stage.ts'
import { MINUTE } from '../time.ts'
import type { Cluster, World } from '../world.ts'

const NAMESPACES =
  'orders catalog search shipping pricing media notify identity fraud loyalty returns support geo content partner'.split(
    ' ',
  )
const NOUNS =
  'api worker sync indexer gateway mailer cache importer exporter scheduler resizer ranker feed hooks audit-log'.split(
    ' ',
  )
const SDKS: readonly Sdk[] = ['go', 'go', 'go', 'python', 'python', 'js', 'java', 'java', 'rust']

/** Hundreds of ServiceAccounts that do their work and nothing else. */
export function quietWorkloads(stage: Stage, world: World, random: Random, count: number): void {
  const { prod, europe, dev, data, edge } = world.clusters
  const clusters = [prod, prod, prod, prod, europe, europe, data, data, dev, dev, edge]
  for (let index = 0; index < count; index += 1) {
    const own = random.fork(`quiet ${index}`)
    const cluster = clusters[index % clusters.length] ?? prod
    const namespace = NAMESPACES[index % NAMESPACES.length] ?? 'apps'
    const noun = NOUNS[Math.floor(index / NAMESPACES.length) % NOUNS.length] ?? 'api'
    const round = Math.floor(index / (NAMESPACES.length * NOUNS.length))
    const name = `${namespace}-${noun}${round === 0 ? '' : `-${round + 1}`}`
    quietWorkload(stage, world, own, cluster, namespace, name)
  }
}

function quietWorkload(
  stage: Stage,
  world: World,
  random: Random,
  cluster: Cluster,
  namespace: string,
  name: string,
): void {
  const role = world.role(cluster.account, `/apps/${namespace}/`, name)
  const habits = habitsOf(random, cluster, namespace, name, world.bucketSuffix)
  const sdk = random.pick(SDKS)
  const pods = random.chance(0.12) ? 2 : 1
  const every = random.int(30, 130) * MINUTE
  for (let index = 0; index < pods; index += 1) {
    const pod = newPod(random, cluster, namespace, name, sdk, stage.window.start)
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      for (const at of moments(random, from, until, every)) {
        const call = random.pick(habits)()
        stage.call(at, session, call, {
          region: cluster.region,
          place: placeOf(pod, call.service),
        })
      }
    })
  }
}

// Three things a workload does, chosen once: people write services with habits.
function habitsOf(
  random: Random,
  cluster: Cluster,
  namespace: string,
  name: string,
  suffix: string,
): (() => ApiCall)[] {
  const { account, region } = cluster
  const bucket = `acme-${namespace}-${cluster.name}-${suffix}`
  const key = random.uuid()
  const secretSuffix = random.letters(6)
  const object = () => `${name}/${random.hex(2)}/${random.hex(8)}`
  const all: (() => ApiCall)[] = [
    () => s3Object(random, 'GetObject', bucket, object(), account),
    () => s3Object(random, 'PutObject', bucket, object(), account),
    () => dynamodb('GetItem', `${namespace}-${name}`, region, account),
    () => dynamodb('UpdateItem', `${namespace}-${name}`, region, account),
    () => sqs('ReceiveMessage', `${namespace}-events`, region, account),
    () => sqs('SendMessage', `${namespace}-events`, region, account),
    () => secret(`${namespace}/${name}`, secretSuffix, region, account),
    () => kms('Decrypt', key, region, account),
    () => logStream(`/acme/${namespace}/${name}`, random.hex(12), region, account),
    () => plain.ssm(`/acme/${namespace}/${name}/config`),
  ]
  return [random.pick(all), random.pick(all), random.pick(all)]
}
