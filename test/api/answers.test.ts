import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { yamlOf } from '../../cli/render/yaml.ts'
import { company, fileBytes } from '../../lib/demo/company.ts'
import { sample, staging } from '../../lib/drift/sample.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { Cli } from '../cli/cli.ts'
import { configOf } from '../graph/acme.ts'
import { type Ask, askStore, NOW, type TestStore } from './ask.ts'

/** Each question as the command line and as the API has it. */
const QUESTIONS: readonly (readonly [command: string, path: string])[] = [
  ['who ledger-writer', '/edges?role=ledger-writer'],
  ['who ledger-writer --failed', '/edges?role=ledger-writer&failed=true'],
  [
    'who ledger-writer --from 2026-11-23T02:00:00Z --to 2026-11-23T03:00:00Z',
    '/edges?role=ledger-writer&from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z',
  ],
  ['what sandbox/debug', '/edges?principal=sandbox/debug&activity=true'],
  ['what sandbox/debug --no-activity', '/edges?principal=sandbox/debug'],
  ['what dev-eks/sandbox/debug', '/edges?principal=dev-eks/sandbox/debug&activity=true'],
  ['graph', '/edges'],
  ['graph --limit 7', '/edges?limit=7'],
  ['graph -n payments', '/edges?namespace=payments'],
  ['graph --cluster prod-eks --failed', '/edges?cluster=prod-eks&failed=true'],
  ['touched acme-ledger', '/activity?resource=acme-ledger'],
  [
    'touched arn:aws:s3:::acme-ledger --failed',
    '/activity?resource=arn:aws:s3:::acme-ledger&failed=true',
  ],
  ['coverage', '/coverage'],
  [
    'coverage --from 2026-11-23T02:00:00Z --to 2026-11-23T03:00:00Z',
    '/coverage?from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z',
  ],
  ['policy sandbox/debug', '/policy?principal=sandbox/debug'],
  ['drift', '/drift'],
  ['drift --check role-unused', '/drift?check=role-unused'],
  ['why testing/test-sa pod-s3-access', '/why?principal=testing/test-sa&role=pod-s3-access'],
  ['tighten pod-s3-access', '/tighten?role=pod-s3-access'],
  ['snapshot --list', '/snapshots'],
]

describe('the API over the made-up company', () => {
  const cli = new Cli()
  const made = company({ seed: 1, days: 1, workloads: 20 })
  let store: TestStore
  let ask: Ask
  const run = (command: string) =>
    cli.run([
      ...command.split(' '),
      '--store',
      'sqlite:acme.db',
      '--config',
      'acme.yaml',
      '-q',
      '-o',
      'json',
    ])

  beforeAll(async () => {
    const config = configOf(made)
    cli.write('acme.yaml', yamlOf(config))
    const { mkdirSync, writeFileSync } = await import('node:fs')
    const { dirname } = await import('node:path')
    for (const file of made.files) {
      mkdirSync(dirname(cli.path(`logs/${file.path}`)), { recursive: true })
      writeFileSync(cli.path(`logs/${file.path}`), fileBytes(file))
    }
    await cli.run(['ingest', 'logs', '--store', 'sqlite:acme.db', '-q'])
    rmSync(cli.path('logs'), { recursive: true })
    store = openSqliteStore(cli.path('acme.db'))
    const { snapshot } = sample({ clusters: [staging()] })
    await store.putSnapshot({ ...snapshot, at: NOW / 1000 - 3600 })
    ask = askStore(store, config).ask
  })
  afterAll(() => {
    store.close()
    cli.remove()
  })

  for (const [command, path] of QUESTIONS)
    it(`says to ${path} what "podtrail ${command}" says`, async () => {
      const { stdout, stderr } = await run(command)
      expect(stdout, stderr).not.toBe('')
      const response = await ask(`/api/v1${path}`)
      expect(await response.json()).toEqual(JSON.parse(stdout))
      expect(response.status).toBe(200)
    })

  it('traces what the command line traces: a key, a session, an event, an address', async () => {
    const { incident } = made
    const [step] = incident.steps
    for (const text of [step!.accessKeyId, incident.steps.at(-1)!.accessKeyId]) {
      const { stdout } = await run(`trace ${text}`)
      const answer = await (await ask(`/api/v1/sessions?q=${text}`)).json()
      expect(answer).toEqual(JSON.parse(stdout))
    }
  })

  it('hands out in pages what there is at once, each row once', async () => {
    const whole = (await (await ask('/api/v1/edges')).json()) as {
      items: unknown[]
      refused: unknown[]
    }
    const rows: unknown[] = []
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null && pages < 100; pages++) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = (await (await ask(`/api/v1/edges?limit=9${next}`)).json()) as {
        items: unknown[]
        refused: unknown[]
        next: string | null
      }
      rows.push(...page.items, ...page.refused)
      cursor = page.next
    }
    const all = (await (await ask('/api/v1/edges?format=ndjson')).text()).trimEnd().split('\n')
    expect(rows).toEqual(all.map((line) => JSON.parse(line)))
    expect(rows.slice(0, whole.items.length)).toEqual(whole.items)
  })

  it('takes no cursor of another question', async () => {
    const { next } = (await (await ask('/api/v1/edges?limit=9')).json()) as { next: string }
    for (const path of [
      `/edges?limit=9&failed=true&cursor=${next}`,
      `/edges?namespace=payments&cursor=${next}`,
      `/principals?cursor=${next}`,
      `/edges?cursor=${next.slice(0, -3)}`,
      '/edges?cursor=nonsense',
    ]) {
      const response = await ask(`/api/v1${path}`)
      expect({ path, status: response.status, body: await response.json() }).toMatchObject({
        path,
        status: 400,
        body: { code: 'wrong-cursor' },
      })
    }
  })

  it('exports what the command line exports', async () => {
    for (const [command, path] of [
      ['graph -n payments', '/edges?namespace=payments'],
      ['touched acme-ledger', '/activity?resource=acme-ledger'],
    ] as const)
      for (const format of ['csv', 'ndjson']) {
        const { stdout } = await cli.run([
          ...command.split(' '),
          '--store',
          'sqlite:acme.db',
          '--config',
          'acme.yaml',
          '-q',
          '-o',
          format,
          '--all',
        ])
        const byName = await ask(`/api/v1${path}&format=${format}`)
        const accept = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
        const byHeader = await ask(`/api/v1${path}`, { headers: { accept } })
        expect(await byName.text()).toBe(stdout)
        expect(await byHeader.text()).toBe(stdout)
        expect(byName.headers.get('content-type')).toContain(accept)
        expect(byName.headers.get('content-disposition')).toContain('attachment')
      }
  })
})
