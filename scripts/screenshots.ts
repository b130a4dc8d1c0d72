import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { company } from '../lib/demo/company.ts'
import { clusterStatement, sample, staging, trustOf } from '../lib/drift/sample.ts'
import { runDrift } from '../lib/finding/run-drift.ts'
import type { TestStore } from '../test/api/ask.ts'
import { detectIn, stand } from '../test/browser/stand.ts'
import { acme, configOf } from '../test/graph/acme.ts'

/** Takes the pictures of docs/screenshots anew: every page of the dashboard over the made-up company. */
const folder = join(dirname(import.meta.dirname), 'docs/screenshots')
const HOUR = 'from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z'
const DEBUG = 'workload:dev-eks/sandbox/debug'
const WRITER = encodeURIComponent('arn:aws:iam::222233334444:role/ledger/ledger-writer')
const BUCKET = encodeURIComponent('arn:aws:s3:::acme-ledger')
const DARK = { colorScheme: 'dark' } as const
const PHONE = { viewport: { width: 360, height: 740 } }

/** When the snapshot was read, in seconds. */
const READ_AT = Date.parse('2026-11-23T05:00:00Z') / 1000

const options = { seed: 1, days: 3, workloads: 300 }
const { incident } = company(options)
const store = (await acme(options)).store as TestStore
const config = configOf(company(options))
const trust = trustOf(clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com' } }))
const { snapshot } = sample({ trust, clusters: [staging()] })
await runDrift(store, { read: async () => ({ ...snapshot, at: READ_AT }) }, config, READ_AT)
await detectIn(store, config)
const at = await stand({ store, config })
const findings = await at.store.findingsAfter('', 500)
const worst =
  findings.find(({ severity, principal }) => severity === 'critical' && principal !== null) ??
  findings[0]!
const shots: readonly (readonly [name: string, path: string, options?: BrowserContextOptions])[] = [
  ['overview', '/'],
  ['overview-dark', '/', DARK],
  ['overview-phone', '/', PHONE],
  ['graph', '/graph'],
  ['graph-path', `/graph?focus=${DEBUG}&sel=${DEBUG}`],
  ['graph-dark', `/graph?sel=${encodeURIComponent(`role:${incident.steps[0]!.role}`)}`, DARK],
  ['graph-table', '/graph?view=table'],
  ['search', '/search'],
  ['identity', '/identities/dev-eks/sandbox/debug'],
  ['role', `/roles?arn=${WRITER}`],
  ['session', `/sessions?q=${incident.steps.at(-1)!.accessKeyId}`],
  ['resource', `/resources?arn=${BUCKET}&${HOUR}`],
  ['findings', '/findings'],
  ['finding', `/findings/${worst.id}`],
  ['finding-dark', `/findings/${worst.id}`, DARK],
  ['finding-phone', `/findings/${worst.id}`, { ...PHONE, ...DARK }],
  ['drift', '/drift'],
  ['review', '/reviews?namespace=testing'],
  ['coverage', '/coverage'],
  ['empty', '/search?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z'],
  ['unknown', '/roles?arn=no-such-role'],
]
mkdirSync(folder, { recursive: true })
for (const [name, path, options] of shots) {
  const page = await at.open(path, { viewport: { width: 1280, height: 860 }, ...options })
  writeFileSync(join(folder, `${name}.png`), await page.screenshot())
  await page.context().close()
}
await at.close()
console.log(`${shots.length} pictures in docs/screenshots`)
