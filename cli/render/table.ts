import { cellsOf, middle, visible } from './safe.ts'

export interface Column<Item> {
  readonly title: string
  readonly value: (item: Item) => string
  /** What is shown instead where there is no room for `value`. */
  readonly short?: (item: Item) => string
  readonly right?: boolean
  /** Shown by `-o wide` only. */
  readonly wide?: boolean
  /** May be cut down to this many columns; without, never. */
  readonly min?: number
  /** Where there is no room, columns go in this order, 1 first; without, never. */
  readonly drop?: number
}

export interface TableOptions {
  /** Columns of the terminal; null: no terminal, and nothing is cut. */
  readonly width: number | null
  readonly wide: boolean
  readonly header: (text: string) => string
}

const GUTTER = 2

/** Lines of a table. Whatever a value holds, it is printed on one line and does nothing to the terminal. */
export function tableOf<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { width, wide, header }: TableOptions,
): string[] {
  const shown = columns
    .filter((column) => wide || column.wide !== true)
    .map((column) => {
      const { value, short } = column
      const cells = items.map((item) => visible(value(item)))
      const shortCells = short === undefined ? null : items.map((item) => visible(short(item)))
      const full = widthOf(column.title, cells)
      return { column, cells, shortCells, full, width: full }
    })
  if (width !== null && !wide) squeeze(shown, width)
  const line = (text: (one: Shown & { column: Column<Item> }) => string): string =>
    shown
      .map((one) => pad(middle(text(one), one.width), one.width, one.column.right === true))
      .join(' '.repeat(GUTTER))
      .trimEnd()
  return [
    header(line(({ column }) => column.title)),
    ...items.map((_, index) => line(({ cells }) => cells[index]!)),
  ]
}

interface Shown {
  readonly column: { readonly title: string; readonly min?: number; readonly drop?: number }
  readonly shortCells: string[] | null
  cells: string[]
  full: number
  width: number
}

/** Shortens cells, leaves out columns until the rest fits when cut down, then cuts the widest ones no more than needed. */
function squeeze(shown: Shown[], width: number): void {
  const least = ({ column, full }: Shown): number => Math.min(full, column.min ?? full)
  const over = (of: (one: Shown) => number): number =>
    shown.reduce((sum, one) => sum + of(one), GUTTER * (shown.length - 1)) - width
  for (const one of shown) {
    if (over((other) => other.width) <= 0) return
    if (one.shortCells === null) continue
    one.cells = one.shortCells
    one.full = widthOf(one.column.title, one.cells)
    one.width = one.full
  }
  for (;;) {
    const next = shown
      .filter(({ column }) => column.drop !== undefined)
      .sort((a, b) => a.column.drop! - b.column.drop!)[0]
    // The first to go is not worth cutting anything else for.
    const isOver = over(next?.column.drop === 1 ? (one) => one.width : least) > 0
    if (next === undefined || !isOver) break
    shown.splice(shown.indexOf(next), 1)
  }
  for (let excess = over((one) => one.width); excess > 0; excess--) {
    const widest = shown
      .filter((one) => one.width > least(one))
      .sort((a, b) => b.width - a.width)[0]
    if (widest === undefined) break
    widest.width--
  }
}

function widthOf(title: string, cells: readonly string[]): number {
  return cells.reduce((most, text) => Math.max(most, cellsOf(text)), cellsOf(title))
}

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - cellsOf(text)))
  return right ? blanks + text : text + blanks
}
