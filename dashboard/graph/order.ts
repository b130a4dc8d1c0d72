import { crossings } from './crossings.ts'

export interface OrderNode {
  readonly id: string
  readonly label: string
  readonly rank: number
}

export interface Link {
  readonly from: string
  readonly to: string
}

const SWEEPS = 12

/**
 * The nodes of each rank from the top down, so that few lines cross. A pure function of nodes, links and the order before: who
 * looks again finds everything where it was.
 */
export function ordered(
  given: readonly OrderNode[],
  links: readonly Link[],
  before: ReadonlyMap<string, number> = new Map(),
): string[][] {
  const nodes = [...given].sort((a, b) => byText(a.label, b.label) || byText(a.id, b.id))
  const index = new Map(nodes.map(({ id }, at) => [id, at]))
  const pairs = links
    .flatMap(({ from, to }) => {
      const pair = [index.get(from), index.get(to)] as const
      return pair[0] === undefined || pair[1] === undefined ? [] : [pair as [number, number]]
    })
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const near: number[][] = nodes.map(() => [])
  for (const [from, to] of pairs) {
    near[from]!.push(to)
    near[to]!.push(from)
  }
  const rank = nodes.map((node) => node.rank)
  const ranks = [...new Set(rank)].sort((a, b) => a - b)
  let columns = seeded(nodes, near, ranks, before)
  let best = columns
  let least = crossings(pairs, rank, placesOf(columns, nodes.length))
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    columns = swept(columns, near, rank, sweep % 2 === 0)
    const count = crossings(pairs, rank, placesOf(columns, nodes.length))
    if (count >= least) continue
    least = count
    best = columns
  }
  return best.map((column) => column.map((at) => nodes[at]!.id))
}

/** As they stood before; new ones where a walk from the left comes upon them, so that what belongs together is close. */
function seeded(
  nodes: readonly OrderNode[],
  near: readonly number[][],
  ranks: readonly number[],
  before: ReadonlyMap<string, number>,
): number[][] {
  const columns = new Map<number, number[]>(ranks.map((one) => [one, []]))
  const seen = new Set<number>()
  for (const one of ranks)
    for (let start = 0; start < nodes.length; start++) {
      if (nodes[start]!.rank !== one) continue
      const stack = [start]
      while (stack.length > 0) {
        const at = stack.pop()!
        if (seen.has(at)) continue
        seen.add(at)
        columns.get(nodes[at]!.rank)!.push(at)
        for (const next of near[at]!.toReversed()) if (!seen.has(next)) stack.push(next)
      }
    }
  const all = ranks.map((one) => columns.get(one)!)
  if (before.size === 0) return all
  return all.map((column) => {
    const kept = column.filter((at) => before.has(nodes[at]!.id))
    kept.sort((a, b) => before.get(nodes[a]!.id)! - before.get(nodes[b]!.id)!)
    const queue = kept[Symbol.iterator]()
    return column.map((at) => (before.has(nodes[at]!.id) ? queue.next().value! : at))
  })
}

/** Each column by where its nodes' neighbours on one side stand. */
function swept(
  columns: readonly number[][],
  near: readonly number[][],
  rank: readonly number[],
  toRight: boolean,
): number[][] {
  const result = columns.map((column) => [...column])
  const height = new Float64Array(rank.length)
  const note = (column: readonly number[]): void =>
    column.forEach((at, place) => {
      height[at] = (place + 0.5) / column.length
    })
  result.forEach(note)
  const turn = toRight ? result : result.toReversed()
  for (const column of turn) {
    const middle = new Map<number, number>()
    for (const at of column) {
      const side = near[at]!.filter((next) =>
        toRight ? rank[next]! < rank[at]! : rank[next]! > rank[at]!,
      )
      const sum = side.reduce((total, next) => total + height[next]!, 0)
      middle.set(at, side.length === 0 ? height[at]! : sum / side.length)
    }
    column.sort((a, b) => middle.get(a)! - middle.get(b)! || height[a]! - height[b]!)
    note(column)
  }
  return result
}

function placesOf(columns: readonly number[][], count: number): Int32Array {
  const places = new Int32Array(count)
  for (const column of columns)
    column.forEach((at, place) => {
      places[at] = place
    })
  return places
}

function byText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
