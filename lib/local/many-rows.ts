import type { DatabaseSync, StatementSync } from 'node:sqlite'

const ROWS_AT_ONCE = 64

/** One statement for a row and one for many: a call into SQLite costs more than a short row. */
export interface ManyRows {
  readonly one: StatementSync
  readonly many: StatementSync
}

/** `insert` is the statement up to `VALUES`. */
export function manyRows(db: DatabaseSync, insert: string, columns: number): ManyRows {
  const row = `(${Array(columns).fill('?').join(', ')})`
  return {
    one: db.prepare(`${insert} VALUES ${row}`),
    many: db.prepare(`${insert} VALUES ${Array(ROWS_AT_ONCE).fill(row).join(', ')}`),
  }
}

/** Inserts `count` rows in order; `put` adds the values of one. */
export function insertMany(
  { one, many }: ManyRows,
  count: number,
  put: (index: number, values: (number | Uint8Array)[]) => void,
): void {
  let index = 0
  for (; index + ROWS_AT_ONCE <= count; index += ROWS_AT_ONCE) {
    const values: (number | Uint8Array)[] = []
    for (let i = index; i < index + ROWS_AT_ONCE; i++) put(i, values)
    many.run(...values)
  }
  for (; index < count; index++) {
    const values: (number | Uint8Array)[] = []
    put(index, values)
    one.run(...values)
  }
}
