export interface Counted {
  readonly count: number
  readonly first: number
  readonly last: number
}

/** Small numbers in few bytes: seven bits in each, the eighth says that more follow. */
export class ColumnWriter {
  #bytes = Buffer.alloc(1 << 12)
  #length = 0

  /** Numbers below 2^32 as they are. */
  numbers(numbers: ArrayLike<number>): void {
    this.#room(5 * (numbers.length + 1))
    this.#number(numbers.length)
    for (let i = 0; i < numbers.length; i++) this.#number(numbers[i]!)
  }

  /** From each to the next: of sorted numbers, or of such that come in runs. */
  steps(numbers: ArrayLike<number>): void {
    this.#room(5 * (numbers.length + 1))
    this.#number(numbers.length)
    let before = 0
    for (let i = 0; i < numbers.length; i++) {
      // Steps alternate between above and below zero; wrapped to 32 bits, any fits.
      const step = (numbers[i]! - before) | 0
      this.#number(((step << 1) ^ (step >> 31)) >>> 0)
      before = numbers[i]!
    }
  }

  /** Rows of `width` numbers, column by column. */
  rows(rows: Uint32Array, width: number): void {
    const column = new Uint32Array(rows.length / width)
    for (let at = 0; at < width; at++) {
      for (let row = 0; row < column.length; row++) column[row] = rows[row * width + at]!
      this.steps(column)
    }
  }

  /** Texts, best sorted: of each, how much of it the one before has too, and the rest. */
  texts(texts: readonly string[]): void {
    const shared = texts.map((text, index) => sharedStart(texts[index - 1] ?? '', text))
    this.numbers(shared)
    this.raw(Buffer.from(JSON.stringify(texts.map((text, index) => text.slice(shared[index])))))
  }

  /** What something comes to in a span of `length` seconds from 0, as counts, first and last times. */
  sums(sums: readonly Counted[], length: number): void {
    this.numbers(sums.map(({ count }) => count))
    this.numbers(sums.map(({ first }) => first))
    // What happens often ends near the end of the span, and what happened once ended when it began.
    const several = sums.filter(({ count }) => count > 1)
    this.numbers(several.map(({ last }) => length - 1 - last))
  }

  raw(bytes: Uint8Array): void {
    this.#room(5 + bytes.length)
    this.#number(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(more: number): void {
    if (this.#bytes.length >= this.#length + more) return
    const larger = Buffer.alloc(2 * this.#length + more)
    larger.set(this.bytes())
    this.#bytes = larger
  }

  #number(number: number): void {
    let left = number
    for (; left > 127; left >>>= 7) this.#bytes[this.#length++] = (left & 127) | 128
    this.#bytes[this.#length++] = left
  }
}

/** Reads what a `ColumnWriter` wrote, in the same order. */
export class ColumnReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  numbers(): Uint32Array {
    const numbers = new Uint32Array(this.#number())
    for (let i = 0; i < numbers.length; i++) numbers[i] = this.#number()
    return numbers
  }

  steps(): Uint32Array {
    const numbers = new Uint32Array(this.#number())
    let before = 0
    for (let i = 0; i < numbers.length; i++) {
      const step = this.#number()
      before = (before + ((step >>> 1) ^ -(step & 1))) >>> 0
      numbers[i] = before
    }
    return numbers
  }

  rows(width: number): Uint32Array {
    const columns = Array.from({ length: width }, () => this.steps())
    const rows = new Uint32Array(width * columns[0]!.length)
    columns.forEach((column, at) => {
      for (let row = 0; row < column.length; row++) rows[row * width + at] = column[row]!
    })
    return rows
  }

  texts(): string[] {
    const shared = this.numbers()
    const rests = JSON.parse(this.raw().toString()) as string[]
    let before = ''
    return rests.map((rest, index) => {
      before = before.slice(0, shared[index]) + rest
      return before
    })
  }

  sums(length: number): Counted[] {
    const [counts, firsts, lasts] = [this.numbers(), this.numbers(), this.numbers()]
    let several = 0
    return Array.from(counts, (count, row) => {
      const first = firsts[row]!
      return { count, first, last: count > 1 ? length - 1 - lasts[several++]! : first }
    })
  }

  raw(): Buffer {
    const length = this.#number()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #number(): number {
    let number = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!
      number |= (byte & 127) << shift
      if (byte < 128) return number >>> 0
    }
  }
}

/** Numbers for texts, in their order. */
export function numbered(texts: Iterable<string>): {
  texts: string[]
  numberOf: ReadonlyMap<string, number>
} {
  const sorted = [...new Set(texts)].sort()
  return { texts: sorted, numberOf: new Map(sorted.map((text, number) => [text, number])) }
}

/** Rows of `width` numbers in their order, and which place each now has. */
export function sortedRows(
  rows: Int32Array,
  width: number,
): { rows: Uint32Array; placeOf: Uint32Array } {
  const order = Uint32Array.from({ length: rows.length / width }, (_, row) => row)
  order.sort((a, b) => {
    for (let at = 0; at < width; at++) {
      const difference = rows[a * width + at]! - rows[b * width + at]!
      if (difference !== 0) return difference
    }
    return a - b
  })
  const sorted = new Uint32Array(rows.length)
  const placeOf = new Uint32Array(order.length)
  order.forEach((row, place) => {
    placeOf[row] = place
    sorted.set(rows.subarray(row * width, (row + 1) * width), place * width)
  })
  return { rows: sorted, placeOf }
}

function sharedStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
