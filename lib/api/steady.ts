import type { CoverageFact } from '../model.ts'
import type { Window } from '../ports.ts'
import type { ApiStore } from './route.ts'

/** While logs come in, coverage and extent are as of so many milliseconds ago at most. */
const STANDS = 1000
/** Windows whose coverage is remembered. */
const WINDOWS_MAX = 16

interface Kept {
  readonly version: string
  readonly at: number
  readonly extent: Promise<Window | null>
  readonly coverage: Map<string, Promise<readonly CoverageFact[]>>
}

/**
 * The store, whose coverage does not change several times a second. Every answer says what coverage it rests on, and finding gaps takes
 * a hundred times as long as most answers do. What has come in less than a second ago counts in an answer, and not yet in its coverage.
 */
export function steady(
  store: ApiStore,
  version: () => Promise<string>,
  now: () => number,
): ApiStore {
  let kept: Kept | null = null
  async function current(): Promise<Kept> {
    const newest = await version()
    const at = now()
    if (kept !== null && (kept.version === newest || at - kept.at < STANDS)) return kept
    kept = { version: newest, at, extent: store.extent(), coverage: new Map() }
    return kept
  }
  const methods = {
    extent: async () => (await current()).extent,
    coverage: async (window: Window) => {
      const { coverage } = await current()
      const key = `${window.from}/${window.to}`
      const known = coverage.get(key)
      if (known !== undefined) return known
      if (coverage.size >= WINDOWS_MAX) coverage.clear()
      const facts = store.coverage(window)
      coverage.set(key, facts)
      return facts
    },
  }
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return methods[name as keyof typeof methods]
      const value: unknown = target[name as keyof ApiStore]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
