import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { yamlOf } from '../../cli/render/yaml.ts'
import { type Company, company, fileBytes } from '../../lib/demo/company.ts'
import { configOf } from '../graph/acme.ts'
import { Cli, type Ran } from './cli.ts'

/** The real program, over the logs of a made-up company. */
const cli = new Cli()
let made: Company
let ingested: Ran

beforeAll(async () => {
  made = company({ seed: 1, days: 1, workloads: 10 })
  made.files.forEach((file) => {
    cli.write(file.path.slice(file.path.lastIndexOf('/') + 1), fileBytes(file))
  })
  cli.write('podtrail.yaml', yamlOf(configOf(made)))
  ingested = await cli.run(['ingest', '*.json.gz', '-o', 'json'])
})
afterAll(() => cli.remove())

const NIGHT = ['--from', '2026-11-23T02:00Z', '--to', '2026-11-23T03:00Z']
const TOUCHED = ['touched', 'acme-ledger', ...NIGHT]

describe('ingest', () => {
  it('accounts for every record of every file', () => {
    const { items, kind, skipped } = JSON.parse(ingested.stdout)
    expect(kind).toBe('IngestReport')
    const { total, outOfScope, duplicates } = made.truth.records
    const sum = (field: string) =>
      items.reduce((all: number, item: Record<string, number>) => all + item[field]!, 0)
    expect(sum('records')).toBe(total)
    expect(sum('duplicate')).toBe(duplicates)
    expect(sum('accepted')).toBe(total - duplicates - sum('outOfScope'))
    expect(sum('outOfScope')).toBeLessThanOrEqual(outOfScope)
    expect(skipped.map(({ what }: { what: string }) => what).sort()).toEqual(['digest', 'insight'])
    expect(ingested.exit).toBe(0)
  })

  it('changes nothing the second time', async () => {
    const before = await cli.run(['graph', '-o', 'json'])
    const again = await cli.run(['ingest', '*.json.gz', '--threads', '1'])
    expect(again.stdout.split('\n')[1]).toMatch(/^ *1,\d+ +\d+,\d+ +0 +\d+,\d+ /)
    expect(again.stderr).toContain('Nothing new: these records were here already.')
    expect((await cli.run(['graph', '-o', 'json'])).stdout).toBe(before.stdout)
  })
})

describe('an answer', () => {
  it.each([
    ['touched.table.txt', TOUCHED],
    ['touched.wide.txt', [...TOUCHED, '-o', 'wide']],
    ['touched.json.txt', [...TOUCHED, '-o', 'json']],
    ['touched.yaml.txt', [...TOUCHED, '-o', 'yaml']],
    ['touched.csv.txt', [...TOUCHED, '-o', 'csv']],
    ['touched.ndjson.txt', [...TOUCHED, '-o', 'ndjson']],
    ['who.table.txt', ['who', 'ledger-writer']],
    ['who.json.txt', ['who', 'ledger-writer', ...NIGHT, '-o', 'json']],
    ['who.csv.txt', ['who', 'OrganizationAccountAccessRole', '-o', 'csv']],
    ['what.table.txt', ['what', 'sandbox/debug']],
    ['trace.table.txt', ['trace', '192.0.2.77']],
    ['trace.wide.txt', ['trace', '192.0.2.77', '-o', 'wide', '--limit', '1']],
    ['trace.csv.txt', ['trace', '192.0.2.77', '-o', 'csv']],
    ['coverage.table.txt', ['coverage']],
    ['graph.mermaid.txt', ['graph', '-n', 'sandbox', '-o', 'mermaid']],
    ['graph.dot.txt', ['graph', '-n', 'sandbox', '-o', 'dot']],
  ])('prints %s', async (name, args) => {
    const { stdout } = await cli.run(args)
    await expect(stdout).toMatchFileSnapshot(`golden/${name}`)
  })

  it('says the same in json, yaml and ndjson', async () => {
    const [json, yaml, ndjson] = await Promise.all(
      ['json', 'yaml', 'ndjson'].map((format) => cli.run(['graph', '--all', '-o', format])),
    )
    const answer = JSON.parse(json!.stdout)
    expect(parse(yaml!.stdout)).toEqual(answer)
    const lines = ndjson!.stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([...answer.items, ...answer.refused])
  })

  it('keeps stdout for itself, and says on stderr what it rests on', async () => {
    const { stdout, stderr, exit } = await cli.run([...TOUCHED, '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'TouchList', coverage: { status: 'partial' } })
    expect(stderr).toContain('coverage partial of 2026-11-23T02:00:00Z → 2026-11-23T03:00:00Z')
    expect(stderr).toContain(`gap: ${made.gap.account}/${made.gap.region}`)
    expect(exit).toBe(4)
  })

  it('exits 0 with --allow-partial, and without a gap in the window', async () => {
    expect((await cli.run([...TOUCHED, '--allow-partial'])).exit).toBe(0)
    const { exit, stderr } = await cli.run([
      'who',
      'ledger-writer',
      ...['--from', '2026-11-22T12:00Z', '--to', '2026-11-22T13:00Z'],
    ])
    expect(stderr).toContain('coverage complete')
    expect(exit).toBe(0)
  })

  it('is all that --quiet leaves', async () => {
    const { stdout, stderr } = await cli.run([...TOUCHED, '--quiet'])
    expect(stdout).toContain('sandbox/debug')
    expect(stderr).toBe('')
  })

  it('has no escape codes where stdout is no terminal', async () => {
    const { stdout, stderr } = await cli.run(TOUCHED, { env: { FORCE_COLOR: '1' } })
    expect(stdout + stderr).not.toContain('\u001b')
  })

  it('says so when nothing happened, and prints nothing', async () => {
    const { stdout, stderr, exit } = await cli.run([
      'who',
      'ci-bridge',
      ...['--from', '2026-11-22T12:00:00Z', '--to', '2026-11-22T12:00:01Z'],
    ])
    expect(stdout).toBe('')
    expect(stderr).toContain('Nobody assumed it, nor was refused it, in what was seen')
    expect(exit).toBe(0)
  })

  it('comes in pages, by a cursor that stderr and json name', async () => {
    const first = await cli.run(['graph', '--limit', '5', '-o', 'json'])
    const { next, items } = JSON.parse(first.stdout)
    expect(items).toHaveLength(5)
    expect(first.stderr).toContain(`--cursor ${next}`)
    const second = await cli.run(['graph', '--limit', '5', '-o', 'json', '--cursor', next])
    const whole = await cli.run(['graph', '--limit', '10', '-o', 'json'])
    expect([...items, ...JSON.parse(second.stdout).items]).toEqual(JSON.parse(whole.stdout).items)
    const wrong = await cli.run(['who', 'ci-bridge', '--cursor', next])
    expect(wrong).toMatchObject({ exit: 2, stdout: '' })
    expect(wrong.stderr).toContain('the cursor belongs to another question')
  })

  it('has whole graphs and streams, however long', async () => {
    const { stdout } = await cli.run(['graph', '-o', 'ndjson'])
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(100)
  })

  it('shows clusters by issuer and ARN without settings', async () => {
    const { stdout } = await cli.run(['who', 'ledger-writer', '-o', 'csv', '--config', '/dev/null'])
    expect(stdout).toBe('')
    cli.write('none.yaml', 'accounts: []\nclusters: []\nnetwork: {egress: [], vpcEndpoints: []}\n')
    const plain = await cli.run(['who', 'ledger-writer', '-o', 'csv', '--config', 'none.yaml'])
    const { issuer } = made.clusters.find(({ name }) => name === 'dev-eks')!
    expect(plain.stdout).toContain(`${issuer}/sandbox/debug`)
  })
})

describe('what is not there', () => {
  it.each([
    [['who', 'ledger-writr'], 'unknown role "ledger-writr"', 'Did you mean ledger-writer?'],
    [['what', 'sandbox/debgu'], 'unknown workload "sandbox/debgu"', 'Did you mean sandbox/debug?'],
    [['trace', 'ASIANOTTHERE'], 'unknown session "ASIANOTTHERE"', 'trace the accessKeyId'],
    [['touched', 'no-such-bucket'], 'unknown resource "no-such-bucket"', 'data events'],
    [['graph', '-n', 'sandbx'], 'unknown namespace "sandbx"', 'Did you mean sandbox?'],
    [['graph', '--cluster', 'dev-ek'], 'unknown cluster "dev-ek"', 'Did you mean dev-eks?'],
    [['who', 'x\u001b[31m'], 'unknown role "x\\x1b[31m"', 'coverage'],
  ])('%j exits 6 and says what to do', async (args, message, advice) => {
    const { exit, stdout, stderr } = await cli.run(args)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toContain(advice)
    expect(exit).toBe(6)
  })
})

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await cli.run(['__complete', '--', ...words])).stdout.trimEnd().split('\n')

  it('knows commands, options, formats, and the names in the store', async () => {
    expect(await complete('tr')).toEqual(['trace'])
    expect(await complete('who', '--si')).toEqual(['--since'])
    expect(await complete('who', 'x', '-o', '')).toContain('ndjson')
    expect(await complete('graph', '-o', 'mer')).toEqual(['mermaid'])
    expect(await complete('who', 'ledger-w')).toEqual(['ledger-writer'])
    expect(await complete('what', 'sandbox/')).toContain('sandbox/debug')
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  it('stays silent, and makes no store, where there is none', async () => {
    expect(await complete('who', '--store', 'sqlite:other.db', '')).toEqual([''])
    expect(existsSync(cli.path('other.db'))).toBe(false)
  })

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { stdout, exit } = await cli.run(['completion', shell])
    expect(stdout).toContain('podtrail __complete')
    expect(exit).toBe(0)
  })
})

describe('doctor', () => {
  it('looks at everything, and reports the gap', async () => {
    const { stdout, exit } = await cli.run(['doctor', '-o', 'json'])
    const { items } = JSON.parse(stdout)
    expect(items.map(({ check, status }: Record<string, string>) => `${check} ${status}`)).toEqual([
      'Node.js ok',
      'settings ok',
      'store ok',
      'roll-ups ok',
      'quarantine ok',
      'coverage warning',
    ])
    expect(exit).toBe(4)
  })
})
