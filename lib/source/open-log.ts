import { type Inflated, inflateGzip, isGzip, SIZE_LIMITS, type SizeLimits } from './inflate.ts'

/** The text of a log file as stored under `name`, or why there is none. Only bytes decide that it is gzip; a name may only contradict. */
export function openLog(name: string, stored: Buffer, limits: SizeLimits = SIZE_LIMITS): Inflated {
  if (stored.length === 0) return { kind: 'refused', reason: 'empty' }
  if (stored.length > limits.storedMax) return { kind: 'refused', reason: 'too-large' }
  if (!isGzip(stored))
    return name.endsWith('.gz')
      ? { kind: 'refused', reason: 'not-gzip' }
      : { kind: 'bytes', bytes: stored }
  const inflated = inflateGzip(stored, limits)
  if (inflated.kind === 'refused') return inflated
  if (inflated.bytes.length === 0) return { kind: 'refused', reason: 'empty' }
  // Nobody stores a log file so, and unpacking again and again would have no end.
  if (isGzip(inflated.bytes)) return { kind: 'refused', reason: 'not-json' }
  return inflated
}
