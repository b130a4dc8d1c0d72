import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Output, Printable } from '../../cli/output.ts'
import { chainView } from '../../cli/render/chain.ts'
import { coverageLines, coverageView } from '../../cli/render/coverage.ts'
import { edgeListView } from '../../cli/render/edge-list.ts'
import { cellsOf } from '../../cli/render/safe.ts'
import { touchListView } from '../../cli/render/touch-list.ts'
import type { Unknown } from '../../lib/graph/answer.ts'
import { answerCoverage } from '../../lib/graph/answer-coverage.ts'
import { answerGraph } from '../../lib/graph/answer-graph.ts'
import { answerTouched } from '../../lib/graph/answer-touched.ts'
import { answerTrace } from '../../lib/graph/answer-trace.ts'
import { answerWhat } from '../../lib/graph/answer-what.ts'
import { answerWho } from '../../lib/graph/answer-who.ts'
import { type Acme, acme } from '../graph/acme.ts'

let world: Acme
beforeAll(async () => {
  world = await acme({ seed: 3, days: 1, workloads: 10 })
})
afterAll(() => world.store.close())

const terminal = (width: number | null, colour = false): Output => ({
  width,
  paint: (style, text) => (colour ? `<${style}>${text}</${style}>` : text),
  answer: () => {},
  note: () => {},
  complain: () => {},
  isInteractive: false,
})

const ALL = { limit: 0 }

function known<Given>(answer: Given | Unknown): Given {
  if ((answer as Unknown).kind === 'Unknown') throw new Error(JSON.stringify(answer))
  return answer as Given
}

/** Every answer about a company, as its view at a terminal. */
async function views(output: Output): Promise<Record<string, Printable>> {
  const { store, known: settings, company } = world
  const principal = 'sandbox/debug'
  const text = company.incident.sourceIp
  return {
    graph: edgeListView(known(await answerGraph(store, ALL, settings)), output),
    who: edgeListView(
      known(await answerWho(store, { ...ALL, role: 'dev-shared' }, settings)),
      output,
    ),
    what: edgeListView(
      known(await answerWhat(store, { ...ALL, principal, activity: true }, settings)),
      output,
    ),
    touched: touchListView(
      known(await answerTouched(store, { ...ALL, resource: 'acme-ledger' }, settings)),
      output,
    ),
    trace: chainView(known(await answerTrace(store, { ...ALL, text }, settings)), output),
    coverage: coverageView(await answerCoverage(store, {}, settings), output),
  }
}

describe('tables', () => {
  it.each([60, 80, 132])('fit into %d columns', async (width) => {
    for (const [name, view] of Object.entries(await views(terminal(width)))) {
      const lines = view.table(false)
      expect(lines.length, name).toBeGreaterThan(3)
      for (const line of lines) expect(cellsOf(line), `${name}: ${line}`).toBeLessThanOrEqual(width)
    }
  })

  it('keep every number and every refusal however narrow', async () => {
    const rows = (printable: Printable) => printable.table(false).length
    const narrow = await views(terminal(60))
    const whole = await views(terminal(null))
    for (const [name, view] of Object.entries(narrow))
      expect(rows(view), name).toBe(rows(whole[name]!))
  })

  it('cut nothing without a terminal, nor with -o wide', async () => {
    for (const view of Object.values(await views(terminal(null))))
      expect(view.table(false).join('\n')).not.toContain('…')
    for (const view of Object.values(await views(terminal(60))))
      expect(view.table(true).join('\n')).not.toContain('…')
  })

  it('say the same with and without colour', async () => {
    const plain = await views(terminal(80))
    for (const [name, view] of Object.entries(await views(terminal(80, true)))) {
      const stripped = view.table(false).map((line) => line.replace(/<\/?\w+>/g, ''))
      expect(stripped, name).toEqual(plain[name]!.table(false))
    }
  })
})

describe('the coverage lines', () => {
  it('fit into 80 columns and name each gap', async () => {
    const { coverage, window } = await answerCoverage(world.store, {}, world.known)
    const lines = coverageLines(coverage, window)
    expect(lines).toHaveLength(1 + coverage.gaps.length)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('name missing accounts and the newest event', () => {
    const lines = coverageLines(
      {
        status: 'partial',
        accounts: [],
        regions: [],
        gaps: Array.from({ length: 5 }, () => ({
          account: '111122223333',
          region: 'us-east-1',
          from: '2026-11-23T02:00:00Z',
          to: '2026-11-24T02:00:00Z',
        })),
        missing: ['222233334444'],
        quiet: 0,
        firstEvent: '2026-11-22T00:00:00Z',
        lastEvent: '2026-11-24T02:00:00Z',
      },
      { from: '2026-11-22T00:00:00Z', to: '2026-11-25T00:00:00Z' },
    )
    expect(lines).toEqual([
      'coverage partial of 2026-11-22T00:00:00Z → 2026-11-25T00:00:00Z',
      ...Array.from(
        { length: 3 },
        () => '  gap: 111122223333/us-east-1 2026-11-23 02:00–2026-11-24 02:00Z',
      ),
      '  and 2 more gaps',
      '  nothing seen of: 222233334444',
      '  newest event: 2026-11-24T02:00:00Z',
    ])
  })
})
