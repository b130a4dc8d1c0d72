import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crossings } from '../../dashboard/graph/crossings.ts'
import { curveOf, distanceTo, pointOn } from '../../dashboard/graph/curve.ts'
import { layoutOf, NODE, spaced } from '../../dashboard/graph/layout.ts'
import { ordered } from '../../dashboard/graph/order.ts'
import { pathsThrough } from '../../dashboard/graph/reach.ts'

const graphs = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({
    nodes: fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: count, maxLength: count })
      .map((ranks) =>
        ranks.map((rank, index) => ({ id: `n${index}`, label: `label ${index % 7}`, rank })),
      ),
    links: fc
      .array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 })
      .map((pairs) => pairs.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` }))),
  }),
)

describe('the order of nodes', () => {
  it('has every node once, in the column of its rank, whichever way they came', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, links }) => {
        const columns = ordered(nodes, links)
        expect(columns.flat().sort()).toEqual(nodes.map(({ id }) => id).sort())
        for (const ids of columns)
          expect(new Set(ids.map((id) => nodes.find((node) => node.id === id)!.rank)).size).toBe(1)
        expect(ordered(nodes.toReversed(), links.toReversed())).toEqual(columns)
      }),
      { numRuns: 60 },
    )
  })

  it('takes two lines apart that need not cross', () => {
    const nodes = ['a', 'b', 'x', 'y'].map((id, index) => ({
      id,
      label: id,
      rank: index < 2 ? 0 : 1,
    }))
    const links = [
      { from: 'a', to: 'y' },
      { from: 'b', to: 'x' },
    ]
    const [left, right] = ordered(nodes, links) as [string[], string[]]
    expect(left.indexOf('a') < left.indexOf('b')).toBe(right.indexOf('y') < right.indexOf('x'))
  })

  it('keeps what stood somewhere before where it stood, as long as nothing crosses for it', () => {
    const nodes = ['a', 'b', 'c'].map((id) => ({ id, label: id, rank: 0 }))
    const before = new Map([
      ['c', 0],
      ['a', 1],
    ])
    const [column] = ordered(nodes, [], before) as [string[]]
    expect(column.indexOf('c')).toBeLessThan(column.indexOf('a'))
  })
})

describe('crossings', () => {
  it('are as many as pairs of lines whose ends stand the other way round', () => {
    const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 })
    fc.assert(
      fc.property(pairs, (some) => {
        const rank = [...Array(10).fill(0), ...Array(10).fill(1)]
        const order = [...Array(10).keys(), ...Array(10).keys()]
        const links = some.map(([a, b]) => [a, 10 + b] as const)
        let slow = 0
        for (const [i, [a, b]] of some.entries())
          for (const [c, d] of some.slice(i + 1)) if ((a - c) * (b - d) < 0) slow++
        expect(crossings(links, rank, order)).toBe(slow)
      }),
    )
  })
})

describe('the layout', () => {
  it('never lets two nodes overlap, and starts at the top', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, links }) => {
        const { columns, boxes, height } = layoutOf(nodes, links)
        for (const { ids } of columns)
          ids.forEach((id, place) => {
            const next = boxes.get(ids[place + 1] ?? '')
            if (next !== undefined)
              expect(next.y - boxes.get(id)!.y).toBeGreaterThanOrEqual(NODE.height + NODE.gapY - 1)
          })
        const ys = [...boxes.values()].map(({ y }) => y)
        expect(Math.min(...ys)).toBe(0)
        expect(height).toBe(Math.max(...ys) + NODE.height)
      }),
      { numRuns: 60 },
    )
  })

  it('spaces heights as near to what was wanted as the distance allows', () => {
    expect(spaced([0, 100, 200], 10)).toEqual([0, 100, 200])
    expect(spaced([50, 50], 10)).toEqual([45, 55])
    expect(spaced([], 10)).toEqual([])
  })
})

describe('ways through a node', () => {
  it('are what leads to it and what it leads to, also around a circle', () => {
    const links = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'b' },
      { from: 'x', to: 'c' },
      { from: 'a', to: 'z' },
    ]
    expect([...pathsThrough('b', links)].sort()).toEqual(['a', 'b', 'c', 'x'])
    expect([...pathsThrough('z', links)].sort()).toEqual(['a', 'z'])
  })
})

describe('a line', () => {
  it('goes from the right of one box to the left of the other, and is hit where it is', () => {
    const curve = curveOf({ x: 0, y: 0 }, { x: 400, y: 80 })
    expect(pointOn(curve, 0)).toEqual([NODE.width, NODE.height / 2])
    expect(pointOn(curve, 1)).toEqual([400, 80 + NODE.height / 2])
    const [x, y] = pointOn(curve, 0.4)
    expect(distanceTo(curve, x, y)).toBeLessThan(1)
    expect(distanceTo(curve, x, y + 60)).toBeGreaterThan(20)
  })

  it('that leads back arcs above both', () => {
    const curve = curveOf({ x: 400, y: 100 }, { x: 0, y: 100 })
    expect(pointOn(curve, 0.5)[1]).toBeLessThan(100)
  })
})
