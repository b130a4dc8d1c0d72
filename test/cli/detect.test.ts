import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORMATS, type Output } from '../../cli/output.ts'
import { anomalyView } from '../../cli/render/anomalies.ts'
import { cellsOf } from '../../cli/render/safe.ts'
import { ANOMALY_RULES } from '../../lib/coverage/rules.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { contentOfAnomaly } from '../../lib/finding/content.ts'
import type { AnomalyList } from '../../lib/finding/run-detect.ts'
import { anomaly } from '../finding/samples.ts'
import { assumption, Cli, log } from './cli.ts'

/* Four days of two workloads, of which two are learned, then a theft by somebody with hostile strings: all of it synthetic. */
const cli = new Cli()
const SETTINGS = `accounts: []
clusters: []
network: { egress: [], vpcEndpoints: [] }
detect:
  learningDays: 2
`
const TOKEN = 'token-used-outside-cluster'
const WINDOW = ['--from', '2026-11-20T00:00:00Z', '--to', '2026-11-24T00:00:00Z']
const uuid = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

function world(): unknown[] {
  const records: unknown[] = []
  for (let hour = 0; hour < 94; hour++)
    for (const name of ['cart', 'search']) {
      const time = new Date(Date.UTC(2026, 10, 20, hour, 5)).toISOString().replace('.000Z', 'Z')
      const number = records.length + 1
      const key = `ASIA${String(number).padStart(16, '0')}`
      const subject = `system:serviceaccount:shop:${name}`
      records.push(assumption({ subject, time, key, eventID: uuid(number) }))
    }
  const stolen = assumption({
    time: '2026-11-23T22:10:00Z',
    key: 'ASIASTOLENSTOLEN0001',
    eventID: uuid(9999),
    session: 'thief',
  })
  return [
    ...records,
    {
      ...stolen,
      sourceIPAddress: '203.0.113.66',
      userAgent: 'aws-cli/2.20.0 \u001b[31m\u202e',
    },
  ]
}

const detectedBy = async (...args: string[]): Promise<{ exit: number; answer: AnomalyList }> => {
  const { exit, stdout } = await cli.run([...args, ...WINDOW, '-o', 'json', '--allow-partial'])
  return { exit, answer: JSON.parse(stdout) as AnomalyList }
}
const rulesIn = ({ items }: AnomalyList): string[] => items.map(({ rule }) => rule)

beforeAll(async () => {
  cli.write('podtrail.yaml', SETTINGS)
  cli.write('log.json', log(...world()))
  expect(await cli.run(['ingest', 'log.json', '-q'])).toMatchObject({ exit: 0 })
})
afterAll(() => cli.remove())

describe('podtrail replay', () => {
  it('says what a detector would have found, and records nothing', async () => {
    const { exit, answer } = await detectedBy('replay', '--detector', TOKEN)
    expect(exit).toBe(0)
    expect(answer).toMatchObject({ recorded: null, rules: [TOKEN] })
    expect(rulesIn(answer)).toEqual([TOKEN])
    const { stdout } = await cli.run(['findings', 'list', '--allow-partial', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ items: [] })
    const told = await cli.run(['replay', '--detector', TOKEN, ...WINDOW, '--allow-partial'])
    expect(told.stderr).toContain(`${TOKEN} would have raised 1 anomaly in 1 story from 2026-11-20`)
  })

  it('looks for a detector in dry run too, which detect leaves out', async () => {
    cli.write('dry.yaml', `${SETTINGS}  rules: { ${TOKEN}: { dryRun: true } }\n`)
    const dry = ['--config', 'dry.yaml']
    const replayed = await detectedBy('replay', '--detector', TOKEN, ...dry)
    expect(rulesIn(replayed.answer)).toEqual([TOKEN])
    const detected = await detectedBy('detect', ...dry)
    expect(rulesIn(detected.answer)).not.toContain(TOKEN)
    expect(detected.answer.rules).not.toContain(TOKEN)
  })

  it('exits 4 where something is missing, unless that is allowed', async () => {
    const replay = (...args: string[]) => cli.run(['replay', '--detector', TOKEN, ...args])
    // Nothing was seen of the three weeks before the first event: a replay of them says nothing about them.
    const partly = await replay('--from', '2026-11-01T00:00:00Z')
    expect(partly).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining(`${TOKEN} would have`),
    })
    expect((await replay('--from', '2026-11-01T00:00:00Z', '--allow-partial')).exit).toBe(0)
  })

  it('wants a detector that there is', async () => {
    expect(await cli.run(['replay', '--detector', 'token-used-outside'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining(`Did you mean ${TOKEN}?`),
    })
    expect((await cli.run(['replay'])).exit).toBe(2)
  })
})

describe('podtrail detect', () => {
  it('records what it finds, and nothing new when it looks again', async () => {
    const first = await detectedBy('detect')
    expect(first.exit).toBe(0)
    expect(rulesIn(first.answer)).toContain(TOKEN)
    expect(first.answer.recorded?.found).toBeGreaterThan(0)
    const again = await detectedBy('detect')
    expect(again.answer.items).toEqual(first.answer.items)
    expect(again.answer.recorded).toMatchObject({ found: 0, changed: 0, withdrawn: 0, reopened: 0 })
    const { stdout } = await cli.run(['findings', 'list', '--allow-partial', '-o', 'json'])
    const { items } = JSON.parse(stdout) as AnomalyList
    expect(items.map(({ id }) => id).sort()).toEqual(first.answer.items.map(({ id }) => id).sort())
  })

  it('exits 3 from a severity on, and 4 where something is missing', async () => {
    const fail = (...args: string[]) => cli.run(['detect', '-q', ...WINDOW, ...args])
    expect((await fail('--fail-on', 'critical', '--allow-partial')).exit).toBe(3)
    const calm = ['--from', '2026-11-21T00:00:00Z', '--to', '2026-11-21T12:00:00Z']
    expect((await fail('--fail-on', 'low', '--allow-partial', ...calm)).exit).toBe(0)
    const partly = await cli.run(['detect', '--from', '2026-11-01T00:00:00Z'])
    expect(partly.exit).toBe(4)
    expect((await fail('--fail-on', 'severe')).exit).toBe(2)
  })

  it('prints in every format, and nothing that an event could do to a terminal', async () => {
    const printed = new Map<string, string>()
    for (const format of FORMATS) {
      const { exit, stdout } = await cli.run(['detect', ...WINDOW, '--allow-partial', '-o', format])
      expect(exit).toBe(0)
      expect(stdout).toContain(TOKEN)
      for (const harmful of ['\u001b', '\u202e']) expect(stdout).not.toContain(harmful)
      printed.set(format, stdout)
    }
    const { items } = JSON.parse(printed.get('json')!) as AnomalyList
    const lines = (format: string): string[] => printed.get(format)!.trimEnd().split('\n')
    expect(lines('ndjson').map((line) => JSON.parse(line))).toEqual(items)
    expect(lines('csv')[0]).toMatch(/^id,rule,severity,title,/)
    expect(lines('csv')).toHaveLength(items.length + 1)
    expect(lines('wide')).toHaveLength(items.length + 1)
    expect(printed.get('yaml')).toMatch(/^apiVersion: podtrail\/v1\nkind: AnomalyList\n/)
  })

  it('names the key of a setting that does not fit', async () => {
    const wrong = async (rules: string, command = ['detect']) => {
      cli.write('wrong.yaml', `${SETTINGS}  rules: ${rules}\n`)
      return cli.run([...command, '--config', 'wrong.yaml'])
    }
    const naming = (key: string) => ({ exit: 2, stderr: expect.stringContaining(key) })
    expect(await wrong('{ nobody: {} }')).toMatchObject(naming('detect.rules.nobody'))
    expect(await wrong('{ denied-burst: { actions: 0 } }')).toMatchObject(
      naming('detect.rules.denied-burst.actions must be a number from'),
    )
    expect(await wrong('{ denied-burst: { nothing: 3 } }')).toMatchObject(
      naming('detect.rules.denied-burst.nothing'),
    )
    expect(
      await wrong('{ denied-burst: { actions: a } }', ['replay', '--detector', 'denied-burst']),
    ).toMatchObject(naming('detect.rules.denied-burst.actions'))
    cli.write('no.json', '{}')
    expect(await cli.run(['detect', '--digests', 'no.json'])).toMatchObject(naming('no.json'))
  })
})

describe('podtrail rules', () => {
  it('lists all, and shows one with its examples', async () => {
    const listed = await cli.run(['rules', 'list', '-o', 'ndjson'])
    const ids = listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id)
    expect(ids).toEqual(ANOMALY_RULES.map(({ id }) => id))
    const shown = await cli.run(['rules', 'show', 'denied-burst'])
    const rule = ANOMALY_RULES.find(({ id }) => id === 'denied-burst')!
    for (const text of [rule.title, rule.why, rule.blindSpots, ...rule.runbook])
      expect(shown.stdout).toContain(text)
    expect(shown.stdout).toContain('Settings, under detect.rules.denied-burst:')
    for (const { title } of rule.examples) expect(shown.stdout).toContain(title)
  })

  it('tries the examples of one', async () => {
    const { exit, stdout, stderr } = await cli.run(['rules', 'test', 'new-chain'])
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'ok  new-chain\n' })
    expect(stderr).toMatch(/^\d+ examples of 1 detector, 0 failed\.\n$/)
  })

  it('is used as it says', async () => {
    for (const args of [['show'], ['list', 'new-chain'], ['remove']])
      expect((await cli.run(['rules', ...args])).exit).toBe(2)
    expect((await cli.run(['rules', 'test', 'new-chian'])).stderr).toContain('new-chain')
  })
})

describe('what was found, at a terminal', () => {
  const terminal = (width: number | null): Output => ({
    width,
    paint: (_, text) => text,
    answer: () => {},
    note: () => {},
    complain: () => {},
    isInteractive: false,
  })
  const shown = (anomalies: readonly Anomaly[], width: number | null, wide = false): string[] => {
    const items = anomalies.map(contentOfAnomaly)
    const answer = { items, rules: [] } as unknown as AnomalyList
    return [...anomalyView(answer, terminal(width)).table(wide)]
  }
  const HOSTILE = 'payments\u001b]8;;https://example.test\u0007\u202e \r\nFAKE  ok\u0000'
  const long = 'was seen where nobody of it ever was before, and did what it never did '.repeat(4)

  it('has a block for each story, and no line over 80 columns', () => {
    const lines = shown(
      [
        anomaly({ title: long }),
        anomaly({ rule: 'workload-role-assumed-by-human', severity: 'high', title: `表 ${long}` }),
        anomaly({ story: 'another', subject: 'digests', principal: null, title: HOSTILE }),
      ],
      80,
    )
    expect(lines.filter((line) => line === '')).toHaveLength(2)
    expect(lines.filter((line) => /^(critical|high) /.test(line))).toHaveLength(3)
    expect(Math.max(...lines.map(cellsOf))).toBeLessThanOrEqual(80)
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(long.trim())
  })

  it('lets no string of an event move the cursor or make up a line', () => {
    const hostile = anomaly({ title: HOSTILE, subject: HOSTILE, principal: null, story: HOSTILE })
    for (const wide of [false, true]) {
      const lines = shown([hostile], 80, wide)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
      for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f\u202e]/)
      expect(lines.some((line) => line.startsWith('FAKE'))).toBe(false)
    }
  })
})
