/** A stream of chance that is wholly decided by its seed; `fork` gives an independent stream for a label. */
export interface Random {
  next(): number
  /** A whole number, both ends included. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  hex(length: number): string
  /** The alphabet of AWS identifiers: A-Z and 2-7. */
  base32(length: number): string
  letters(length: number): string
  uuid(version?: 3 | 4): string
  fork(label: string): Random
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The stream for a seed and a label. */
export function randomFrom(seed: number, label = ''): Random {
  const word = sfc32(seed, label)
  const next = () => word() / 4294967296
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  const text = (alphabet: string, length: number) => {
    let result = ''
    for (let index = 0; index < length; index += 1)
      result += alphabet[Math.floor(next() * alphabet.length)]
    return result
  }
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new Error('pick from an empty list')
      return item
    },
    hex: (length) => text('0123456789abcdef', length),
    base32: (length) => text(BASE32, length),
    letters: (length) => text(LETTERS, length),
    uuid: (version = 4) => uuidOf(word(), word(), word(), word(), version),
    fork: (child) => randomFrom(seed, `${label}/${child}`),
  }
}

function uuidOf(a: number, b: number, c: number, d: number, version: number): string {
  const high = (b & 0xffff0fff) | (version << 12)
  const low = (c & 0x3fffffff) | 0x80000000
  const left = `${hex32(a)}-${hex16(high >>> 16)}-${hex16(high)}`
  return `${left}-${hex16(low >>> 16)}-${hex16(low)}${hex32(d)}`
}

const hex16 = (value: number) => `${BYTES[(value >>> 8) & 255]}${BYTES[value & 255]}`
const hex32 = (value: number) => hex16(value >>> 16) + hex16(value)

// sfc32: small, fast, passes the usual statistical suites, and needs no big integers.
function sfc32(seed: number, label: string): () => number {
  let a = fnv1a(label)
  let b = seed | 0
  let c = (seed / 4294967296) | 0
  let d = 1
  const word = () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 15; round += 1) word()
  return word
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}
