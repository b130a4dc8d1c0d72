import type { Principal } from '../model.ts'

/** Kinds of calls within one hour, in columns: what is alike is one row, counted. */
export interface CountedTable {
  readonly principals: readonly Principal[]
  readonly strings: readonly string[]
  /** As many numbers a row as the table has columns; some of them index `principals` or `strings`. */
  readonly keys: Int32Array
  readonly count: Uint32Array
  /** Seconds into the hour. */
  readonly first: Uint16Array
  readonly last: Uint16Array
}
