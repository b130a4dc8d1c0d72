import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { detect } from '../../lib/detect/run.ts'
import type { FileFacts } from '../../lib/model.ts'
import { deliver, factsOfParcel, type Parcel, plainly, repeats } from '../properties/deliver.ts'
import { itHolds } from '../properties/holds.ts'
import {
  ACCOUNTS,
  assume,
  call,
  denied,
  eventId,
  type Json,
  keyOf,
  pod,
  roleOf,
  type Session,
  sessionIdentity,
  userIdentity,
} from '../properties/records.ts'
import { asItIs, withStore } from '../properties/system.ts'

/*
 * Four days of four workloads, of which two are learned, and then a theft: synthetic records, through the reader and the store.
 */

const HOUR = 3600
const START = Date.UTC(2026, 2, 1) / 1000
const STRANGER = '198.51.100.9'
const vault = roleOf(ACCOUNTS[2], 'vault')
const CONFIG = parseConfig(
  `
accounts: ["${ACCOUNTS[0]}", "${ACCOUNTS[1]}"]
clusters: []
network: {egress: [], vpcEndpoints: []}
detect: {learningDays: 2}
`,
  'test',
)

const WORLD = worldOf()

function worldOf(): Json[] {
  const world: Json[] = []
  let next = 1
  const id = (): string => eventId(next++)
  for (let hour = 0; hour < 96; hour += 3)
    for (const [index, name] of ['checkout', 'stock', 'mail', 'search'].entries()) {
      const at = START + hour * HOUR + 60 * index
      const role = roleOf(ACCOUNTS[0], name)
      const session = { role, name: `${name}-${hour}`, key: keyOf(next), at }
      world.push(pod(id(), session, name))
      world.push(call(id(), at + 30, sessionIdentity(session), ACCOUNTS[0], `${name}-data`))
    }
  const stolen: Session = {
    role: roleOf(ACCOUNTS[0], 'checkout'),
    name: 'thief',
    key: keyOf(900),
    at: START + 94 * HOUR + 100,
  }
  const cli = { sourceIPAddress: STRANGER, userAgent: 'aws-cli/2.20.0 md/Botocore' }
  world.push(pod(id(), stolen, 'checkout', 0, cli))
  const there = sessionIdentity(stolen)
  world.push(
    call(id(), stolen.at + 10, there, ACCOUNTS[0], 'stock-data', {
      ...cli,
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateUser',
      resources: [],
    }),
  )
  for (const [index, name] of ['admin', 'backup', 'deploy', 'root-ish'].entries())
    world.push(denied(id(), stolen.at + 20 + index, there, roleOf(ACCOUNTS[1], name), cli))
  const gone: Session = { role: vault, name: 'x', key: keyOf(901), at: stolen.at + 60 }
  world.push(assume(id(), gone, there, ACCOUNTS[0], { ...cli, sharedEventID: 'shared-gone' }))
  world.push(
    call(id(), stolen.at + 90, userIdentity('ada'), ACCOUNTS[0], 'x', {
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: 'StopLogging',
      resources: [],
    }),
  )
  return world
}

async function anomaliesAfter(files: readonly FileFacts[], rollUp: (index: number) => boolean) {
  return withStore(asItIs, async (store) => {
    await deliver(store, files, rollUp)
    const asked = {
      window: { from: 0, to: Number.MAX_SAFE_INTEGER },
      config: CONFIG,
      detectors: ANOMALY_RULES,
    }
    const found = await detect(store, asked)
    expect(await detect(store, asked)).toEqual(found)
    return found
  })
}

const filesOf = (parcels: readonly Parcel[]): FileFacts[] =>
  parcels.map((parcel) => factsOfParcel(WORLD, parcel))

const inPlainOrder = (): Promise<Anomaly[]> =>
  anomaliesAfter(filesOf(plainly(WORLD, 40)), () => false)

const arrivals = fc
  .tuple(
    fc.shuffledSubarray(
      WORLD.map((_, index) => index),
      { minLength: WORLD.length, maxLength: WORLD.length },
    ),
    fc.array(fc.integer({ min: 5, max: 60 }), { minLength: WORLD.length, maxLength: WORLD.length }),
    repeats(WORLD.length),
    fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
  )
  .map(([order, sizes, again, rollUps]) => {
    const parcels: Parcel[] = []
    for (let at = 0; at < order.length; ) {
      const size = sizes[parcels.length]!
      parcels.push({ path: 'log file', records: order.slice(at, at + size) })
      at += size
    }
    again.forEach((parcel, index) => {
      parcels.splice(index * 2, 0, parcel)
    })
    return { parcels, rollUps }
  })

describe('what is found in records', () => {
  it('tells the story of the theft, with the ids of its STS calls', async () => {
    const found = await inPlainOrder()
    const rules = new Map(found.map((one) => [one.rule, one]))
    expect([...rules.keys()]).toEqual(
      expect.arrayContaining([
        'token-used-outside-cluster',
        'session-client-changed',
        'sensitive-first-use',
        'role-spraying',
        'new-chain',
        'new-account-reached',
        'audit-tampering',
      ]),
    )
    const token = rules.get('token-used-outside-cluster')!
    expect(token).toMatchObject({ severity: 'critical', networks: [STRANGER], count: 1 })
    const stolen = WORLD.findIndex((one) => one['sourceIPAddress'] === STRANGER)
    expect(token.evidence[0]).toMatchObject({ eventId: WORLD[stolen]!['eventID'] })
    const ofWorkload = found.filter(({ principal }) => principal?.kind === 'workload')
    expect(new Set(ofWorkload.map(({ story }) => story)).size).toBe(1)
    expect(rules.get('new-account-reached')!.severity).toBe('critical')
  })

  itHolds(
    'detection',
    'is the same for any order, repetition and batching of the records',
    fc.asyncProperty(arrivals, async ({ parcels, rollUps }) => {
      const found = await anomaliesAfter(filesOf(parcels), (index) => rollUps[index] ?? false)
      expect(found).toEqual(await inPlainOrder())
    }),
    8,
  )
})
