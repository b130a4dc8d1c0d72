import { crc32, inflateRawSync } from 'node:zlib'
import type { QuarantineReason } from '../model.ts'

/** Bounds for one file. CloudTrail writes files of at most 50 MB compressed (CloudTrail user guide, quotas). */
export interface SizeLimits {
  /** Bytes as stored. */
  readonly storedMax: number
  /** Bytes after inflating. */
  readonly inflatedMax: number
}

export const SIZE_LIMITS: SizeLimits = {
  storedMax: 64 * 1024 * 1024,
  inflatedMax: 1024 * 1024 * 1024,
}

export type Inflated =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly reason: QuarantineReason }

/** A wrong hint must not lead to millions of tiny chunks. */
const CHUNK_MIN = 16_384

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Inflates exactly one gzip member (RFC 1952) whose trailer matches, with nothing after it. Node's gunzip would also take several
 * members and trailing zeros: then the digest would vouch for other bytes than those we read.
 */
export function inflateGzip(stored: Buffer, limits: SizeLimits = SIZE_LIMITS): Inflated {
  if (!isGzip(stored)) return refused('not-gzip')
  const body = headerLength(stored)
  if (body < 0 || stored.length < body + 8) return refused('gzip-truncated')
  // The trailer's size is written by whoever wrote the file: a hint for one allocation, checked below.
  const claimed = stored.readUInt32LE(stored.length - 4)
  const plausible = Math.min(claimed, limits.inflatedMax, 1100 * stored.length)
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } }
  try {
    inflated = inflateRawSync(stored.subarray(body), {
      info: true,
      chunkSize: Math.max(CHUNK_MIN, plausible + 64),
      maxOutputLength: limits.inflatedMax,
    } as object) as unknown as typeof inflated
  } catch (error) {
    return refused(reasonOf(error))
  }
  const end = body + inflated.engine.bytesWritten
  if (end + 8 > stored.length) return refused('gzip-truncated')
  const bytes = inflated.buffer
  const matches =
    stored.readUInt32LE(end) === crc32(bytes) &&
    stored.readUInt32LE(end + 4) === bytes.length % 2 ** 32
  if (!matches) return refused('gzip-corrupt')
  if (end + 8 !== stored.length) return refused('gzip-not-single-member')
  return { kind: 'bytes', bytes }
}

function refused(reason: QuarantineReason): Inflated {
  return { kind: 'refused', reason }
}

function reasonOf(error: unknown): QuarantineReason {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return 'inflated-too-large'
    case 'Z_BUF_ERROR':
      return 'gzip-truncated'
    case 'Z_DATA_ERROR':
      return 'gzip-corrupt'
    default:
      throw error
  }
}

/** Length of the member header, or -1 where it is cut or of an unknown method. */
function headerLength(bytes: Buffer): number {
  if (bytes.length < 10 || bytes[2] !== 8) return -1
  const flags = bytes[3]!
  if ((flags & FLAG.reserved) !== 0) return -1
  let at = 10
  if (flags & FLAG.extra) at += 2 + (bytes.length >= at + 2 ? bytes.readUInt16LE(at) : bytes.length)
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero < 0) return -1
    at = zero + 1
  }
  if (flags & FLAG.headerCrc) at += 2
  return at <= bytes.length ? at : -1
}
