/** Loaded with `--import`: podtrail as if there were no detection. Roll-ups then neither count nor store what only detection reads. */
import { registerHooks } from 'node:module'

const MODULE = '/lib/graph/signals.ts'
const COUNTS = 'export function signalsOf('
const NOTHING = `export function signalsOf() {
  return { principals: [], strings: [], keys: new Int32Array(0), count: new Uint32Array(0), first: new Uint16Array(0), last: new Uint16Array(0) }
}
`

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(MODULE)) return loaded
    const source = String(loaded.source)
    if (!source.includes(COUNTS)) throw new Error(`${MODULE} has changed: nothing to leave out`)
    return { ...loaded, source: `${NOTHING}${source.replace(COUNTS, 'function unused(')}` }
  },
})
