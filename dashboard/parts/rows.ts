import type { ComponentChildren } from 'preact'

export type Cell = string | number | null

export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** What the column sorts, filters and exports by. */
  readonly value: (row: Row) => Cell
  /** Left out: the value as text. */
  readonly cell?: (row: Row) => ComponentChildren
  /** Its values are few and worth filtering by. */
  readonly isFacet?: boolean
  readonly isNumber?: boolean
}

/** What stands in the address of a table: order, text, and `column:value` or `-column:value`. */
export interface View {
  readonly sort: string | null
  readonly text: string
  readonly filters: readonly string[]
}

export interface Filter {
  readonly column: string
  readonly value: string
  readonly isOut: boolean
}

export function parseFilter(text: string): Filter | null {
  const colon = text.indexOf(':')
  if (colon <= 0) return null
  const isOut = text.startsWith('-')
  return { column: text.slice(isOut ? 1 : 0, colon), value: text.slice(colon + 1), isOut }
}

/** Rows of the current filter in the current order. Filters of one column are alternatives; those of several must all hold. */
export function viewed<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { sort, text, filters }: View,
): Row[] {
  const byId = new Map(columns.map((column) => [column.id, column]))
  const parsed = filters.flatMap((one) => parseFilter(one) ?? [])
  const wanted = Map.groupBy(
    parsed.filter((one) => !one.isOut && byId.has(one.column)),
    ({ column }) => column,
  )
  const unwanted = parsed.filter((one) => one.isOut && byId.has(one.column))
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const kept = rows.filter((row) => {
    const textOf = (id: string) => String(byId.get(id)!.value(row) ?? '')
    for (const [id, some] of wanted)
      if (!some.some(({ value }) => value === textOf(id))) return false
    for (const { column, value } of unwanted) if (value === textOf(column)) return false
    if (words.length === 0) return true
    const all = columns
      .map((column) => String(column.value(row) ?? ''))
      .join(' ')
      .toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const column = sort === null ? undefined : byId.get(sort.replace(/^-/, ''))
  if (column === undefined) return kept
  const sign = sort!.startsWith('-') ? -1 : 1
  return kept.sort((a, b) => sign * compareCells(column.value(a), column.value(b)))
}

/** Numbers by size, text by code point, nothing last. */
function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}
