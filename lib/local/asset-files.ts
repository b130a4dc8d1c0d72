import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Assets } from '../api/assets.ts'
import { type Payload, tagOf } from '../api/payload.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}
/** These are compressed as they are. */
const PACKED = new Set(['.png', '.woff2'])

/** The files of a folder, read once: a path of a request is looked up and never opened. Empty where there is no such folder. */
export function readAssets(folder: string): Assets {
  const assets = new Map<string, Payload>()
  if (!existsSync(folder)) return assets
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = new Uint8Array(readFileSync(path))
    assets.set(path.slice(folder.length).replaceAll('\\', '/'), {
      type,
      bytes,
      gzip: PACKED.has(extname(entry.name)) ? null : new Uint8Array(gzipSync(bytes, { level: 9 })),
      tag: tagOf(bytes),
    })
  }
  return assets
}
