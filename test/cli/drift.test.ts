import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { companyWithDefects, saveState } from '../drift/company-with-defects.ts'
import { filesOf, guide, recordsOf } from '../drift/guide.ts'
import { Cli, log } from './cli.ts'

const company = companyWithDefects()
const cli = new Cli()
const healthy = new Cli()

beforeAll(async () => {
  cli.write('podtrail.yaml', company.settings)
  cli.write('log.json', log(...company.records))
  saveState(cli.path('before'), companyWithDefects({ before: true }))
  saveState(cli.path('state'), company)
  await cli.run(['ingest', 'log.json', '-q'])
  const before = ['snapshot', '--from-files', 'before', '--taken', '2026-10-25', '--approve']
  expect(await cli.run(before)).toMatchObject({ exit: 0 })
  const now = ['snapshot', '--from-files', 'state', '--taken', '2026-11-23T06:00Z']
  expect(await cli.run(now)).toMatchObject({ exit: 0 })
  const state = guide()
  saveState(healthy.path('state'), { files: filesOf(state) })
  healthy.write('log.json', log(...recordsOf(state)))
  await healthy.run(['ingest', 'log.json', '-q'])
  await healthy.run(['snapshot', '--from-files', 'state'])
})

afterAll(() => {
  cli.remove()
  healthy.remove()
})

interface Answer {
  kind: string
  items: Record<string, unknown>[]
}
const json = (text: string) => JSON.parse(text) as Answer

describe('podtrail snapshot', () => {
  it('lists what is kept, and what was read', async () => {
    const { exit, stdout } = await cli.run(['snapshot', '--list', '-o', 'json'])
    expect(exit).toBe(0)
    const answer = json(stdout) as Answer & { parts: { missing: unknown }[] }
    expect(answer.kind).toBe('SnapshotList')
    expect(answer.items.map(({ at }) => at)).toEqual([
      '2026-11-23T06:00:00Z',
      '2026-10-25T00:00:00Z',
    ])
    expect(answer.items[1]!['approvedAt']).not.toBeNull()
    expect(answer.parts.every(({ missing }) => missing === null)).toBe(true)
  })

  it('exits with 4, names the broken file and reads the rest', async () => {
    const own = new Cli()
    saveState(own.path('state'), company)
    own.write('state/broken.json', '{"RoleDetailList"')
    const { exit, stdout, stderr } = await own.run(['snapshot', '--from-files', 'state'])
    expect(exit).toBe(4)
    expect(stderr).toMatch(/state\/broken\.json: it is not JSON/)
    expect(stdout).toMatch(/account 111122223333 +roles +\d\d +all/)
    own.remove()
  })

  it('says what is wrong with a folder that is not there, or has nothing', async () => {
    const own = new Cli()
    expect(await own.run(['snapshot', '--from-files', 'none'])).toMatchObject({ exit: 6 })
    mkdirSync(own.path('empty'))
    expect(await own.run(['snapshot', '--from-files', 'empty'])).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('no output was recognised in empty'),
    })
    expect(await own.run(['snapshot', '--approve'])).toMatchObject({ exit: 6 })
    own.remove()
  })

  it.each([
    [['--list', '--cluster', 'x'], '--cluster is of no use with --list'],
    [['--approve', '--account', '111122223333'], '--account is of no use with --approve'],
    [['--list', '--fresh'], '--fresh is of no use with --list'],
    [['--from-files', 'state', '--region', 'eu-west-1'], '--region is about reading from AWS'],
    [['--from-files', 'state', '--cluster', 'a', '--cluster', 'b'], 'files are of one --cluster'],
    [['--from-files', 'state', '--list'], '--list reads nothing'],
    [['--taken', '2026-11-01'], '--taken says when files were saved'],
  ])('refuses %j', async (given, message) => {
    const { exit, stderr } = await cli.run(['snapshot', ...given])
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining(message) })
  })

  it('reads from AWS where it is not told otherwise: without a region or keys it says what it needs', async () => {
    const own = new Cli()
    expect(await own.run(['snapshot'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('set AWS_REGION'),
    })
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    }
    expect(await own.run(['snapshot'], { env })).toMatchObject({
      exit: 5,
      stderr: expect.stringMatching(
        /may not read from AWS: [\s\S]*Without access: .* --from-files DIR/,
      ),
    })
    own.write('podtrail.yaml', `${company.settings}snapshot: { regions: [eu-west-1] }\n`)
    expect(await own.run(['snapshot'], { env })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('missing key snapshot.kubernetes'),
    })
    own.remove()
  })

  it('gives clusters their names in every answer', async () => {
    const { stdout } = await healthy.run(['who', 'pod-s3-access', '-o', 'json'])
    expect(json(stdout).items[0]).toMatchObject({ principal: { id: 'prod-eks/testing/test-sa' } })
  })
})

describe('podtrail drift', () => {
  it('exits with 0 where everything is as it should be', async () => {
    const { exit, stdout, stderr } = await healthy.run([
      'drift',
      '--fail-on',
      'low',
      '--allow-partial',
    ])
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' })
    expect(stderr).toMatch(/^No drift: \d+ checks/)
  })

  it('has the expected findings, under ids that stay', async () => {
    const { stdout } = await cli.run(['drift', '-o', 'json', '--all'])
    const { kind, items } = json(stdout)
    expect(kind).toBe('FindingList')
    expect(items.map(({ rule, subject }) => `${rule} ${subject}`).sort()).toEqual(company.expected)
    for (const item of items) {
      expect(item).toMatchObject({
        id: expect.stringMatching(/^fnd_[0-9a-f]{16}$/),
        kind: 'drift',
        status: 'open',
      })
      const hash = createHash('sha256').update(`drift\n${item['rule']}\n${item['subject']}`)
      expect(item['id']).toBe(`fnd_${hash.digest('hex').slice(0, 16)}`)
    }
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
  })

  it.each([
    ['low', [], 3],
    ['critical', [], 3],
    ['critical', ['--check', 'role-unused', '--allow-partial'], 0],
    ['low', ['--check', 'role-unused'], 3],
  ])('--fail-on %s %j exits with %i', async (severity, more, expected) => {
    const { exit } = await cli.run(['drift', '-q', '--fail-on', severity, ...more])
    expect(exit).toBe(expected)
  })

  it('takes the later of two snapshots for the newest, also within one second', async () => {
    const own = new Cli()
    const wide = guide()
    wide.trust!.conditions = {}
    saveState(own.path('state'), { files: filesOf(guide()) })
    saveState(own.path('wide'), { files: filesOf(wide) })
    own.write('log.json', log(...recordsOf(guide())))
    await own.run(['ingest', 'log.json', '-q'])
    for (const [state, exit] of [
      ['state', 0],
      ['wide', 3],
      ['state', 0],
      ['wide', 3],
    ] as const) {
      await own.run(['snapshot', '--from-files', state])
      const found = await own.run(['drift', '--check', 'sub-missing', '--fail-on', 'low'])
      expect(found.exit).toBe(exit)
    }
    own.remove()
  })

  it('exits with 4 where something could not be looked at, and says what; 3 beats it', async () => {
    const own = new Cli()
    saveState(own.path('state'), { files: filesOf(guide()) }, ['prod-eks/pods.json'])
    own.write('log.json', log(...recordsOf(guide())))
    await own.run(['ingest', 'log.json', '-q'])
    await own.run(['snapshot', '--from-files', 'state'])
    const { exit, stderr } = await own.run(['drift', '--fail-on', 'low'])
    expect(exit).toBe(4)
    expect(stderr).toMatch(/no output of "kubectl get pods -A -o json" of cluster prod-eks/)
    expect(await own.run(['drift', '--allow-partial'])).toMatchObject({ exit: 0 })
    const wide = guide()
    wide.trust!.conditions = {}
    saveState(own.path('wide'), { files: filesOf(wide) }, ['prod-eks/pods.json'])
    await own.run(['snapshot', '--from-files', 'wide'])
    expect(await own.run(['drift', '--fail-on', 'high'])).toMatchObject({ exit: 3 })
    own.remove()
  })

  it('prints declared, observed and approved, and each fix', async () => {
    const { stdout } = await cli.run(['drift', '-o', 'diff', '--check', 'trust-changed'])
    expect(stdout).toMatch(/^HIGH trust-changed {2}the trust of role\/changed/)
    expect(stdout).toMatch(/^- declared .*intruder/m)
    expect(stdout).toMatch(/^\+ approved /m)
    expect(stdout).toMatch(/^ {2}observed {2}changed 2026-11-17T06:00:00Z by ana/m)
    expect(stdout).toMatch(/^ {2}\$ aws iam update-assume-role-policy --role-name changed /m)
    const { stdout: table } = await cli.run(['drift'])
    expect(table).toMatch(/^SEVERITY +RULE +SUBJECT +DECLARED +OBSERVED +APPROVED/)
  })

  it('compares with another snapshot if told to', async () => {
    const args = ['drift', '--check', 'trust-changed', '-o', 'json', '--against', '2026-11-24']
    expect(json((await cli.run(args)).stdout).items).toEqual([])
    const then = ['drift', '--check', 'trust-changed', '-o', 'json', '--at', '2026-11-01']
    expect(json((await cli.run(then)).stdout).items).toEqual([])
  })

  it('has one row each in csv, ndjson and yaml', async () => {
    const args = ['drift', '-q', '--check', 'sub-missing', '-o']
    const csv = (await cli.run([...args, 'csv'])).stdout.trimEnd().split('\r\n')
    expect(csv).toHaveLength(2)
    expect(csv[0]).toMatch(/^id,rule,kind,severity/)
    expect((await cli.run([...args, 'ndjson'])).stdout.trimEnd().split('\n')).toHaveLength(1)
    expect((parse((await cli.run([...args, 'yaml'])).stdout) as Answer).items).toHaveLength(1)
  })

  it('refuses checks that do not exist, and says that there is no snapshot', async () => {
    expect(await cli.run(['drift', '--check', 'sub-mising'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('Did you mean sub-missing?'),
    })
    const own = new Cli()
    own.write('log.json', log(...recordsOf(guide())))
    await own.run(['ingest', 'log.json', '-q'])
    expect(await own.run(['drift'])).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('there is no snapshot'),
    })
    own.remove()
  })
})

describe('podtrail why', () => {
  it('exits with 0, 3 or 6: yes, no, or nothing of that name', async () => {
    const yes = await healthy.run(['why', 'testing/test-sa', 'pod-s3-access'])
    expect(yes).toMatchObject({ exit: 0, stdout: expect.stringContaining('would get it') })
    const no = await cli.run(['why', 'apps/malformed', 'malformed'])
    expect(no.exit).toBe(3)
    expect(no.stdout).toMatch(
      /✗ trust: .*\n {4}Allow 1, false: .*system:serviceaccount: apps:malformed/,
    )
    expect(await cli.run(['why', 'apps/chekout', 'checkout'])).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('Did you mean apps/checkout?'),
    })
    expect(await cli.run(['why', 'apps/checkout', 'chekout'])).toMatchObject({ exit: 6 })
  })

  it('has its clauses in JSON', async () => {
    const { stdout } = await cli.run(['why', 'apps/bridge', 'ledger-writer', '-o', 'json'])
    const { kind, items } = json(stdout)
    expect(kind).toBe('WhyList')
    expect(items[0]).toMatchObject({ by: 'chain', verdict: 'allowed', cluster: 'prod-eks' })
  })
})

describe('podtrail tighten', () => {
  it('prints the trust in the form that is asked for', async () => {
    const run = async (form: string) =>
      (await cli.run(['tighten', 'half', '-q', '--as', form])).stdout
    expect(JSON.parse(await run('json'))).toMatchObject({ Version: '2012-10-17' })
    expect(await run('terraform')).toMatch(/^resource "aws_iam_role" "half" \{/)
    expect(await run('aws-cli')).toMatch(/^aws iam update-assume-role-policy --role-name half /)
    const template = parse(await run('cloudformation')) as {
      Resources: { Half: { Properties: { AssumeRolePolicyDocument: unknown } } }
    }
    expect(template.Resources.Half.Properties.AssumeRolePolicyDocument).toEqual(
      JSON.parse(await run('json')),
    )
  })

  it('exits with 3 where nobody was seen', async () => {
    expect(await cli.run(['tighten', 'ghost', '--allow-partial'])).toMatchObject({ exit: 3 })
  })
})

describe('podtrail policy', () => {
  it('prints a document for each role of the chain, and what may be missing', async () => {
    const { stdout, stderr } = await cli.run(['policy', 'apps/bridge'])
    expect(stdout).toMatch(/role\/bridge {2}\(hop 1/)
    expect(stdout).toMatch(/role\/ledger-writer {2}\(hop 2/)
    expect(stderr).toContain('iam:PassRole is never recorded')
    const csv = await cli.run(['policy', 'apps/bridge', '-q', '-o', 'csv'])
    expect(csv.stdout).toContain('sts:AssumeRole,arn:aws:iam::222233334444:role/ledger-writer')
  })
})

describe('podtrail report', () => {
  it('writes a pack whose hashes are right, and never over another', async () => {
    const args = ['report', '-n', 'apps', '--out', 'pack', '--allow-partial']
    expect(await cli.run(args)).toMatchObject({ exit: 0 })
    const read = (name: string) => readFileSync(join(cli.path('pack'), name), 'utf8')
    const names = [
      'SHA256SUMS',
      'findings.csv',
      'items.csv',
      'manifest.json',
      'report.html',
      'report.json',
    ]
    expect(readdirSync(cli.path('pack')).sort()).toEqual(names)
    const sums = read('SHA256SUMS').trimEnd().split('\n')
    expect(sums).toHaveLength(5)
    for (const line of sums) {
      const [sum, name] = line.split('  ') as [string, string]
      expect(createHash('sha256').update(read(name)).digest('hex'), name).toBe(sum)
    }
    expect(JSON.parse(read('manifest.json'))).toMatchObject({ kind: 'Manifest' })
    const page = read('report.html')
    expect(page).not.toMatch(/<script|https?:\/\/|src=/)
    expect(page).toContain('@media print')
    expect(page).toContain('Access review: namespace apps')
    expect(await cli.run(args)).toMatchObject({ exit: 7 })
    const none = ['report', '-n', 'app', '--out', 'none']
    expect(await cli.run(none)).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('Did you mean apps?'),
    })
  })

  it('lets no name from outside become markup', async () => {
    const own = new Cli()
    saveState(own.path('state'), company)
    own.write(
      'state/prod-eks/pods.json',
      JSON.stringify({
        kind: 'PodList',
        items: [
          {
            metadata: { name: '<img onerror=x>\u202e\u001b[31m', namespace: 'apps' },
            spec: { serviceAccountName: 'checkout' },
          },
        ],
      }),
    )
    await own.run(['snapshot', '--from-files', 'state'])
    await own.run(['report', '-n', 'apps', '--out', 'pack'])
    const page = readFileSync(join(own.path('pack'), 'report.html'), 'utf8')
    expect(page).toContain('&lt;img onerror=x&gt;')
    for (const hostile of ['<img', '\u202e', '\u001b']) expect(page).not.toContain(hostile)
    own.remove()
  })
})
