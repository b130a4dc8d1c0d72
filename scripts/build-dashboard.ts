import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const root = dirname(import.meta.dirname)
const KB = 1024
/** What a reader has to load before the first page stands, gzipped. */
const SCRIPT_MAX = 60 * KB

/** Builds dashboard/ into `target`; sizes in bytes as they go over the wire. */
export async function buildDashboard(target: string): Promise<{ script: number; style: number }> {
  rmSync(target, { recursive: true, force: true })
  const built = await build({
    root: join(root, 'dashboard'),
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: target,
      emptyOutDir: true,
      target: 'es2022',
      // Nothing inline: the pages' content security policy allows only files of their own origin.
      assetsInlineLimit: 0,
      modulePreload: false,
      reportCompressedSize: false,
    },
  })
  const size = { script: 0, style: 0 }
  for (const { output } of [built].flat() as { output: Built[] }[])
    for (const file of output) {
      const bytes = gzipSync(file.type === 'chunk' ? file.code : file.source).length
      if (file.fileName.endsWith('.js')) size.script += bytes
      if (file.fileName.endsWith('.css')) size.style += bytes
    }
  return size
}

type Built = { fileName: string } & (
  | { type: 'chunk'; code: string }
  | { type: 'asset'; source: string | Uint8Array }
)

if (import.meta.main) {
  const { script, style } = await buildDashboard(join(root, '.build/dashboard'))
  const kb = (bytes: number) => `${(bytes / KB).toFixed(1)} KB`
  console.log(`dashboard: ${kb(script)} of script, ${kb(style)} of style, gzipped`)
  if (script > SCRIPT_MAX) {
    console.error(`That is more script than the ${kb(SCRIPT_MAX)} it may have.`)
    process.exitCode = 1
  }
}
