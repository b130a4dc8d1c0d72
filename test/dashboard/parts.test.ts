import { describe, expect, it } from 'vitest'
import { commandLine, quoted } from '../../dashboard/app/command.ts'
import { around, parseTyped, shifted, windowQuery } from '../../dashboard/app/window.ts'
import { bandsOf } from '../../dashboard/charts/bands.ts'
import { flowPlaces } from '../../dashboard/charts/flow-places.ts'
import { diffOf, laidOut } from '../../dashboard/parts/diff.ts'
import { type Column, viewed } from '../../dashboard/parts/rows.ts'
import { sliceOf } from '../../dashboard/parts/virtual.ts'

describe('a typed time', () => {
  it.each([
    ['2026-11-23 02:00..03:00', '2026-11-23T02:00:00Z', '2026-11-23T03:00:00Z'],
    ['2026-11-23T02:00:00Z → 2026-11-24T00:00:00Z', '2026-11-23T02:00:00Z', '2026-11-24T00:00:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z'],
    ['2026-11-23 02:00', '2026-11-23T02:00:00Z', '2026-11-23T03:00:00Z'],
    ['2026-11-23T02:00:00+01:00', '2026-11-23T01:00:00Z', '2026-11-23T02:00:00Z'],
  ])('%s', (text, from, to) => {
    expect(parseTyped(text)).toEqual({ since: null, from, to })
  })

  it('may be a length', () => {
    expect(parseTyped('-2h')).toEqual({ since: '2h', from: null, to: null })
  })

  it.each(['', 'yesterday', '2026-13-01', '25:00', '2026-11-23 03:00..02:00'])(
    '%j is none',
    (text) => {
      expect(parseTyped(text)).toBeNull()
    },
  )
})

describe('a window', () => {
  it('of a length ends with the newest event, at a round time', () => {
    const choice = { since: '24h', from: null, to: null }
    expect(windowQuery(choice, '2026-11-23T05:59:58Z')).toEqual({
      from: '2026-11-22T06:00:00Z',
      to: '2026-11-23T06:00:00Z',
    })
    expect(windowQuery(choice, null)).toEqual({ from: null, to: null })
    expect(windowQuery({ ...choice, since: 'all' }, 'x')).toEqual({ from: null, to: null })
  })

  it('moves by its own width, and opens half an hour around what happened', () => {
    expect(shifted('2026-11-23T02:00:00Z', '2026-11-23T03:00:00Z', -1)).toEqual({
      from: '2026-11-23T01:00:00Z',
      to: '2026-11-23T02:00:00Z',
    })
    expect(around('2026-11-23T02:14:00Z', '2026-11-23T02:20:00Z')).toEqual({
      from: '2026-11-23T01:44:00Z',
      to: '2026-11-23T02:50:00Z',
    })
  })
})

describe('rows', () => {
  interface Row {
    readonly name: string
    readonly count: number | null
  }
  const columns: readonly Column<Row>[] = [
    { id: 'name', title: 'Name', value: ({ name }) => name },
    { id: 'count', title: 'Count', value: ({ count }) => count },
  ]
  const rows: readonly Row[] = [
    { name: 'b:x', count: 10 },
    { name: 'a', count: 9 },
    { name: 'c', count: null },
  ]
  const names = (view: Partial<Parameters<typeof viewed>[2]>) =>
    viewed(rows, columns, { sort: null, text: '', filters: [], ...view }).map(({ name }) => name)

  it('sort by size, nothing last, and back', () => {
    expect(names({ sort: 'count' })).toEqual(['a', 'b:x', 'c'])
    expect(names({ sort: '-name' })).toEqual(['c', 'b:x', 'a'])
    expect(names({ sort: 'nope' })).toEqual(['b:x', 'a', 'c'])
  })

  it('fit any value of a column, none that is left out, and every word', () => {
    expect(names({ filters: ['name:a', 'name:b:x'] })).toEqual(['b:x', 'a'])
    expect(names({ filters: ['-name:a'] })).toEqual(['b:x', 'c'])
    expect(names({ filters: ['name:a', 'count:10'] })).toEqual([])
    expect(names({ text: 'B 10' })).toEqual(['b:x'])
  })

  it('beyond two hundred are drawn only near the window, and take up the same room', () => {
    expect(sliceOf(200, 40, 0, 800)).toEqual({ start: 0, end: 200, before: 0, after: 0 })
    for (const top of [500, 0, -4000, -39_000, -1_000_000]) {
      const { start, end, before, after } = sliceOf(1000, 40, top, 800)
      expect(before + (end - start) * 40 + after).toBe(40_000)
      expect(end - start).toBeLessThan(200)
      expect(end).toBeGreaterThan(start)
    }
  })
})

describe('a difference', () => {
  it('keeps what stayed, and says what went and came', () => {
    expect(diffOf('a\nb\nc', 'a\nx\nc').map(({ sign, text }) => sign + text)).toEqual([
      ' a',
      '-b',
      '+x',
      ' c',
    ])
    expect(laidOut('{"a":1}')).toBe('{\n  "a": 1\n}')
    expect(laidOut('no json')).toBe('no json')
  })
})

describe('flows', () => {
  const flow = (cluster: string, namespace: string, account: string, workloads: number) => ({
    cluster,
    namespace,
    account,
    workloads,
    count: workloads * 10,
    isOutside: account === '9',
  })
  const reached = [
    flow('p', 'a', '1', 5),
    flow('p', 'b', '1', 5),
    flow('p', 'pay', '1', 2),
    flow('p', 'pay', '9', 1),
  ]

  it('show by itself what leaves the cluster’s own account, and the rest as one', () => {
    const { nodes, flows } = flowPlaces(reached)
    expect(nodes.map(({ label }) => label).sort()).toEqual([
      '1',
      '2 namespaces',
      '9 EXT',
      'p',
      'pay',
    ])
    expect(flows.filter(({ isOut }) => isOut).map(({ to }) => to)).toEqual(['account:9'])
    expect(
      flows.reduce((sum, { to, count }) => sum + (to.startsWith('account:') ? count : 0), 0),
    ).toBe(130)
  })

  it('fill their bars and no more', () => {
    const { nodes, flows } = flowPlaces(reached)
    const { bars, bands, height } = bandsOf(nodes, flows)
    for (const { y1, height1, from } of bands) {
      const bar = bars.find(({ id }) => id === from)!
      expect(y1).toBeGreaterThanOrEqual(bar.y - 0.001)
      expect(y1 + height1).toBeLessThanOrEqual(bar.y + bar.height + 0.001)
    }
    expect(Math.max(...bars.map((bar) => bar.y + bar.height))).toBeLessThanOrEqual(height + 0.001)
  })
})

describe('the command line of a page', () => {
  const window = { from: '2026-11-23T02:00:00Z', to: null }
  const line = (path: string, query = '') =>
    commandLine(
      { path, params: new URLSearchParams(query) },
      { window, namespace: null, cluster: null },
    )

  it.each([
    ['/roles', 'arn=r', 'podtrail who r --from 2026-11-23T02:00:00Z'],
    [
      '/identities/dev/sandbox/debug',
      '',
      'podtrail what sandbox/debug --cluster dev --activity --from 2026-11-23T02:00:00Z',
    ],
    ['/sessions', 'q=ASIA1', 'podtrail trace ASIA1'],
    ['/graph', '', 'podtrail graph --from 2026-11-23T02:00:00Z'],
  ])('%s?%s', (path, query, expected) => {
    expect(line(path, query)).toBe(expected)
  })

  it('quotes what a shell would run', () => {
    expect(quoted("a'; rm -rf /")).toBe("'a'\\''; rm -rf /'")
    expect(line('/sessions', 'q=$(reboot)')).toBe("podtrail trace '$(reboot)'")
  })
})
