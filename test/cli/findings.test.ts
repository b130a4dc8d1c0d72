import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../lib/finding/finding.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { AT, anomaly, scope } from '../finding/samples.ts'
import { assumption, Cli, log } from './cli.ts'

const cli = new Cli()
const SETTINGS = `accounts: []
clusters: [{ name: shop-eks, issuer: issuer.example/id/1 }]
network: { egress: [], vpcEndpoints: [] }
alerts:
  routes: [{ to: 'file://alerts.ndjson', formats: [json] }]
`
const REASON = ['--reason', 'agreed with the owner', '--by', 'ana']
const [CART, ROLE] = ['shop-eks/shop/cart', 'arn:aws:iam::111122223333:role/app']
let found: Finding[]

beforeAll(async () => {
  cli.write('podtrail.yaml', SETTINGS)
  cli.write('log.json', log(assumption({})))
  expect(await cli.run(['ingest', 'log.json', '-q'])).toMatchObject({ exit: 0 })
  const store = openSqliteStore(cli.path('.podtrail/podtrail.db'))
  const cart = {
    ...anomaly().principal!,
    id: CART,
    cluster: 'shop-eks',
    namespace: 'shop',
    serviceAccount: 'cart',
  }
  const anomalies = [
    anomaly(),
    anomaly({
      subject: 'cart',
      severity: 'low',
      title: 'a \u001b[31mnew\u202e role',
      principal: cart,
      via: [],
      role: ROLE,
    }),
  ]
  await reconcile(store, { anomalies, scope: scope() }, AT + 300)
  found = await store.findingsAfter('', 9)
  store.close()
})
afterAll(() => cli.remove())

const idOf = (subject: string): string => found.find((one) => one.subject.includes(subject))!.id
const list = async (...args: string[]): Promise<{ exit: number; items: Finding[] }> => {
  const { exit, stdout } = await cli.run([
    'findings',
    'list',
    '-o',
    'json',
    '--allow-partial',
    ...args,
  ])
  return { exit, items: (JSON.parse(stdout) as { items: Finding[] }).items }
}

describe('podtrail findings', () => {
  it('lists, limits, and fails where it is told to', async () => {
    expect(await list()).toMatchObject({
      exit: 0,
      items: [{ severity: 'critical' }, { severity: 'low' }],
    })
    expect((await list('-n', 'shop')).items.map(({ id }) => id)).toEqual([idOf('cart')])
    expect((await list('--fail-on', 'high')).exit).toBe(3)
    expect((await list('--fail-on', 'high', '-n', 'shop')).exit).toBe(0)
    expect((await cli.run(['findings', 'list', '--severity', 'severe'])).exit).toBe(2)
  })

  it('shows one, and nothing that an event could do to a terminal', async () => {
    const { exit, stdout } = await cli.run(['findings', 'show', idOf('cart').slice(0, 11)])
    expect(exit).toBe(0)
    expect(stdout).toContain('a \\x1b[31mnew\\u{202e} role')
    expect(stdout).toContain('History:')
    expect((await cli.run(['findings', 'show', 'fnd_ffffffff'])).exit).toBe(6)
  })

  it('says what a suppression would have hidden, and decides nothing by that', async () => {
    const args = [
      'findings',
      'suppress',
      idOf('cart'),
      ...REASON,
      '--scope',
      'namespace',
      '--until',
      '14d',
      '--preview',
    ]
    expect((await cli.run(args)).stdout).toMatch(
      /^Would have hidden [01] of [012] findings? of the last 30 days/,
    )
    expect((await list('--status', 'suppressed')).items).toEqual([])
  })

  it('decides, once, by whoever was first', async () => {
    const id = idOf('cart')
    expect((await cli.run(['findings', 'approve', id, '--reason', 'ok'])).exit).toBe(2)
    expect((await cli.run(['findings', 'approve', id, ...REASON, '--seen', '9'])).exit).toBe(7)
    expect(await cli.run(['findings', 'approve', id, ...REASON, '--seen', '1'])).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('is approved, at version 2'),
    })
    expect((await cli.run(['findings', 'approve', id, ...REASON])).exit).toBe(0)
    const refused = await cli.run(['findings', 'suppress', id, '--reason', 'not interesting now'])
    expect(refused).toMatchObject({ exit: 7, stderr: expect.stringContaining('it is approved') })
    expect((await list('--status', 'approved')).items).toMatchObject([{ id, version: 2 }])
  })
})

describe('podtrail baseline', () => {
  it('goes to a file and back, and is compared with what was seen', async () => {
    const { stdout } = await cli.run(['baseline', 'export', '-q'])
    expect(stdout).toContain(`id: ${CART}`)
    cli.write('baseline.yaml', stdout)
    const clean = await cli.run([
      'baseline',
      'diff',
      '--fail-on',
      'unapproved',
      'unseen',
      '--allow-partial',
    ])
    expect(clean).toMatchObject({ exit: 0, stdout: '' })
    cli.write('empty.yaml', 'apiVersion: podtrail/v1\nkind: Baseline\nedges: []\n')
    expect(
      (await cli.run(['baseline', 'diff', 'empty.yaml', '--fail-on', 'changed', '--allow-partial']))
        .exit,
    ).toBe(3)
    expect((await cli.run(['baseline', 'import', 'empty.yaml'])).stderr).toContain(
      '--prune ends their approval',
    )
    expect((await cli.run(['baseline', 'import', 'empty.yaml', '--prune'])).stderr).toContain(
      'removed 1',
    )
    const open = await cli.run(['baseline', 'diff', '--fail-on', 'unapproved', '--allow-partial'])
    expect(open).toMatchObject({
      exit: 3,
      stdout: expect.stringMatching(/^! unapproved {2}shop-eks\/shop\/cart → app@/),
    })
    expect((await cli.run(['baseline', 'import', 'baseline.yaml'])).stderr).toContain(
      'Added 1 path, changed 0, removed 0.',
    )
    expect((await cli.run(['baseline', 'export', '-q'])).stdout).toBe(stdout)
  })

  it('says where a file does not fit', async () => {
    cli.write('wrong.yaml', 'apiVersion: podtrail/v1\nkind: Baseline\nedges:\n  - owner: ana\n')
    const { exit, stderr } = await cli.run(['baseline', 'import', 'wrong.yaml'])
    expect(exit).toBe(2)
    expect(stderr).toContain('line 4: missing key edges[0].principal')
    expect((await cli.run(['baseline', 'import', 'none.yaml'])).exit).toBe(6)
  })
})

describe('podtrail dispatch', () => {
  it('sends what nobody was told of, once', async () => {
    const first = await cli.run(['dispatch'])
    expect(first).toMatchObject({ exit: 0, stderr: expect.stringContaining('2 messages sent') })
    const lines = readFileSync(cli.path('alerts.ndjson'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).thread).sort()).toEqual(
      found.map(({ id }) => id).sort(),
    )
    expect((await cli.run(['dispatch'])).stderr).toContain('0 messages sent')
  })

  it('exits with 4 where something did not arrive, and with 2 where nobody is to be told', async () => {
    const away = SETTINGS.replace('file://alerts.ndjson', 'file:///no/such/folder/x')
    cli.write('away.yaml', away)
    await cli.run(['findings', 'reopen', idOf('cart'), ...REASON])
    const store = openSqliteStore(cli.path('.podtrail/podtrail.db'))
    await reconcile(
      store,
      { anomalies: [anomaly({ subject: 'new one' })], scope: scope({ isComplete: false }) },
      AT + 600,
    )
    store.close()
    const failed = await cli.run(['dispatch', '--config', 'away.yaml'])
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('no such file') })
    cli.write('nobody.yaml', SETTINGS.slice(0, SETTINGS.indexOf('alerts:')))
    expect((await cli.run(['dispatch', '--config', 'nobody.yaml'])).exit).toBe(2)
  })
})
