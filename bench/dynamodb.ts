/*
 * What the table costs, in units as DynamoDB reports them (`ConsumedCapacity`), against Amazon's DynamoDB Local.
 *
 *   npm run --prefix bench dynamodb
 *
 * Write units: log files of two mixes, one with more assumptions than the other, so that what an assumption costs and what any other
 * record costs can be told apart. Read units: 90 days of one account of the budgets' company, and questions about them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable, type DynamoStore, dynamoStore } from '../lib/aws/dynamo-store.ts'
import type { EdgeRow, Rollup } from '../lib/graph/rollup.ts'
import { findFiles } from '../lib/local/files.ts'
import type { FileFacts, Partition, Principal } from '../lib/model.ts'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import { sightingCount } from '../lib/record/columns.ts'
import { FileReader } from '../lib/record/read-file.ts'
import { openLog } from '../lib/source/open-log.ts'
import { dynamoDbLocal } from '../test/aws/engines.ts'
import { createRandom } from './data/random.ts'
import { generate } from './generate.ts'

/** The company of the budgets, each day: DESIGN of the load is in docs/table.md. */
const LOAD = { records: 100_000_000, assumptions: 3_000_000, recordsPerFile: 3472, accounts: 50 }
const EDGES = 10_000

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '48' },
    batch: { type: 'string', default: '6' },
    'roll-up-every': { type: 'string', default: '6' },
    days: { type: 'string', default: '90' },
  },
})

/** Units of writes by what they write, worked out from the sizes of items, as the engine only tells sums. */
class ByKind {
  readonly units = new Map<string, number>()
  readonly client: Pick<DynamoDBClient, 'send'>

  constructor(client: DynamoDBClient) {
    const send = async (command: { input: Record<string, never> }): Promise<unknown> => {
      this.#count(command.input)
      return client.send(command as never)
    }
    this.client = { send } as never
  }

  print(): void {
    const kinds = [...this.units].sort(([, a], [, b]) => b - a)
    console.log(`  by kind of key: ${kinds.map(([kind, units]) => `${kind} ${units}`).join(', ')}`)
  }

  #count({ Item, Key, RequestItems }: { Item?: Stored; Key?: Stored; RequestItems?: Batch }): void {
    const items = Object.values(RequestItems ?? {}).flatMap((requests) =>
      Array.isArray(requests) ? requests.map(({ PutRequest }) => PutRequest?.Item) : [],
    )
    for (const item of [Item, Key, ...items])
      if (item !== undefined) {
        const kind = item['pk']!['S']!.split('#')
          .slice(0, /^[HM]#/.test(item['pk']!['S']!) ? 2 : 1)
          .join('')
        this.units.set(kind, (this.units.get(kind) ?? 0) + Math.ceil(sizeOf(item) / 1024))
      }
  }
}

type Stored = Record<string, { S?: string; N?: string; B?: Uint8Array }>
type Batch = Record<string, { PutRequest?: { Item: Stored } }[]>

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(item: Stored): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const value =
      S !== undefined ? Buffer.byteLength(S) : B !== undefined ? B.length : (N ?? '').length / 2 + 1
    return sum + name.length + value
  }, 0)
}

interface Written {
  readonly assumptions: number
  readonly others: number
  readonly write: number
  readonly read: number
}

async function benchWrites(client: DynamoDBClient): Promise<void> {
  const few = await ingested(client, 'few', 0.03)
  const many = await ingested(client, 'many', 0.16)
  // Two mixes, two unknowns.
  const determinant = few.assumptions * many.others - many.assumptions * few.others
  const solve = (unit: 'write' | 'read'): [number, number] => [
    (few[unit] * many.others - many[unit] * few.others) / determinant,
    (few.assumptions * many[unit] - many.assumptions * few[unit]) / determinant,
  ]
  const [assumption, other] = solve('write')
  const [assumptionRead, otherRead] = solve('read')
  const others = LOAD.records - LOAD.assumptions
  const daily = (a: number, b: number): string =>
    ((LOAD.assumptions * a + others * b) / 1e6).toFixed(2)
  print('write units per 1,000 assumptions', 1000 * assumption)
  print('write units per 1,000 other records', 1000 * other)
  print('read units per 1,000 assumptions, while writing', 1000 * assumptionRead)
  print('read units per 1,000 other records, while writing', 1000 * otherRead)
  console.log(`a day of the budgets' company: ${daily(assumption, other)} M write units`)
  console.log(`                               ${daily(assumptionRead, otherRead)} M read units`)
}

async function ingested(client: DynamoDBClient, name: string, stsShare: number): Promise<Written> {
  const directory = mkdtempSync(join(tmpdir(), 'podtrail-bench-'))
  try {
    const records = LOAD.recordsPerFile * Number(values.files)
    const { recordsPerFile } = LOAD
    generate({
      directory,
      records,
      seed: 1,
      stsShare,
      start: '2026-05-04T08:00:00Z',
      recordsPerFile,
      streams: 1,
      slotSeconds: (86_400 * LOAD.accounts * LOAD.recordsPerFile) / LOAD.records,
    })
    const files = await factsIn(directory)
    await createTable(client, name)
    const byKind = new ByKind(client)
    const store = dynamoStore(byKind.client, name)
    const batch = Number(values.batch)
    // The first half makes the names known: roles, workloads and resources are written down once, when they are first seen.
    const half = batch * Math.floor(files.length / batch / 2)
    const before = { read: 0, write: 0 }
    let since = 0
    for (let at = 0; at < files.length; at += batch) {
      const some = files.slice(at, at + batch)
      if (at === half) {
        await rollUpDirty(store)
        Object.assign(before, store.spent)
        byKind.units.clear()
      }
      await ingest(store, some)
      since += some.length
      if (since >= Number(values['roll-up-every'])) {
        await rollUpDirty(store)
        since = 0
      }
    }
    await rollUpDirty(store)
    const counted = files.slice(half)
    const assumptions = counted
      .flatMap(({ deltas }) => deltas)
      .reduce((sum, delta) => sum + sightingCount(delta), 0)
    const all = counted.reduce((sum, file) => sum + file.records, 0)
    const read = store.spent.read - before.read
    const write = store.spent.write - before.write
    console.log(
      `${counted.length} files, ${all} records, ${assumptions} of them assumptions: ${Math.round(write)} write units, ${Math.round(read)} read units`,
    )
    byKind.print()
    return { assumptions, others: all - assumptions, write, read }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function factsIn(directory: string): Promise<FileFacts[]> {
  const reader = new FileReader()
  const files: FileFacts[] = []
  for await (const found of findFiles([directory])) {
    if (found.kind !== 'file') continue
    const log = openLog(found.path, readFileSync(found.path))
    if (log.kind === 'refused') throw new Error(found.path)
    const { deliveredAt } = found.key
    const id = String(files.length).padStart(64, '0')
    files.push(reader.read(log.bytes, { id, source: found.path, deliveredAt }))
  }
  // As they would be delivered: accounts in turn.
  return files.sort((a, b) => Number(deliveryOf(a)) - Number(deliveryOf(b)))
}

function deliveryOf({ source }: FileFacts): number {
  return Number(/_(\d{8})T(\d{4})Z_/.exec(source)?.slice(1).join('') ?? 0)
}

async function benchQuestions(client: DynamoDBClient, days: number): Promise<void> {
  await createTable(client, 'questions')
  const writer = dynamoStore(client, 'questions')
  const edges = EDGES / LOAD.accounts
  const first = 20_500
  await fill(writer, first, days, edges)
  const window = { from: first * 86_400 + 5000, to: (first + days) * 86_400 - 5000 }
  const day = { from: window.to - 86_400, to: window.to }
  const hour = { from: window.to - 7200, to: window.to - 3600 }
  const asked = async (about: string, ask: (store: DynamoStore) => Promise<unknown>) => {
    const store = dynamoStore(client, 'questions')
    await ask(store)
    print(about, store.spent.read)
  }
  const role = roleOf(3)
  const principals = [workloadOf(3)]
  for (const [span, over] of [
    [`${days} days`, window],
    ['one day', day],
    ['one hour', hour],
  ] as const) {
    await asked(`who one role, ${span}: read units`, async (store) => {
      await store.roles(role)
      await store.edges({ roles: [role] }, over)
      await store.attempts({ roles: [role] }, over)
    })
    await asked(`what one workload, ${span}: read units`, async (store) => {
      await store.principals({ kind: 'workload', namespace: 'shop', serviceAccount: 'pod-3' })
      await store.edges({ principals }, over)
      await store.attempts({ principals }, over)
    })
    await asked(`what it did besides, ${span}: read units`, (store) =>
      store.activity({ principals }, over),
    )
    await asked(`touched one resource, ${span}: read units`, (store) =>
      store.activity({ resources: ['arn:aws:s3:::bucket-3'] }, over),
    )
    const store = dynamoStore(client, 'questions')
    const found = await store.edges({}, over)
    if (found.length !== edges) throw new Error(`${found.length} edges instead of ${edges}`)
    print(`graph of ${EDGES} edges, ${span}: read units`, store.spent.read * LOAD.accounts)
  }
}

/** Each hour of one account: every edge 12 times, and some calls of every workload. */
async function fill(store: DynamoStore, first: number, days: number, edges: number): Promise<void> {
  const random = createRandom(1)
  for (let day = first; day < first + days; day++) {
    const rollups: { rollup: Rollup; version: number }[] = []
    for (let hour = day * 24; hour < day * 24 + 24; hour++)
      rollups.push({ rollup: rollupOf(hour, edges, random), version: 1 })
    // Hardly any facts stand behind them: rows alone are asked for here.
    await store.commit([factsThatSayNothing(rollups.map(({ rollup }) => rollup.partition))])
    const put = await store.putRollups(rollups)
    if (put.some((one) => !one)) throw new Error('a partition was refused')
    if (process.stderr.isTTY) process.stderr.write(`\r${day - first + 1} of ${days} days `)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
}

/** One event of each partition, so that there is something to be rolled up. */
function factsThatSayNothing(partitions: readonly Partition[]): FileFacts {
  const none = new Uint32Array()
  const [first] = partitions
  return {
    id: String(first!.hour).padStart(64, '0'),
    source: `logs/${first!.hour}.json`,
    records: partitions.length,
    outOfScope: 0,
    repeated: 0,
    quarantined: [],
    coverage: [],
    deltas: partitions.map((partition) => ({
      partition,
      strings: [''],
      callers: none,
      groups: none,
      callGroup: none,
      callEvent: none,
      callSecond: new Uint16Array(),
      events: Uint32Array.of(1, partition.hour),
      shared: none,
      sightings: none,
      attempts: [],
    })),
  }
}

function rollupOf(hour: number, edges: number, random: ReturnType<typeof createRandom>): Rollup {
  const rows = Array.from({ length: edges }, (_, index): EdgeRow => {
    const seconds = Array.from({ length: 12 }, () => random.below(3600)).sort((a, b) => a - b)
    return {
      principal: workloadOf(index % (edges / 2)),
      via: [],
      hop: 1,
      role: roleOf(index),
      proof: 'accessKeyId',
      seconds: Uint16Array.from(seconds),
    }
  })
  const principals = rows.slice(0, edges / 2).map(({ principal }) => principal)
  const strings = ['']
  const text = (value: string): number => {
    const known = strings.indexOf(value)
    return known < 0 ? strings.push(value) - 1 : known
  }
  const keys: number[] = []
  for (const [index] of principals.entries())
    for (let call = 0; call < 8; call++)
      keys.push(
        index,
        text(roleOf(index)),
        text(`s3:${['GetObject', 'PutObject', 'ListObjects', 'HeadObject'][call % 4]}`),
        text(`arn:aws:s3:::bucket-${index + (call >> 2)}`),
        0,
        text('203.0.113.9'),
      )
  const count = keys.length / 6
  return {
    partition: { account: '111122223333', hour },
    edges: rows,
    attempts: [],
    activity: {
      principals,
      strings,
      keys: Int32Array.from(keys),
      count: Uint32Array.from({ length: count }, () => 1 + random.below(40)),
      first: Uint16Array.from({ length: count }, () => random.below(1800)),
      last: Uint16Array.from({ length: count }, () => 1800 + random.below(1800)),
    },
    signals: {
      principals: [],
      strings: [],
      keys: new Int32Array(),
      count: new Uint32Array(),
      first: new Uint16Array(),
      last: new Uint16Array(),
    },
    networks: ['203.0.113.9'],
    awaits: [],
  }
}

function roleOf(index: number): string {
  return `arn:aws:iam::111122223333:role/team-${index % 20}/app-${index}`
}

function workloadOf(index: number): Principal {
  const cluster = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
  return {
    kind: 'workload',
    id: `${cluster}/shop/pod-${index}`,
    cluster,
    namespace: 'shop',
    serviceAccount: `pod-${index}`,
    name: null,
    account: null,
  }
}

function print(about: string, units: number): void {
  console.log(`${about.padEnd(62)} ${units.toFixed(1).padStart(9)}`)
}

const engine = await dynamoDbLocal()
try {
  await engine.ready()
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint: engine.url,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  await benchWrites(client)
  await benchQuestions(client, Number(values.days))
  client.destroy()
} finally {
  await engine.stop()
}
