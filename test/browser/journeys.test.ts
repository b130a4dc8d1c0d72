import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { company } from '../../lib/demo/company.ts'
import { type Stand, settled, stand } from './stand.ts'

let at: Stand
beforeAll(async () => {
  at = await stand()
}, 180_000)
afterAll(async () => {
  await at.close()
})

const HOUR = 'from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z'
const LEDGER = encodeURIComponent('arn:aws:s3:::acme-ledger')
const WRITER = encodeURIComponent('arn:aws:iam::222233334444:role/ledger/ledger-writer')

describe('a reader', () => {
  it('finds the planted theft from the overview, with its chain and evidence', async () => {
    const page = await at.open('/')
    await page
      .getByRole('link', { name: /sandbox\/debug/ })
      .first()
      .waitFor()
    await page.locator('.attention a', { hasText: 'sandbox/debug' }).first().click()
    await settled(page)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('sandbox/debug')
    expect(await page.locator('.evidence').textContent()).toContain('02:14:07')
    await page.getByRole('link', { name: 'See it in the graph' }).click()
    await settled(page)
    const graph = page.locator('.graph-frame')
    for (const name of ['debug', 'dev-shared', 'ci-bridge', 'ledger-writer'])
      await graph.getByRole('button', { name: new RegExp(` ${name},`) }).waitFor()
    await page.goBack()
    await settled(page)
    expect(new URL(page.url()).pathname).toMatch(/^\/findings\/fnd_/)
  })

  it('sees who touched a bucket in an hour, and apart from them who was refused', async () => {
    const page = await at.open(`/resources?arn=${LEDGER}&${HOUR}`)
    const did = await page.locator('.outcome-panel.did').textContent()
    const refused = await page.locator('.outcome-panel.refused').textContent()
    expect(did).toContain('sandbox/debug')
    expect(did).toContain('payments/checkout')
    expect(did).not.toContain('PutBucketPolicy')
    expect(refused).toContain('PutBucketPolicy')
    expect(refused).not.toContain('GetObject')
  })

  it('sees who became a role, and through which others', async () => {
    const page = await at.open(`/roles?arn=${WRITER}`)
    const rows = page.locator('.outcome-panel.did tbody tr[data-row]')
    expect(await rows.count()).toBe(2)
    expect(await rows.filter({ hasText: 'sandbox/debug' }).textContent()).toMatch(
      /dev-shared[\s\S]*ci-bridge/,
    )
  })

  it('pastes a key, and is told whose it is', async () => {
    const page = await at.open('/')
    const key = lastKey()
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill(key)
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await settled(page)
    expect(new URL(page.url()).pathname).toBe('/sessions')
    const chain = page.locator('.chain-panel').first()
    expect(await chain.textContent()).toMatch(
      /sandbox\/debug[\s\S]*dev-shared[\s\S]*ci-bridge[\s\S]*ledger-writer/,
    )
    expect(await chain.textContent()).toContain('unknown address')
  })

  it('sees what a compromised ServiceAccount can reach', async () => {
    const page = await at.open('/identities/dev-eks/sandbox/debug')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('sandbox/debug')
    expect(await page.locator('.outcome-panel.did').textContent()).toContain('ledger-writer')
    expect(await page.locator('.outcome-panel.refused').textContent()).toContain(
      'OrganizationAccountAccessRole',
    )
  })

  it('sees on every page what was seen of the time, also that it was nothing', async () => {
    const page = await at.open('/coverage')
    expect(await page.locator('.pill').textContent()).toMatch(/Coverage (?:complete|partial)/)
    expect(
      await page.locator('tbody tr', { hasText: '111122223333' }).first().textContent(),
    ).toContain('seen')
    const blind = await at.open('/search?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')
    await blind.locator('.pill', { hasText: 'Coverage blind' }).waitFor()
  })

  it('sees what deviates, with the commands that make it right', async () => {
    const page = await at.open('/drift')
    await page.locator('tr[data-row]').first().click()
    await settled(page)
    expect(await page.locator('.finding-view').textContent()).toMatch(/Declared/)
    expect(await page.locator('.checks li').count()).toBeGreaterThan(10)
  })

  it('reviews a namespace, signs, and takes the evidence along', async () => {
    const page = await at.open('/reviews?namespace=testing')
    const item = page.locator('.review-item').first()
    await item.getByRole('button', { name: 'modify' }).click()
    expect(await page.getByRole('button', { name: /^Sign as/ }).isDisabled()).toBe(true)
    await item.getByRole('textbox').fill('The role is wider than what it uses')
    await page.getByRole('button', { name: /^Sign as/ }).click()
    await page.locator('.history li', { hasText: 'ana' }).waitFor()
    const [pack] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export evidence pack' }).click(),
    ])
    expect(pack.suggestedFilename()).toBe('podtrail-review-testing.zip')
  })

  it('keeps everything in the address: sorting, filters, view and time', async () => {
    const page = await at.open('/graph?view=table')
    await page.getByRole('button', { name: 'refused', pressed: true }).click()
    await page.getByRole('searchbox').fill('sandbox')
    await page.getByRole('button', { name: /^Did/ }).click()
    const rows = await page.locator('tr[data-row]').allTextContents()
    const again = await at.open(new URL(page.url()).pathname + new URL(page.url()).search)
    expect(await again.locator('tr[data-row]').allTextContents()).toEqual(rows)
    expect(rows.length).toBeGreaterThan(0)
  })

  it('takes the rows of the filter along as CSV', async () => {
    const page = await at.open('/search?filter=sandbox')
    await page.locator('summary', { hasText: 'Export' }).click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^CSV/ }).click(),
    ])
    const lines: string[] = []
    for await (const chunk of await file.createReadStream()) lines.push(String(chunk))
    const text = lines.join('').trimEnd().split('\r\n')
    expect(text[0]).toContain('Who')
    expect(text.length - 1).toBe(await page.locator('tr[data-row]').count())
  })

  it('is told why there is nothing, and what next', async () => {
    const unknown = await at.open('/roles?arn=no-such-role')
    expect(await unknown.getByRole('alert').first().textContent()).toContain('Unknown name')
    const empty = await at.open('/search?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')
    expect(await empty.locator('.state.empty').textContent()).toContain('saw nothing at all')
    await empty.getByRole('link', { name: 'Look at all that is stored' }).click()
    await settled(empty)
    await empty.locator('tr[data-row]').first().waitFor()
  })

  it('without the token is asked for it once, and with it goes on', async () => {
    const page = await at.open('/')
    await page.evaluate('sessionStorage.clear()')
    await page.reload()
    const form = page.locator('form.failed')
    await form.waitFor()
    expect(await form.count()).toBe(1)
    expect(await page.locator('.panel').count()).toBe(0)
  })

  it('meets no script error, no stray request and no breach of the policy on the way', () => {
    expect(at.misdeeds).toEqual({ errors: [], strayed: [] })
  })
})

/** The key that the thief had in the end. */
function lastKey(): string {
  return company({ seed: 1, days: 1, workloads: 20 }).incident.steps.at(-1)!.accessKeyId
}
