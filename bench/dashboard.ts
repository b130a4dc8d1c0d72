import type { Page } from 'playwright-core'
import type { Graph } from '../lib/graph/answer-picture.ts'
import type { GraphEdge, GraphNode } from '../lib/graph/picture.ts'
import type { TestStore } from '../test/api/ask.ts'
import { stand } from '../test/browser/stand.ts'
import { storeOf } from '../test/graph/acme.ts'
import { webIdentity } from '../test/record/synthetic.ts'
import { createRandom } from './data/random.ts'
import { fixed, quantile, table } from './measure.ts'

/*
 * How fast the access graph is drawn and moved in a real browser, on synthetic graphs: nodes in the document, lines on one canvas.
 * From the answer's arrival to the frame that shows the graph; then frames while it is moved by the wheel. Software rendering, no GPU.
 */

const SIZES = [
  [500, 750],
  [2000, 5000],
] as const
const FRAMES = 120
/** Nodes of each rank, as a share: clusters, namespaces, ServiceAccounts, roles, chained roles, accounts. */
const SHARES = [0.003, 0.04, 0.4, 0.4, 0.14, 0.017]
const TYPES = ['cluster', 'namespace', 'workload', 'role', 'role', 'account'] as const

function graphOf(nodeCount: number, edgeCount: number): Pick<Graph, 'nodes' | 'edges'> {
  const random = createRandom(1)
  const ranks = SHARES.map((share) => Math.max(2, Math.round(nodeCount * share)))
  const nodes = ranks.flatMap((count, rank) =>
    Array.from({ length: count }, (_, index): GraphNode => {
      const label = `${TYPES[rank]}-${index}`
      return {
        id: `${TYPES[rank]}:${rank}/${index}`,
        type: TYPES[rank]!,
        label,
        rank,
        account: '111122223333',
        cluster: null,
        namespace: null,
        isNew: index % 50 === 1,
        isOutside: false,
        findings: index % 100 === 7 ? 1 : 0,
        worst: index % 100 === 7 ? 'high' : null,
        folded: 0,
        count: 10,
      }
    }),
  )
  const edges = new Map<string, GraphEdge>()
  // Most lines stay near: roles of one namespace beside each other, as in a company.
  while (edges.size < edgeCount) {
    const rank = random.between(0, 4)
    const from = random.between(0, ranks[rank]! - 1)
    const near = Math.round((from / ranks[rank]!) * ranks[rank + 1]!) + random.between(-3, 3)
    const isFar = random.between(0, 9) === 0
    const to = isFar
      ? random.between(0, ranks[rank + 1]! - 1)
      : Math.max(0, Math.min(ranks[rank + 1]! - 1, near))
    const edge = {
      from: `${TYPES[rank]}:${rank}/${from}`,
      to: `${TYPES[rank + 1]}:${rank + 1}/${to}`,
    }
    const kind = random.between(0, 9)
    edges.set(`${edge.from} ${edge.to} ${edges.size % 7}`, {
      ...edge,
      did: kind < 6 ? random.between(1, 5000) : 0,
      refused: kind === 9 ? 3 : 0,
      could: kind >= 6,
      proof: 'accessKeyId',
      isNew: kind === 0,
      firstSeen: '2026-11-20T06:00:00Z',
      lastSeen: '2026-11-23T05:00:00Z',
    })
  }
  return { nodes, edges: [...edges.values()] }
}

/** Notes when the first frame with the graph stands, in the page itself: to ask it from outside takes longer than to draw. */
const WATCH = `new MutationObserver((_, watcher) => {
  if (document.querySelector('.graph-frame button') === null) return
  watcher.disconnect()
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('drawn')))
}).observe(document, { childList: true, subtree: true })`

async function measured(page: Page): Promise<{ first: number; frames: number[] }> {
  await page.waitForFunction(() => performance.getEntriesByName('drawn').length > 0)
  const first = (await page.evaluate(`performance.getEntriesByName('drawn')[0].startTime -
    performance.getEntriesByType('resource').find(({ name }) => name.includes('/api/v1/graph')).responseEnd`)) as number
  const frames = (await page.evaluate(`new Promise((done) => {
    const frame = document.querySelector('.graph-frame')
    const times = []
    let last = performance.now()
    const step = (now) => {
      times.push(now - last)
      last = now
      if (times.length > ${FRAMES}) return done(times.slice(1))
      const back = times.length % 60 < 30 ? 1 : -1
      frame.dispatchEvent(new WheelEvent('wheel', { deltaX: 9 * back, deltaY: 23 * back, cancelable: true }))
      requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  })`)) as number[]
  return { first, frames }
}

const store = (await storeOf([webIdentity()])) as TestStore
const at = await stand({ store, config: null })
const rows: string[][] = []
for (const [nodes, edges] of SIZES) {
  const graph = graphOf(nodes, edges)
  const page = await at.open('/coverage', { viewport: { width: 1440, height: 900 } })
  await page.route('**/api/v1/graph*', async (route) => {
    const answer = { kind: 'Graph', window: { from: null, to: null }, coverage: null }
    const counts = {
      shown: graph.nodes.length,
      total: graph.nodes.length,
      folded: 0,
      truncated: false,
    }
    await route.fulfill({ json: { ...answer, ...graph, ...counts } })
  })
  await page.addInitScript(WATCH)
  await page.goto(`${at.origin}/graph?since=all`)
  const { first, frames } = await measured(page)

  rows.push([
    String(graph.nodes.length),
    String(graph.edges.length),
    `${fixed(first, 0)} ms`,
    `${fixed(quantile(frames, 0.5), 1)} ms`,
    `${fixed(quantile(frames, 0.95), 1)} ms`,
    String(await page.locator('.graph-frame li button').count()),
  ])
  await page.context().close()
}
await at.close()
console.log(
  table(['nodes', 'lines', 'answer to paint', 'frame p50', 'frame p95', 'named buttons'], rows),
)
