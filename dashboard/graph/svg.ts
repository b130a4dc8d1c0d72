import type { GraphNode } from '../api/types.ts'
import { visible } from '../parts/text.ts'
import type { Colours } from './draw.ts'
import { NODE } from './layout.ts'
import type { Scene } from './scene.ts'

const MARGIN = 16

/** The whole scene as a picture whose text can be selected. Every value is escaped: names come from outside. */
export function svgOf(
  { nodes, lines, layout }: Scene,
  colours: Colours & { readonly text: string; readonly node: string },
): string {
  const width = layout.width + 2 * MARGIN
  const height = layout.height + 2 * MARGIN
  const paths = lines.map(({ curve, look, width: pen, edge }) => {
    const [x1, y1, x2, y2, x3, y3, x4, y4] = curve
    const colour = edge.isNew && look === 'did' ? colours.fresh : colours[look]
    const dash = look === 'could' ? ' stroke-dasharray="5 4"' : ''
    return `<path d="M${x1} ${y1}C${x2} ${y2} ${x3} ${y3} ${x4} ${y4}" stroke="${colour}" stroke-width="${pen.toFixed(1)}"${dash}/>`
  })
  const boxes = nodes.map((node: GraphNode) => {
    const { x, y } = layout.boxes.get(node.id)!
    const stroke = node.findings > 0 ? colours.refused : node.isNew ? colours.fresh : colours.did
    return `<rect x="${x}" y="${y}" width="${NODE.width}" height="${NODE.height}" rx="6" fill="${colours.node}" stroke="${stroke}"/><text x="${x + 9}" y="${y + 21}">${escaped(shortened(node.label))}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}"><rect x="${-MARGIN}" y="${-MARGIN}" width="100%" height="100%" fill="${colours.ground}"/><g fill="none">${paths.join('')}</g><g font-family="system-ui, sans-serif" font-size="12" fill="${colours.text}">${boxes.join('')}</g></svg>\n`
}

const LABEL_MAX = 24

function shortened(text: string): string {
  const characters = [...visible(text)]
  return characters.length <= LABEL_MAX
    ? characters.join('')
    : `${characters.slice(0, LABEL_MAX - 1).join('')}…`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
