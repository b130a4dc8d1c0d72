import { pointOn } from './curve.ts'
import type { Line, Scene } from './scene.ts'

/** Where the reader looks: scene coordinates times `zoom`, plus `x` and `y`. */
export interface Camera {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

export interface Colours {
  readonly did: string
  readonly could: string
  readonly refused: string
  readonly fresh: string
  readonly chosen: string
  readonly ground: string
}

/** What stands out; null: nothing in particular. */
export interface Emphasis {
  readonly nodes: ReadonlySet<string> | null
  readonly line: Line | null
  readonly isDashed: boolean
}

/** Draws the lines that the window shows, alike ones in one go: changing the pen is what takes time. */
export function drawLines(
  context: CanvasRenderingContext2D,
  { lines }: Scene,
  camera: Camera,
  size: { readonly width: number; readonly height: number; readonly ratio: number },
  colours: Colours,
  { nodes, line: chosen, isDashed }: Emphasis,
): void {
  const { x, y, zoom } = camera
  context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0)
  context.clearRect(0, 0, size.width, size.height)
  context.setTransform(zoom * size.ratio, 0, 0, zoom * size.ratio, x * size.ratio, y * size.ratio)
  context.lineCap = 'butt'
  const left = -x / zoom
  const top = -y / zoom
  const right = left + size.width / zoom
  const bottom = top + size.height / zoom
  const pens = new Map<string, Line[]>()
  for (const line of lines) {
    const [x1, y1, , y2, , , x4, y4] = line.curve
    if (Math.max(x1, x4) < left || Math.min(x1, x4) > right) continue
    if (Math.max(y1, y4) < top || Math.min(y1, y2, y4) > bottom) continue
    const isIn = nodes === null || (nodes.has(line.edge.from) && nodes.has(line.edge.to))
    const pen = `${isIn ? 1 : 0} ${line.look} ${line.edge.isNew ? 1 : 0} ${Math.round(line.width * 2) / 2}`
    const some = pens.get(pen)
    if (some === undefined) pens.set(pen, [line])
    else some.push(line)
  }
  // Where there are many, those that are as always step back behind those that are not.
  const calm = nodes !== null ? 0.85 : lines.length > MANY ? 0.4 : 0.75
  // What is dimmed first, thin before thick, so that nothing important is painted over.
  for (const pen of [...pens.keys()].sort()) {
    const [isIn, look, isNew, width] = pen.split(' ') as [string, Line['look'], string, string]
    context.globalAlpha = isIn === '0' ? 0.12 : look !== 'did' || isNew === '1' ? 0.95 : calm
    context.strokeStyle = isNew === '1' && look === 'did' ? colours.fresh : colours[look]
    context.lineWidth = Math.max(Number(width), 1 / zoom)
    context.setLineDash(isDashed && look === 'could' ? [6, 5] : [])
    context.beginPath()
    for (const { curve } of pens.get(pen)!) trace(context, curve)
    context.stroke()
    if (look === 'refused' && isIn === '1') crosses(context, pens.get(pen)!, colours.refused)
    if (isIn === '1' && zoom > 0.25)
      proofs(context, pens.get(pen)!, context.strokeStyle, colours.ground)
  }
  context.setLineDash([])
  if (chosen !== null) {
    context.globalAlpha = 1
    context.strokeStyle = colours.chosen
    context.lineWidth = chosen.width + 1.5
    context.beginPath()
    trace(context, chosen.curve)
    context.stroke()
    arrow(context, chosen, colours.chosen)
  }
  context.globalAlpha = 1
}

/** Lines beyond which the usual ones are drawn fainter. */
const MANY = 150

function trace(
  context: CanvasRenderingContext2D,
  [x1, y1, x2, y2, x3, y3, x4, y4]: Line['curve'],
): void {
  context.moveTo(x1, y1)
  context.bezierCurveTo(x2, y2, x3, y3, x4, y4)
}

/** ✕ before the end of what was refused. */
function crosses(context: CanvasRenderingContext2D, lines: readonly Line[], colour: string): void {
  context.lineWidth = 2
  context.strokeStyle = colour
  context.beginPath()
  for (const { curve } of lines) {
    const [x, y] = pointOn(curve, 0.9)
    context.moveTo(x - 4, y - 4)
    context.lineTo(x + 4, y + 4)
    context.moveTo(x + 4, y - 4)
    context.lineTo(x - 4, y + 4)
  }
  context.stroke()
}

/** ○ at the start of what is likely and not certain. */
function proofs(
  context: CanvasRenderingContext2D,
  lines: readonly Line[],
  colour: string | CanvasGradient | CanvasPattern,
  ground: string,
): void {
  context.lineWidth = 1.5
  context.strokeStyle = colour
  context.fillStyle = ground
  for (const { edge, curve } of lines) {
    if (
      edge.proof !== 'transitiveTags' &&
      edge.proof !== 'externalId' &&
      edge.proof !== 'sessionName'
    )
      continue
    const [x, y] = pointOn(curve, 0.06)
    context.beginPath()
    context.arc(x, y, 4, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
}

function arrow(context: CanvasRenderingContext2D, { curve }: Line, colour: string): void {
  const [x, y] = pointOn(curve, 1)
  context.fillStyle = colour
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x - 9, y - 5)
  context.lineTo(x - 9, y + 5)
  context.fill()
}
