import { Interner, type Strings } from './strings.ts'

/**
 * An exact structural walk over the bytes of JSON documents: it knows where each value of interest begins
 * and ends without building any object. What is captured is checked; what is not captured is balanced
 * (strings, brackets, depth) and skipped.
 *
 * Why not JSON.parse: two thirds of the time of the obvious program goes into objects that are thrown
 * away a microsecond later (bench/README.md).
 */

/** What to capture: a leaf is a slot number; a nested object has its own shape and may have a slot too. */
export interface Shape {
  readonly [key: string]: number | NestedField
}
export interface NestedField {
  readonly slot?: number
  readonly shape?: Shape
}

/** What a captured value is. `plain` and `escaped` are strings; their span excludes the quotes. */
export const TYPE = {
  absent: 0,
  plain: 1,
  escaped: 2,
  object: 3,
  array: 4,
  true: 5,
  false: 6,
  null: 7,
  number: 8,
} as const

/** The document is not JSON from `offset` (bytes, uncompressed) on. */
export class MalformedJson extends Error {
  readonly offset: number
  constructor(offset: number) {
    super(`not JSON at byte ${offset}`)
    this.offset = offset
  }
}

interface KeyEntry {
  readonly bytes: Uint8Array
  /** The key, its closing quote and the colon, four bytes a word; the last word overlaps the one before. */
  readonly words: Int32Array
  readonly text: string
  readonly slot: number
  readonly node: ShapeNode | null
}

/**
 * A compiled shape. Writers keep their field order, so `after[i]` guesses the key that follows key `i` from the last time; most
 * keys are then recognised by one comparison. Keys that nobody asked for are learned too, to be skipped as quickly.
 */
export interface ShapeNode {
  /** Of all shapes, this is number so many. */
  readonly number: number
  readonly keys: KeyEntry[]
  readonly after: number[]
  /** Chains of key numbers by `keyHash`. */
  readonly table: (number[] | undefined)[]
}

const LEARNED_KEYS_MAX = 48
const LEARNED_KEY_LENGTH_MAX = 40
const START = -1

const encoder = new TextEncoder()

let shapes = 0

/** Compiles a shape for `Walker`. */
export function compileShape(shape: Shape): ShapeNode {
  const node: ShapeNode = {
    number: shapes++,
    keys: [],
    after: [0],
    table: new Array(256).fill(undefined),
  }
  for (const [text, field] of Object.entries(shape)) {
    const { slot = -1, shape: inner } = typeof field === 'number' ? { slot: field } : field
    addKey(node, text, slot, inner === undefined ? null : compileShape(inner))
  }
  return node
}

function addKey(node: ShapeNode, text: string, slot: number, inner: ShapeNode | null): number {
  const bytes = encoder.encode(text)
  const index = node.keys.length
  node.keys.push({ text, bytes, words: wordsOf(encoder.encode(`${text}":`)), slot, node: inner })
  node.after.push(index + 1)
  const hash = keyHash(bytes, 0, bytes.length)
  const chain = node.table[hash]
  if (chain === undefined) node.table[hash] = [index]
  else chain.push(index)
  return index
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const words: number[] = []
  for (let i = 0; i + 4 < bytes.length; i += 4) words.push(view.getInt32(i, true))
  if (bytes.length >= 4) words.push(view.getInt32(bytes.length - 4, true))
  return Int32Array.from(words)
}

function keyHash(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length === 0) return 0
  return (
    (31 * length + 7 * bytes[start]! + bytes[end - 1]! + 3 * bytes[start + (length >> 1)]!) & 255
  )
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

/** Bytes that end the plain run of a string: quote, backslash, and control characters, which JSON forbids. */
const STOPS_STRING = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < 0x20 ? 1 : 0,
)
/** Bytes that matter between strings while a container is skipped. */
const STRUCTURAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE
    ? 1
    : byte === OPEN_OBJECT || byte === OPEN_ARRAY
      ? 2
      : byte === CLOSE_OBJECT || byte === CLOSE_ARRAY
        ? 3
        : 0,
)
/** Bytes that a number, `true`, `false` or `null` may consist of. */
const SCALAR = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e ||
  byte === 0x45
    ? 1
    : 0,
)
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Walks one buffer at a time; reused from file to file so that nothing is allocated per record. */
export class Walker {
  bytes: Buffer = Buffer.alloc(0)
  /** The same bytes, for reading four at once. */
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Start of slot `s` at `2s`, its end (exclusive) at `2s + 1`. */
  readonly spans: Int32Array
  readonly types: Uint8Array
  /** A captured key stood twice in one object. */
  duplicateKey = false
  /** The deepest nesting seen since `reset`, counted up to `depthMax + 1`. */
  tooDeep = false
  /** What the numbers of strings stand for; each walker has its own. */
  strings: Strings

  readonly #interner = new Interner()
  /** What a slot held the last time: most fields say the same as in the record before. */
  readonly #likely: Int32Array
  readonly #depthMax: number
  readonly #closers: Uint8Array
  #end = 0
  #keyEnd = 0
  #stringEscaped = false

  constructor(slotCount: number, depthMax: number) {
    this.spans = new Int32Array(2 * slotCount)
    this.types = new Uint8Array(slotCount)
    this.strings = this.#interner
    this.#likely = new Int32Array(slotCount)
    this.#depthMax = depthMax
    this.#closers = new Uint8Array(depthMax + 2)
  }

  /** Points the walker at a new buffer. */
  open(bytes: Buffer): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = bytes.length
  }

  /** Forgets what was captured. */
  reset(): void {
    this.types.fill(0)
    this.duplicateKey = false
    this.tooDeep = false
  }

  /** The number of a captured plain string. */
  numberOf(slot: number): number {
    const start = this.spans[2 * slot]!
    const end = this.spans[2 * slot + 1]!
    const number = this.#interner.internLike(this.#likely[slot]!, this.view, start, end)
    this.#likely[slot] = number
    return number
  }

  /** The number of the UTF-8 text between two byte offsets. */
  numberBetween(start: number, end: number): number {
    return this.#interner.intern(this.view, start, end)
  }

  /** Says that `numberOf` will be asked for these slots of the object just walked. */
  numberSoon(_slots: Uint8Array): void {}

  /** The same kind of walker with room for more strings; asked for after `StringsFull`. */
  roomier(): Walker {
    return this
  }

  /** Makes all numbers void. */
  forgetStrings(): void {
    this.strings.forget()
    this.#likely.fill(0)
  }

  /** The index of the first byte at or after `at` that is not JSON white space. */
  space(at: number): number {
    const bytes = this.bytes
    let i = at
    for (;;) {
      const c = bytes[i]
      if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) i++
      else return i
    }
  }

  /** Walks the object whose `{` is at `at`; returns the index after its `}`. `depth` counts from 1. */
  object(at: number, node: ShapeNode, depth: number): number {
    const bytes = this.bytes
    let i = this.space(at + 1)
    if (bytes[i] === CLOSE_OBJECT) return i + 1
    let previous = START
    for (;;) {
      if (bytes[i] !== QUOTE) throw new MalformedJson(i)
      const guess = node.after[previous + 1]!
      let k = guess
      const expected = node.keys[guess]
      if (expected !== undefined && this.#isNext(i + 1, expected)) i += expected.bytes.length + 3
      else {
        k = this.#key(i + 1, node)
        i = this.space(this.#keyEnd)
        if (bytes[i] !== COLON) throw new MalformedJson(i)
        i++
      }
      if (bytes[i]! <= 0x20) i = this.space(i)
      if (k < 0) i = this.skip(i, depth)
      else {
        if (k !== guess) node.after[previous + 1] = k
        previous = k
        const key = node.keys[k]!
        i = key.slot < 0 && key.node === null ? this.skip(i, depth) : this.#capture(i, key, depth)
      }
      let c = bytes[i]
      if (c !== COMMA && c !== CLOSE_OBJECT) {
        i = this.space(i)
        c = bytes[i]
      }
      if (c === COMMA) {
        i++
        if (bytes[i]! <= 0x20) i = this.space(i)
      } else if (c === CLOSE_OBJECT) return i + 1
      else throw new MalformedJson(i)
    }
  }

  /** Skips any value at `at`; returns the index after it. */
  skip(at: number, depth: number): number {
    const c = this.bytes[at]
    if (c === QUOTE) return this.#string(at + 1)
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) return this.#container(at, depth)
    return this.#scalar(at)
  }

  #capture(at: number, { slot, node }: KeyEntry, depth: number): number {
    const c = this.bytes[at]
    let type: number
    let start = at
    let end: number
    let next: number
    if (c === QUOTE) {
      start = at + 1
      next = this.#string(start)
      end = next - 1
      type = this.#stringEscaped ? TYPE.escaped : TYPE.plain
    } else if (c === OPEN_OBJECT && node !== null) {
      type = TYPE.object
      if (slot >= 0 && this.types[slot] !== 0) this.duplicateKey = true
      next = this.object(at, node, depth + 1)
      end = next
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      type = c === OPEN_OBJECT ? TYPE.object : TYPE.array
      next = this.#container(at, depth)
      end = next
    } else {
      next = this.#scalar(at)
      end = next
      type = c === 0x74 ? TYPE.true : c === 0x66 ? TYPE.false : c === 0x6e ? TYPE.null : TYPE.number
    }
    if (slot >= 0) {
      if (this.types[slot] !== 0) this.duplicateKey = true
      this.types[slot] = type
      this.spans[2 * slot] = start
      this.spans[2 * slot + 1] = end
    }
    return next
  }

  /** Whether `key`, its closing quote and a colon stand at `at`. */
  #isNext(at: number, { words, bytes: key }: KeyEntry): boolean {
    const last = words.length - 1
    const end = at + key.length - 2
    if (last < 0 || end > this.#end - 4) return false
    const view = this.view
    if (view.getInt32(end, true) !== words[last]) return false
    for (let j = 0; j < last; j++) if (view.getInt32(at + 4 * j, true) !== words[j]) return false
    return true
  }

  /** Number of the key at `at` (after its quote) in `node`, or -1; leaves `#keyEnd` after the closing quote. */
  #key(at: number, node: ShapeNode): number {
    const bytes = this.bytes
    const end = this.#string(at)
    this.#keyEnd = end
    if (this.#stringEscaped) {
      const text = unescapeJson(bytes, at, end - 1)
      return node.keys.findIndex((key) => key.text === text)
    }
    const length = end - 1 - at
    const chain = node.table[keyHash(bytes, at, end - 1)]
    if (chain !== undefined)
      for (const index of chain) {
        const candidate = node.keys[index]!.bytes
        if (candidate.length === length && isAt(bytes, at, candidate)) return index
      }
    if (node.keys.length >= LEARNED_KEYS_MAX || length > LEARNED_KEY_LENGTH_MAX) return -1
    return addKey(node, bytes.toString('utf8', at, end - 1), -1, null)
  }

  /** The index after the closing quote of the string whose first character is at `at`. */
  #string(at: number): number {
    const bytes = this.bytes
    const view = this.view
    const lastWord = this.#end - 4
    let i = at
    this.#stringEscaped = false
    for (;;) {
      // Four bytes at once: the top bit of a byte of `stop` is set where that byte is a quote, a backslash or a control character.
      while (i <= lastWord) {
        const word = view.getInt32(i, true)
        const quote = word ^ 0x22222222
        const backslash = word ^ 0x5c5c5c5c
        const stop =
          ((quote - 0x01010101) & ~quote) |
          ((backslash - 0x01010101) & ~backslash) |
          ((word - 0x20202020) & ~word)
        if ((stop & 0x80808080) !== 0) break
        i += 4
      }
      while (STOPS_STRING[bytes[i]!] === 0) i++
      const c = bytes[i]
      if (c === QUOTE) return i + 1
      if (c !== BACKSLASH) throw new MalformedJson(Math.min(i, this.#end))
      this.#stringEscaped = true
      i = this.#escape(i + 1)
    }
  }

  /** The index after the escape whose letter is at `at`. */
  #escape(at: number): number {
    const bytes = this.bytes
    switch (bytes[at]) {
      case 0x22:
      case 0x5c:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1
      case 0x75: {
        for (let j = 1; j <= 4; j++) {
          const c = bytes[at + j]!
          const hex =
            (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66)
          if (!hex) throw new MalformedJson(at + j)
        }
        return at + 5
      }
      default:
        throw new MalformedJson(at)
    }
  }

  #container(at: number, depth: number): number {
    const bytes = this.bytes
    const closers = this.#closers
    const depthMax = this.#depthMax
    let i = at
    let open = 0
    for (;;) {
      while (STRUCTURAL[bytes[i]!] === 0) i++
      const c = bytes[i]
      if (c === QUOTE) i = this.#string(i + 1)
      else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
        open++
        if (depth + open > depthMax) this.tooDeep = true
        // Below the limit the kinds of brackets must match; beyond it the record is refused anyway.
        if (open <= depthMax) closers[open] = c === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
        i++
      } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
        if (open <= depthMax && closers[open] !== c) throw new MalformedJson(i)
        i++
        if (--open === 0) return i
      } else throw new MalformedJson(this.#end)
    }
  }

  #scalar(at: number): number {
    const bytes = this.bytes
    let i = at
    while (SCALAR[bytes[i]!] === 1) i++
    if (!isScalar(bytes, at, i)) throw new MalformedJson(i < this.#end ? at : this.#end)
    return i
  }
}

function isAt(bytes: Buffer, at: number, expected: Uint8Array): boolean {
  for (let j = 0; j < expected.length; j++) if (bytes[at + j] !== expected[j]) return false
  return true
}

function isScalar(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  switch (bytes[start]) {
    case 0x74:
      return length === 4 && isWord(bytes, start, 'true')
    case 0x66:
      return length === 5 && isWord(bytes, start, 'false')
    case 0x6e:
      return length === 4 && isWord(bytes, start, 'null')
    default:
      return length > 0 && length <= 400 && NUMBER.test(bytes.toString('latin1', start, end))
  }
}

function isWord(bytes: Buffer, start: number, word: string): boolean {
  for (let j = 1; j < word.length; j++) if (bytes[start + j] !== word.charCodeAt(j)) return false
  return true
}

/** Decodes a string that contains escapes; `start` and `end` exclude the quotes. */
export function unescapeJson(bytes: Buffer, start: number, end: number): string {
  return JSON.parse(`"${bytes.toString('utf8', start, end)}"`) as string
}
