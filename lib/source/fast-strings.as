// AssemblyScript, compiled with fast-walk.as: gives equal strings equal numbers, as strings.ts does.
//
// Numbers are given out from 1 in the order of arrival; the empty string is 0. A string that finds no room gets
// the number -1, and whoever reads the file begins again with strings.ts.

// Layout of the memory; fast-walk.ts has the same numbers.
const SPANS: usize = 1024
const TYPES: usize = 4096
const NUMBERS: usize = 6144 // i32, 256 slots: numbers of captured strings
const LIKELY: usize = 7168 // i32, 256 slots: what the slot held the last time
const LIST: usize = 5376 // u8, 256 slots: which to number together

const PLAIN: u8 = 1

const ENTRY_NUMBER: usize = 0 // i32
const ENTRY_LENGTH: usize = 4 // i32
const ENTRY_TEXT: usize = 8

// A place in the table; the entry is 0 where there is none.
const PLACE_SIZE: usize = 8
const PLACE_HASH: usize = 0 // u32
const PLACE_ENTRY: usize = 4 // i32

let bottom: usize = 0
let top: usize = 0
/** i32 for each number: where its entry stands. */
let addresses: usize = 0
let room: i32 = 0
/** Places; a power of two of them, at most half of them in use. */
let table: usize = 0
let mask: u32 = 0
let count: i32 = 0
let free: usize = 0

/** Gives the memory from `from` to `to` to at most `most` strings. */
export function hold(from: i32, to: i32, most: i32): void {
  bottom = from
  top = to
  room = most
  forget()
}

export function forget(): void {
  memory.fill(LIKELY, 0, 1024)
  count = 1
  addresses = bottom
  free = addresses + (<usize>room << 2)
  mask = 0x3ff
  table = free
  free += (<usize>mask + 1) * PLACE_SIZE
  memory.fill(table, 0, (<usize>mask + 1) * PLACE_SIZE)
  store<i32>(addresses, <i32>free)
  store<i32>(free + ENTRY_NUMBER, 0)
  store<i32>(free + ENTRY_LENGTH, 0)
  free += 16
}

/** How many strings there are, the empty one included. */
export function held(): i32 {
  return count
}

/** How much memory is left. */
export function left(): i32 {
  return <i32>(top - free)
}

/** Where the entry of a string stands: its number, its length, its bytes. */
export function entryOf(number: i32): i32 {
  return load<i32>(addresses + (<usize>number << 2))
}

/** Numbers the plain strings captured in the first `slots` slots of `LIST`; the others get 0. False where one found no room. */
export function numberCaptured(slots: i32, shift: i32): bool {
  for (let i = 0; i < slots; i++) {
    const slot: usize = load<u8>(LIST + i)
    let number = 0
    if (load<u8>(TYPES + slot) === PLAIN) {
      const start: usize = load<i32>(SPANS + (slot << 3)) + shift
      const end: usize = load<i32>(SPANS + (slot << 3), 4) + shift
      number = numberLike(slot, start, <i32>(end - start))
      if (number < 0) return false
    }
    store<i32>(NUMBERS + (slot << 2), number)
  }
  return true
}

/** The number of the string at `start`, quicker where `slot` is likely to hold the same as the last time. */
export function numberLike(slot: usize, start: usize, length: i32): i32 {
  const likely = load<i32>(LIKELY + (slot << 2))
  const entry = <usize>entryOf(likely)
  if (load<i32>(entry + ENTRY_LENGTH) === length && isSame(entry + ENTRY_TEXT, start, length))
    return likely
  const number = numberAt(start, length)
  if (number >= 0) store<i32>(LIKELY + (slot << 2), number)
  return number
}

export function numberAt(start: usize, length: i32): i32 {
  if (length === 0) return 0
  const hash = hashOf(start, length)
  let at = hash & mask
  while (true) {
    const place = table + <usize>at * PLACE_SIZE
    const entry = <usize>load<i32>(place + PLACE_ENTRY)
    if (entry === 0) return add(place, hash, start, length)
    if (
      load<u32>(place + PLACE_HASH) === hash &&
      load<i32>(entry + ENTRY_LENGTH) === length &&
      isSame(entry + ENTRY_TEXT, start, length)
    )
      return load<i32>(entry + ENTRY_NUMBER)
    at = (at + 1) & mask
  }
}

/** Where bytes may be put to be numbered, if they are at most so many; 0 where they are not. */
export function stage(length: i32): i32 {
  return free + ENTRY_TEXT + <usize>length + 32 > top ? 0 : <i32>(free + ENTRY_TEXT)
}

function add(place: usize, hash: u32, start: usize, length: i32): i32 {
  const next = (free + ENTRY_TEXT + <usize>length + 15) & ~15
  if (count >= room || next + 16 > top) return -1
  memory.copy(free + ENTRY_TEXT, start, length)
  const number = count++
  store<i32>(free + ENTRY_NUMBER, number)
  store<i32>(free + ENTRY_LENGTH, length)
  store<i32>(addresses + (<usize>number << 2), <i32>free)
  store<u32>(place + PLACE_HASH, hash)
  store<i32>(place + PLACE_ENTRY, <i32>free)
  free = next
  return <u32>count * 2 <= mask || grow() ? number : -1
}

/** The old table is left where it is: all tables together are twice as large as the last. */
function grow(): bool {
  const old = table
  const oldEnd = table + (<usize>mask + 1) * PLACE_SIZE
  const bytes = (oldEnd - old) * 2
  if (free + bytes + 16 > top) return false
  mask = mask * 2 + 1
  table = free
  free += bytes
  memory.fill(table, 0, bytes)
  for (let from = old; from < oldEnd; from += PLACE_SIZE) {
    if (load<i32>(from + PLACE_ENTRY) === 0) continue
    let at = load<u32>(from + PLACE_HASH) & mask
    while (load<i32>(table + <usize>at * PLACE_SIZE + PLACE_ENTRY) !== 0) at = (at + 1) & mask
    store<u64>(table + <usize>at * PLACE_SIZE, load<u64>(from))
  }
  return true
}

function isSame(a: usize, b: usize, length: i32): bool {
  const n = <usize>length
  if (n >= 16) {
    const last = n - 16
    for (let i: usize = 0; i < last; i += 16)
      if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false
    return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)))
  }
  if (n >= 8) return load<u64>(a) === load<u64>(b) && load<u64>(a + n - 8) === load<u64>(b + n - 8)
  for (let i: usize = 0; i < n; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false
  return true
}

/** Whoever makes strings collide only makes the table slower, and only until the strings are forgotten. */
function hashOf(start: usize, length: i32): u32 {
  const n = <usize>length
  let h: u64 = 0x9e3779b97f4a7c15 ^ <u64>n
  let i: usize = 0
  for (; i + 8 <= n; i += 8) {
    h = (h ^ load<u64>(start + i)) * 0xff51afd7ed558ccd
    h ^= h >> 32
  }
  for (; i < n; i++) h = (h ^ load<u8>(start + i)) * 0x100000001b3
  h = (h ^ (h >> 32)) * 0xc4ceb9fe1a85ec53
  return <u32>(h ^ (h >> 29))
}
