import { existsSync } from 'node:fs'
import bundled from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const SYSTEM = '/usr/bin/chromium'
/** Made for functions, where a browser is thrown away after each page and reads from anywhere. */
const UNWANTED = new Set([
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
])

/** The machine's own Chromium, or the one that npm brings. */
export async function openBrowser(): Promise<Browser> {
  if (existsSync(SYSTEM))
    return chromium.launch({ executablePath: SYSTEM, args: ['--no-sandbox', '--disable-gpu'] })
  return chromium.launch({
    executablePath: await bundled.executablePath(),
    args: bundled.args.filter((flag) => !UNWANTED.has(flag)),
  })
}
