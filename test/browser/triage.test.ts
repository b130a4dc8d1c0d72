import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stand, settled, stand } from './stand.ts'

let at: Stand
beforeAll(async () => {
  at = await stand()
}, 180_000)
afterAll(async () => {
  await at.close()
})

const status = async (page: Page): Promise<string | null> =>
  page.locator('.page-head .status').first().textContent()

describe('triage', () => {
  it('goes by keyboard alone: to the queue, into a finding, suppress, reopen, and on', async () => {
    const page = await at.open('/')
    const { keyboard } = page
    await keyboard.press('g')
    await keyboard.press('f')
    await page.locator('tr[data-row]').first().waitFor()
    // Keys are listened to from the frame on in which the rows are drawn.
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))',
    )
    await keyboard.press('j')
    await keyboard.press('Enter')
    await page.locator('.decide button').first().waitFor()
    await settled(page)
    expect(await status(page)).toContain('open')
    await keyboard.press('s')
    await page.locator('form.decision').waitFor()
    await keyboard.type('The team rebuilds this sandbox today')
    await keyboard.press('Control+Enter')
    await page.locator('.page-head .status.suppressed').waitFor()
    expect(await page.locator('.history').first().textContent()).toContain('ana suppress')
    await keyboard.press('o')
    await page.locator('form.decision').waitFor()
    await keyboard.type('It was not the team after all')
    await keyboard.press('Control+Enter')
    await page.locator('.page-head .status.open').waitFor()
    await keyboard.press('e')
    expect(await page.evaluate('document.activeElement.id')).toBe('evidence')
    const hasNotText = (await page.locator('h1').textContent())!
    await keyboard.press('j')
    await page.locator('h1', { hasNotText }).waitFor()
    await settled(page)
    await keyboard.press('c')
    await page.locator('form.decision').waitFor()
    await keyboard.press('Escape')
    await page.locator('form.decision').waitFor({ state: 'detached' })
  })

  it('takes no decision without a reason, and says what a suppression would have hidden', async () => {
    const page = await at.open('/findings')
    await page.locator('tr[data-row]').first().click()
    await page.getByRole('button', { name: /^Suppress…/ }).click()
    await page.locator('.decision .notice').waitFor()
    expect(await page.locator('.decision .notice').textContent()).toMatch(
      /would have hidden 1 of \d+/,
    )
    await page.locator('.decision textarea').fill('short')
    await page.locator('.decision button[type=submit]').click()
    expect(await page.locator('form.decision').count()).toBe(1)
    expect(await status(page)).toContain('open')
  })

  it('approves the way that it shows, and the queue gets shorter', async () => {
    const page = await at.open('/findings')
    const rows = page.locator('tr[data-row]')
    const before = await rows.count()
    await rows.last().click()
    await page.getByRole('button', { name: /^Approve…/ }).click()
    await page.locator('.decision textarea').fill('Agreed with the owners of the account')
    await page.locator('.decision button[type=submit]').click()
    await page.locator('.page-head .status.approved').waitFor()
    await page.goto(`${at.origin}/findings`)
    await settled(page)
    expect(await rows.count()).toBe(before - 1)
  })

  it('decides nothing about a finding that somebody else has changed meanwhile', async () => {
    const mine = await at.open('/findings')
    await mine.locator('tr[data-row]').first().click()
    await mine.getByRole('button', { name: /^Resolve…/ }).click()
    const { pathname } = new URL(mine.url())
    const theirs = await at.open(pathname)
    await theirs.getByRole('button', { name: /^Comment…/ }).click()
    await theirs.locator('.decision textarea').fill('I am looking at this')
    await theirs.locator('.decision button[type=submit]').click()
    await theirs.locator('.history', { hasText: 'I am looking at this' }).waitFor()
    await mine.locator('.decision textarea').fill('Revoked the sessions and the trust')
    await mine.locator('.decision button[type=submit]').click()
    expect(await mine.getByRole('alert').textContent()).toContain('Somebody else changed this')
    await mine.getByRole('button', { name: 'Look at what changed' }).click()
    await mine.locator('.history', { hasText: 'I am looking at this' }).waitFor()
    expect(await status(mine)).toContain('open')
  })

  it('decides about a whole story, and says which of it somebody else has changed meanwhile', async () => {
    const mine = await at.open('/findings')
    const rows = mine.locator('tr[data-row]')
    const story = rows.filter({ has: mine.locator('details.parts') }).first()
    await story.locator('summary').click()
    const path = (await story.locator('details a').first().getAttribute('href'))!
    const parts = await story.locator('details li').count()
    await story.locator('td').first().click()
    await mine.getByRole('button', { name: /^Resolve…/ }).click()
    const theirs = await at.open(path)
    await theirs.getByRole('button', { name: /^Comment…/ }).click()
    await theirs.locator('.decision textarea').fill('Not this one, please')
    await theirs.locator('.decision button[type=submit]').click()
    await theirs.locator('.history', { hasText: 'Not this one' }).waitFor()
    await mine.getByRole('radio', { name: /the whole story/ }).check()
    await mine.locator('.decision textarea').fill('Revoked the sessions and the trust')
    await mine.locator('.decision button[type=submit]').click()
    const said = await mine.getByRole('alert').textContent()
    expect(said).toContain(`${parts} findings were decided, 1 not:`)
    expect(await mine.locator('.decision button[type=submit]').isDisabled()).toBe(true)
    await mine.getByRole('button', { name: 'Look at what changed' }).click()
    await mine.locator('.page-head .status.resolved').waitFor()
    expect(await mine.locator('.related .status.open').count()).toBe(1)
    expect(await mine.locator('.related .status.resolved').count()).toBe(parts - 1)
  })

  it('breaks no rule of the page on the way', () => {
    expect(at.misdeeds).toEqual({ errors: [], strayed: [] })
  })
})
