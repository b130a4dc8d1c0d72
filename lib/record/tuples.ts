function grown(column: Int32Array): Int32Array {
  const larger = new Int32Array(2 * column.length)
  larger.set(column)
  return larger
}

/** Numbers for tuples of numbers, for composite keys. */
export class TupleInterner {
  readonly width: number
  #rows: Int32Array
  #table: Int32Array = new Int32Array(16)
  #count = 0

  constructor(width: number) {
    this.width = width
    this.#rows = new Int32Array(width)
  }

  get size(): number {
    return this.#count
  }

  /** Number of the tuple now in `tuple`; numbers are given out from 0. `created` tells whether it was new. */
  created = false
  intern(tuple: Int32Array): number {
    const width = this.width
    let h = 0
    for (let j = 0; j < width; j++) {
      h = Math.imul(h ^ tuple[j]!, 0x9e3779b1)
      h ^= h >>> 15
    }
    const table = this.#table
    const mask = table.length - 1
    let at = h & mask
    const rows = this.#rows
    for (;;) {
      const entry = table[at]!
      if (entry === 0) break
      const base = (entry - 1) * width
      let j = 0
      while (j < width && rows[base + j] === tuple[j]) j++
      if (j === width) {
        this.created = false
        return entry - 1
      }
      at = (at + 1) & mask
    }
    const id = this.#count++
    if ((id + 1) * width > rows.length) this.#rows = grown(rows)
    this.#rows.set(tuple, id * width)
    table[at] = id + 1
    this.created = true
    if (2 * this.#count > table.length) this.#rehash()
    return id
  }

  /** All tuples, one after another. */
  rows(): Int32Array {
    return this.#rows.subarray(0, this.#count * this.width)
  }

  #rehash(): void {
    const table = new Int32Array(2 * this.#table.length)
    const mask = table.length - 1
    const width = this.width
    for (let id = 0; id < this.#count; id++) {
      let h = 0
      for (let j = 0; j < width; j++) {
        h = Math.imul(h ^ this.#rows[id * width + j]!, 0x9e3779b1)
        h ^= h >>> 15
      }
      let at = h & mask
      while (table[at] !== 0) at = (at + 1) & mask
      table[at] = id + 1
    }
    this.#table = table
  }
}
