import { type Link, type OrderNode, ordered } from './order.ts'

export interface Box {
  readonly x: number
  readonly y: number
}

export interface Column {
  readonly rank: number
  readonly x: number
  readonly ids: readonly string[]
}

export interface Layout {
  readonly columns: readonly Column[]
  readonly boxes: ReadonlyMap<string, Box>
  readonly width: number
  readonly height: number
}

/** In pixels at zoom 1. */
export const NODE = { width: 164, height: 30, gapX: 44, gapY: 8 } as const
const PASSES = 6

/** Fixed columns by rank; within them few crossings, and each node as near to its neighbours' height as the others let it. */
export function layoutOf(
  nodes: readonly OrderNode[],
  links: readonly Link[],
  before?: ReadonlyMap<string, number>,
): Layout {
  const orders = ordered(nodes, links, before)
  const rankOf = new Map(nodes.map(({ id, rank }) => [id, rank]))
  const near = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { from, to } of links) {
    if (rankOf.get(from) === rankOf.get(to)) continue
    near.get(from)?.push(to)
    near.get(to)?.push(from)
  }
  const step = NODE.height + NODE.gapY
  const tallest = Math.max(0, ...orders.map((ids) => ids.length))
  const y = new Map<string, number>()
  for (const ids of orders)
    ids.forEach((id, place) => {
      y.set(id, (place + (tallest - ids.length) / 2) * step)
    })
  for (let pass = 0; pass < PASSES; pass++) {
    const turn = pass % 2 === 0 ? orders : orders.toReversed()
    for (const ids of turn) {
      const wanted = ids.map((id) => {
        const some = (near.get(id) ?? []).flatMap((one) => y.get(one) ?? [])
        return some.length === 0
          ? y.get(id)!
          : some.reduce((sum, one) => sum + one, 0) / some.length
      })
      spaced(wanted, step).forEach((at, place) => {
        y.set(ids[place]!, at)
      })
    }
  }
  const least = y.size === 0 ? 0 : Math.min(...y.values())
  const columns = orders.map((ids, index) => ({
    rank: rankOf.get(ids[0]!)!,
    x: index * (NODE.width + NODE.gapX),
    ids,
  }))
  const boxes = new Map<string, Box>()
  for (const { x, ids } of columns)
    for (const id of ids) boxes.set(id, { x, y: Math.round(y.get(id)! - least) })
  const bottom = Math.max(0, ...[...boxes.values()].map((box) => box.y + NODE.height))
  return {
    columns,
    boxes,
    width: columns.length === 0 ? 0 : columns.length * (NODE.width + NODE.gapX) - NODE.gapX,
    height: bottom,
  }
}

/** The heights nearest to those wanted that keep the order and at least `step` between them: regression by pooling neighbours. */
export function spaced(wanted: readonly number[], step: number): number[] {
  const pools: { sum: number; count: number }[] = []
  wanted.forEach((height, index) => {
    let pool = { sum: height - index * step, count: 1 }
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count }
      pools.pop()
    }
    pools.push(pool)
  })
  const heights: number[] = []
  for (const { sum, count } of pools)
    for (let i = 0; i < count; i++) heights.push(sum / count + heights.length * step)
  return heights
}
