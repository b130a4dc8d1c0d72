/** Strings by number: equal strings have equal numbers, and the empty string is 0. */
export interface Strings {
  /** How many there are, the empty string included. */
  readonly size: number
  /** How many bytes they take. */
  readonly bytes: number
  /** The number of a string that does not stand in the file as it is. */
  internString(text: string): number
  text(id: number): string
  /** Length in bytes, as UTF-8. */
  lengthOf(id: number): number
  /** Puts the string's bytes at `at`; returns how many there are. */
  copyTo(target: Uint8Array, at: number, id: number): number
  /** Begins anew: all numbers given out are void. */
  forget(): void
}

/** There is no room for another string. */
export class StringsFull extends Error {}

/** The reference: turns byte ranges into small numbers, one string each however often they occur. */
export class Interner implements Strings {
  /** Made when asked for: most strings are only ever compared. */
  #texts: (string | undefined)[] = ['']
  #count = 1
  #starts: Int32Array = new Int32Array(1024)
  #lengths: Int32Array = new Int32Array(1024)
  #hashes: Int32Array = new Int32Array(1024)
  #arena = Buffer.alloc(1 << 16)
  #arenaView: DataView = viewOf(this.#arena)
  #arenaUsed = 0
  #table: Int32Array = new Int32Array(1 << 12)

  /** How many distinct values are held; the empty string is number 0. */
  get size(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#arenaUsed
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
    let text = this.#texts[id]
    if (text === undefined) {
      const start = this.#starts[id]!
      text = this.#arena.toString('utf8', start, start + this.#lengths[id]!)
      this.#texts[id] = text
    }
    return text
  }

  lengthOf(id: number): number {
    return this.#lengths[id]!
  }

  copyTo(target: Uint8Array, at: number, id: number): number {
    const arena = this.#arena
    const from = this.#starts[id]!
    const length = this.#lengths[id]!
    for (let i = 0; i < length; i++) target[at + i] = arena[from + i]!
    return length
  }

  forget(): void {
    this.#texts = ['']
    this.#count = 1
    this.#arenaUsed = 0
    this.#table = new Int32Array(1 << 12)
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
    const id = this.#count
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
    for (let j = 0; j < length; j++) arena[from + j] = view.getUint8(start + j)
    this.#arenaUsed = from + length
    this.#starts[id] = from
    this.#lengths[id] = length
    this.#hashes[id] = hash
    this.#count++
    this.#texts.push(undefined)
    this.#table[slot] = id
    if (2 * this.#count > this.#table.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const table = new Int32Array(2 * this.#table.length)
    const mask = table.length - 1
    for (let id = 1; id < this.#count; id++) {
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
