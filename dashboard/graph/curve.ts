import { type Box, NODE } from './layout.ts'

/** A cubic Bézier: start, two handles, end. */
export type Curve = readonly [number, number, number, number, number, number, number, number]

/** From the right side of one box to the left side of another; what does not go to the right arcs above both. */
export function curveOf(from: Box, to: Box): Curve {
  const x1 = from.x + NODE.width
  const y1 = from.y + NODE.height / 2
  const x2 = to.x
  const y2 = to.y + NODE.height / 2
  if (x2 > x1) {
    const bend = Math.max(30, (x2 - x1) / 2)
    return [x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2]
  }
  const above = Math.min(from.y, to.y) - 26
  return [x1, y1, x1 + 56, above, x2 - 56, above, x2, y2]
}

export function pointOn(
  [x1, y1, x2, y2, x3, y3, x4, y4]: Curve,
  t: number,
): readonly [number, number] {
  const u = 1 - t
  const a = u * u * u
  const b = 3 * u * u * t
  const c = 3 * u * t * t
  const d = t * t * t
  return [a * x1 + b * x2 + c * x3 + d * x4, a * y1 + b * y2 + c * y3 + d * y4]
}

const SAMPLES = 16

/** Distance of a point from the curve, as far as some points on it tell. */
export function distanceTo(curve: Curve, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY
  let [ax, ay] = pointOn(curve, 0)
  for (let i = 1; i <= SAMPLES; i++) {
    const [bx, by] = pointOn(curve, i / SAMPLES)
    const length = (bx - ax) ** 2 + (by - ay) ** 2
    const t =
      length === 0
        ? 0
        : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    least = Math.min(least, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)))
    ax = bx
    ay = by
  }
  return least
}
