import { FAST_WALK_WASM } from './fast-walk-wasm.ts'
import { type Strings, StringsFull } from './strings.ts'
import { type ShapeNode, Walker } from './walk.ts'

/** What fast-walk.as and fast-strings.as export. Addresses are in their memory; `walk` returns 0 for what it leaves to the reference. */
interface Loops {
  configure(slotCount: number, depthMax: number): void
  open(windowEnd: number, windowShift: number): void
  walk(at: number, shape: number, depth: number): number
  add(shape: number, quotedKey: number, length: number, slot: number, inner: number): number
  hold(from: number, to: number, most: number): void
  forget(): void
  held(): number
  left(): number
  entryOf(number: number): number
  /** Numbers are -1 where there is no room, and where `stage` says 0 there is none either. */
  numberCaptured(slots: number, shift: number): number
  numberLike(slot: number, start: number, length: number): number
  numberAt(start: number, length: number): number
  stage(length: number): number
}

/** Not there under `--jitless`. */
const { WebAssembly } = globalThis as {
  readonly WebAssembly?: {
    readonly validate: (bytes: Uint8Array) => boolean
    readonly Module: new (bytes: Uint8Array) => object
    readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer }
    readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  }
}

/** Layout of the module's memory, which never grows; the numbers are also in fast-walk.as. */
const SPANS = 1024
const TYPES = 4096
const SLOTS_MAX = 256
const LIST = 5376
const NUMBERS = 6144
const QUOTED_KEY = 5120
const SHAPES = 8192
const SHAPES_END = 256 * 1024
const SHAPE = { room: 4, keys: 336 } as const
const SHAPE_ROOM_MAX = 127
const KEY_SIZE = 112
const KEY_LENGTH_MAX = 48
const LEARNED_KEYS_MAX = 40
/** Bytes of the file that are copied at once: enough for many records, few enough to stay in the processor's cache. */
const WINDOW_LENGTH = 256 * 1024
const WINDOW = SHAPES_END
/** Zeros after the window, so that the loops need not ask at every step whether it ends. */
const PADDING = 128
/** Strings stand after the window and its padding. */
const STRINGS = WINDOW + WINDOW_LENGTH + 1024
const PAGE = 64 * 1024
/** Memory for strings. One begins small and takes the next size for a file that needs it. */
const ROOMS = [512 * 1024, 16 * 1024 * 1024, 1024 * 1024 * 1024] as const
/** A string takes so many bytes with all that belongs to it, or more. */
const STRING_BYTES = 48
const ENTRY_LENGTH = 4
const ENTRY_TEXT = 8

const encoder = new TextEncoder()

/**
 * A `Walker` whose loops look at many bytes at once, in WebAssembly. It walks a copy of a part of the file; whatever is not plain
 * sailing, or does not fit, it leaves to the reference walker it extends, so that both say the same of every file.
 */
export class FastWalker extends Walker {
  override readonly spans: Int32Array
  override readonly types: Uint8Array
  /** Null where WebAssembly cannot be had. */
  readonly #loops: Loops | null
  readonly #memory: Uint8Array
  /** By slot: the numbers of captured strings; 0 where it has to be asked for. */
  readonly #numbers: Int32Array
  /** Whether `#numbers` are of the object that was walked last. */
  #isNumbered = false
  #isFast = false
  #listed: Uint8Array | null = null
  /** Addresses of shapes by their number; 0 for one that does not fit. */
  readonly #shapes: (number | undefined)[] = []
  #shapesEnd = SHAPES
  /** The window holds the bytes of the file from here (inclusive) to there (exclusive). */
  #from = 0
  #to = 0
  /** The reference walker is at work, which calls `object` for nested objects. */
  #asReference = false

  readonly #slotCount: number
  readonly #depthMax: number
  readonly #size: number

  constructor(slotCount: number, depthMax: number, size = 0) {
    super(slotCount, depthMax)
    this.#slotCount = slotCount
    this.#depthMax = depthMax
    this.#size = size
    const room = ROOMS[size] ?? 0
    const instance = room > 0 && slotCount <= SLOTS_MAX ? instantiate(STRINGS + room) : null
    this.#loops = instance?.loops ?? null
    if (instance === null || this.#loops === null) {
      this.spans = new Int32Array(2 * slotCount)
      this.types = new Uint8Array(slotCount)
      this.#memory = new Uint8Array(0)
      this.#numbers = new Int32Array(0)
    } else {
      const { memory } = instance
      this.spans = new Int32Array(memory, SPANS, 2 * slotCount)
      this.types = new Uint8Array(memory, TYPES, slotCount)
      this.#memory = new Uint8Array(memory)
      this.#numbers = new Int32Array(memory, NUMBERS, slotCount)
      this.#loops.configure(slotCount, depthMax)
      this.#loops.hold(STRINGS, memory.byteLength, room / STRING_BYTES)
      this.strings = new FastStrings(this.#loops, memory)
    }
  }

  override roomier(): Walker {
    return new FastWalker(this.#slotCount, this.#depthMax, this.#size + 1)
  }

  override open(bytes: Buffer): void {
    super.open(bytes)
    this.#from = 0
    this.#to = 0
  }

  override object(at: number, node: ShapeNode, depth: number): number {
    if (this.#loops === null || this.#asReference) return super.object(at, node, depth)
    const shape = this.#shapes[node.number] ?? this.#load(this.#loops, node)
    this.#isFast = true
    if (shape !== 0) {
      let next = 0
      if (at >= this.#from && at < this.#to) next = this.#walk(this.#loops, at, shape, depth)
      if (next === 0 && this.#isWorthMoving(at)) {
        this.#moveTo(this.#loops, at)
        next = this.#walk(this.#loops, at, shape, depth)
      }
      if (next !== 0) return next
    }
    this.#isFast = false
    this.#asReference = true
    try {
      return super.object(at, node, depth)
    } finally {
      this.#asReference = false
    }
  }

  override reset(): void {
    super.reset()
    this.#isNumbered = false
  }

  override numberSoon(slots: Uint8Array): void {
    if (this.#loops === null || !this.#isFast) return
    if (this.#listed !== slots) {
      this.#memory.set(slots, LIST)
      this.#numbers.fill(0)
      this.#listed = slots
    }
    if (this.#loops.numberCaptured(slots.length, WINDOW - this.#from) === 0) throw new StringsFull()
    this.#isNumbered = true
  }

  override numberOf(slot: number): number {
    if (this.#loops === null) return super.numberOf(slot)
    if (this.#isNumbered) {
      const number = this.#numbers[slot]!
      if (number !== 0) return number
    }
    return this.#number(this.#loops, slot, this.spans[2 * slot]!, this.spans[2 * slot + 1]!)
  }

  override numberBetween(start: number, end: number): number {
    if (this.#loops === null) return super.numberBetween(start, end)
    return this.#number(this.#loops, NO_SLOT, start, end)
  }

  #number(loops: Loops, slot: number, start: number, end: number): number {
    const length = end - start
    if (start >= this.#from && end <= this.#to) {
      const number = loops.numberLike(slot, start + WINDOW - this.#from, length)
      if (number < 0) throw new StringsFull()
      return number
    }
    return numberStaged(loops, length, (at) => this.bytes.copy(this.#memory, at, start, end))
  }

  #walk(loops: Loops, at: number, shape: number, depth: number): number {
    const shift = WINDOW - this.#from
    const next = loops.walk(at + shift, shape, depth)
    return next === 0 ? 0 : next - shift
  }

  /**
   * A walk may have failed only because the window ended. Within it we go on by half a window at least: else a file of bad records
   * would be copied over and over.
   */
  #isWorthMoving(at: number): boolean {
    if (at < this.#from || at >= this.#to) return at < this.bytes.length
    return this.#to < this.bytes.length && at - this.#from >= WINDOW_LENGTH / 2
  }

  #moveTo(loops: Loops, at: number): void {
    this.#from = at
    this.#to = Math.min(at + WINDOW_LENGTH, this.bytes.length)
    this.bytes.copy(this.#memory, WINDOW, at, this.#to)
    const end = WINDOW + this.#to - at
    this.#memory.fill(0, end, end + PADDING)
    loops.open(end, WINDOW - at)
  }

  /** Writes a shape into the module's memory; returns its address, or 0 where it does not fit. */
  #load(loops: Loops, node: ShapeNode): number {
    const keys = node.keys.filter((key) => key.slot >= 0 || key.node !== null)
    const room = keys.length + LEARNED_KEYS_MAX
    const shape = this.#shapesEnd
    const end = shape + SHAPE.keys + (room + 1) * KEY_SIZE
    this.#shapes[node.number] = 0
    if (end > SHAPES_END || room > SHAPE_ROOM_MAX) return 0
    this.#shapesEnd = Math.ceil(end / 16) * 16
    new DataView(this.#memory.buffer).setInt32(shape + SHAPE.room, room, true)
    for (const { text, slot, node: child } of keys) {
      const quoted = `"${text}"`
      // A key with escapes is left to the reference wherever it occurs, so the loops need not know this one.
      if (JSON.stringify(text) !== quoted) continue
      const bytes = encoder.encode(`${quoted}:`)
      const inner = child === null ? 0 : (this.#shapes[child.number] ?? this.#load(loops, child))
      if (bytes.length > KEY_LENGTH_MAX || (child !== null && inner === 0)) return 0
      this.#memory.set(bytes, QUOTED_KEY)
      loops.add(shape, QUOTED_KEY, bytes.length, slot, inner)
    }
    this.#shapes[node.number] = shape
    return shape
  }
}

/** For what is in no slot. */
const NO_SLOT = SLOTS_MAX - 1

/** Numbers bytes that do not stand in the window. */
function numberStaged(loops: Loops, length: number, put: (at: number) => void): number {
  const at = loops.stage(length)
  if (at === 0) throw new StringsFull()
  put(at)
  const number = loops.numberAt(at, length)
  if (number < 0) throw new StringsFull()
  return number
}

/** The strings in the module's memory. */
class FastStrings implements Strings {
  readonly #loops: Loops
  readonly #memory: Buffer
  readonly #words: DataView
  /** Made when asked for: most strings are only ever compared. */
  #texts: (string | undefined)[] = ['']

  constructor(loops: Loops, memory: ArrayBuffer) {
    this.#loops = loops
    this.#memory = Buffer.from(memory)
    this.#words = new DataView(memory)
  }

  get size(): number {
    return this.#loops.held()
  }

  get bytes(): number {
    return this.#memory.length - STRINGS - this.#loops.left()
  }

  internString(text: string): number {
    const length = Buffer.byteLength(text, 'utf8')
    return numberStaged(this.#loops, length, (at) => this.#memory.write(text, at, 'utf8'))
  }

  text(id: number): string {
    let text = this.#texts[id]
    if (text === undefined) {
      const entry = this.#loops.entryOf(id)
      const start = entry + ENTRY_TEXT
      text = this.#memory.toString('utf8', start, start + this.#lengthAt(entry))
      this.#texts[id] = text
    }
    return text
  }

  lengthOf(id: number): number {
    return this.#lengthAt(this.#loops.entryOf(id))
  }

  copyTo(target: Uint8Array, at: number, id: number): number {
    const memory = this.#memory
    const entry = this.#loops.entryOf(id)
    const from = entry + ENTRY_TEXT
    const length = this.#lengthAt(entry)
    for (let i = 0; i < length; i++) target[at + i] = memory[from + i]!
    return length
  }

  forget(): void {
    this.#loops.forget()
    this.#texts = ['']
  }

  #lengthAt(entry: number): number {
    return this.#words.getInt32(entry + ENTRY_LENGTH, true)
  }
}

let compiled: object | undefined

function instantiate(bytes: number): { loops: Loops; memory: ArrayBuffer } | null {
  if (WebAssembly === undefined) return null
  if (compiled === undefined) {
    const module = Buffer.from(FAST_WALK_WASM, 'base64')
    // A processor without SIMD.
    if (!WebAssembly.validate(module)) return null
    compiled = new WebAssembly.Module(module)
  }
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) })
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
    return { loops: exports as Loops, memory: memory.buffer }
  } catch (error) {
    // A limit on address space (`ulimit -v`) may leave no room for the memory.
    if (error instanceof RangeError) return null
    throw error
  }
}
