import { type Call, dynamodb, plain, secret } from '../calls.ts'
import { signIn } from '../people.ts'
import type { IamUser, Place } from '../records.ts'
import { type Cast, minutes, outside, type Plot, podOf } from '../story.ts'
import { HOUR } from '../time.ts'

const trail = (name: string, request: unknown): Call => plain('cloudtrail', name, request)

/** By a stolen administrator's session, or by an IAM user nobody knew of. */
function byIntruder(cast: Cast, calls: readonly Call[]): (service: string) => Place {
  const { at, random, victim, scene, story, company } = cast
  const { account, region } = victim.cluster
  const place = outside(random)
  if (random.chance(0.5)) {
    const person = random.pick(company.people.filter(({ team }) => team === 'platform'))
    story.principals.add(person.name)
    const session = signIn(scene, at - 60, person, account, 'Administrator')
    calls.forEach((call, index) => {
      scene.stage.call(at + index * 20, session, call, place(call.service), region)
    })
  } else {
    const user: IamUser = {
      account,
      name: `audit-${random.hex(3)}`,
      id: random.uniqueId('AIDA'),
      key: random.uniqueId('AKIA').slice(0, 20),
    }
    story.principals.add(`arn:aws:iam::${account}:user/${user.name}`)
    calls.forEach((call, index) => {
      scene.stage.userCalls(at + index * 20, user, call, place(call.service), region)
    })
  }
  return place
}

/** First the lights go out. */
export const AUDIT_STORIES: readonly Plot[] = [
  {
    id: 'blinded-then-theft',
    title: 'The trail is stopped, a stolen key is used, and the trail is started again',
    severity: 'critical',
    rules: ['audit-tampering', 'source-silent'],
    blinds: true,
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const { account, region } = victim.cluster
      const pod = podOf(cast, victim)
      const place = byIntruder(cast, [trail('StopLogging', { name: 'organization' })])
      const until = at + random.between(1, 4) * HOUR
      scene.post.blind.push({ account, from: at + 2, until, hides: 'all' })
      story.dark.set(account, until)
      for (let i = 0; i < 20; i++)
        scene.stage.call(
          at + 60 + i * 60,
          pod.session,
          secret(`prod/${i}`, { account, region }),
          place('secretsmanager'),
          region,
        )
      byIntruder({ ...cast, at: until + 60 }, [trail('StartLogging', { name: 'organization' })])
    },
  },
  {
    id: 'selectors-narrowed',
    title: 'The trail is told to record writes only: role assumptions are reads, and vanish',
    severity: 'critical',
    rules: ['audit-tampering'],
    blinds: true,
    act(cast) {
      const { at, random, victim, scene, story } = cast
      const request = random.chance(0.5)
        ? {
            trailName: 'organization',
            eventSelectors: [
              { readWriteType: 'WriteOnly', includeManagementEvents: true, dataResources: [] },
            ],
          }
        : {
            trailName: 'organization',
            advancedEventSelectors: [
              {
                name: 'writes',
                fieldSelectors: [
                  { field: 'eventCategory', equals: ['Management'] },
                  { field: 'readOnly', equals: ['false'] },
                ],
              },
            ],
          }
      byIntruder(cast, [trail('PutEventSelectors', request)])
      const { account } = victim.cluster
      const until = at + random.between(2, 5) * HOUR
      scene.post.blind.push({ account, from: at + 60, until, hides: 'read-only' })
      story.dark.set(account, until)
    },
  },
  {
    id: 'trail-deleted',
    title: 'The trail is deleted',
    severity: 'critical',
    rules: ['audit-tampering'],
    act(cast) {
      byIntruder(cast, [
        trail('DescribeTrails', null),
        trail('DeleteTrail', { name: 'organization' }),
      ])
    },
  },
  {
    id: 'logs-expire',
    title: "The log bucket's lifecycle is set to one day",
    severity: 'critical',
    rules: ['audit-tampering'],
    act(cast) {
      const { account } = cast.victim.cluster
      const bucketName = cast.random.pick([
        `acme-cloudtrail-${account}`,
        `aws-cloudtrail-logs-${account}-${cast.random.hex(8)}`,
      ])
      byIntruder(cast, [
        plain('s3', 'PutBucketLifecycle', {
          bucketName,
          LifecycleConfiguration: { Rule: { Expiration: { Days: 1 } } },
        }),
      ])
    },
  },
  {
    id: 'watcher-attacked',
    title: "podtrail's own queue is emptied and its rule disabled",
    severity: 'critical',
    rules: ['audit-tampering'],
    act(cast) {
      const { account, region } = cast.victim.cluster
      byIntruder(cast, [
        plain('events', 'DisableRule', { name: 'podtrail-sts' }),
        plain('sqs', 'PurgeQueue', {
          queueUrl: `https://sqs.${region}.amazonaws.com/${account}/podtrail-ingest`,
        }),
      ])
    },
  },
  {
    id: 'workload-blinds-trail',
    title: 'A workload turns off part of the trail itself',
    severity: 'critical',
    rules: ['audit-tampering', 'sensitive-first-use'],
    act(cast) {
      const { at, random, victim, scene } = cast
      const pod = podOf(cast, victim)
      const { account, region } = victim.cluster
      const calls = [
        random.pick([
          trail('UpdateTrail', { name: 'organization', isMultiRegionTrail: false }),
          trail('StopLogging', { name: 'organization' }),
        ]),
        dynamodb('Scan', 'customers', { account, region }),
      ]
      for (const call of calls)
        scene.stage.call(
          at + minutes(random, 5),
          pod.session,
          call,
          scene.fleet.placeOf(pod, call.service, at),
          region,
        )
    },
  },
]
