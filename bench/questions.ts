import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI, type Edge, mustAgree, podtrailAnswer } from './answer.ts'
import { generateHistory, type History } from './data/history.ts'
import { createRandom, type Random } from './data/random.ts'
import { fixed, measure, quantile, table } from './measure.ts'
import { openDuckDb } from './peers/duckdb-questions.ts'
import { openQuestions, type Window } from './questions-adapter.ts'

const CALLS = 2000
const CALLS_DUCKDB = 200
const CALLS_CLI = 50
const CALLS_CHECKED = 100

type Workload = Pick<Edge, 'cluster' | 'namespace' | 'serviceAccount'>
type Ask =
  | { question: 'who'; role: string; window: Window }
  | { question: 'what'; workload: Workload; window: Window }
  | { question: 'trace'; key: string }
type DuckDb = Awaited<ReturnType<typeof openDuckDb>>

/** The rows of the result: which question, over how long. */
const CASES = ['who, 90 days', 'who, one hour', 'what, 90 days', 'what, one hour', 'trace'] as const
type Case = (typeof CASES)[number]

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      assumptions: { type: 'string', default: '3000000' },
      seed: { type: 'string', default: '1' },
      'peers-only': { type: 'boolean', default: false },
      'cli-only': { type: 'boolean', default: false },
    },
  })
  const temporary = mkdtempSync(join(tmpdir(), 'podtrail-questions-'))
  try {
    const startedAt = performance.now()
    const say = (text: string) =>
      console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`)
    const history = generateHistory({
      directory: temporary,
      assumptions: Number(values.assumptions),
      days: 90,
      seed: Number(values.seed),
      start: '2026-02-02T00:00:00Z',
    })
    const edges: Edge[] = [
      ...history.direct.map((edge) => ({ ...edge, via: [] })),
      ...history.chained,
    ]
    const assumptions = edges.reduce((sum, edge) => sum + edge.count, 0)
    say(`${history.records} records in ${history.files} files`)

    const logs = join(temporary, 'AWSLogs')
    const duckdb = await openDuckDb(join(temporary, 'peer.duckdb'), logs)
    mustAgree('DuckDB', duckdb.edges(await duckdb.all()), edges)
    say('DuckDB has loaded them and agrees with the generator')

    const db = join(temporary, 'podtrail.db')
    if (!values['peers-only']) {
      const store = ['--store', `sqlite:${db}`, '--threads', '2', '--quiet']
      await measure(process.execPath, [CLI, 'ingest', logs, ...store])
      mustAgree('podtrail', podtrailAnswer(`sqlite:${db}`, history.window), edges)
      say(
        `podtrail has ingested them and agrees too; its store has ${fixed(statSync(db).size / 1e6, 0)} MB`,
      )
    }

    const count = (of: (edge: Edge) => string) => new Set(edges.map(of)).size
    console.log(
      `${assumptions} assumptions in 90 days, ${count(nameOf)} workloads, ${count((e) => e.role)} roles, ${edges.length} edges\n`,
    )
    const asks = (name: Case, calls: number) => {
      const random = createRandom(Number(values.seed) + CASES.indexOf(name))
      return Array.from({ length: calls }, () => draw(name, history, edges, random))
    }
    const peer = await timeDuckDb(duckdb, asks)
    const own =
      values['peers-only'] || values['cli-only'] ? undefined : await timeOwn(db, duckdb, asks)
    console.log(
      table(
        [
          'in process, ms',
          'podtrail p50',
          'p99',
          'DuckDB p50',
          'p99',
          'podtrail : DuckDB, p50',
          'p99',
        ],
        CASES.map((name) => {
          const mine = own?.get(name)
          const theirs = peer.get(name)!
          return [
            name,
            fixed(mine && quantile(mine, 0.5), 3),
            fixed(mine && quantile(mine, 0.99), 3),
            fixed(quantile(theirs, 0.5), 3),
            fixed(quantile(theirs, 0.99), 3),
            fixed(mine && quantile(mine, 0.5) / quantile(theirs, 0.5), 4),
            fixed(mine && quantile(mine, 0.99) / quantile(theirs, 0.99), 4),
          ]
        }),
      ),
    )
    if (!values['peers-only']) {
      const { bare, calls } = await timeCli(db, duckdb, asks)
      const row = (name: string, times: readonly number[]) => [
        name,
        fixed(quantile(times, 0.5), 0),
        fixed(quantile(times, 0.99), 0),
        fixed(quantile(times, 0.5) / quantile(bare, 0.5), 2),
        fixed(quantile(times, 0.99) / quantile(bare, 0.99), 2),
      ]
      console.log(
        `\n${table(
          ['whole CLI call, ms', 'p50', 'p99', 'ratio to node -e 0, p50', 'p99'],
          [row('node -e 0', bare), ...CASES.map((name) => row(name, calls.get(name)!))],
        )}`,
      )
    }
    console.log(
      `\n${CALLS} calls each in process (DuckDB ${CALLS_DUCKDB}), ${CALLS_CLI} of the CLI, arguments drawn at random. ${CALLS_CHECKED} answers of each kind were compared.\nMachines are noisy: compare the ratios of one run.`,
    )
    duckdb.close()
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function nameOf(edge: Workload): string {
  return `${edge.cluster}/${edge.namespace}/${edge.serviceAccount}`
}

/** A role or workload that exists, with a window that starts at any second; keys are real ones. */
function draw(name: Case, history: History, edges: readonly Edge[], random: Random): Ask {
  if (name === 'trace') return { question: 'trace', key: random.pick(history.keys) }
  const edge = random.pick(edges)
  const from = Date.parse(history.window.from)
  const to = Date.parse(history.window.to)
  const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
  const at = from + random.below((to - from) / 1000 - 3600) * 1000
  const window = name.endsWith('one hour')
    ? { from: second(at), to: second(at + 3600_000) }
    : history.window
  return name.startsWith('who')
    ? { question: 'who', role: edge.role, window }
    : { question: 'what', workload: edge, window }
}

type Asks = (name: Case, calls: number) => Ask[]

async function timeDuckDb(duckdb: DuckDb, asks: Asks): Promise<Map<Case, number[]>> {
  const times = new Map<Case, number[]>()
  for (const name of CASES) {
    await askDuckDb(duckdb, asks(name, 1)[0]!)
    const measured: number[] = []
    for (const ask of asks(name, CALLS_DUCKDB)) {
      const startedAt = performance.now()
      await askDuckDb(duckdb, ask)
      measured.push(performance.now() - startedAt)
    }
    times.set(name, measured)
  }
  return times
}

async function timeOwn(db: string, duckdb: DuckDb, asks: Asks): Promise<Map<Case, number[]>> {
  const questions = openQuestions(`sqlite:${db}`)
  const times = new Map<Case, number[]>()
  const run = (ask: Ask) =>
    ask.question === 'who'
      ? questions.who(ask.role, ask.window)
      : ask.question === 'what'
        ? questions.what(ask.workload, ask.window)
        : questions.trace(ask.key)
  for (const name of CASES) {
    for (const ask of asks(name, CALLS_CHECKED)) {
      const answer = await run(ask)
      const expected = await askDuckDb(duckdb, ask)
      if (ask.question === 'trace')
        mustTrace(ask.key, questions.keys(answer), duckdb.keys(expected))
      else mustAgree(JSON.stringify(ask), questions.edges(answer), duckdb.edges(expected))
    }
    const measured: number[] = []
    for (const ask of asks(name, CALLS)) {
      const startedAt = performance.now()
      const answer = run(ask)
      if (answer instanceof Promise) await answer
      measured.push(performance.now() - startedAt)
    }
    times.set(name, measured)
  }
  questions.close()
  return times
}

/** Whole processes, one after the other; the bare Node start is measured between them. */
async function timeCli(db: string, duckdb: DuckDb, asks: Asks) {
  const bare: number[] = []
  const calls = new Map<Case, number[]>(CASES.map((name) => [name, []]))
  const drawn = new Map(CASES.map((name) => [name, asks(name, CALLS_CLI)]))
  for (let i = 0; i < CALLS_CLI; i++) {
    bare.push(timeProcess(['-e', '0']).ms)
    for (const name of CASES) {
      const ask = drawn.get(name)![i]!
      const { ms, stdout } = timeProcess([
        CLI,
        ...argumentsOf(ask),
        '--store',
        `sqlite:${db}`,
        '-o',
        'json',
      ])
      calls.get(name)!.push(ms)
      const { items } = JSON.parse(stdout) as { items: CliEdge[] & CliChain[] }
      const expected = await askDuckDb(duckdb, ask)
      if (ask.question === 'trace') {
        const steps = items[0]?.steps.map((step) => step.accessKeyId) ?? []
        mustTrace(ask.key, steps, duckdb.keys(expected))
      } else if (items.length < 100) {
        // At 100 items the answer may go on with a cursor; in process the whole answer is compared.
        const asked =
          ask.question === 'who'
            ? items
            : items.filter((item) => item.principal.cluster === ask.workload.cluster)
        mustCount(ask, asked, duckdb.edges(expected))
      }
    }
  }
  return { bare, calls }
}

type CliEdge = { count: number; principal: { cluster: string } }
type CliChain = { steps: { accessKeyId: string }[] }

function argumentsOf(ask: Ask): string[] {
  if (ask.question === 'trace') return ['trace', ask.key]
  const window = ['--from', ask.window.from, '--to', ask.window.to]
  if (ask.question === 'who') return ['who', ask.role, ...window]
  return ['what', `${ask.workload.namespace}/${ask.workload.serviceAccount}`, ...window]
}

function timeProcess(args: readonly string[]): { ms: number; stdout: string } {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const ms = performance.now() - startedAt
  // 4: a full answer that also says that coverage has gaps, as these files without API calls may have.
  if (status !== 0 && status !== 4)
    throw new Error(`exit code ${status}: ${args.join(' ')}\n${stderr}`)
  return { ms, stdout }
}

function askDuckDb(duckdb: DuckDb, ask: Ask) {
  if (ask.question === 'who') return duckdb.who(ask.role, ask.window)
  if (ask.question === 'what') return duckdb.what(ask.workload, ask.window)
  return duckdb.trace(ask.key)
}

function mustTrace(key: string, actual: readonly string[], expected: readonly string[]): void {
  if (expected.at(-1) !== key) throw new Error(`DuckDB does not know the key ${key}`)
  if (actual.join() !== expected.join()) {
    throw new Error(`trace ${key}: expected ${expected.join(' > ')}, got ${actual.join(' > ')}`)
  }
}

function mustCount(
  ask: Ask,
  actual: readonly { count: number }[],
  expected: readonly Edge[],
): void {
  const sum = (edges: readonly { count: number }[]) => edges.reduce((n, edge) => n + edge.count, 0)
  if (actual.length !== expected.length || sum(actual) !== sum(expected)) {
    throw new Error(
      `${JSON.stringify(ask)}: expected ${expected.length} edges and ${sum(expected)} assumptions, got ${actual.length} and ${sum(actual)}`,
    )
  }
}
