/** What detection costs on top of ingest: `node detection/overhead.ts DIR [--rounds 3]`, DIR being made by `npm run generate`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI } from '../answer.ts'
import { fixed, type Measured, measure, median, table } from '../measure.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
})
const [directory] = positionals
if (directory === undefined) {
  console.error('usage: npm run detection:overhead -- DIR [--rounds 3]')
  process.exit(2)
}
const logs = join(directory, 'AWSLogs')
const without = ['--import', join(import.meta.dirname, 'without-signals.ts')]

/** CPU where GNU time is installed, else wall time. */
const cost = ({ cpuSeconds, seconds }: Measured): number => cpuSeconds ?? seconds

interface Costs {
  readonly ingest: number
  readonly detect: number
}

async function once(withDetection: boolean): Promise<Costs> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-overhead-'))
  const store = ['--store', `sqlite:${join(folder, 'podtrail.db')}`, '--quiet', '--allow-partial']
  const run = (flags: readonly string[], ...args: string[]): Promise<Measured> =>
    measure(process.execPath, [...flags, CLI, ...args, ...store, '-o', 'json'])
  try {
    const flags = withDetection ? [] : without
    const ingest = await run(flags, 'ingest', logs, '--threads', '1')
    const detect = withDetection ? cost(await run([], 'detect', '--limit', '1')) : 0
    return { ingest: cost(ingest), detect }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const plain: Costs[] = []
const full: Costs[] = []
// Once without a clock, so that nobody pays for reading the files from the disk.
await once(false)
for (let round = 0; round < Number(values.rounds); round++) {
  // They take turns at being first.
  const order = round % 2 === 0 ? [false, true] : [true, false]
  for (const withDetection of order) {
    const costs = await once(withDetection)
    if (withDetection) full.push(costs)
    else plain.push(costs)
    console.error(
      `round ${round + 1}: ${withDetection ? 'with' : 'without'} detection ${fixed(costs.ingest + costs.detect, 2)} s`,
    )
  }
}
const base = median(plain.map(({ ingest }) => ingest))
const row = (name: string, of: readonly number[]): string[] => [
  name,
  fixed(median(of) / base, 3),
  `${fixed(Math.min(...of) / base, 3)}-${fixed(Math.max(...of) / base, 3)}`,
]
console.log(
  table(
    ['', 'CPU ratio', 'min-max'],
    [
      row(
        'ingest without detection',
        plain.map(({ ingest }) => ingest),
      ),
      row(
        'ingest, counting for detection',
        full.map(({ ingest }) => ingest),
      ),
      row(
        'detect',
        full.map(({ detect }) => detect),
      ),
      row(
        'ingest with detection, together',
        full.map(({ ingest, detect }) => ingest + detect),
      ),
    ],
  ),
)
