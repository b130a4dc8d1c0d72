// AssemblyScript, compiled by scripts/build-wasm.ts: the loops of walk.ts, up to 64 bytes at a time.
//
// Whatever is out of the ordinary (broken, nested too deep, a captured key twice, an escape in a key,
// running into the end of the window) is answered with 0 and changes nothing; fast-walk.ts then asks the
// reference walker, which knows what to say. So what is accepted here must be exactly what the reference accepts.
// The bytes in the window are followed by zeros, which no string and no number may contain.

export { entryOf, forget, held, hold, left, numberAt, numberCaptured, numberLike, stage } from './fast-strings'

// Layout of the memory; fast-walk.ts has the same numbers.
const SPANS: usize = 1024 // i32 pairs, 256 slots
const TYPES: usize = 4096 // u8, 256 slots
const TYPES_BEFORE: usize = 4608 // u8, 256 slots

// A shape, then its keys. Bytes that name a key hold its number; `after` and `other` are indexed by the number + 1 of the key before.
const SHAPE_COUNT: usize = 0 // i32: number of keys
const SHAPE_ROOM: usize = 4 // i32: number of keys there is room for; one more place is left empty
const SHAPE_AFTER: usize = 8 // u8[128]: the key that came next the last time
const SHAPE_OTHER: usize = 136 // u8[128]: the one that came next before it
const SHAPE_HEADS: usize = 264 // u8[64]: number + 1 of the first key of a chain, by hash
const SHAPE_KEYS: usize = 336

const KEY_SIZE: usize = 112
const KEY_LENGTH: usize = 0 // i32: length of the quoted key and its colon; 0 for no key
const KEY_SLOT: usize = 4 // i32: -1 for none
const KEY_SHAPE: usize = 8 // i32: address, 0 for none
const KEY_NEXT: usize = 12 // i32: number + 1 of the next key of the chain
const KEY_TEXT: usize = 16 // u8[48]: the quoted key and its colon
const KEY_MASK: usize = 64 // u8[48]: 0xff for each byte of it
const KEY_LENGTH_MAX: i32 = 48

const PLAIN: i32 = 1
const ESCAPED: i32 = 2
const OBJECT: i32 = 3
const ARRAY: i32 = 4
const TRUE: i32 = 5
const FALSE: i32 = 6
const NULL: i32 = 7
const NUMBER: i32 = 8

let slotBytes: usize = 0
let depthMax: i32 = 0
let end: usize = 0
/** What to subtract from an address to get an index into the file. */
let shift: i32 = 0
let escaped: bool = false

export function configure(slotCount: i32, deepest: i32): void {
  slotBytes = (slotCount + 15) & ~15
  depthMax = deepest
}

export function open(windowEnd: i32, windowShift: i32): void {
  end = windowEnd
  shift = windowShift
}

/** Walks the object at `at`; returns the address after it, or 0 with all captures as they were. */
export function walk(at: i32, shape: i32, depth: i32): i32 {
  for (let i: usize = 0; i < slotBytes; i += 16) v128.store(TYPES_BEFORE + i, v128.load(TYPES + i))
  const next = object(at, shape, depth)
  if (next === 0)
    for (let i: usize = 0; i < slotBytes; i += 16)
      v128.store(TYPES + i, v128.load(TYPES_BEFORE + i))
  return <i32>next
}

function space(at: usize): usize {
  let i = at
  while (true) {
    const c = load<u8>(i)
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i
    i++
  }
}

function object(at: usize, shape: usize, depth: i32): usize {
  let i = at + 1
  if (load<u8>(i) <= 0x20) i = space(i)
  if (load<u8>(i) === 0x7d) return i + 1
  let previous: usize = 0
  while (true) {
    let key = keyAt(shape, load<u8>(shape + SHAPE_AFTER + previous))
    let expected = isNext(i, key)
    if (!expected) {
      key = otherGuess(shape, previous)
      expected = isNext(i, key)
    }
    if (expected) i += load<i32>(key + KEY_LENGTH)
    else {
      if (load<u8>(i) !== 0x22) return 0
      const start = i
      i = string(i + 1)
      if (i === 0 || escaped) return 0
      const found = find(shape, start, i)
      if (found !== 0) {
        store<u8>(shape + SHAPE_AFTER + previous, <u8>(found - 1))
        key = keyAt(shape, found - 1)
      } else key = 0
      i = space(i)
      if (load<u8>(i) !== 0x3a) return 0
      i++
    }
    let c = load<u8>(i)
    if (c <= 0x20) {
      i = space(i)
      c = load<u8>(i)
    }
    let slot: i32 = -1
    let inner: usize = 0
    if (key !== 0) {
      previous = <usize>((key - shape - SHAPE_KEYS) / KEY_SIZE) + 1
      slot = load<i32>(key + KEY_SLOT)
      inner = load<i32>(key + KEY_SHAPE)
    }
    const start = i
    let type: i32
    if (c === 0x22) {
      i = string(i + 1)
      if (i === 0) return 0
      if (slot >= 0) {
        if (load<u8>(TYPES + slot) !== 0) return 0
        store<u8>(TYPES + slot, escaped ? ESCAPED : PLAIN)
        store<i32>(SPANS + (slot << 3), <i32>start + 1 - shift)
        store<i32>(SPANS + (slot << 3), <i32>i - 1 - shift, 4)
      }
    } else {
      if (c === 0x7b) {
        type = OBJECT
        i = inner !== 0 ? object(i, inner, depth + 1) : container(i, depth)
      } else if (c === 0x5b) {
        type = ARRAY
        i = container(i, depth)
      } else {
        type = c === 0x74 ? TRUE : c === 0x66 ? FALSE : c === 0x6e ? NULL : NUMBER
        i = scalar(i, c)
      }
      if (i === 0) return 0
      if (slot >= 0) {
        if (load<u8>(TYPES + slot) !== 0) return 0
        store<u8>(TYPES + slot, type)
        store<i32>(SPANS + (slot << 3), <i32>start - shift)
        store<i32>(SPANS + (slot << 3), <i32>i - shift, 4)
      }
    }
    c = load<u8>(i)
    if (c !== 0x2c) {
      if (c !== 0x7d) {
        i = space(i)
        c = load<u8>(i)
      }
      if (c === 0x7d) return i + 1
      if (c !== 0x2c) return 0
    }
    i++
    if (load<u8>(i) <= 0x20) i = space(i)
  }
}

function keyAt(shape: usize, index: usize): usize {
  return shape + SHAPE_KEYS + index * KEY_SIZE
}

/** Swaps the two guesses at what follows the key before, and returns the one that is now first. */
function otherGuess(shape: usize, previous: usize): usize {
  const other = load<u8>(shape + SHAPE_OTHER + previous)
  store<u8>(shape + SHAPE_OTHER + previous, load<u8>(shape + SHAPE_AFTER + previous))
  store<u8>(shape + SHAPE_AFTER + previous, other)
  return keyAt(shape, other)
}

/** Whether `key`, in its quotes, and a colon stand at `at`. */
function isNext(at: usize, key: usize): bool {
  const a = v128.and(v128.xor(v128.load(at), v128.load(key, KEY_TEXT)), v128.load(key, KEY_MASK))
  const b = v128.and(
    v128.xor(v128.load(at, 16), v128.load(key, KEY_TEXT + 16)),
    v128.load(key, KEY_MASK + 16),
  )
  const c = v128.and(
    v128.xor(v128.load(at, 32), v128.load(key, KEY_TEXT + 32)),
    v128.load(key, KEY_MASK + 32),
  )
  return !v128.any_true(v128.or(v128.or(a, b), c)) && load<i32>(key + KEY_LENGTH) !== 0
}

/** Number + 1 of the key that stands, in its quotes, from `start` to `next`; it is learned where there is room, else 0. */
function find(shape: usize, start: usize, next: usize): usize {
  const length = <i32>(next - start) + 1
  if (length > KEY_LENGTH_MAX) return 0
  let number: usize = load<u8>(shape + SHAPE_HEADS + hash(start, length))
  while (number !== 0) {
    const key = keyAt(shape, number - 1)
    if (load<i32>(key + KEY_LENGTH) === length && isSame(start, key + KEY_TEXT, length - 1))
      return number
    number = load<i32>(key + KEY_NEXT)
  }
  return add(shape, start, length, -1, 0)
}

/** Adds the key that stands in its quotes at `start`, `length` being that of it and a colon; returns its number + 1, or 0 where there is no room. */
export function add(shape: usize, start: usize, length: i32, slot: i32, inner: i32): usize {
  const count: usize = load<i32>(shape + SHAPE_COUNT)
  if (<i32>count >= load<i32>(shape + SHAPE_ROOM)) return 0
  const key = keyAt(shape, count)
  const head = shape + SHAPE_HEADS + hash(start, length)
  store<i32>(key + KEY_LENGTH, length)
  store<i32>(key + KEY_SLOT, slot)
  store<i32>(key + KEY_SHAPE, inner)
  store<i32>(key + KEY_NEXT, load<u8>(head))
  memory.copy(key + KEY_TEXT, start, length - 1)
  store<u8>(key + KEY_TEXT + length - 1, 0x3a)
  memory.fill(key + KEY_MASK, 0xff, length)
  const number = count + 1
  store<u8>(head, <u8>number)
  store<u8>(shape + SHAPE_AFTER + number, <u8>number)
  store<u8>(shape + SHAPE_OTHER + number, <u8>number)
  store<i32>(shape + SHAPE_COUNT, <i32>number)
  return number
}

function hash(start: usize, length: i32): usize {
  const first: i32 = load<u8>(start, 1)
  const middle: i32 = load<u8>(start + (length >> 1))
  const last: i32 = load<u8>(start + length - 3)
  return (31 * length + 7 * first + 3 * middle + last) & 63
}

function isSame(a: usize, b: usize, length: i32): bool {
  for (let i = 0; i < length; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false
  return true
}

/** The address after the closing quote of the string whose first character is at `at`; says in `escaped` whether it has escapes. */
function string(at: usize): usize {
  let i = at
  escaped = false
  while (true) {
    const stops =
      i8x16.bitmask(stopsString(v128.load(i))) | (i8x16.bitmask(stopsString(v128.load(i, 16))) << 16)
    if (stops === 0) {
      i += 32
      continue
    }
    i += ctz(stops)
    const c = load<u8>(i)
    if (c === 0x22) return i + 1
    if (c !== 0x5c) return 0
    escaped = true
    i = escape(i + 1)
    if (i === 0) return 0
  }
}

/** Marks quotes, backslashes and control characters. */
@inline
function stopsString(chunk: v128): v128 {
  return v128.or(i8x16.eq(chunk, i8x16.splat(0x22)), stopsPlain(chunk))
}

/** Marks backslashes and control characters. */
@inline
function stopsPlain(chunk: v128): v128 {
  return v128.or(i8x16.eq(chunk, i8x16.splat(0x5c)), i8x16.le_u(chunk, i8x16.splat(0x1f)))
}

/** Marks brackets. */
@inline
function isBracket(chunk: v128): v128 {
  const folded = v128.or(chunk, i8x16.splat(0x20))
  return v128.or(i8x16.eq(folded, i8x16.splat(0x7b)), i8x16.eq(folded, i8x16.splat(0x7d)))
}

@inline
function mask64(a: v128, b: v128, c: v128, d: v128): u64 {
  // By way of u32, or the sign would fill the upper half.
  const low = <u32>(i8x16.bitmask(a) | (i8x16.bitmask(b) << 16))
  const high = <u32>(i8x16.bitmask(c) | (i8x16.bitmask(d) << 16))
  return <u64>low | (<u64>high << 32)
}

/** The address after the escape whose letter is at `at`. */
function escape(at: usize): usize {
  switch (load<u8>(at)) {
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
      for (let i: usize = 1; i <= 4; i++) {
        const c = <u32>load<u8>(at + i)
        if (c - 0x30 > 9 && (c | 0x20) - 0x61 > 5) return 0
      }
      return at + 5
    }
    default:
      return 0
  }
}

/** The address after the bracket that closes the one at `at`. */
function container(at: usize, depth: i32): usize {
  const openMax = min(63, depthMax - depth)
  let objects: u64 = 0
  let open = 0
  let i = at
  // All ones where a string goes on from the block before.
  let within: u64 = 0
  while (true) {
    const a = v128.load(i)
    const b = v128.load(i, 16)
    const c = v128.load(i, 32)
    const d = v128.load(i, 48)
    if (
      v128.any_true(
        v128.or(v128.or(stopsPlain(a), stopsPlain(b)), v128.or(stopsPlain(c), stopsPlain(d))),
      )
    )
      break
    const quote = i8x16.splat(0x22)
    let strings = mask64(
      i8x16.eq(a, quote),
      i8x16.eq(b, quote),
      i8x16.eq(c, quote),
      i8x16.eq(d, quote),
    )
    // Each bit becomes the parity of the quotes up to it.
    strings ^= strings << 1
    strings ^= strings << 2
    strings ^= strings << 4
    strings ^= strings << 8
    strings ^= strings << 16
    strings ^= strings << 32
    strings ^= within
    let brackets = mask64(isBracket(a), isBracket(b), isBracket(c), isBracket(d)) & ~strings
    while (brackets !== 0) {
      const bracket = i + <usize>ctz(brackets)
      brackets &= brackets - 1
      const byte = load<u8>(bracket)
      if ((byte | 0x20) === 0x7b) {
        if (++open > openMax) return 0
        objects = (objects << 1) | (byte === 0x7b ? 1 : 0)
      } else {
        if ((objects & 1) !== (byte === 0x7d ? 1 : 0)) return 0
        objects >>= 1
        if (--open === 0) return bracket + 1
      }
    }
    within = <u64>(<i64>strings >> 63)
    i += 64
  }
  // A block with a backslash or a control character in it, or the zeros after the window: from here on string by string.
  if (within !== 0) {
    i = string(i)
    if (i === 0) return 0
  }
  while (true) {
    const chunk = v128.load(i)
    const stops = i8x16.bitmask(v128.or(i8x16.eq(chunk, i8x16.splat(0x22)), isBracket(chunk)))
    if (stops === 0) {
      i += 16
      if (i >= end) return 0
      continue
    }
    i += ctz(stops)
    const c = load<u8>(i)
    i++
    if (c === 0x22) {
      i = string(i)
      if (i === 0) return 0
    } else if ((c | 0x20) === 0x7b) {
      if (++open > openMax) return 0
      objects = (objects << 1) | (c === 0x7b ? 1 : 0)
    } else {
      if ((objects & 1) !== (c === 0x7d ? 1 : 0)) return 0
      objects >>= 1
      if (--open === 0) return i
    }
  }
}

/** The address after the number, `true`, `false` or `null` at `at`, which begins with `c`; what follows is for the caller to judge. */
function scalar(at: usize, c: u32): usize {
  let i = at
  if (c === 0x74) {
    if (load<u32>(at) !== 0x65757274) return 0
    i += 4
  } else if (c === 0x6e) {
    if (load<u32>(at) !== 0x6c6c756e) return 0
    i += 4
  } else if (c === 0x66) {
    if (load<u32>(at, 1) !== 0x65736c61) return 0
    i += 5
  } else {
    if (c === 0x2d) i++
    const first = load<u8>(i)
    if (first === 0x30) i++
    else {
      i = digits(i)
      if (i === 0) return 0
    }
    if (load<u8>(i) === 0x2e) {
      i = digits(i + 1)
      if (i === 0) return 0
    }
    if ((load<u8>(i) | 0x20) === 0x65) {
      const sign = load<u8>(i, 1)
      i = digits(i + (sign === 0x2b || sign === 0x2d ? 2 : 1))
      if (i === 0) return 0
    }
    if (i - at > 400) return 0
  }
  return i
}

/** The address after the digits at `at`; 0 where there are none. */
function digits(at: usize): usize {
  let i = at
  while (<u32>load<u8>(i) - 0x30 <= 9) i++
  return i === at ? 0 : i
}
