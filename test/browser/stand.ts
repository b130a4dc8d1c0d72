import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createApp } from '../../lib/api/app.ts'
import { localAuth } from '../../lib/api/auth/local.ts'
import type { ApiStore } from '../../lib/api/route.ts'
import type { Config } from '../../lib/config.ts'
import { DETECTORS } from '../../lib/detect/all.ts'
import { runDetect } from '../../lib/finding/run-detect.ts'
import { readAssets } from '../../lib/local/asset-files.ts'
import { listen } from '../../lib/local/http.ts'
import type { Store, Versioned } from '../../lib/ports.ts'
import { buildDashboard } from '../../scripts/build-dashboard.ts'
import { askAcme, NOW, type TestStore } from '../api/ask.ts'
import { openBrowser } from './chromium.ts'

/** As `podtrail demo` has it, but smaller: days enough to know what is usual. */
export const ACME = { seed: 1, days: 3, workloads: 20 }
export const LEARNING = { detect: { learningDays: 1, rules: {} } }

const TOKEN = 'a-token-that-only-these-tests-know-0123456789'

/** Either adapter; the one on DynamoDB cannot say whether anything has changed. */
type ServedStore = ApiStore & Pick<Store, 'close'> & Partial<Versioned>

/** What a page did that it should not have. */
export interface Misdeeds {
  /** Script errors, and what the content security policy stopped. */
  readonly errors: string[]
  /** Requests to anywhere else. */
  readonly strayed: string[]
}

/** The real dashboard on the real server and store, in a real browser. */
export interface Stand {
  readonly origin: string
  readonly store: ServedStore
  readonly misdeeds: Misdeeds
  /** A page that is signed in, as a reader has it after opening the printed address. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

/** `made`: the company, its findings and its snapshot, unless a test brings a store of its own. */
export async function stand(made?: {
  readonly store: ServedStore
  readonly config: Config | null
}): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-dashboard-'))
  await buildDashboard(folder)
  const { store, config } = made ?? (await acmeWithFindings())
  const server = await listen('127.0.0.1', 0, (port) => {
    const app = createApp({
      store,
      ...('version' in store ? { version: () => (store as Versioned).version() } : {}),
      config,
      auth: [localAuth({ token: TOKEN, port, user: 'ana' })],
      assets: readAssets(folder),
      now: () => NOW,
      requestId: () => 'request',
      log: () => {},
    })
    return (request, env) => app.fetch(request, env as object)
  })
  const browser: Browser = await openBrowser()
  const origin = `http://127.0.0.1:${server.port}`
  const misdeeds: Misdeeds = { errors: [], strayed: [] }
  return {
    origin,
    store,
    misdeeds,
    open: async (path, options = {}) => {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      })
      // A shared machine is slow at times.
      context.setDefaultTimeout(120_000)
      const page = await context.newPage()
      watch(page, origin, misdeeds)
      // As whoever opens the printed address, and then goes on.
      await page.goto(`${origin}/coverage#token=${TOKEN}`)
      await page.waitForURL(({ hash }) => hash === '')
      if (path !== '/coverage') await page.goto(origin + path)
      await settled(page)
      return page
    },
    close: async () => {
      await browser.close()
      await server.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function acmeWithFindings(): Promise<{ store: TestStore; config: Config }> {
  const { store, config } = await askAcme(ACME.workloads, ACME.days)
  await detectIn(store, { ...config, ...LEARNING })
  return { store, config }
}

export async function detectIn(
  store: Parameters<typeof runDetect>[0],
  config: Config | null,
): Promise<void> {
  const asked = { limit: 0, detectors: DETECTORS, integrity: null, isReplay: false }
  await runDetect(store, asked, config, NOW / 1000)
}

function watch(page: Page, origin: string, { errors, strayed }: Misdeeds): void {
  page.on('pageerror', (error) => errors.push(String(error.stack)))
  page.on('dialog', (dialog) => {
    errors.push(`a script said ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    const text = message.text()
    // The browser itself notes each answer that is none; pages show them, and tests look there.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) errors.push(text)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(url)) strayed.push(url)
  })
}

/** Everything that was asked for is there. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor()
  await page.locator('.loading, [aria-busy="true"]').first().waitFor({ state: 'detached' })
}
