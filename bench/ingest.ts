import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  CLI,
  chainedTruth,
  directTruth,
  type Edge,
  mustAgree,
  parseRows,
  podtrailAnswer,
  readTruth,
} from './answer.ts'
import type { Summary } from './generate.ts'
import { fixed, type Measured, measure, median, table } from './measure.ts'

type Contestant = {
  name: string
  /** What the run has computed when it ends. */
  answers: string
  roundsMax: number
  run: () => Promise<Measured>
  /** Throws when the run's answer is not the truth. Not part of the measured time. */
  check: (measured: Measured) => void
}

const here = import.meta.dirname

function contestants(directory: string, truth: Summary, options: Options): Contestant[] {
  const logs = join(directory, 'AWSLogs')
  const files = globSync('**/*.json.gz', { cwd: logs }).map((name) => join(logs, name))
  const direct = directTruth(truth)
  const chained = chainedTruth(truth)
  const isDirect = (edge: Edge) => edge.via.length === 0
  const rows = (name: string) => (measured: Measured) =>
    mustAgree(name, parseRows(measured.stdout), direct)

  const baseline: Contestant = {
    name: 'zcat > /dev/null',
    answers: 'nothing',
    roundsMax: options.rounds,
    run: () => measure('sh', ['-c', 'exec zcat "$@" > /dev/null', 'sh', ...files]),
    check: () => {},
  }
  const podtrail = (threads: number): Contestant => {
    const name = `podtrail, ${threads} thread${threads === 1 ? '' : 's'}`
    let store: { directory: string; url: string } | undefined
    return {
      name,
      answers: 'Q1, chains, activity, stored',
      roundsMax: options.rounds,
      async run() {
        const fresh = mkdtempSync(join(tmpdir(), 'podtrail-ingest-'))
        store = { directory: fresh, url: `sqlite:${join(fresh, 'podtrail.db')}` }
        const args = ['ingest', logs, '--store', store.url, '--threads', String(threads)]
        return measure(process.execPath, [CLI, ...args, '--quiet', '-o', 'json'])
      },
      check(measured) {
        if (store === undefined) throw new Error('checked before it ran')
        try {
          mustConserve(measured.stdout, truth)
          const answer = podtrailAnswer(store.url, windowOf(truth))
          mustAgree(name, answer.filter(isDirect), direct)
          mustAgree(
            `${name} (chains)`,
            answer.filter((edge) => !isDirect(edge)),
            chained,
          )
        } finally {
          rmSync(store.directory, { recursive: true, force: true })
        }
      },
    }
  }
  const duckdb = (threads: number): Contestant => ({
    name: `DuckDB, ${threads} thread${threads === 1 ? '' : 's'}`,
    answers: 'Q1',
    roundsMax: options.rounds,
    run: () =>
      measure(process.execPath, [
        join(here, 'peers/duckdb.ts'),
        directory,
        '--threads',
        `${threads}`,
      ]),
    check: rows(`DuckDB, ${threads}`),
  })
  const nodeJson: Contestant = {
    name: 'Node, JSON.parse and Maps',
    answers: 'Q1, chains, activity',
    roundsMax: options.rounds,
    run: () => measure(process.execPath, [join(here, 'peers/node-json.ts'), directory]),
    check(measured) {
      const answer = parseRows(measured.stdout)
      mustAgree('Node', answer.filter(isDirect), direct)
      mustAgree(
        'Node (chains)',
        answer.filter((edge) => !isDirect(edge)),
        chained,
      )
    },
  }
  const jq: Contestant = {
    name: 'zcat | jq | awk',
    answers: 'Q1',
    roundsMax: options.slowRounds,
    run: () => measure('sh', [join(here, 'peers/jq.sh'), directory]),
    check: rows('jq'),
  }
  const own = options.peersOnly ? [] : [podtrail(1), podtrail(2)]
  return [baseline, ...own, nodeJson, duckdb(1), duckdb(2), ...(options.slowRounds > 0 ? [jq] : [])]
}

/** Per file, records = accepted + duplicate + out of scope + quarantined; and no record of the set is missing. */
function mustConserve(stdout: string, truth: Summary): void {
  const report = JSON.parse(stdout) as {
    kind: string
    items: {
      source: string
      records: number
      accepted: number
      duplicate: number
      outOfScope: number
      quarantined: unknown[]
    }[]
  }
  if (report.kind !== 'IngestReport') throw new Error(`ingest printed kind ${report.kind}`)
  let total = 0
  for (const file of report.items) {
    const parts = file.accepted + file.duplicate + file.outOfScope + file.quarantined.length
    if (parts !== file.records) {
      throw new Error(`${file.source}: ${file.records} records, but ${parts} are accounted for`)
    }
    if (file.quarantined.length > 0) {
      throw new Error(`${file.source}: ${file.quarantined.length} good records were quarantined`)
    }
    total += file.records
  }
  if (report.items.length !== truth.files || total !== truth.options.records) {
    throw new Error(
      `ingest reports ${total} records in ${report.items.length} files; there are ${truth.options.records} in ${truth.files}`,
    )
  }
}

function windowOf(truth: Summary): { from: string; to: string } {
  const start = Date.parse(truth.options.start)
  const lastSeen = Math.max(...[...truth.direct, ...truth.chained].map((e) => Date.parse(e.last)))
  return { from: new Date(start).toISOString(), to: new Date(lastSeen + 3600_000).toISOString() }
}

type Options = { rounds: number; slowRounds: number; peersOnly: boolean }

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      'slow-rounds': { type: 'string', default: '1' },
      'peers-only': { type: 'boolean', default: false },
    },
  })
  const [directory] = positionals
  if (directory === undefined) {
    console.error(
      'usage: npm run ingest -- DIR [--rounds 3] [--slow-rounds 1] [--peers-only]\nDIR comes from: npm run generate -- DIR',
    )
    process.exit(2)
  }
  const options: Options = {
    rounds: Number(values.rounds),
    slowRounds: Number(values['slow-rounds']),
    peersOnly: values['peers-only'],
  }
  const truth = readTruth(directory)
  const all = contestants(directory, truth, options)
  const results = new Map<string, Measured[]>(all.map(({ name }) => [name, []]))

  // Once without a clock, so that nobody pays for reading the files from the disk.
  await all[0]!.run()
  for (let round = 0; round < options.rounds; round++) {
    // Every round starts with another contestant: none always runs after the same neighbour.
    const order = all.map((_, i) => all[(i + round) % all.length]!)
    for (const contestant of order) {
      if (round >= contestant.roundsMax) continue
      const measured = await contestant.run()
      contestant.check(measured)
      results.get(contestant.name)!.push(measured)
      console.error(`round ${round + 1}: ${contestant.name} ${measured.seconds.toFixed(2)} s`)
    }
  }

  const seconds = (name: string) => results.get(name)!.map((m) => m.seconds)
  const floor = median(seconds(all[0]!.name))
  const rows = all.map(({ name, answers }) => {
    const runs = results.get(name)!
    const middle = median(seconds(name))
    const cpu = runs.map((m) => m.cpuSeconds).filter((s) => s !== undefined)
    const rss = runs.map((m) => m.rssMb).filter((mb) => mb !== undefined)
    return [
      name,
      fixed(middle / floor, 2),
      `${fixed(Math.min(...seconds(name)) / floor, 2)}-${fixed(Math.max(...seconds(name)) / floor, 2)}`,
      String(runs.length),
      fixed(truth.bytes / 1e6 / middle, 0),
      fixed(truth.options.records / 1000 / middle, 0),
      fixed(cpu.length > 0 ? median(cpu) / floor : undefined, 2),
      fixed(rss.length > 0 ? Math.max(...rss) : undefined, 0),
      answers,
    ]
  })
  console.log(
    `${truth.options.records} records in ${truth.files} files, ${fixed(truth.bytes / 1e6, 0)} MB raw, ${fixed(truth.bytesCompressed / 1e6, 0)} MB gzipped (${fixed(truth.bytes / truth.bytesCompressed, 1)}x); ${availableParallelism()} processors, Node ${process.versions.node}\n`,
  )
  console.log(
    table(
      [
        '',
        'ratio to zcat',
        'min-max',
        'runs',
        'MB/s',
        'k records/s',
        'CPU ratio',
        'RSS MB',
        'answers',
      ],
      rows,
    ),
  )
  console.log(
    `\nMedians of interleaved runs. Every contestant above gave the same ${truth.direct.length} edges for Q1, with count, first and last.\nMachines are noisy: compare the ratios of one run, and never the seconds of two.`,
  )
}
