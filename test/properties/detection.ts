import fc from 'fast-check'
import { expect } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { pagesOf } from '../../lib/finding/reconcile.ts'
import { runDetect } from '../../lib/finding/run-detect.ts'
import type { FileFacts } from '../../lib/model.ts'
import type { FindingStore, Snapshots, Store } from '../../lib/ports.ts'
import { deliver, factsOfParcel, type Parcel, plainly, repeats } from './deliver.ts'
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
} from './records.ts'

/*
 * Four days of four workloads, of which two are learned, and then a theft: synthetic records, through the reader and the store.
 */

const HOUR = 3600
const START = Date.UTC(2026, 2, 1) / 1000
export const STRANGER = '198.51.100.9'
const vault = roleOf(ACCOUNTS[2], 'vault')
export const CONFIG = parseConfig(
  `
accounts: ["${ACCOUNTS[0]}", "${ACCOUNTS[1]}"]
clusters: []
network: {egress: [], vpcEndpoints: []}
detect: {learningDays: 2}
`,
  'test',
)

export const WORLD = worldOf()

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

const filesOf = (parcels: readonly Parcel[]): FileFacts[] =>
  parcels.map((parcel) => factsOfParcel(WORLD, parcel))

export const plainFiles = (): FileFacts[] => filesOf(plainly(WORLD, 40))

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

type DetectingStore = Store & FindingStore & Snapshots
export type OpenDetecting = () => Promise<{ store: DetectingStore; close: () => void }>

const look = (store: DetectingStore, now: number) =>
  runDetect(
    store,
    { from: 0, limit: 0, detectors: ANOMALY_RULES, integrity: null, isReplay: false },
    CONFIG,
    now,
  )

async function all(store: FindingStore): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const page of pagesOf(store)) found.push(...page)
  return found
}

/** All that a finding says, less how it came to be so. */
const contentOf = ({ version: _, history: __, ...content }: Finding): object => content

/** Findings of the world when it is all there, looked for once. */
async function findingsAtOnce(open: OpenDetecting): Promise<object[]> {
  const { store, close } = await open()
  try {
    await deliver(store, plainFiles(), () => false)
    await look(store, START + 1_000_000)
    return (await all(store)).map(contentOf)
  } finally {
    close()
  }
}

/** Whatever comes when, twice, and in whichever parts, with detection running in between: the same findings in the end. */
export const detectedFindings = (open: OpenDetecting) =>
  fc.asyncProperty(arrivals, async ({ parcels, rollUps }) => {
    const { store, close } = await open()
    try {
      let now = START + 500_000
      for (const [index, facts] of filesOf(parcels).entries()) {
        await deliver(store, [facts], () => rollUps[index] ?? false)
        if (index % 16 === 15) await look(store, now++)
      }
      await look(store, now++)
      const standing = (await all(store)).filter(({ status }) => status === 'open')
      expect(standing.length).toBeGreaterThan(6)
      expect(standing.map(contentOf)).toEqual(await findingsAtOnce(open))
    } finally {
      close()
    }
  })

/** Looking again, whenever, and after everything was delivered again, changes nothing and tells nobody. */
export const nothingNew = (open: OpenDetecting) =>
  fc.asyncProperty(arrivals, async ({ parcels, rollUps }) => {
    const { store, close } = await open()
    try {
      const files = filesOf(parcels)
      await deliver(store, files, (index) => rollUps[index] ?? false)
      const first = await look(store, START + 1_000_000)
      expect(first.recorded).toMatchObject({ found: first.total.items })
      const found = await all(store)
      const told = await store.due(1e12, 1_000)
      expect(told.length).toBe(found.length)
      await store.settle(told.map((entry) => [entry, null]))
      await deliver(store, files.toReversed(), () => false)
      const again = await look(store, START + 9_000_000)
      expect(again.recorded).toEqual({
        found: 0,
        changed: 0,
        reopened: 0,
        withdrawn: 0,
        resolved: 0,
        unchanged: found.length,
        told: 0,
      })
      expect(await all(store)).toEqual(found)
      expect(await store.due(1e12, 1_000)).toEqual([])
    } finally {
      close()
    }
  })
