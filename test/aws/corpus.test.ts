import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Cli } from '../cli/cli.ts'
import { newTable } from './tables.ts'

/*
 * Real records from public sources, through both stores: the program has to answer the same. They are no part of podtrail; they are looked
 * for in the folder that PODTRAIL_CORPUS names, or beside the checkout.
 */

const FOLDER = resolve(
  process.env['PODTRAIL_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus'),
)
const isThere = existsSync(FOLDER) && readdirSync(FOLDER).some((name) => name.endsWith('.json'))
const env = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-west-1',
}
const cli = new Cli()

if (!isThere)
  it(`there is no corpus at ${FOLDER}: nothing was compared; set PODTRAIL_CORPUS to where it is`, () => {
    console.warn(`No corpus at ${FOLDER}: the two stores were not compared on real records.`)
    expect(
      process.env['PODTRAIL_CORPUS'],
      'PODTRAIL_CORPUS names a folder without logs',
    ).toBeUndefined()
  })
else {
  let table: string

  beforeAll(async () => {
    const place = new URLSearchParams({ region: 'eu-west-1', endpoint: inject('dynamodb') })
    table = `dynamodb:${await newTable()}?${place}`
    const [embedded, remote] = await Promise.all([
      cli.run(['ingest', FOLDER, '--store', 'sqlite:corpus.db', '-o', 'json']),
      cli.run(['ingest', FOLDER, '--store', table, '-o', 'json'], { env }),
    ])
    expect(JSON.parse(remote.stdout)).toEqual(JSON.parse(embedded.stdout))
    expect(remote.exit).toBe(embedded.exit)
  }, 300_000)

  afterAll(() => cli.remove())

  /** What both say, which is the same. */
  const bothSay = async (...question: string[]): Promise<Record<string, unknown>[]> => {
    const [embedded, remote] = await Promise.all([
      cli.run([...question, '-o', 'json', '--all', '--store', 'sqlite:corpus.db']),
      cli.run([...question, '-o', 'json', '--all', '--store', table], { env }),
    ])
    expect(remote, question.join(' ')).toEqual(embedded)
    return embedded.stdout === ''
      ? []
      : (JSON.parse(embedded.stdout) as { items: Record<string, unknown>[] }).items
  }

  /** Issued keys and ids of events, as they stand in the files. */
  const keysAndEvents = (): string[] => {
    const text = readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(FOLDER, name), 'utf8'))
      .join('\n')
    return [...new Set(text.match(/ASIA[A-Z0-9]{16}|(?<="eventID":\s?")[0-9a-f-]{36}/g))]
  }

  it('every question about it gets the same answer', async () => {
    const edges = await bothSay('graph')
    expect(edges.length).toBeGreaterThan(10)
    const roles = [...new Set(edges.map(({ role }) => String(role)))]
    for (const role of roles) await bothSay('who', role, '--failed')
    const workloads = edges.flatMap(({ principal }) => {
      const { kind, namespace, serviceAccount } = principal as Record<string, string>
      return kind === 'workload' ? [`${namespace}/${serviceAccount}`] : []
    })
    for (const workload of new Set(workloads)) await bothSay('what', workload, '--failed')
    const ids = keysAndEvents()
    expect(ids.length).toBeGreaterThan(100)
    let found = 0
    for (const id of ids.filter((_, index) => index % 40 === 0))
      found += (await bothSay('trace', id)).length
    expect(found).toBeGreaterThan(0)
    const resources = [...edges.map(({ role }) => String(role)), 'arn:aws:s3:::my-bucket']
    for (const resource of new Set(resources)) await bothSay('touched', resource)
  }, 300_000)

  it('and what was seen, and was not, is the same', async () => {
    const [embedded, remote] = await Promise.all([
      cli.run(['coverage', '-o', 'json', '--store', 'sqlite:corpus.db']),
      cli.run(['coverage', '-o', 'json', '--store', table], { env }),
    ])
    expect(remote).toEqual(embedded)
  })
}
