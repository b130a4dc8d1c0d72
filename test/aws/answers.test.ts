import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DynamoStore, dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { company, fileBytes } from '../../lib/demo/company.ts'
import { knownFrom } from '../../lib/graph/answer.ts'
import { answerCoverage } from '../../lib/graph/answer-coverage.ts'
import { answerGraph } from '../../lib/graph/answer-graph.ts'
import { answerTouched } from '../../lib/graph/answer-touched.ts'
import { answerTrace } from '../../lib/graph/answer-trace.ts'
import { answerWhat } from '../../lib/graph/answer-what.ts'
import { answerWho } from '../../lib/graph/answer-who.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { FileFacts } from '../../lib/model.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { parseLogKey } from '../../lib/source/log-key.ts'
import { openLog } from '../../lib/source/open-log.ts'
import { client, newTable } from './tables.ts'

/*
 * The demo company through both stores: every answer of the CLI has to be the same. The embedded store is asked once for each, and
 * other tests hold it to what really happened.
 */

const HOUR = 3600
const FILES_AT_ONCE = 32
const acme = company({ seed: 1, days: 1, workloads: 10 })
const known = knownFrom({
  accounts: acme.accounts.map(({ id }) => id),
  clusters: acme.clusters.map(({ name, issuer, arn }) => ({ name, issuer, arn })),
  network: acme.network,
} as never)
const end = Date.parse(acme.window.to) / 1000
const WINDOWS = {
  everything: {},
  'a night hour': { from: end - 4 * HOUR, to: end - 3 * HOUR },
  'from one odd second to another': { from: end - 20 * HOUR - 1234, to: end - 2 * HOUR - 77 },
  'one whole day of UTC, and a bit': {
    from: Math.floor(end / 86_400) * 86_400 - 86_400 - 10,
    to: Math.floor(end / 86_400) * 86_400 + 10,
  },
}

let embedded: Store
let table: DynamoStore
let name: string

beforeAll(async () => {
  embedded = openSqliteStore(':memory:')
  name = await newTable()
  table = dynamoStore(client, name)
  const files = factsOfCompany()
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    const some = files.slice(at, at + FILES_AT_ONCE)
    expect(await ingest(table, some)).toEqual(await ingest(embedded, some))
    if (at % (2 * FILES_AT_ONCE) === 0) await rollUpDirty(table)
  }
  await rollUpDirty(embedded)
  await rollUpDirty(table)
  // Asked from here on as another process would.
  table = dynamoStore(client, name)
}, 300_000)

afterAll(() => embedded.close())

function factsOfCompany(): FileFacts[] {
  const reader = new FileReader()
  return acme.files
    .filter(({ skip }) => skip === undefined)
    .map((file, index) => {
      const log = openLog(file.path, fileBytes(file))
      if (log.kind === 'refused') throw new Error(file.path)
      const id = index.toString(16).padStart(64, '0')
      const { deliveredAt } = parseLogKey(file.path)
      return reader.read(log.bytes, { id, source: file.path, deliveredAt })
    })
}

async function bothSay(ask: (store: Store) => Promise<unknown>, about: string): Promise<unknown> {
  const [expected, told] = await Promise.all([ask(embedded), ask(table)])
  expect(told, about).toEqual(expected)
  return expected
}

describe.each(Object.entries(WINDOWS))('in %s', (_, window) => {
  const asked = { ...window, limit: 0 }

  it('who: every role there is', async () => {
    const roles = await embedded.roles('*')
    expect(roles.length).toBeGreaterThan(20)
    for (const role of [...roles, 'no-such-role'])
      await bothSay((store) => answerWho(store, { ...asked, role, failed: true }, known), role)
  })

  it('what: every principal there is, with what it did', async () => {
    const principals = await embedded.principals({})
    expect(principals.length).toBeGreaterThan(30)
    const texts = principals.map(({ kind, id, namespace, serviceAccount }) =>
      kind === 'workload' ? `${namespace}/${serviceAccount}` : id,
    )
    for (const principal of [...new Set(texts), 'nobody/here'])
      await bothSay(
        (store) => answerWhat(store, { ...asked, principal, failed: true, activity: true }, known),
        principal,
      )
  })

  it('touched: every resource there is', async () => {
    const touches = await embedded.activity({}, { from: 0, to: Number.MAX_SAFE_INTEGER })
    const resources = [...new Set(touches.map(({ resource }) => resource))]
    expect(resources.length).toBeGreaterThan(20)
    for (const resource of [...resources, 'no-such-bucket'])
      await bothSay(
        (store) => answerTouched(store, { ...asked, resource, failed: true }, known),
        resource,
      )
  })

  it('graph: all of it, and each namespace and cluster', async () => {
    await bothSay((store) => answerGraph(store, asked, known), 'all')
    const workloads = await embedded.principals({ kind: 'workload' })
    for (const namespace of new Set(workloads.map((one) => one.namespace!)))
      await bothSay((store) => answerGraph(store, { ...asked, namespace }, known), namespace)
    for (const { name: cluster } of acme.clusters)
      await bothSay((store) => answerGraph(store, { ...asked, cluster }, known), cluster)
  })

  it('coverage, and what could not be read', async () => {
    await bothSay((store) => answerCoverage(store, window, known), 'coverage')
    await bothSay((store) => store.quarantine(1000), 'quarantine')
  })
})

describe('trace', () => {
  const asked = { limit: 100 }
  const traced = (text: string) =>
    bothSay((store) => answerTrace(store, { ...asked, text }, known), text)
  /** Some of many, spread over all. */
  const some = <Item>(items: readonly Item[], count: number): Item[] =>
    items.filter((_, index) => index % Math.ceil(items.length / count) === 0)

  it('keys, events, sessions and their ARNs', async () => {
    const { assumptions } = acme.truth
    for (const { key } of some(assumptions, 40)) {
      await traced(key)
      const sightings = await embedded.sightings([`k:${key}`])
      for (const { eventId, roleId, sessionName, role } of [...sightings.values()].flat()) {
        const account = role.split(':')[4]
        const bare = role.slice(role.lastIndexOf('/') + 1)
        for (const text of [
          eventId,
          `${roleId}:${sessionName}`,
          sessionName,
          `arn:aws:sts::${account}:assumed-role/${bare}/${sessionName}`,
        ])
          await traced(text)
      }
    }
  })

  it('calls that issued nothing', async () => {
    const records = acme.files.flatMap((file) => (file.skip === undefined ? file.records : []))
    const calls = records.filter(
      (record) => (record as { eventSource?: string }).eventSource === 's3.amazonaws.com',
    )
    expect(calls.length).toBeGreaterThan(100)
    for (const call of some(calls, 6)) await traced((call as { eventID: string }).eventID)
  })

  it('addresses and endpoints', async () => {
    const { egress, vpcEndpoints } = acme.network
    for (const text of [...egress, ...vpcEndpoints, '203.0.113.250', 'nonsense'])
      await traced(text.replace(/\/\d+$/, ''))
  })
})
