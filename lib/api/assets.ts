import type { Payload } from './payload.ts'

/** Files of the dashboard by their path from the root, such as `/assets/index-3f2a.js`. */
export type Assets = ReadonlyMap<string, Payload>

/** Paths that a page of the dashboard is at; the page reads the rest from its address. */
const PAGES =
  /^\/(?:graph|search|principals|roles|sessions|resources|findings(?:\/[^/]+)?|drift|reviews|coverage|identities\/.+)?$/

const INDEX = '/index.html'
/** Vite puts a hash of the content into the names of these. */
const HASHED = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.\w+$/

/** The file for a path, and how long it may be kept; null: there is none. */
export function assetAt(assets: Assets, path: string): { file: Payload; keep: string } | null {
  const isPage = PAGES.test(path)
  const file = assets.get(isPage ? INDEX : path)
  if (file === undefined) return null
  return { file, keep: HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache' }
}

export function isPage(path: string): boolean {
  return PAGES.test(path)
}
