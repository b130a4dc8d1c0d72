/*
 * What the table costs, in units as DynamoDB reports them (`ConsumedCapacity`), against Amazon's DynamoDB Local.
 *
 *   npm run --prefix bench dynamodb
 *
 * Write units: log files of two mixes, one with more assumptions than the other, so that what an assumption costs and what any other
 * record costs can be told apart. Read units: 90 days of one account of the budgets' company, and questions about them.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Blobs } from '../lib/aws/blobs.ts'
import { createTable, type DynamoStore, dynamoStore } from '../lib/aws/dynamo-store.ts'
import type { EdgeRow, Rollup } from '../lib/graph/rollup.ts'
import { SIGNAL, SIGNAL_COLUMNS, type SignalTable } from '../lib/graph/signals.ts'
import { findFiles } from '../lib/local/files.ts'
import type { FileFacts, Partition, Principal } from '../lib/model.ts'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import { sightingCount } from '../lib/record/columns.ts'
import { FileReader } from '../lib/record/read-file.ts'
import { openLog } from '../lib/source/open-log.ts'
import { dynamoDbLocal } from '../test/aws/engines.ts'
import { createRandom } from './data/random.ts'
import { generate, UNKIND } from './generate.ts'
import { LOAD, STATED } from './stated.ts'

const EDGES = 10_000
const MIXES = { stated: STATED, unkind: UNKIND }

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '72' },
    // Accounts whose files come in turn. Files and batches are those of all together.
    streams: { type: 'string', default: '1' },
    batch: { type: 'string', default: '6' },
    'roll-up-every': { type: 'string', default: '6' },
    // Long facts in the table too, instead of in a bucket as where podtrail is deployed.
    'in-table': { type: 'boolean', default: false },
    days: { type: 'string', default: '90' },
    seed: { type: 'string', default: '1' },
    // Shares of STS calls among the records. From two of them follows what an assumption costs and what any other record does.
    share: { type: 'string', multiple: true, default: ['0.03', '0.16'] },
    mix: { type: 'string', multiple: true, default: ['stated', 'unkind'] },
    only: { type: 'string' },
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

/** A bucket in memory, and what would be paid for. */
class CountedBlobs implements Blobs {
  readonly #objects = new Map<string, Uint8Array>()
  puts = 0
  gets = 0

  async put(about: string, bytes: Uint8Array): Promise<string | null> {
    if (values['in-table']) return null
    this.puts++
    const address = `${about}/${createHash('sha256').update(bytes).digest('hex')}`
    this.#objects.set(address, bytes)
    return address
  }

  async get(address: string): Promise<Uint8Array> {
    this.gets++
    return this.#objects.get(address)!
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

interface Spent {
  readonly read: number
  readonly write: number
}

interface Written extends Spent {
  readonly assumptions: number
  readonly others: number
  readonly puts: number
  readonly gets: number
}
type Unit = 'write' | 'read' | 'puts' | 'gets'

/** Dollars, at the list prices of us-east-1; docs/table.md names the pages. */
const PRICES: Readonly<Record<Unit, number>> = {
  write: 0.625e-6,
  read: 0.125e-6,
  puts: 5e-6,
  gets: 0.4e-6,
}

async function benchWrites(client: DynamoDBClient, mix: keyof typeof MIXES): Promise<void> {
  console.log(
    `the ${mix} mix, ${values.streams} accounts in turn, ${values.batch} files a commit, rolled up every ${values['roll-up-every']} files:`,
  )
  const runs: Written[] = []
  for (const share of values.share) runs.push(await ingested(client, mix, Number(share)))
  const others = LOAD.records - LOAD.assumptions
  const [few, many] = runs as [Written, Written | undefined]
  // Two mixes, two unknowns; of one only the sum is known, and its share of assumptions is taken as it is.
  const solve = (unit: Unit): [number, number] => {
    if (many === undefined) {
      const each = few[unit] / (few.assumptions + few.others)
      return [each, each]
    }
    const determinant = few.assumptions * many.others - many.assumptions * few.others
    return [
      (few[unit] * many.others - many[unit] * few.others) / determinant,
      (few.assumptions * many[unit] - many.assumptions * few[unit]) / determinant,
    ]
  }
  const daily = (unit: Unit): number => {
    const [assumption, other] = solve(unit)
    return LOAD.assumptions * assumption + others * other
  }
  if (many !== undefined) {
    const [assumption, other] = solve('write')
    print('write units per 1,000 assumptions', 1000 * assumption)
    print('write units per 1,000 other records', 1000 * other)
  }
  const inMillions = (unit: Unit): string => (daily(unit) / 1e6).toFixed(2)
  console.log(
    `a day of the budgets' company: ${inMillions('write')} M write units, ${inMillions('read')} M read units, ${inMillions('puts')} M PUTs, ${inMillions('gets')} M GETs`,
  )
  const dollars = (Object.keys(PRICES) as Unit[]).reduce(
    (sum, unit) => sum + PRICES[unit] * daily(unit),
    0,
  )
  console.log(`dollars per million records: ${((1e6 * dollars) / LOAD.records).toFixed(4)}`)
}

async function ingested(
  client: DynamoDBClient,
  mix: keyof typeof MIXES,
  stsShare: number,
): Promise<Written> {
  const name = `${mix}-${stsShare}`
  const directory = mkdtempSync(join(tmpdir(), 'podtrail-bench-'))
  try {
    const records = LOAD.recordsPerFile * Number(values.files)
    const { recordsPerFile } = LOAD
    generate({
      directory,
      records,
      seed: Number(values.seed),
      stsShare,
      // Between two rollups, an hour apart, an hour ends somewhere: halfway.
      start: '2026-05-04T08:30:00Z',
      recordsPerFile,
      streams: Number(values.streams),
      mix: MIXES[mix],
      slotSeconds: (86_400 * LOAD.accounts * LOAD.recordsPerFile) / LOAD.records,
    })
    const files = await factsIn(directory)
    await createTable(client, name)
    const byKind = new ByKind(client)
    const blobs = new CountedBlobs()
    const store = dynamoStore(byKind.client, name, { blobs })
    const batch = Number(values.batch)
    // What comes first makes the names known: roles, workloads and resources are written down once, when they are first seen.
    const warm = batch * Math.floor((2 * files.length) / batch / 3)
    const spent = () => ({ ...store.spent, puts: blobs.puts, gets: blobs.gets })
    let before = spent()
    let since = 0
    for (let at = 0; at < files.length; at += batch) {
      const some = files.slice(at, at + batch)
      if (at === warm) {
        await rollUpDirty(store)
        before = spent()
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
    const now = spent()
    const read = now.read - before.read
    const write = now.write - before.write
    const addingUp = await addUpTheDay(store, files)
    const counted = files.slice(warm)
    const assumptions = counted
      .flatMap(({ deltas }) => deltas)
      .reduce((sum, delta) => sum + sightingCount(delta), 0)
    const all = counted.reduce((sum, file) => sum + file.records, 0)
    const share = counted.length / files.length
    console.log(
      `${counted.length} files, ${all} records, ${assumptions} of them assumptions: ${Math.round(write)} write units, ${Math.round(read)} read units`,
    )
    byKind.print()
    console.log(
      `  adding up the calls of the day: ${Math.round(share * addingUp.write)} write units, ${Math.round(share * addingUp.read)} read units, the share of these files`,
    )
    return {
      assumptions,
      others: all - assumptions,
      write: write + share * addingUp.write,
      read: read + share * addingUp.read,
      puts: now.puts - before.puts,
      gets: now.gets - before.gets,
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Calls of a day are added up once the account has some of a later day. The hours measured here are few of a day's, and a day of all
 * its hours costs less for each of them, since what they have in common stands once: so this is an upper bound.
 */
async function addUpTheDay(store: DynamoStore, files: readonly FileFacts[]): Promise<Spent> {
  const { read, write } = store.spent
  const records = new Map<string, number>()
  let hour = 0
  for (const { partition, events } of files.flatMap((file) => file.deltas)) {
    records.set(partition.account, (records.get(partition.account) ?? 0) + events.length / 2)
    hour = Math.max(hour, partition.hour)
  }
  const accounts = [...records]
    .sort(([, a], [, b]) => b - a)
    .slice(0, Number(values.streams))
    .map(([account]) => account)
  const bytes = Buffer.from(
    JSON.stringify({ Records: accounts.map((account) => tomorrow(account, hour + 24)) }),
  )
  const source = { id: 'f'.repeat(64), source: 'logs/tomorrow.json', deliveredAt: null }
  await ingest(store, [new FileReader().read(bytes, source)])
  await rollUpDirty(store)
  return { read: store.spent.read - read, write: store.spent.write - write }
}

function tomorrow(account: string, hour: number): object {
  return {
    eventVersion: '1.08',
    eventID: '00000000-0000-4000-8000-000000000001',
    eventTime: `${new Date(hour * 3_600_000).toISOString().slice(0, 19)}Z`,
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    eventType: 'AwsApiCall',
    awsRegion: 'eu-west-1',
    recipientAccountId: account,
    sourceIPAddress: '203.0.113.9',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: `arn:aws:iam::${account}:user/ana`,
      accountId: account,
      userName: 'ana',
    },
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
    signals: signalsOf(principals, random),
    networks: ['203.0.113.9'],
    awaits: [],
  }
}

/** Of each workload, what it called with which program: fewer than its calls, as resources are left out. */
function signalsOf(
  principals: readonly Principal[],
  random: ReturnType<typeof createRandom>,
): SignalTable {
  const actions = ['s3:GetObject', 's3:PutObject', 's3:ListObjects', 's3:HeadObject']
  const roles = principals.map((_, index) => roleOf(index))
  const strings = ['', ...actions, '203.0.113.9', ...roles]
  const keys = principals.flatMap((_, index) =>
    actions.flatMap((_, action) => {
      const row = new Array<number>(SIGNAL_COLUMNS).fill(0)
      row[SIGNAL.principal] = index
      row[SIGNAL.role] = strings.length - roles.length + index
      row[SIGNAL.action] = 1 + action
      row[SIGNAL.network] = 1 + actions.length
      row[SIGNAL.client] = 6
      return row
    }),
  )
  const size = keys.length / SIGNAL_COLUMNS
  return {
    principals,
    strings,
    keys: Int32Array.from(keys),
    count: Uint32Array.from({ length: size }, () => 1 + random.below(80)),
    first: Uint16Array.from({ length: size }, () => random.below(1800)),
    last: Uint16Array.from({ length: size }, () => 1800 + random.below(1800)),
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
  if (values.only !== 'questions')
    for (const mix of values.mix) await benchWrites(client, mix as keyof typeof MIXES)
  if (values.only !== 'writes') await benchQuestions(client, Number(values.days))
  client.destroy()
} finally {
  await engine.stop()
}
