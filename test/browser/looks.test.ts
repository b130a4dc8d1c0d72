import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { company } from '../../lib/demo/company.ts'
import { boxesOf, differences, type Layout } from './boxes.ts'
import { type Stand, stand } from './stand.ts'

const HOUR = 'from=2026-11-23T02:00:00Z&to=2026-11-23T03:00:00Z'
const PAGES: readonly (readonly [name: string, path: string])[] = [
  ['overview', '/'],
  ['graph', '/graph?focus=workload:dev-eks/sandbox/debug&sel=workload:dev-eks/sandbox/debug'],
  ['graph-table', '/graph?view=table'],
  ['search', '/search'],
  ['identity', '/identities/dev-eks/sandbox/debug'],
  [
    'role',
    `/roles?arn=${encodeURIComponent('arn:aws:iam::222233334444:role/ledger/ledger-writer')}`,
  ],
  [
    'session',
    `/sessions?q=${company({ seed: 1, days: 1, workloads: 20 }).incident.steps.at(-1)!.accessKeyId}`,
  ],
  ['resource', `/resources?arn=${encodeURIComponent('arn:aws:s3:::acme-ledger')}&${HOUR}`],
  ['findings', '/findings'],
  ['finding', '/findings/'],
  ['drift', '/drift'],
  ['review', '/reviews?namespace=testing'],
  ['coverage', '/coverage'],
]
const THEMES = ['light', 'dark'] as const
const WIDTHS = [360, 1280, 2560] as const

let at: Stand
let finding = ''
beforeAll(async () => {
  at = await stand()
  finding = (await at.store.findingsAfter('', 1))[0]!.id
}, 180_000)
afterAll(async () => {
  await at.close()
})

const pathOf = (path: string): string => (path.endsWith('/findings/') ? path + finding : path)

describe.each(THEMES)('in %s', (theme) => {
  it.each(PAGES)('%s has no serious barrier', async (_name, path) => {
    const page = await at.open(pathOf(path), { colorScheme: theme })
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze()
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ html }) => html.slice(0, 120))
            .join(' | ')}`,
      )
    expect(serious).toEqual([])
    await page.context().close()
  })

  it.each(PAGES)('%s is laid out as before at three widths', async (name, path) => {
    const page = await at.open(pathOf(path), { colorScheme: theme })
    const layouts: Record<string, Layout> = {}
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      await framed(page)
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(`${width}: ${overflow}`).toBe(`${width}: 0`)
      layouts[width] = await boxesOf(page)
    }
    const baseline = join(import.meta.dirname, 'baselines', `${name}-${theme}.json`)
    if (!existsSync(baseline) || process.env['UPDATE_BASELINES'] !== undefined) {
      expect(process.env['CI']).toBeUndefined()
      mkdirSync(join(import.meta.dirname, 'baselines'), { recursive: true })
      writeFileSync(baseline, `${JSON.stringify(layouts)}\n`)
    }
    const before = JSON.parse(readFileSync(baseline, 'utf8')) as Record<string, Layout>
    const found = WIDTHS.flatMap((width) =>
      differences(before[width]!, layouts[width]!).map((one) => `${width}: ${one}`),
    )
    expect(found).toEqual([])
    await page.context().close()
  })
})

/** Two frames, after which sizes that were observed are taken in. */
async function framed(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  )
}
