import { dynamodb, kms, s3Bucket, s3Object, secret, sqs } from '../calls.ts'
import type { Session } from '../deeds.ts'
import {
  chainSessionName,
  keepCredentials,
  moments,
  newPod,
  type Pod,
  placeOf,
  takeCredentials,
} from '../pods.ts'
import type { Random } from '../random.ts'
import type { Stage } from '../stage.ts'
import { HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type Role, type World } from '../world.ts'

/** The applications with a story: chains, shared roles, other accounts. */
export function apps(stage: Stage, world: World, random: Random): void {
  checkout(stage, world, random.fork('checkout'))
  reconciler(stage, world, random.fork('reconciler'))
  storefront(stage, world, random.fork('storefront'))
  loader(stage, world, random.fork('loader'))
  exporter(stage, world, random.fork('exporter'))
  mirror(stage, world, random.fork('mirror'))
  settlement(stage, world, random.fork('settlement'))
  telemetry(stage, world, random.fork('telemetry'))
  newsletter(stage, world, random.fork('newsletter'))
}

/** Assumes the next role the way the pod's SDK would. */
export function hopTo(
  stage: Stage,
  pod: Pod,
  caller: Session,
  role: Role,
  at: number,
  use: { region?: string; sessionName?: string } = {},
): Session {
  return stage.chain(at, caller, {
    role,
    sessionName: use.sessionName ?? chainSessionName(pod, caller.name),
    region: use.region ?? pod.workload.cluster.region,
    place: placeOf(pod, 'sts'),
    ...(pod.sdk === 'go' ? {} : { durationSeconds: 3_600 }),
  })
}

// The legitimate user of the ledger: IRSA, then ledger-writer in the ledger's account, all day long.
function checkout(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.prod, '/payments/', 'checkout')
  const writer = world.role(ACCOUNT.ledger, '/ledger/', 'ledger-writer')
  const region = prod.region
  const key = random.uuid()
  for (let index = 0; index < 3; index += 1) {
    const pod = newPod(random, prod, 'payments', 'checkout', 'go', stage.window.start)
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      const ledger = hopTo(stage, pod, session, writer, from + SECOND, { sessionName: 'checkout' })
      for (const at of moments(random, from + 3 * SECOND, until, 8 * MINUTE)) {
        const name = random.chance(0.6) ? 'GetObject' : 'PutObject'
        const object = `entries/${new Date(at).toISOString().slice(0, 10)}/${random.hex(10)}.json`
        const call = s3Object(random, name, 'acme-ledger', object, ACCOUNT.ledger)
        stage.call(at, ledger, call, { region, place: placeOf(pod, 's3') })
      }
      for (const at of moments(random, from, until, 20 * MINUTE)) {
        const call = dynamodb(
          random.pick(['GetItem', 'PutItem']),
          'payments-orders',
          region,
          ACCOUNT.prod,
        )
        stage.call(at, session, call, { region, place: placeOf(pod, 'dynamodb') })
        if (random.chance(0.3)) {
          // DynamoDB decrypts on the pod's behalf: no key in the record.
          const decrypt = kms('Decrypt', key, region, ACCOUNT.prod)
          const invokedBy = 'dynamodb.amazonaws.com'
          stage.call(at, session, decrypt, { region, place: placeOf(pod, 'kms'), invokedBy })
        }
      }
    })
  }
}

// The same cluster's issuer, registered a second time in the ledger's account: one hop, no chain.
function reconciler(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.ledger, '/payments/', 'reconciler')
  const pod = newPod(random, prod, 'payments', 'reconciler', 'python', stage.window.start)
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    for (const at of moments(random, from, until, 12 * MINUTE)) {
      const call = dynamodb('Query', 'ledger-index', prod.region, ACCOUNT.ledger)
      stage.call(at, session, call, { region: prod.region, place: placeOf(pod, 'dynamodb') })
    }
  })
}

// Two ServiceAccounts share a role, and their SDK gives every pod the same session name.
function storefront(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.prod, '/web/', 'web-app')
  const assets = world.role(ACCOUNT.shared, '/web/', 'asset-reader')
  const { region } = prod
  const key = random.uuid()
  const pods = ['storefront', 'storefront', 'cart', 'cart'].map((name) =>
    newPod(random, prod, 'web', name, 'js2', stage.window.start),
  )
  for (const pod of pods) {
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      for (const at of moments(random, from, until, 20 * MINUTE)) {
        const queue = `web-${pod.workload.serviceAccount}`
        const call = sqs('SendMessage', queue, region, ACCOUNT.prod)
        stage.call(at, session, call, { region, place: placeOf(pod, 'sqs') })
        if (random.chance(0.4)) {
          const invokedBy = 'sqs.amazonaws.com'
          const encrypt = kms('GenerateDataKey', key, region, ACCOUNT.prod)
          stage.call(at, session, encrypt, { region, place: placeOf(pod, 'kms'), invokedBy })
        }
      }
      if (!random.chance(0.2)) return
      const further = hopTo(stage, pod, session, assets, from + 20 * SECOND)
      const call = s3Object(random, 'GetObject', 'acme-assets', 'banners.json', ACCOUNT.shared)
      stage.call(from + 22 * SECOND, further, call, { region, place: placeOf(pod, 's3') })
    })
  }
  twins(stage, random, pods, role, key)
}

// One second, one role, one name, two workloads: a keyless call of either is nobody's for sure.
function twins(stage: Stage, random: Random, pods: readonly Pod[], role: Role, key: string): void {
  const at = Math.floor((stage.window.start + 5 * HOUR) / SECOND) * SECOND
  const [left, , right] = pods
  if (left === undefined || right === undefined) return
  for (const pod of [left, right]) {
    const session = takeCredentials(stage, random, pod, role, at + random.int(0, 900))
    const { region, account } = pod.workload.cluster
    const place = placeOf(pod, 'sqs')
    const queue = `web-${pod.workload.serviceAccount}`
    stage.call(at + 20 * SECOND, session, sqs('SendMessage', queue, region, account), {
      region,
      place,
    })
    const encrypt = kms('GenerateDataKey', key, region, account)
    stage.call(at + 20 * SECOND, session, encrypt, {
      region,
      place,
      invokedBy: 'sqs.amazonaws.com',
    })
  }
}

// Two hops inside one account.
function loader(stage: Stage, world: World, random: Random): void {
  const { data } = world.clusters
  const role = world.role(ACCOUNT.data, '/etl/', 'loader')
  const writer = world.role(ACCOUNT.data, '/lake/', 'lake-writer')
  for (let index = 0; index < 2; index += 1) {
    const pod = newPod(random, data, 'etl', 'loader', 'java', stage.window.start)
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      const lake = hopTo(stage, pod, session, writer, from + 2 * SECOND)
      for (const at of moments(random, from + 4 * SECOND, until, 9 * MINUTE)) {
        const object = `raw/${random.hex(2)}/${random.hex(8)}.parquet`
        const call = s3Object(random, 'PutObject', 'acme-lake', object, ACCOUNT.data)
        stage.call(at, lake, call, { region: data.region, place: placeOf(pod, 's3') })
      }
    })
  }
}

// Three hops, the last into another account; it also runs through the hole in the logs.
function exporter(stage: Stage, world: World, random: Random): void {
  const { europe } = world.clusters
  const role = world.role(ACCOUNT.europe, '/support/', 'exporter')
  const gateway = world.role(ACCOUNT.europe, '/gateways/', 'export-gateway')
  const reader = world.role(ACCOUNT.data, '/lake/', 'lake-reader')
  const pod = newPod(random, europe, 'support', 'exporter', 'python', stage.window.start)
  const { region } = europe
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    const second = hopTo(stage, pod, session, gateway, from + 2 * SECOND)
    const third = hopTo(stage, pod, second, reader, from + 4 * SECOND)
    for (const at of moments(random, from + 6 * SECOND, until, 10 * MINUTE)) {
      const call = s3Object(
        random,
        'GetObject',
        'acme-lake',
        `export/${random.hex(6)}`,
        ACCOUNT.data,
      )
      stage.call(at, third, call, { region, place: placeOf(pod, 's3') })
    }
  })
}

// Assumes the foreign role while its own account's logs have a hole: only the other copy remains.
function mirror(stage: Stage, world: World, random: Random): void {
  const { europe } = world.clusters
  const role = world.role(ACCOUNT.europe, '/support/', 'mirror')
  const reader = world.role(ACCOUNT.data, '/lake/', 'mirror-reader')
  const { region } = europe
  const pod = newPod(random, europe, 'support', 'mirror', 'go', stage.window.start)
  const nightly = stage.gap.from - 4 * MINUTE
  for (let at = nightly - 12 * 6 * HOUR; at < stage.window.end; at += 6 * HOUR) {
    if (at < stage.window.start) continue
    const session = takeCredentials(stage, random, pod, role, at)
    const lake = hopTo(stage, pod, session, reader, at + 12 * MINUTE)
    const list = s3Bucket(random, 'ListObjects', 'acme-lake', ACCOUNT.data, { prefix: 'export/' })
    stage.call(at + 13 * MINUTE, lake, list, { region, place: placeOf(pod, 's3') })
  }
  // Credentials taken in the hole and used after it: whose they are is not in the logs.
  const blind = newPod(random, europe, 'support', 'reindex', 'go', stage.window.start)
  const hidden = world.role(ACCOUNT.europe, '/support/', 'reindex')
  const session = takeCredentials(stage, random, blind, hidden, stage.gap.from + 9 * MINUTE)
  for (const at of moments(random, stage.gap.from, stage.gap.to + 20 * MINUTE, 4 * MINUTE)) {
    if (at < session.issuedAt + MINUTE) continue
    const call = sqs('ReceiveMessage', 'support-reindex', region, ACCOUNT.europe)
    stage.call(at, session, call, { region, place: placeOf(blind, 'sqs') })
  }
  for (const at of [stage.gap.from + 11 * MINUTE, stage.gap.to + 6 * MINUTE]) {
    const lake = hopTo(stage, blind, session, reader, at, { sessionName: 'reindex' })
    const list = s3Bucket(random, 'ListObjects', 'acme-lake', ACCOUNT.data, { prefix: 'raw/' })
    stage.call(at + MINUTE, lake, list, { region, place: placeOf(blind, 's3') })
  }
}

// Into a partner's account, whose logs are not ours: the caller's copy is all there is.
function settlement(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.prod, '/payments/', 'settlement')
  const partner = world.role(ACCOUNT.partner, '/acme/', 'settlement-exchange')
  const pod = newPod(random, prod, 'payments', 'settlement', 'java', stage.window.start)
  keepCredentials(stage, random, pod, role, (session, from) => {
    stage.chain(from + 3 * SECOND, session, {
      role: partner,
      sessionName: 'acme-settlement',
      externalId: 'acme-4b1f9a',
      region: prod.region,
      place: placeOf(pod, 'sts'),
      durationSeconds: 3_600,
    })
  })
}

// A cluster that EKS does not run, with its issuer's documents in a bucket.
function telemetry(stage: Stage, world: World, random: Random): void {
  const { edge } = world.clusters
  const role = world.role(ACCOUNT.prod, '/edge/', 'telemetry')
  const ingest = world.role(ACCOUNT.data, '/edge/', 'telemetry-ingest')
  for (let index = 0; index < 2; index += 1) {
    const pod = newPod(random, edge, 'edge', 'telemetry', 'rust', stage.window.start)
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      const further = hopTo(stage, pod, session, ingest, from + 2 * SECOND)
      for (const at of moments(random, from + 4 * SECOND, until, 9 * MINUTE)) {
        const call = sqs('SendMessage', 'edge-telemetry', edge.region, ACCOUNT.data)
        stage.call(at, further, call, { region: edge.region, place: placeOf(pod, 'sqs') })
      }
    })
  }
}

// Talks to the global STS endpoint, which logs in us-east-1 wherever the pod is.
function newsletter(stage: Stage, world: World, random: Random): void {
  const { europe } = world.clusters
  const role = world.role(ACCOUNT.europe, '/marketing/', 'newsletter')
  const pod = newPod(random, europe, 'marketing', 'newsletter', 'js2', stage.window.start)
  const suffix = random.letters(6)
  keepCredentials(
    stage,
    random,
    pod,
    role,
    (session, from, until) => {
      for (const at of moments(random, from, until, 25 * MINUTE)) {
        const call = secret('marketing/smtp', suffix, europe.region, ACCOUNT.europe)
        stage.call(at, session, call, {
          region: europe.region,
          place: placeOf(pod, 'secretsmanager'),
        })
      }
    },
    { globalEndpoint: true },
  )
}
