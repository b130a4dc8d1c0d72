import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI } from './answer.ts'
import type { Result, Task } from './api/readers.ts'
import { generateHistory } from './data/history.ts'
import { createRandom } from './data/random.ts'
import { fixed, measure, quantile, table } from './measure.ts'

const TOKEN = 'a-token-of-more-than-thirty-two-characters'
const PATHS = 400
/** Of the log files, so many come in while there are readers. */
const LATE = 0.1

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      assumptions: { type: 'string', default: '3000000' },
      seconds: { type: 'string', default: '60' },
      readers: { type: 'string', default: '200' },
      pause: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
    },
  })
  const temporary = mkdtempSync(join(tmpdir(), 'podtrail-api-'))
  const children: ChildProcess[] = []
  try {
    const seed = Number(values.seed)
    const history = generateHistory({
      directory: temporary,
      assumptions: Number(values.assumptions),
      days: 90,
      seed,
      start: '2026-02-02T00:00:00Z',
    })
    const late = setAside(join(temporary, 'AWSLogs'), join(temporary, 'late'))
    const store = `sqlite:${join(temporary, 'podtrail.db')}`
    await measure(process.execPath, [
      CLI,
      'ingest',
      join(temporary, 'AWSLogs'),
      '--store',
      store,
      '-q',
    ])
    console.error(`${history.records} records; ${late} files come later`)

    const server = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--store', store], {
      env: { ...process.env, PODTRAIL_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(server)
    const [line] = (await once(server.stdout!, 'data')) as [Buffer]
    const url = new URL('/', line.toString()).origin

    const random = createRandom(seed + 1)
    const edges = [...history.direct, ...history.chained]
    const { from, to } = history.window
    const day = `from=${new Date(Date.parse(to) - 86_400_000).toISOString().slice(0, 19)}Z&to=${to.slice(0, 19)}Z`
    const draw = (path: () => string) => Array.from({ length: PATHS }, path)
    const whole = `from=${from.slice(0, 19)}Z&to=${to.slice(0, 19)}Z`
    const windows = [whole, day]
    const who = draw(
      () =>
        `/api/v1/edges?role=${encodeURIComponent(random.pick(edges).role)}&${random.pick(windows)}`,
    )
    const what = draw(() => {
      const { namespace, serviceAccount } = random.pick(edges)
      return `/api/v1/edges?principal=${namespace}/${serviceAccount}&activity=true&${random.pick(windows)}`
    })
    const trace = draw(() => `/api/v1/sessions?q=${random.pick(history.keys)}`)
    const pages = ['overview', 'graph', 'principals', 'roles', 'coverage', 'timeline', 'edges']
    const all = windows.flatMap((window) => pages.map((name) => `/api/v1/${name}?${window}`))
    const kinds = [
      { name: 'who', share: 0.4, paths: who },
      { name: 'what', share: 0.25, paths: what },
      { name: 'trace', share: 0.15, paths: trace },
      { name: 'pages', share: 0.2, paths: all },
    ]
    const task = { url, token: TOKEN, seed, kinds, pause: Number(values.pause) }

    const alone = await run({
      ...task,
      readers: 1,
      seconds: 10,
      kinds: [{ ...kinds[0]!, share: 1 }],
    })
    const quiet = await run({ ...task, readers: Number(values.readers), seconds: 10 })
    const ingest = spawn(
      process.execPath,
      [CLI, 'ingest', join(temporary, 'late'), '--store', store, '-q', '--threads', '1'],
      { stdio: 'ignore' },
    )
    children.push(ingest)
    let ingested: string | null = null
    const startedAt = performance.now()
    ingest.once('exit', (code) => {
      ingested = `it ended after ${fixed((performance.now() - startedAt) / 1000, 0)} s with ${code}`
    })
    const busy = await run({
      ...task,
      readers: Number(values.readers),
      seconds: Number(values.seconds),
    })

    const rows = (name: string, { times, errors }: Result) =>
      Object.entries(times).map(([kind, all]) => [
        `${name}: ${kind}`,
        String(all.length),
        fixed(quantile(all, 0.5), 1),
        fixed(quantile(all, 0.99), 1),
        fixed(quantile(all, 0.99) / quantile(alone.times['who']!, 0.5), 1),
        JSON.stringify(errors),
      ])
    console.log(
      table(
        ['ms', 'answers', 'p50', 'p99', 'p99 : who alone, p50', 'errors'],
        [
          ...rows('1 reader', alone),
          ...rows(`${values.readers} readers`, quiet),
          ...rows('while ingesting', busy),
        ],
      ),
    )
    console.log(
      `\nThe ingest ran beside the readers: ${ingested ?? 'to the end'}. Machines are noisy: compare the ratios of one run.`,
    )
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Moves the last of the files, by name, to another folder; returns how many. */
function setAside(logs: string, late: string): number {
  const files = readdirSync(logs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const some = files.filter((_, index) => index % Math.round(1 / LATE) === 0)
  for (const file of some) {
    const target = join(late, file.slice(logs.length))
    mkdirSync(dirname(target), { recursive: true })
    renameSync(file, target)
  }
  return some.length
}

async function run(task: Task): Promise<Result> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'api', 'readers.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (data) => {
    text += data
  })
  child.stdin.end(JSON.stringify(task))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the readers ended with ${code}`)
  return JSON.parse(text) as Result
}
