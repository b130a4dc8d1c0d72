import { ordered } from '../graph/order.ts'

export interface Flow {
  readonly from: string
  readonly to: string
  readonly count: number
  /** It leaves the cluster's own account. */
  readonly isOut?: boolean
}

export interface FlowNode {
  readonly id: string
  readonly label: string
  readonly rank: number
}

export interface Bar extends FlowNode {
  readonly y: number
  readonly height: number
}

export interface Band extends Flow {
  /** Tops of both ends. */
  readonly y1: number
  readonly y2: number
  readonly height1: number
  readonly height2: number
}

const GAP = 10
const LEAST = 14

/** Bars by rank and bands between them, as thick as the order of magnitude: a hundred times as much is three times as thick. */
export function bandsOf(
  nodes: readonly FlowNode[],
  flows: readonly Flow[],
): { bars: Bar[]; bands: Band[]; height: number } {
  const weight = ({ count }: Flow) => 2 + 4 * Math.log10(1 + count)
  const columns = ordered(nodes, flows)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const out = Map.groupBy(flows, ({ from }) => from)
  const into = Map.groupBy(flows, ({ to }) => to)
  const total = (some: readonly Flow[] | undefined) =>
    (some ?? []).reduce((sum, one) => sum + weight(one), 0)
  const heightOf = (id: string) => Math.max(LEAST, total(out.get(id)), total(into.get(id)))
  const columnHeight = (ids: readonly string[]) =>
    ids.reduce((sum, id) => sum + heightOf(id) + GAP, -GAP)
  const height = Math.max(0, ...columns.map(columnHeight))
  const bars = new Map<string, Bar>()
  for (const ids of columns) {
    let y = (height - columnHeight(ids)) / 2
    for (const id of ids) {
      bars.set(id, { ...byId.get(id)!, y, height: heightOf(id) })
      y += heightOf(id) + GAP
    }
  }
  const used = new Map<string, number>()
  const place = (id: string, side: string, thickness: number, whole: number) => {
    const bar = bars.get(id)!
    const before = used.get(`${side} ${id}`) ?? (bar.height - whole) / 2
    used.set(`${side} ${id}`, before + thickness)
    return bar.y + before
  }
  const sorted = flows
    .filter(({ from, to }) => bars.has(from) && bars.has(to))
    .sort(
      (a, b) => bars.get(a.from)!.y - bars.get(b.from)!.y || bars.get(a.to)!.y - bars.get(b.to)!.y,
    )
  const starts = new Map(
    sorted.map((flow) => [flow, place(flow.from, 'out', weight(flow), total(out.get(flow.from)))]),
  )
  const bands = sorted
    .toSorted(
      (a, b) => bars.get(a.to)!.y - bars.get(b.to)!.y || bars.get(a.from)!.y - bars.get(b.from)!.y,
    )
    .map((flow) => ({
      ...flow,
      y1: starts.get(flow)!,
      y2: place(flow.to, 'in', weight(flow), total(into.get(flow.to))),
      height1: weight(flow),
      height2: weight(flow),
    }))
  return { bars: [...bars.values()], bands, height }
}
