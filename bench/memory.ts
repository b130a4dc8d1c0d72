import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CLI, readTruth } from './answer.ts'
import { FULL_SET, generate } from './generate.ts'
import { fixed, measure, median, table } from './measure.ts'

// Each run gets a store of its own: a second run over the same files would find nothing to do.
const STORE = '{store}'
const LARGE_FILE_RECORDS = 10_000
const BUDGETS = { file: { minimum: 160, target: 100 }, set: { minimum: 400, target: 240 } }

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      threads: { type: 'string', default: '1' },
    },
  })
  const [directory] = positionals
  if (directory === undefined || !existsSync(join(directory, 'truth.json'))) {
    console.error(
      'usage: npm run memory -- DIR [--rounds 3] [--threads 1]\nDIR comes from: npm run generate -- DIR',
    )
    process.exit(2)
  }
  const truth = readTruth(directory)
  const temporary = mkdtempSync(join(tmpdir(), 'podtrail-memory-'))
  try {
    const one = join(temporary, 'one')
    generate({
      ...FULL_SET,
      directory: one,
      records: LARGE_FILE_RECORDS,
      recordsPerFile: LARGE_FILE_RECORDS,
    })
    const logs = join(directory, 'AWSLogs')
    const cases = [
      { name: 'node -e 0', args: ['-e', '0'], records: 0, budget: undefined },
      {
        name: 'one file of 10,000 records',
        args: ingestArgs(join(one, 'AWSLogs')),
        records: LARGE_FILE_RECORDS,
        budget: BUDGETS.file,
      },
      {
        name: `${truth.options.records} records in ${truth.files} files`,
        args: ingestArgs(logs),
        records: truth.options.records,
        budget: BUDGETS.set,
      },
    ]
    const rows: string[][] = []
    for (const { name, args, records, budget } of cases) {
      const peaks: number[] = []
      for (let round = 0; round < Number(values.rounds); round++) {
        const store = `sqlite:${join(temporary, `${rows.length}-${round}.db`)}`
        const { rssMb, stdout } = await measure(
          process.execPath,
          args.map((arg) => (arg === STORE ? store : arg)),
        )
        if (rssMb === undefined) throw new Error('cannot read peak memory here: install GNU time')
        if (records > 0) mustHaveRead(stdout, records)
        peaks.push(rssMb)
      }
      const limits = budget === undefined ? '' : `${budget.minimum} / ${budget.target}`
      rows.push([name, fixed(median(peaks), 0), fixed(Math.max(...peaks), 0), limits])
    }
    console.log(table(['peak memory, MB', 'median', 'highest', 'minimum / target'], rows))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }

  function ingestArgs(path: string): string[] {
    return [
      CLI,
      'ingest',
      path,
      '--store',
      STORE,
      '--threads',
      values.threads,
      '--quiet',
      '-o',
      'json',
    ]
  }
}

function mustHaveRead(stdout: string, expected: number): void {
  const { items } = JSON.parse(stdout) as { items: { accepted: number; records: number }[] }
  const records = items.reduce((sum, file) => sum + file.records, 0)
  const accepted = items.reduce((sum, file) => sum + file.accepted, 0)
  if (records !== expected || accepted === 0) {
    throw new Error(`ingest read ${records} and accepted ${accepted} of ${expected} records`)
  }
}
