import type { Page } from 'playwright-core'

/** Places and colours of the large parts of a page, by a name that stays when texts change. */
export type Layout = Readonly<Record<string, readonly [x: number, width: number, ground: string]>>

const PARTS =
  'header.top, nav, .scope, .pill, main, h1, .panel, .tiles, .tile:first-child, table, .table-bar, .graph-area, .drawer, .decide, .chain-line, .queue, .finding-view, .columns > div, .review-item, .ask, .foot'

/**
 * Where each stands from left to right, how wide it is and on which ground. Heights follow the fonts of the machine and the amount
 * of text, so they say nothing; a panel that went, moved to another column, shrank or lost its colour does.
 */
export async function boxesOf(page: Page): Promise<Layout> {
  return (await page.evaluate(`(() => {
    const counts = {}
    const boxes = {}
    for (const part of document.querySelectorAll(${JSON.stringify(PARTS)})) {
      const { x, width, height } = part.getBoundingClientRect()
      if (width === 0 || height === 0) continue
      const kind = part.tagName.toLowerCase() + [...part.classList].map((one) => '.' + one).join('')
      counts[kind] = (counts[kind] ?? 0) + 1
      if (counts[kind] > 3) continue
      boxes[kind + ' ' + counts[kind]] = [Math.round(x), Math.round(width), getComputedStyle(part).backgroundColor]
    }
    return boxes
  })()`)) as Layout
}

/** Pixels that text of another font may shift a box by, and the share of its width. */
const SHIFT_MAX = 60
const SHARE_MAX = 0.25

/** What is not as it was. */
export function differences(before: Layout, now: Layout): string[] {
  const found: string[] = []
  for (const [name, [x, width, ground]] of Object.entries(before)) {
    const box = now[name]
    if (box === undefined) {
      found.push(`${name} is gone`)
      continue
    }
    if (Math.abs(box[0] - x) > Math.max(SHIFT_MAX, width * SHARE_MAX))
      found.push(`${name} went from ${x} to ${box[0]}`)
    if (Math.abs(box[1] - width) > Math.max(SHIFT_MAX, width * SHARE_MAX))
      found.push(`${name} was ${width} wide and is ${box[1]}`)
    if (box[2] !== ground) found.push(`${name} stood on ${ground} and stands on ${box[2]}`)
  }
  return found
}
