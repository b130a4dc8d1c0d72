import * as z from 'zod'
import { diffBaseline } from '../../finding/baseline.ts'
import { baselineFile, parseBaseline, WrongBaseline } from '../../finding/baseline-file.ts'
import { edgeKey } from '../../finding/edge.ts'
import { observedEdges } from '../../finding/observed-edges.ts'
import { frameOf } from '../../graph/answer.ts'
import { timestamp } from '../../graph/timestamp.ts'
import { Problem } from '../problem.ts'
import { WINDOW } from '../query.ts'
import { always, route } from '../route.ts'

const IMPORT_MAX = 1024 * 1024

export const baseline = route({
  path: '/baseline',
  least: 'viewer',
  summary: 'the approved paths, as the file that a repository keeps',
  query: z.strictObject({}),
  answer: 'Baseline',
  handle: async ({ store }) => baselineFile(await store.baseline()),
})

export const baselineImport = route({
  method: 'PUT',
  path: '/baseline',
  least: 'admin',
  summary: 'puts a baseline in place of the one there is',
  query: z.strictObject({}),
  body: z.record(z.string(), z.unknown()),
  bodyMax: IMPORT_MAX,
  answer: 'Baseline',
  handle: async ({ store, body }) => {
    const edges = read(body)
    const named = new Set(edges.map(edgeKey))
    const gone = (await store.baseline()).filter((edge) => !named.has(edgeKey(edge)))
    await store.putBaseline(edges, gone)
    return baselineFile(await store.baseline())
  },
})

export const baselineDiff = route({
  path: '/baseline/diff',
  least: 'viewer',
  summary: 'approved and not observed, observed and not approved, and what has expired',
  query: z.strictObject({ ...WINDOW }),
  answer: 'BaselineDiff',
  isWide: always,
  handle: async ({ store, asked, known, now }) => {
    const { window, shown, coverage } = await frameOf(store, asked, known)
    const observed = await observedEdges(store, window, known)
    const diff = diffBaseline(await store.baseline(), null, observed, timestamp(now))
    return { ...diff, window: shown, coverage }
  },
})

function read(body: object) {
  try {
    return parseBaseline(JSON.stringify(body), 'body')
  } catch (error) {
    if (error instanceof WrongBaseline) throw new Problem('wrong-body')
    throw error
  }
}
