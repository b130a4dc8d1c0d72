import { dynamodb, s3Object, sqs } from '../calls.ts'
import {
  keepCredentials,
  moments,
  newPod,
  placeOf,
  takeCredentials,
  tokenSessionName,
} from '../pods.ts'
import type { Random } from '../random.ts'
import type { Stage } from '../stage.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../time.ts'
import { ACCOUNT, type World } from '../world.ts'
import { hopTo } from './apps.ts'

/** CronJobs: the regular, the broken, and the one that never lets its credentials end. */
export function jobs(stage: Stage, world: World, random: Random): void {
  hourly(stage, world, random.fork('hourly'))
  nightly(stage, world, random.fork('nightly'))
  refused(stage, world, random.fork('refused'))
  forbidden(stage, world, random.fork('forbidden'))
  juggler(stage, world, random.fork('juggler'))
}

// Five past every hour, a new pod.
function hourly(stage: Stage, world: World, random: Random): void {
  const { prod } = world.clusters
  const role = world.role(ACCOUNT.prod, '/batch/', 'etl')
  const reader = world.role(ACCOUNT.data, '/lake/', 'lake-reader')
  const first = Math.ceil(stage.window.start / HOUR) * HOUR
  for (let at = first + 5 * MINUTE; at < stage.window.end; at += HOUR) {
    const begin = at + random.int(2_000, 20_000)
    const pod = { ...newPod(random, prod, 'batch', 'etl', 'java', begin), startedAt: begin }
    const session = takeCredentials(stage, random, pod, role, begin)
    const lake = hopTo(stage, pod, session, reader, begin + SECOND)
    for (let index = 0; index < 4; index += 1) {
      const object = `export/${random.hex(8)}`
      const call = s3Object(random, 'GetObject', 'acme-lake', object, ACCOUNT.data)
      const when = begin + (3 + 2 * index) * SECOND
      stage.call(when, lake, call, { region: prod.region, place: placeOf(pod, 's3') })
    }
    const done = sqs('SendMessage', 'etl-done', prod.region, ACCOUNT.prod)
    stage.call(begin + 20 * SECOND, session, done, {
      region: prod.region,
      place: placeOf(pod, 'sqs'),
    })
  }
}

// One o'clock at night: busy, alone, and exactly as every night.
function nightly(stage: Stage, world: World, random: Random): void {
  const { europe } = world.clusters
  const role = world.role(ACCOUNT.europe, '/batch/', 'nightly-report')
  for (let day = Math.floor(stage.window.start / DAY) * DAY; day < stage.window.end; day += DAY) {
    const at = day + HOUR + random.int(0, 40_000)
    if (at < stage.window.start || at >= stage.window.end) continue
    const pod = {
      ...newPod(random, europe, 'batch', 'nightly-report', 'python', at),
      startedAt: at,
    }
    const session = takeCredentials(stage, random, pod, role, at)
    for (const moment of moments(random, at + SECOND, at + 12 * MINUTE, 15 * SECOND)) {
      const call = random.chance(0.7)
        ? dynamodb('Query', 'sales', europe.region, ACCOUNT.europe)
        : s3Object(random, 'PutObject', 'acme-reports-eu', random.hex(8), ACCOUNT.europe)
      stage.call(moment, session, call, {
        region: europe.region,
        place: placeOf(pod, call.service),
      })
    }
  }
}

// A crash loop: the trust policy expects another namespace, and the pod asks every five minutes.
function refused(stage: Stage, world: World, random: Random): void {
  const { dev } = world.clusters
  const role = world.role(ACCOUNT.dev, '/apps/', 'thumbnails')
  const pod = newPod(random, dev, 'media-staging', 'thumbnails', 'go', stage.window.start)
  const from = stage.window.start + 3 * HOUR
  for (const at of moments(random, from, from + 5 * HOUR, 5 * MINUTE)) {
    stage.irsaRefused(at, pod.workload, {
      role,
      sessionName: tokenSessionName(random, pod, at),
      region: dev.region,
      place: placeOf(pod, 'sts'),
    })
  }
}

// A pod that would like a role in another account, does not get it, and keeps asking.
function forbidden(stage: Stage, world: World, random: Random): void {
  const { data } = world.clusters
  const role = world.role(ACCOUNT.data, '/etl/', 'compactor')
  const foreign = world.role(ACCOUNT.prod, '/payments/', 'orders-reader')
  const pod = newPod(random, data, 'etl', 'compactor', 'go', stage.window.start)
  keepCredentials(stage, random, pod, role, (session, from, until) => {
    for (const at of moments(random, from, until, 2 * HOUR)) {
      stage.refuse(at, session, foreign, {
        region: data.region,
        place: placeOf(pod, 'sts'),
        because: ' because no identity-based policy allows the sts:AssumeRole action',
      })
      const read = s3Object(random, 'GetObject', 'acme-lake', 'hr/payroll.parquet', ACCOUNT.data)
      stage.call(at + SECOND, session, read, {
        region: data.region,
        place: placeOf(pod, 's3'),
        refused: 'no-policy',
      })
    }
  })
}

// A -> B -> A -> B -> A: one token, and credentials that outlive it.
function juggler(stage: Stage, world: World, random: Random): void {
  const { dev } = world.clusters
  const left = world.role(ACCOUNT.dev, '/sandbox/', 'loop-a')
  const right = world.role(ACCOUNT.dev, '/sandbox/', 'loop-b')
  const { region } = dev
  for (const from of moments(random, stage.window.start, stage.window.end - 6 * HOUR, 16 * HOUR)) {
    const pod = newPod(random, dev, 'sandbox', 'keepalive', 'python', from)
    let session = takeCredentials(stage, random, pod, left, from)
    for (let turn = 1; turn <= 4; turn += 1) {
      const at = from + turn * 50 * MINUTE
      const role = turn % 2 === 1 ? right : left
      session = hopTo(stage, pod, session, role, at, { sessionName: 'keepalive' })
      const call = sqs('ReceiveMessage', 'sandbox-jobs', region, ACCOUNT.dev)
      stage.call(at + MINUTE, session, call, { region, place: placeOf(pod, 'sqs') })
    }
  }
}
