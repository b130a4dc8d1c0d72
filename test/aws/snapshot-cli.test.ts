import { existsSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Cli } from '../cli/cli.ts'
import { companyWithDefects } from '../drift/company-with-defects.ts'
import { CompanyAsAws } from './company-as-aws.ts'
import { type Answering, denied, Front, throttled } from './front.ts'

/* `podtrail snapshot` as people start it, with the made-up company that has every defect in place of AWS. */

const PROD = '111122223333'
const LEDGER = '222233334444'
const company = companyWithDefects()
const front = new Front(null, PROD)
const aws = new CompanyAsAws(company, PROD, (account) => front.keysOf(account))
const cli = new Cli()
let env: Record<string, string>

function instead(answering: Answering): void {
  front.calls.length = 0
  front.answering = (call) => answering(call) ?? aws.answering(call)
}

const run = (...args: string[]) => cli.run(args, { env })

interface Listed {
  parts: { of: string; what: string; count: number; missing: string | null }[]
  items: object[]
}

beforeAll(async () => {
  env = {
    AWS_ACCESS_KEY_ID: 'synthetic',
    AWS_SECRET_ACCESS_KEY: 'synthetic',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL: await front.start(),
  }
  await aws.start()
  cli.write(
    'podtrail.yaml',
    `${company.settings}snapshot:
  regions: [us-west-2]
  kubernetes: true
  memberRole: podtrail-reader
`,
  )
})

afterAll(async () => {
  await Promise.all([front.stop(), aws.stop()])
  cli.remove()
})

beforeEach(() => instead(() => null))

it('reads everything, and says what it read', async () => {
  const { exit, stdout, stderr } = await run('snapshot', '-o', 'json')
  const { parts, items } = JSON.parse(stdout) as Listed
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  expect(items).toHaveLength(1)
  expect(parts.filter(({ missing }) => missing !== null)).toEqual([])
  expect(parts).toContainEqual({
    of: 'cluster prod-eks',
    what: 'Pod Identity associations',
    count: 4,
    missing: null,
  })
  const drift = await run('drift', '-o', 'json', '--all')
  const rules = (JSON.parse(drift.stdout) as { items: { rule: string }[] }).items
  expect(rules.map(({ rule }) => rule)).toContain('sub-missing')
})

it('exits with 4 where something may not be read, names it, and takes --allow-partial', async () => {
  instead((call) => (call.action === 'AssumeRole' ? denied(call) : null))
  const partial = await run('snapshot')
  expect(partial.exit).toBe(4)
  expect(partial.stderr).toContain('3 parts of it could not be read, or not all')
  expect(partial.stdout).toMatch(/account 222233334444 +clusters +0 +access denied: not authorized/)
  expect(await run('snapshot', '--allow-partial')).toMatchObject({ exit: 0 })
})

it('reads only what it is told to; what is not there is an error', async () => {
  const one = await run('snapshot', '--account', PROD, '--cluster', 'prod-eks', '-o', 'json')
  expect(one.exit).toBe(4)
  const missing = (JSON.parse(one.stdout) as Listed).parts.filter((part) => part.missing !== null)
  expect(new Set(missing.map((part) => part.of))).toEqual(
    new Set([`account ${LEDGER}`, 'cluster staging-eks']),
  )
  expect(await run('snapshot', '--account', '999900001111')).toMatchObject({
    exit: 6,
    stderr: expect.stringContaining('account 999900001111 is neither the own one'),
  })
  expect(await run('snapshot', '--cluster', 'gone')).toMatchObject({
    exit: 6,
    stderr: expect.stringContaining('There is prod-eks.'),
  })
  expect(await run('snapshot', '--region', 'eu-west-1')).toMatchObject({
    exit: 6,
    stderr: expect.stringContaining('snapshot.regions does not name eu-west-1'),
  })
})

it('goes on where it broke off, unless it is told not to', async () => {
  await run('snapshot')
  const calls = front.calls.length
  instead((call) => (call.action === 'ListNodegroups' ? throttled(call) : null))
  const broken = await run('snapshot')
  expect(broken.exit).toBe(4)
  expect(broken.stderr).toContain('throttled by AWS until we gave up: read again to go on')
  expect(existsSync(cli.path('.podtrail/snapshot-parts'))).toBe(true)
  instead(() => null)
  const resumed = await run('snapshot')
  expect(resumed).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(
      /^\d+ answers of a reading that broke off in the last 15 minutes/,
    ),
  })
  expect(front.calls.length).toBeLessThan(calls / 2)
  expect(existsSync(cli.path('.podtrail/snapshot-parts'))).toBe(false)
  instead((call) => (call.action === 'ListNodegroups' ? throttled(call) : null))
  await run('snapshot')
  instead(() => null)
  expect(await run('snapshot', '--fresh')).toMatchObject({ exit: 0, stderr: '' })
  expect(front.calls.length).toBe(calls)
}, 300_000)
