import { FAST_WALK_WASM } from './fast-walk-wasm.ts'
import { type ShapeNode, Walker } from './walk.ts'

/** What fast-walk.as exports. Addresses are in its memory; `walk` returns 0 for what it leaves to the reference. */
interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer }
  configure(slotCount: number, depthMax: number): void
  open(windowEnd: number, windowShift: number): void
  walk(at: number, shape: number, depth: number): number
  add(shape: number, quotedKey: number, length: number, slot: number, inner: number): number
}

/** Not there under `--jitless`. */
const { WebAssembly } = globalThis as {
  readonly WebAssembly?: {
    readonly validate: (bytes: Uint8Array) => boolean
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => { readonly exports: unknown }
  }
}

/** Layout of the module's memory, which never grows; the numbers are also in fast-walk.as. */
const SPANS = 1024
const TYPES = 4096
const SLOTS_MAX = 256
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
  /** Addresses of shapes; 0 for one that does not fit. */
  readonly #shapes = new Map<ShapeNode, number>()
  #shapesEnd = SHAPES
  /** The window holds the bytes of the file from here (inclusive) to there (exclusive). */
  #from = 0
  #to = 0
  /** The reference walker is at work, which calls `object` for nested objects. */
  #asReference = false

  constructor(slotCount: number, depthMax: number) {
    super(slotCount, depthMax)
    this.#loops = slotCount <= SLOTS_MAX ? instantiate() : null
    if (this.#loops === null) {
      this.spans = new Int32Array(2 * slotCount)
      this.types = new Uint8Array(slotCount)
      this.#memory = new Uint8Array(0)
    } else {
      const memory = this.#loops.memory.buffer
      this.spans = new Int32Array(memory, SPANS, 2 * slotCount)
      this.types = new Uint8Array(memory, TYPES, slotCount)
      this.#memory = new Uint8Array(memory)
      this.#loops.configure(slotCount, depthMax)
    }
  }

  override open(bytes: Buffer): void {
    super.open(bytes)
    this.#from = 0
    this.#to = 0
  }

  override object(at: number, node: ShapeNode, depth: number): number {
    if (this.#loops === null || this.#asReference) return super.object(at, node, depth)
    const shape = this.#shapes.get(node) ?? this.#load(this.#loops, node)
    if (shape !== 0) {
      let next = 0
      if (at >= this.#from && at < this.#to) next = this.#walk(this.#loops, at, shape, depth)
      if (next === 0 && this.#isWorthMoving(at)) {
        this.#moveTo(this.#loops, at)
        next = this.#walk(this.#loops, at, shape, depth)
      }
      if (next !== 0) return next
    }
    this.#asReference = true
    try {
      return super.object(at, node, depth)
    } finally {
      this.#asReference = false
    }
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
    this.#shapes.set(node, 0)
    if (end > SHAPES_END || room > SHAPE_ROOM_MAX) return 0
    this.#shapesEnd = Math.ceil(end / 16) * 16
    new DataView(this.#memory.buffer).setInt32(shape + SHAPE.room, room, true)
    for (const { text, slot, node: child } of keys) {
      const quoted = `"${text}"`
      // A key with escapes is left to the reference wherever it occurs, so the loops need not know this one.
      if (JSON.stringify(text) !== quoted) continue
      const bytes = encoder.encode(`${quoted}:`)
      const inner = child === null ? 0 : (this.#shapes.get(child) ?? this.#load(loops, child))
      if (bytes.length > KEY_LENGTH_MAX || (child !== null && inner === 0)) return 0
      this.#memory.set(bytes, QUOTED_KEY)
      loops.add(shape, QUOTED_KEY, bytes.length, slot, inner)
    }
    this.#shapes.set(node, shape)
    return shape
  }
}

let compiled: object | undefined

function instantiate(): Loops | null {
  if (WebAssembly === undefined) return null
  if (compiled === undefined) {
    const bytes = Buffer.from(FAST_WALK_WASM, 'base64')
    // A processor without SIMD.
    if (!WebAssembly.validate(bytes)) return null
    compiled = new WebAssembly.Module(bytes)
  }
  try {
    return new WebAssembly.Instance(compiled).exports as Loops
  } catch (error) {
    // A limit on address space (`ulimit -v`) may leave no room for the memory.
    if (error instanceof RangeError) return null
    throw error
  }
}
