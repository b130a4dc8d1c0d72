/** A seeded source of chance (sfc32) with the few draws that log records need. The same seed gives the same bytes. */
export type Random = ReturnType<typeof createRandom>

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const HEX4 = Array.from({ length: 65536 }, (_, i) => i.toString(16).padStart(4, '0'))
const BASE32_PAIR = Array.from({ length: 1024 }, (_, i) => `${BASE32[i >> 5]}${BASE32[i & 31]}`)
const TOKEN_POOL_LENGTH = 1 << 22

export function createRandom(seed: number) {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  let d = seed >>> 0
  const next = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  for (let i = 0; i < 16; i++) next()

  const unit = () => next() / 4294967296
  const below = (limit: number) => Math.floor(unit() * limit)
  const base32 = (pairs: number) => {
    let text = ''
    for (let i = 0; i < pairs; i++) text += BASE32_PAIR[next() >>> 22]
    return text
  }
  let tokens = ''
  const fillTokens = () => {
    const bytes = Buffer.allocUnsafe(TOKEN_POOL_LENGTH)
    for (let i = 0; i < bytes.length; i++) bytes[i] = BASE64.charCodeAt(next() >>> 26)
    tokens = bytes.toString('latin1')
  }

  return {
    unit,
    below,
    between: (low: number, high: number) => low + below(high - low + 1),
    chance: (share: number) => unit() < share,
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
    /** Favours the first values: a few are hot and many are rare, as workloads are. */
    pickSkewed: <T>(values: readonly T[], skew = 1.6): T =>
      values[Math.floor(values.length * unit() ** skew)] as T,
    digits(length: number) {
      let text = ''
      while (text.length < length) text += String(next()).padStart(10, '0').slice(1)
      return text.slice(0, length)
    },
    hex(length: number) {
      let text = ''
      while (text.length < length) text += HEX4[next() >>> 16]
      return text.slice(0, length)
    },
    uuid() {
      const one = next()
      const two = next()
      const three = next()
      const four = next()
      const version = HEX4[(two & 0x0fff) | 0x4000]
      const variant = HEX4[(three & 0x3fff) | 0x8000]
      return `${HEX4[one >>> 16]}${HEX4[one & 0xffff]}-${HEX4[two >>> 16]}-${version}-${variant}-${HEX4[three >>> 16]}${HEX4[four >>> 16]}${HEX4[four & 0xffff]}`
    },
    accessKeyId: () => `ASIA${base32(8)}`,
    uniqueId: (prefix: 'AROA' | 'AIDA' | 'AKIA') => `${prefix}${base32(9).slice(0, 17)}`,
    requestId: () => base32(8),
    /** Looks like a session token and does not compress, which is what makes STS records large on disk. */
    token(length: number) {
      if (tokens === '') fillTokens()
      const start = below(TOKEN_POOL_LENGTH - length)
      return tokens.slice(start, start + length)
    },
  }
}
