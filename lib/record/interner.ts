/** Turns byte ranges into small numbers: the same bytes, the same number, and one string each however often they occur. */
export class Interner {
  #strings: string[] = ['']
  #starts: Int32Array = new Int32Array(1024)
  #lengths: Int32Array = new Int32Array(1024)
  #hashes: Int32Array = new Int32Array(1024)
  #arena = Buffer.alloc(1 << 16)
  #arenaView: DataView = viewOf(this.#arena)
  #arenaUsed = 0
  #table: Int32Array = new Int32Array(1 << 12)

  /** How many distinct values are held; the empty string is number 0. */
  get size(): number {
    return this.#strings.length
  }

  /** The number of the UTF-8 text between two byte offsets of `view`. */
  intern(view: DataView, start: number, end: number): number {
    const length = end - start
    if (length === 0) return 0
    const hash = hashOf(view, start, end)
    const table = this.#table
    const mask = table.length - 1
    let at = hash & mask
    for (;;) {
      const id = table[at]!
      if (id === 0) break
      if (this.#hashes[id] === hash && this.#is(id, view, start, length)) return id
      at = (at + 1) & mask
    }
    return this.#add(at, hash, view, start, length)
  }

  /** `intern`, quicker where the value is likely to be that of number `guess`. */
  internLike(guess: number, view: DataView, start: number, end: number): number {
    return this.#is(guess, view, start, end - start) ? guess : this.intern(view, start, end)
  }

  /** The number of a string that does not stand in the file as it is. */
  internString(text: string): number {
    const bytes = Buffer.from(text, 'utf8')
    return this.intern(viewOf(bytes), 0, bytes.length)
  }

  text(id: number): string {
    return this.#strings[id]!
  }

  #is(id: number, view: DataView, start: number, length: number): boolean {
    if (this.#lengths[id] !== length) return false
    const arena = this.#arenaView
    const from = this.#starts[id]!
    let j = 0
    for (; j + 4 <= length; j += 4)
      if (arena.getInt32(from + j, true) !== view.getInt32(start + j, true)) return false
    for (; j < length; j++) if (arena.getUint8(from + j) !== view.getUint8(start + j)) return false
    return true
  }

  #add(slot: number, hash: number, view: DataView, start: number, length: number): number {
    const id = this.#strings.length
    if (id === this.#starts.length) {
      this.#starts = grown(this.#starts)
      this.#lengths = grown(this.#lengths)
      this.#hashes = grown(this.#hashes)
    }
    const from = this.#arenaUsed
    if (from + length > this.#arena.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#arena.length, from + length))
      this.#arena.copy(larger)
      this.#arena = larger
      this.#arenaView = viewOf(larger)
    }
    const arena = this.#arena
    let ascii = true
    for (let j = 0; j < length; j++) {
      const byte = view.getUint8(start + j)
      if (byte > 0x7f) ascii = false
      arena[from + j] = byte
    }
    this.#arenaUsed = from + length
    this.#starts[id] = from
    this.#lengths[id] = length
    this.#hashes[id] = hash
    this.#strings.push(arena.toString(ascii ? 'latin1' : 'utf8', from, from + length))
    this.#table[slot] = id
    if (2 * this.#strings.length > this.#table.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const table = new Int32Array(2 * this.#table.length)
    const mask = table.length - 1
    for (let id = 1; id < this.#strings.length; id++) {
      let at = this.#hashes[id]! & mask
      while (table[at] !== 0) at = (at + 1) & mask
      table[at] = id
    }
    this.#table = table
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Whoever makes strings collide only makes the table slower, and only until the file ends. */
function hashOf(view: DataView, start: number, end: number): number {
  let h = 0x811c9dc5 ^ (end - start)
  let i = start
  for (; i + 4 <= end; i += 4) {
    h = Math.imul(h ^ view.getInt32(i, true), 0x9e3779b1)
    h ^= h >>> 15
  }
  for (; i < end; i++) h = Math.imul(h ^ view.getUint8(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return h ^ (h >>> 13)
}

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
    this.#rows = new Int32Array(width * 8)
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
