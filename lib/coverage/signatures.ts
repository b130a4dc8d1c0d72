import { SIGNATURE_ALGORITHM } from '../source/digest.ts'
import type { IntegrityCode } from './integrity.ts'

/** The signature of a digest, which S3 keeps as metadata of the object, and a copy on disk does not. */
export type Signed =
  | {
      readonly kind: 'signature'
      /** Hex. */
      readonly signature: string
      /** Seconds; null: not said. Only backfill digests have it. */
      readonly backfilledAt: number | null
    }
  | { readonly kind: 'refused'; readonly code: IntegrityCode; readonly why: string }

/** A file beside a digest: its signature in hex, or what `aws s3api head-object` prints of it. */
export function signedOf(bytes: Buffer): Signed {
  const text = bytes.toString('latin1')
  if (!text.startsWith('{')) return signed(text.replace(/\r?\n$/, ''), null)
  try {
    return signedIn(JSON.parse(bytes.toString('utf8')))
  } catch {
    return NO_SIGNATURE
  }
}

/** `metadata.json`: the metadata of each object by its key. Null where it is something else. */
export function signaturesIn(bytes: Buffer): ReadonlyMap<string, Signed> | null {
  let content: unknown
  try {
    content = JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return null
  return new Map(Object.entries(content).map(([key, metadata]) => [key, signedIn(metadata)]))
}

function signedIn(answer: unknown): Signed {
  const metadata = objectOf(objectOf(answer)['Metadata'] ?? answer)
  const algorithm = metadata['signature-algorithm']
  if (algorithm !== undefined && algorithm !== SIGNATURE_ALGORITHM)
    return {
      kind: 'refused',
      code: 'algorithm-not-allowed',
      why: `its metadata has a signature-algorithm other than ${SIGNATURE_ALGORITHM}`,
    }
  const backfilled = metadata['backfill-generation-timestamp']
  const millis = typeof backfilled === 'string' ? Date.parse(backfilled) : Number.NaN
  return signed(metadata['signature'], Number.isNaN(millis) ? null : Math.floor(millis / 1000))
}

const NO_SIGNATURE: Signed = {
  kind: 'refused',
  code: 'signature-invalid',
  why: 'what is given as its signature is none',
}

function signed(signature: unknown, backfilledAt: number | null): Signed {
  return typeof signature === 'string' && /^(?:[0-9a-f]{2}){64,1024}$/.test(signature)
    ? { kind: 'signature', signature, backfilledAt }
    : NO_SIGNATURE
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
