import type { ApiCall } from '../calls.ts'
import { getCallerIdentity, plain, s3Bucket, s3ListBuckets, s3Object } from '../calls.ts'
import type { Session } from '../deeds.ts'
import { keepCredentials, moments, newPod, placeOf } from '../pods.ts'
import { type Principal, workloadPrincipal } from '../principal.ts'
import type { Random } from '../random.ts'
import type { Place } from '../records.ts'
import type { CallUse, Stage } from '../stage.ts'
import { lastNight, MINUTE, SECOND, timestamp } from '../time.ts'
import { ACCOUNT, type World } from '../world.ts'
import type { TrustChange } from './ci.ts'

/** The planted theft, as a responder would like to find it. */
export interface Incident {
  title: string
  prose: string
  /** Whose token was stolen. */
  principal: Principal
  /** Who else touched the resource in the window, with every right to. */
  legitimate: Principal
  /** The address it was used from; no pod of Acme leaves from there. */
  sourceIp: string
  userAgent: string
  resource: string
  /** The hour to ask about, and when the thief's first and last record happened. */
  window: { from: string; to: string }
  first: string
  last: string
  /** First hop first. */
  steps: {
    role: string
    sessionName: string
    accessKeyId: string
    at: string
    eventIds: string[]
  }[]
  accessKeys: string[]
  /** Every record the thief left, in order; both copies of the last hop. */
  eventIds: string[]
  objectsRead: number
  refused: { action: string; resource: string; at: string; eventId: string }[]
  /** The change that opened the last door, earlier the same day. */
  trustChange: { at: string; role: string; eventId: string }
}

const THIEF: Place = {
  ip: '192.0.2.77',
  userAgent:
    'aws-cli/2.28.4 md/awscrt#0.27.4 ua/2.1 os/linux#6.12.38+kali-amd64 md/arch#x86_64 lang/python#3.13.5 md/prompt#off',
}

/** `sandbox/debug` goes about its day; at night its token is used from somewhere else. */
export function incident(
  stage: Stage,
  world: World,
  random: Random,
  trustChange: TrustChange,
): Incident {
  sandbox(stage, world, random.fork('sandbox'))
  return theft(stage, world, random.fork('theft'), trustChange)
}

// The honest days of the dev cluster's shared role.
function sandbox(stage: Stage, world: World, random: Random): void {
  const { dev } = world.clusters
  const role = world.role(ACCOUNT.dev, '/shared/', 'dev-shared')
  const { region } = dev
  for (const serviceAccount of ['debug', 'debug', 'notebook']) {
    const pod = newPod(random, dev, 'sandbox', serviceAccount, 'python', stage.window.start)
    keepCredentials(stage, random, pod, role, (session, from, until) => {
      for (const at of moments(random, from, until, 25 * MINUTE)) {
        const object = `scratch/${random.hex(6)}`
        const call = s3Object(random, 'GetObject', 'acme-dev-scratch', object, ACCOUNT.dev)
        stage.call(at, session, call, { region, place: placeOf(pod, 's3') })
      }
    })
  }
}

function theft(stage: Stage, world: World, random: Random, trustChange: TrustChange): Incident {
  const { dev, prod } = world.clusters
  const region = 'us-east-1'
  const workload = { cluster: dev, namespace: 'sandbox', serviceAccount: 'debug' }
  const shared = world.role(ACCOUNT.dev, '/shared/', 'dev-shared')
  const bridge = world.role(ACCOUNT.dev, '/ci/', 'ci-bridge')
  const writer = world.role(ACCOUNT.ledger, '/ledger/', 'ledger-writer')
  const admin = world.role(ACCOUNT.prod, '/', 'OrganizationAccountAccessRole')
  const when = (minute: number, second: number) =>
    lastNight(stage.window.end, 2, minute, second) + random.int(0, 900)
  const bucket = 'acme-ledger'
  const resource = `arn:aws:s3:::${bucket}`

  const trace: { at: number; eventIds: string[] }[] = []
  const steps: Incident['steps'] = []
  const refused: Incident['refused'] = []
  const at = when(9, 41)

  const took = (session: Session, moment: number) => {
    const deed = stage.deeds.findLast((done) => done.kind === 'assumption')
    const copies = deed?.kind === 'assumption' ? [deed.own, deed.target] : []
    const eventIds = copies.flatMap((copy) => (copy?.delivered ? [copy.eventId] : []))
    const { role, name: sessionName, key: accessKeyId } = session
    steps.push({ role: role.arn, sessionName, accessKeyId, at: timestamp(moment), eventIds })
    trace.push({ at: moment, eventIds })
  }
  const does = (moment: number, session: Session, call: ApiCall, how?: CallUse['refused']) => {
    const use = { region, place: THIEF, ...(how === undefined ? {} : { refused: how }) }
    const eventId = stage.call(moment, session, call, use)
    trace.push({ at: moment, eventIds: [eventId] })
    if (how === undefined) return
    const action = `${call.service}:${call.name}`
    refused.push({ action, resource: call.container, at: timestamp(moment), eventId })
  }

  const sessionName = `botocore-session-${Math.floor(at / SECOND)}`
  const first = stage.irsa(at, workload, { role: shared, sessionName, region, place: THIEF })
  took(first, at)
  does(when(10, 5), first, getCallerIdentity())
  does(when(10, 22), first, s3ListBuckets())
  does(when(10, 48), first, plain.ec2('DescribeInstances'), 'no-policy')
  does(when(11, 3), first, plain.iam('ListRoles', null), 'no-policy')
  const policies = { roleName: shared.name }
  does(when(11, 20), first, plain.iam('ListAttachedRolePolicies', policies))
  const policy = { roleName: shared.name, policyName: 'bridge' }
  does(when(11, 38), first, plain.iam('GetRolePolicy', policy))

  const tried = when(12, 2)
  const because = ' because no identity-based policy allows the sts:AssumeRole action'
  const triedId = stage.refuse(tried, first, admin, { region, place: THIEF, because })
  trace.push({ at: tried, eventIds: [triedId] })
  refused.push({
    action: 'sts:AssumeRole',
    resource: admin.arn,
    at: timestamp(tried),
    eventId: triedId,
  })

  const second = stage.chain(when(12, 48), first, {
    role: bridge,
    sessionName: 'test',
    region,
    place: THIEF,
  })
  took(second, second.issuedAt)
  does(when(13, 10), second, getCallerIdentity())
  const bridgePolicy = { roleName: bridge.name, policyName: 'targets' }
  does(when(13, 31), second, plain.iam('GetRolePolicy', bridgePolicy))

  const third = stage.chain(when(14, 7), second, {
    role: writer,
    sessionName: 'test',
    region,
    place: THIEF,
  })
  took(third, third.issuedAt)
  const list = s3Bucket(random, 'ListObjects', bucket, ACCOUNT.ledger, { prefix: 'entries/' })
  does(when(14, 11), third, list)
  let objectsRead = 0
  for (const second of [12, 13, 15, 16, 18, 21, 22, 40, 55]) {
    const key = `entries/${timestamp(at).slice(0, 10)}/${random.hex(10)}.json`
    does(when(14, second), third, s3Object(random, 'GetObject', bucket, key, ACCOUNT.ledger))
    objectsRead += 1
  }
  does(
    when(16, 30),
    third,
    s3Bucket(random, 'GetBucketPolicy', bucket, ACCOUNT.ledger, { policy: '' }),
  )
  const bucketPolicy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `${resource}/*`,
      },
    ],
  }
  const change = s3Bucket(random, 'PutBucketPolicy', bucket, ACCOUNT.ledger, {
    bucketPolicy,
    policy: '',
  })
  does(when(31, 40), third, change, 'scp')

  const ordered = trace.sort((left, right) => left.at - right.at)
  return {
    title: 'A stolen ServiceAccount token reads the ledger',
    prose:
      `The projected token of sandbox/debug in ${dev.name} was taken out of the cluster and used from ` +
      `${THIEF.ip}, where no pod of Acme comes from. At ${timestamp(at)} it became dev-shared; after some ` +
      'looking around and a few refusals it went on to ci-bridge, and from there into the ledger account as ' +
      `ledger-writer, which had trusted ci-bridge only since ${timestamp(trustChange.at)}. Around 02:14 UTC it ` +
      `read ${objectsRead} objects of ${resource}; at 02:31 it tried to open the bucket to everybody and was ` +
      'refused by a service control policy. All else that touched the bucket between 02:00 and 03:00 is ' +
      'payments/checkout at its usual work.',
    principal: workloadPrincipal(workload),
    legitimate: workloadPrincipal({
      cluster: prod,
      namespace: 'payments',
      serviceAccount: 'checkout',
    }),
    sourceIp: THIEF.ip,
    userAgent: THIEF.userAgent,
    resource,
    window: {
      from: timestamp(lastNight(stage.window.end, 2)),
      to: timestamp(lastNight(stage.window.end, 3)),
    },
    first: timestamp(ordered[0]?.at ?? at),
    last: timestamp(ordered.at(-1)?.at ?? at),
    steps,
    accessKeys: steps.map((step) => step.accessKeyId),
    eventIds: ordered.flatMap((entry) => entry.eventIds),
    objectsRead,
    refused,
    trustChange: { ...trustChange, at: timestamp(trustChange.at) },
  }
}
