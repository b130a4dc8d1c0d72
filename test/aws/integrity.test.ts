import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { problemsOfTrails } from '../../lib/aws/trail-state.ts'
import { problemsIn, type VerifiedPlace } from '../../lib/aws/verifications.ts'
import { behind, type Place, verifyPlaces } from '../../lib/aws/verify-places.ts'
import type { PublicKey } from '../../lib/coverage/public-keys.ts'
import { HOUR, keysOf, newSigner, START, signedBucket } from '../coverage/signed-tree.ts'
import { client, newTable } from './tables.ts'

/*
 * What the coverage function verifies run after run: digests and log files in a bucket of a moto server, and the state of trails as
 * moto has it.
 */

const aws = {
  region: 'us-east-1',
  endpoint: inject('moto'),
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
}
const s3 = new S3Client({ ...aws, forcePathStyle: true })
const cloudtrail = new CloudTrailClient(aws)
const signer = newSigner()
const REGIONS = ['us-east-1', 'eu-west-1']
const ACCOUNT = '111122223333'
const BUCKET = 'acme-cloudtrail-run'
const trail = signedBucket(signer, {
  accounts: [ACCOUNT],
  regions: REGIONS,
  bucket: BUCKET,
  hours: 30,
  sidecars: false,
})
const PLACES: readonly Place[] = REGIONS.map((region) => ({ account: ACCOUNT, region }))
/** Owner of moto's buckets. */
const OWNER = '123456789012'

const put = (key: string, body = trail.at(key)) => {
  const signature = trail.signatures.get(key)
  const Metadata =
    signature === undefined ? {} : { signature, 'signature-algorithm': 'SHA256withRSA' }
  return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, Metadata }))
}
const remove = (key: string) => s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }))

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  for (const key of trail.files.keys()) await put(key)
})

afterAll(() => {
  s3.destroy()
  cloudtrail.destroy()
})

describe('verifying run after run', () => {
  let store: ReturnType<typeof dynamoStore>
  let reads = 0

  beforeEach(async () => {
    store = dynamoStore(client, await newTable())
    reads = 0
  })

  interface Asked {
    readonly places?: readonly Place[]
    readonly hasTime?: () => boolean
    readonly keys?: readonly PublicKey[] | null
  }

  async function run(
    now: number,
    { places = PLACES, hasTime = () => true, keys = keysOf(signer) }: Asked = {},
  ): Promise<VerifiedPlace[]> {
    const { verifications } = store
    const found = await verifyPlaces(places, await verifications.places(), {
      client: {
        send: ((command: never) => {
          reads++
          return s3.send(command)
        }) as S3Client['send'],
      },
      url: { bucket: BUCKET, prefix: 'AWSLogs/', region: aws.region, endpoint: aws.endpoint },
      owner: OWNER,
      keys: async () => keys,
      put: (place) => verifications.putPlace(place),
      now,
      hasTime,
    })
    return found.sort((a, b) => (a.region < b.region ? -1 : 1))
  }

  const LATER = START + 10 * HOUR

  it('goes on where it was, and looks at each file once', async () => {
    const first = await run(LATER)
    expect(first.flatMap(({ open, settled }) => [...open, ...settled])).toEqual([])
    const until = first[0]!.until
    expect(first.map((place) => behind(place, LATER))).toEqual([0, 0])
    expect(reads).toBeGreaterThan(4)
    reads = 0
    expect(await run(LATER + 60)).toEqual(first)
    expect(reads).toBe(0)
    const later = await run(LATER + 3 * HOUR)
    expect(later.map((place) => place.until)).toEqual([until + 3 * HOUR, until + 3 * HOUR])
    expect(problemsIn(later)).toEqual([])
    // Three hours of two files each, and their digests with those beside them, each with its signature.
    expect(reads).toBeLessThanOrEqual(2 * (6 + 2 * 8))
  })

  it('tells what is wrong for as long as it is, and of what was only late nothing', async () => {
    await run(LATER)
    const [late] = trail.digests(ACCOUNT, 'us-east-1').filter((key) => key.includes('T0901'))
    const [changed] = trail.logs(ACCOUNT, 'eu-west-1').filter((key) => key.includes('T09'))
    await remove(late!)
    await put(changed!, Buffer.concat([trail.at(changed!), Buffer.from('x')]))
    const wrong = await run(LATER + 3 * HOUR)
    expect(new Set(problemsIn(wrong)!.map(({ code }) => code))).toEqual(
      new Set(['digest-missing', 'log-unlisted', 'log-not-single-member']),
    )
    expect(await store.verifications.places()).toEqual(wrong)
    await put(late!)
    const mended = await run(LATER + 4 * HOUR)
    expect(problemsIn(mended)!.map(({ code, path }) => [code, path])).toEqual([
      ['log-not-single-member', `s3://${BUCKET}/${changed}`],
    ])
    // After a day it goes on all the same, and still tells.
    const given = await run(LATER + 25 * HOUR)
    const place = given.find(({ region }) => region === 'eu-west-1')!
    expect(place.open).toEqual([])
    expect(place.settled.map(({ code }) => code)).toEqual(['log-not-single-member'])
    expect(place.until).toBeGreaterThan(mended[0]!.until)
    await put(changed!)
  })

  it('takes files for unverified where no key is known, and says so', async () => {
    const found = await run(LATER, { keys: null })
    expect(new Set(problemsIn(found)!.map(({ verdict, code }) => `${verdict} ${code}`))).toEqual(
      new Set(['not-looked no-keys']),
    )
  })

  it('does what it has time for, and next time the rest', async () => {
    let asked = 0
    const short = await run(LATER, { hasTime: () => ++asked <= 3 })
    expect(short.map((place) => behind(place, LATER)).sort()).toEqual([HOUR, HOUR])
    const tried = short.filter(({ triedAt }) => triedAt > 0)
    expect(tried).toHaveLength(1)
    asked = 0
    // The other one first.
    const next = await run(LATER + 60, { hasTime: () => ++asked <= 8 })
    const done = next.filter((place) => behind(place, LATER) === 0)
    expect(done.map(({ region }) => region)).not.toEqual(tried.map(({ region }) => region))
    expect(done).toHaveLength(1)
  })

  it('claims nothing of places that the trail never wrote of, and asks for none that is no place', async () => {
    const places = [
      { account: '999988887777', region: 'us-east-1' },
      { account: '../../x', region: 'us-east-1' },
    ]
    const found = await run(LATER, { places })
    expect(found.map(({ account, isTrails }) => [account, isTrails])).toEqual([
      ['999988887777', false],
    ])
    expect(problemsIn(found)).toEqual([])
    expect(problemsIn([])).toBeNull()
  })

  it('notices that all of a place is gone', async () => {
    const before = await run(LATER, { places: PLACES.slice(0, 1) })
    expect(problemsIn(before)).toEqual([])
    const keys = [...trail.files.keys()].filter((key) => key.includes('/us-east-1/'))
    for (const key of keys) await remove(key)
    const after = await run(LATER + 3 * HOUR, { places: PLACES.slice(0, 1) })
    expect(problemsIn(after)!.map(({ verdict, code }) => [verdict, code])).toEqual([
      ['failed', 'no-digests'],
    ])
    for (const key of keys) await put(key)
  })
})

describe('the state of trails', () => {
  const LOGS = 'acme-trail-state'
  const found = (bucket = LOGS) => problemsOfTrails(() => cloudtrail, aws.region, bucket)

  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: LOGS }))
    const Resource = [`arn:aws:s3:::${LOGS}`, `arn:aws:s3:::${LOGS}/*`]
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource }]
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: LOGS,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
  })

  it('is asked for, and what is wrong with it is told', async () => {
    expect(await found()).toMatchObject([{ verdict: 'not-looked', code: 'not-found' }])
    await cloudtrail.send(
      new CreateTrailCommand({
        Name: 'main',
        S3BucketName: LOGS,
        IsMultiRegionTrail: true,
        IncludeGlobalServiceEvents: true,
        EnableLogFileValidation: true,
      }),
    )
    expect((await found()).map(({ code }) => code)).toContain('stopped')
    await cloudtrail.send(new StartLoggingCommand({ Name: 'main' }))
    const select = (ReadWriteType: 'All' | 'WriteOnly') =>
      cloudtrail.send(
        new PutEventSelectorsCommand({
          TrailName: 'main',
          EventSelectors: [{ ReadWriteType, IncludeManagementEvents: true }],
        }),
      )
    await select('All')
    expect((await found()).filter(({ code }) => code !== 'no-digests')).toEqual([])
    await select('WriteOnly')
    expect((await found()).map(({ code }) => code)).toContain('events-left-out')
    await cloudtrail.send(new StopLoggingCommand({ Name: 'main' }))
    expect((await found()).map(({ code }) => code)).toContain('stopped')
    expect(await found('another-bucket')).toMatchObject([{ code: 'not-found' }])
  })

  it('that may not be read is not taken for sound', async () => {
    const refused = {
      send: () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' })),
    }
    expect(await problemsOfTrails(() => refused as never, aws.region, LOGS)).toMatchObject([
      { verdict: 'not-looked', code: 'unreadable', text: 'trails could not be listed: no' },
    ])
  })
})
