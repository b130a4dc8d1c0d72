import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { openDynamoStore } from '../../lib/aws/dynamo-store.ts'
import { company, fileBytes } from '../../lib/demo/company.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { parseLogKey } from '../../lib/source/log-key.ts'
import { openLog } from '../../lib/source/open-log.ts'
import { detectIn, LEARNING, type Stand, settled, stand } from '../browser/stand.ts'
import { configOf } from '../graph/acme.ts'
import { newTable } from './tables.ts'

/*
 * A browser on the dashboard over a table of DynamoDB Local, with the logs of the two accounts that the theft went through: the
 * pages must not care where facts lie.
 */

const acme = company({ seed: 1, days: 1, workloads: 5 })
const ACCOUNTS = ['444455556666', '222233334444']

let at: Stand
beforeAll(async () => {
  const endpoint = encodeURIComponent(inject('dynamodb'))
  const store = openDynamoStore(
    `dynamodb:${await newTable()}?region=eu-west-1&endpoint=${endpoint}`,
  )
  const reader = new FileReader()
  const facts = acme.files.flatMap((file) => {
    const { account, deliveredAt } = parseLogKey(file.path)
    if (file.skip !== undefined || !ACCOUNTS.includes(account ?? '')) return []
    const bytes = fileBytes(file)
    const log = openLog(file.path, bytes)
    if (log.kind === 'refused') throw new Error(`${file.path}: ${log.reason}`)
    const id = createHash('sha256').update(bytes).digest('hex')
    return [reader.read(log.bytes, { id, source: file.path, deliveredAt })]
  })
  await ingest(store, facts)
  await rollUpDirty(store)
  const config = { ...configOf(acme), accounts: ACCOUNTS, ...LEARNING }
  await detectIn(store, config)
  at = await stand({ store, config })
}, 300_000)
afterAll(async () => {
  await at.close()
})

it('a reader finds the theft, opens its evidence, and suppresses it', async () => {
  const page = await at.open('/')
  await page.locator('.attention a', { hasText: 'sandbox/debug' }).first().click()
  await page.locator('.decide button').first().waitFor()
  await settled(page)
  expect(await page.locator('.evidence').textContent()).toMatch(
    /dev-shared[\s\S]*ci-bridge[\s\S]*ledger-writer/,
  )
  const finding = page.url()
  await page.locator('.evidence .event a').first().click()
  await page.locator('.chain-panel').first().waitFor()
  expect(await page.locator('.chain-panel').first().textContent()).toContain('sandbox/debug')
  await page.goto(finding)
  await page.getByRole('button', { name: /^Suppress…/ }).click()
  await page.locator('.decision textarea').fill('An exercise of ours, until Friday')
  await page.locator('.decision button[type=submit]').click()
  await page.locator('.page-head .status.suppressed').waitFor()
  await page.reload()
  await page.locator('.history', { hasText: 'An exercise of ours' }).waitFor()
  expect(at.misdeeds).toEqual({ errors: [], strayed: [] })
})
