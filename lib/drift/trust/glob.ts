/** `*`: any run of characters, also none. */
export const STAR = -1
/** `?`: exactly one character. */
const ANY = -2

/** Character codes, with STAR and ANY among them: so a literal `*` and a wildcard are never confused. */
export type Glob = readonly number[]

/** The codes of a text; with `wildcards`, its `*` and `?` are wildcards. */
export function glob(text: string, wildcards: boolean): number[] {
  const codes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    codes.push(wildcards && code === 42 ? STAR : wildcards && code === 63 ? ANY : code)
  }
  return codes
}

/** Counts comparisons, so that a test can hold the bound without a clock. */
export interface Steps {
  count: number
}

/**
 * Whether the whole text matches. No backtracking: each part between two stars is looked for once, from the left, after the one before it.
 * A part without `?` takes time linear in the text (Knuth, Morris, Pratt); one with `?` one step per character of the text and 32 of the part.
 */
export function matches(pattern: Glob, text: string, steps: Steps = { count: 0 }): boolean {
  const first = pattern.indexOf(STAR)
  if (first < 0) return pattern.length === text.length && matchesAt(pattern, text, 0, steps)
  const last = pattern.lastIndexOf(STAR)
  const tail = pattern.slice(last + 1)
  if (first + tail.length > text.length) return false
  if (!matchesAt(pattern.slice(0, first), text, 0, steps)) return false
  const end = text.length - tail.length
  if (!matchesAt(tail, text, end, steps)) return false

  let at = first
  let part: number[] = []
  for (let index = first + 1; index <= last; index++) {
    const code = pattern[index]!
    if (code !== STAR) {
      part.push(code)
      continue
    }
    steps.count++
    if (part.length === 0) continue
    at = part.includes(ANY)
      ? findMasked(part, text, at, end, steps)
      : findPlain(part, text, at, end, steps)
    if (at < 0) return false
    part = []
  }
  return true
}

function matchesAt(part: Glob, text: string, at: number, steps: Steps): boolean {
  for (let index = 0; index < part.length; index++) {
    steps.count++
    const code = part[index]!
    if (code !== ANY && code !== text.charCodeAt(at + index)) return false
  }
  return true
}

/** Where the leftmost occurrence ends, or -1. */
function findPlain(part: Glob, text: string, from: number, end: number, steps: Steps): number {
  const fallback = [0]
  for (let index = 1, length = 0; index < part.length; ) {
    steps.count++
    if (part[index] === part[length]) fallback[index++] = ++length
    else if (length > 0) length = fallback[length - 1]!
    else fallback[index++] = 0
  }
  for (let at = from, length = 0; at < end; ) {
    steps.count++
    if (text.charCodeAt(at) === part[length]) {
      at++
      length++
      if (length === part.length) return at
    } else if (length > 0) length = fallback[length - 1]!
    else at++
  }
  return -1
}

/** The same with `?` in the part: bit i of the state says that its first i + 1 characters match up to here. */
function findMasked(part: Glob, text: string, from: number, end: number, steps: Steps): number {
  const words = (part.length + 31) >>> 5
  const wild = new Uint32Array(words)
  const masks = new Map<number, Uint32Array>()
  part.forEach((code, index) => {
    if (code === ANY) wild[index >>> 5]! |= 1 << (index & 31)
  })
  part.forEach((code, index) => {
    if (code === ANY) return
    const mask = masks.get(code) ?? wild.slice()
    mask[index >>> 5]! |= 1 << (index & 31)
    masks.set(code, mask)
    steps.count += 2
  })
  const state = new Uint32Array(words)
  const lastWord = words - 1
  const lastBit = 1 << ((part.length - 1) & 31)
  for (let at = from; at < end; at++) {
    const mask = masks.get(text.charCodeAt(at)) ?? wild
    let carry = 1
    for (let word = 0; word < words; word++) {
      steps.count++
      const before = state[word]!
      state[word] = ((before << 1) | carry) & mask[word]!
      carry = before >>> 31
    }
    if ((state[lastWord]! & lastBit) !== 0) return at + 1
  }
  return -1
}
