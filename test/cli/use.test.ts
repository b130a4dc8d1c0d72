import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assumption, Cli, log } from './cli.ts'

let cli: Cli
beforeEach(() => {
  cli = new Cli()
})
afterEach(() => cli.remove())

describe('wrong use', () => {
  it.each([
    [['who', 'x', '--sine', '24h'], "unknown option '--sine'", '--since'],
    [['woh', 'x'], "unknown command 'woh'", 'who'],
    [['who'], "missing required argument 'role'", ''],
    [['who', 'a', 'b'], 'too many arguments', ''],
    [['who', 'x', '-o', 'xml'], 'Allowed choices are table, wide, json, yaml, csv, ndjson', ''],
    [['who', 'x', '--limit', '-1'], 'Give a whole number', ''],
    [['who', 'x', '--from', 'yesterday'], '--from: "yesterday" is not a time', '2026-11-23'],
    [['who', 'x', '--since', '1h', '--to', 'now'], '--since cannot be combined', '--from T'],
    [['who', 'x', '--store', 'redis://x'], 'unknown store "redis://x"', 'sqlite:PATH'],
    [['who', 'x', '--store', 'some.db'], 'unknown store "some.db"', 'sqlite:some.db'],
    [['graph', '-n', 'x', '-A'], '-n and -A exclude each other', ''],
    [['ingest', 's3://'], '"s3://" names no bucket', 's3://BUCKET/PREFIX'],
    [['who', 'x', '--store', 'dynamodb:t'], 'unknown store "dynamodb:t"', 'dynamodb:TABLE'],
    [['demo', '--store', 'dynamodb:table'], 'the demo needs a store of its own', 'sqlite:PATH'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish', ''],
    [[], 'Usage: podtrail', 'podtrail demo'],
  ])('%j exits 2', async (args, message, advice) => {
    const { exit, stdout, stderr } = await cli.run(args)
    expect(stderr).toContain(message)
    expect(stderr).toContain(advice)
    expect(stdout).toBe('')
    expect(exit).toBe(2)
  })

  it('of PODTRAIL_STORE too', async () => {
    const { exit, stderr } = await cli.run(['coverage'], { env: { PODTRAIL_STORE: 'nope:x' } })
    expect(stderr).toContain('unknown store "nope:x"')
    expect(exit).toBe(2)
  })
})

describe('help', () => {
  it.each([
    ['--help'],
    ...['who', 'touched', 'ingest', 'demo'].map((command) => [command, '--help']),
    ['help', 'who'],
  ])('%j begins with examples and lists the exit codes', async (...args) => {
    const { exit, stdout, stderr } = await cli.run(args)
    expect(exit).toBe(0)
    expect(stderr).toBe('')
    expect(stdout.indexOf('podtrail ')).toBeLessThan(stdout.indexOf('Usage:'))
    expect(stdout).toContain('Exit codes:')
    expect(stdout).toContain('--store')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(90)
  })
})

describe('settings', () => {
  const use = async (text: string) => {
    cli.write('a.json', log(assumption({})))
    await cli.run(['ingest', 'a.json'])
    cli.write('podtrail.yaml', text)
    return cli.run(['who', 'app'])
  }

  it.each([
    ['accounts: []\nclusters: []\n', 'missing key network'],
    ['accounts: []\nclusters: []\nnetwork: {egress: []}\n', 'missing key network.vpcEndpoints'],
    [
      'accounts: []\nclusters: []\nnetwork: {egress: [], vpcEndpoints: []}\nacounts: []\n',
      'unknown key acounts',
    ],
    [
      'accounts: [012345678901]\nclusters: []\nnetwork: {egress: [], vpcEndpoints: []}\n',
      'accounts[0] must be a quoted string of 12 digits',
    ],
    ['accounts: [\n', 'podtrail.yaml does not fit'],
  ])('%j exit 2 and name the key', async (text, message) => {
    const { exit, stderr, stdout } = await use(text)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(exit).toBe(2)
  })

  it('give clusters their names', async () => {
    const { stdout } = await use(
      'accounts: ["111122223333"]\nclusters: [{name: shop, issuer: https://issuer.example/id/1}]\n' +
        'network: {egress: [198.51.100.0/24], vpcEndpoints: []}\n',
    )
    expect(stdout).toMatch(/^shop\/cart|shop\/cart +shop /m)
    const trace = await cli.run(['trace', 'ASIAEXAMPLEEXAMPLE01', '-o', 'json'])
    expect(JSON.parse(trace.stdout).items[0]).toMatchObject({
      principal: { id: 'shop/shop/cart', cluster: 'shop' },
      steps: [{ sourceKnown: true }],
    })
  })

  it('are an error when named and not there', async () => {
    const { exit, stderr } = await cli.run(['doctor'], { env: { PODTRAIL_CONFIG: 'gone.yaml' } })
    expect(stderr).toBe('')
    expect(exit).toBe(2)
  })
})

describe('an empty or missing store', () => {
  it('is not mistaken for a healthy one', async () => {
    const missing = await cli.run(['who', 'app'])
    expect(missing).toMatchObject({ exit: 6, stdout: '' })
    expect(missing.stderr).toContain('there is no store at sqlite:.podtrail/podtrail.db')
    expect(missing.stderr).toContain('ingest PATH')

    mkdirSync(cli.path('nothing'))
    const none = await cli.run(['ingest', 'nothing'])
    expect(none.exit).toBe(4)
    expect(none.stderr).toContain('No log file was found there.')
    for (const args of [
      ['who', 'app'],
      ['what', 'shop/cart'],
      ['touched', 'bucket'],
      ['trace', 'x'],
      ['graph'],
      ['coverage'],
    ]) {
      const { exit, stdout, stderr } = await cli.run([...args, '-o', 'json'])
      expect(exit, args.join(' ')).toBe(4)
      expect(JSON.parse(stdout)).toMatchObject({
        window: { from: null, to: null },
        coverage: { status: 'blind' },
        items: [],
      })
      expect(stderr).toContain('The store is empty')
    }
    expect((await cli.run(['doctor'])).exit).toBe(4)
  })

  it('is not made by a question', async () => {
    await cli.run(['who', 'app', '--store', 'sqlite:typo.db'])
    const { stdout } = await cli.run(['doctor', '--store', 'sqlite:typo.db'])
    expect(stdout).toContain('not there yet')
  })

  it('is refused when it is something else', async () => {
    cli.write('other.db', 'this is no database, but long enough to be looked at'.repeat(20))
    const { exit, stderr } = await cli.run(['who', 'app', '--store', 'sqlite:other.db'])
    expect(stderr).toContain('cannot open sqlite:other.db')
    expect(exit).toBe(1)
    const doctor = await cli.run(['doctor', '--store', 'sqlite:other.db'])
    expect(doctor.stdout).toContain('failed')
    expect(doctor.exit).toBe(1)
  })
})

describe('ingest', () => {
  it('names file, record and reason in words, takes in the rest, and exits 4', async () => {
    const { eventID: _, ...nameless } = assumption({})
    cli.write('a.json', log(assumption({}), 'text', nameless))
    cli.write('b.json.gz', gzipSync('{"Records":[').subarray(0, 15))
    cli.write('c.json', '')
    const { exit, stdout, stderr } = await cli.run(['ingest', '*.json*', '-o', 'json'])
    expect(exit).toBe(4)
    expect(JSON.parse(stdout).items).toEqual([
      {
        source: 'a.json',
        records: 3,
        accepted: 1,
        duplicate: 0,
        outOfScope: 0,
        quarantined: [
          { index: 1, reason: 'not-an-object' },
          { index: 2, reason: 'missing-event-id' },
        ],
      },
      ...[
        ['b.json.gz', 'gzip-truncated'],
        ['c.json', 'empty'],
      ].map(([source, reason]) => ({
        source,
        records: 0,
        accepted: 0,
        duplicate: 0,
        outOfScope: 0,
        quarantined: [{ index: null, reason }],
      })),
    ])
    expect(stderr).toContain('a.json, record 1: the record is not a JSON object [not-an-object].')
    expect(stderr).toContain('a.json, record 2: the record has no usable eventID')
    expect(stderr).toContain('b.json.gz: the gzip data ends too early [gzip-truncated].')
    expect(stderr).toContain('c.json: the file is empty [empty].')
    expect((await cli.run(['ingest', 'a.json', '--allow-partial'])).exit).toBe(0)
    const doctor = await cli.run(['doctor'])
    expect(doctor.stdout).toContain('4 records or files could not be read')
    expect(doctor.exit).toBe(4)
    const coverage = await cli.run(['coverage'])
    expect(coverage.stderr).toContain('4 records or files could not be read')
    expect(coverage.exit).toBe(4)
  })

  it('reads standard input', async () => {
    const input = log(assumption({}))
    const { exit, stdout } = await cli.run(['ingest', '-', '-o', 'json'], { input })
    expect(JSON.parse(stdout).items).toMatchObject([{ source: '-', records: 1, accepted: 1 }])
    expect(exit).toBe(0)
    expect((await cli.run(['who', 'app'])).stdout).toContain('shop/cart')
  })

  it('does not know a path that is not there', async () => {
    const { exit, stderr } = await cli.run(['ingest', 'gone/*.json'])
    expect(stderr).toContain('no such file or directory: gone/*.json')
    expect(exit).toBe(6)
  })
})

describe('hostile records', () => {
  it('do nothing to a terminal, and reach json whole', async () => {
    const session = 'x\u001b]0;owned\u0007\u202e='
    cli.write('a.json', log(assumption({ session, subject: '=cmd()\u001b[2J' })))
    await cli.run(['ingest', 'a.json'])
    for (const format of ['table', 'wide', 'csv', 'json', 'yaml', 'ndjson']) {
      for (const args of [
        ['who', 'app'],
        ['trace', 'ASIAEXAMPLEEXAMPLE01'],
      ]) {
        const { stdout, stderr, exit } = await cli.run([...args, '-o', format])
        expect(exit).toBe(0)
        expect(stdout.length).toBeGreaterThan(0)
        expect((stdout + stderr).replace(/[\r\n]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }
    }
    const { stdout } = await cli.run(['trace', 'ASIAEXAMPLEEXAMPLE01', '-o', 'json'])
    expect(JSON.parse(stdout).items[0].steps[0].session).toBe(session)
    const csv = await cli.run(['who', 'app', '-o', 'csv'])
    expect(csv.stdout).toContain("'=cmd()")
  })
})

describe('demo', () => {
  it('shows the incident, by commands that work as printed', async () => {
    const { exit, stdout, stderr } = await cli.run(['demo', '--days', '1', '--seed', '2'])
    expect(stderr).toBe('')
    expect(exit).toBe(0)
    for (const line of stdout.split('\n').filter((text) => !text.includes('main.js')))
      expect(line.length, line).toBeLessThanOrEqual(132)
    const commands = stdout
      .replaceAll(/ \\\n +/g, ' ')
      .split('\n')
      .filter((line) => line.startsWith('$ '))
    expect(commands.map((line) => / main\.js |main\.js (\w+)/.exec(line)![1])).toEqual([
      'detect',
      'touched',
      'who',
      'trace',
      'coverage',
      'what',
    ])
    for (const line of commands) {
      const again = await cli.run(line.replace(/^.*main\.js /, '').split(' '))
      expect(again.exit, line).toBe(4)
      if (!line.includes(' what ')) expect(stdout).toContain(again.stdout)
      else expect(again.stdout).toContain('ledger-writer')
    }
  })

  it('replaces no store but its own', async () => {
    cli.write('mine.db', '')
    const { exit, stderr } = await cli.run(['demo', '--store', 'sqlite:mine.db'])
    expect(stderr).toContain('is there already')
    expect(exit).toBe(7)
  })
})

describe('the process', () => {
  it('exits 130 when it is interrupted', async () => {
    const main = new URL('../../cli/main.js', import.meta.url).pathname
    const exit = await new Promise<number | null>((resolve) => {
      const child = spawn(process.execPath, [main, 'ingest', '-'], { cwd: cli.folder })
      child.on('exit', resolve)
      // It waits for its input by the time its store is there.
      const waiting = setInterval(() => {
        if (!existsSync(cli.path('.podtrail/podtrail.db'))) return
        clearInterval(waiting)
        child.kill('SIGINT')
      }, 20)
    })
    expect(exit).toBe(130)
  })

  it('ends quietly when its reader has seen enough', async () => {
    const many = Array.from({ length: 3000 }, (_, n) =>
      assumption({
        subject: `system:serviceaccount:shop:cart-${n}`,
        key: `ASIAEXAMPLE${String(n).padStart(9, '0')}`,
        eventID: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      }),
    )
    cli.write('a.json', log(...many))
    await cli.run(['ingest', 'a.json'])
    const main = new URL('../../cli/main.js', import.meta.url).pathname
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) =>
      execFile(
        '/bin/sh',
        ['-c', `"${process.execPath}" "${main}" graph -o ndjson | head -n 1`],
        { cwd: cli.folder },
        (_, out, err) => resolve({ stdout: out, stderr: err }),
      ),
    )
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('EPIPE')
    expect(stderr).not.toContain('podtrail:')
  })
})
