import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { SECURITY_HEADERS } from './headers.ts'

/** What is sent, and under which name it can be asked for again. */
export interface Payload {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Null where it is not worth it. */
  readonly gzip: Uint8Array<ArrayBuffer> | null
  /** Without quotes; a function of the bytes. */
  readonly tag: string
  /** Of a file that is to be saved rather than shown. */
  readonly name?: string
}

/** Smaller bodies fit into one packet anyway. */
const GZIP_MIN = 1400
/** As good as the default for JSON, in half the time. */
const GZIP_LEVEL = 4

export function payloadOf(type: string, text: string, name?: string): Payload {
  const bytes = Buffer.from(text, 'utf8')
  return {
    type,
    bytes,
    gzip: bytes.length < GZIP_MIN ? null : gzipSync(bytes, { level: GZIP_LEVEL }),
    tag: tagOf(bytes),
    ...(name === undefined ? {} : { name }),
  }
}

/** As it is: archives do not get smaller. */
export function filePayload(type: string, name: string, bytes: Uint8Array<ArrayBuffer>): Payload {
  return { type, name, bytes, gzip: null, tag: tagOf(bytes) }
}

export function tagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
}

/** Whoever an answer goes to. */
export interface Receiver {
  readonly request: Request
  readonly requestId: string
}

/**
 * The response with the payload, or 304 where the asker has it. Each encoding has a strong tag of its own. `keep`: what caches may do;
 * nothing, unless it is said.
 */
export function send(
  { request, requestId }: Receiver,
  { type, bytes, gzip, tag, name }: Payload,
  status = 200,
  keep = 'no-store',
): Response {
  const accepted = request.headers.get('accept-encoding') ?? ''
  const zipped = gzip !== null && /\bgzip\b(?!;\s*q=0)/.test(accepted)
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'X-Request-Id': requestId,
    'Cache-Control': keep,
    ETag: `"${tag}${zipped ? '-gzip' : ''}"`,
    Vary: 'Accept, Accept-Encoding, Authorization',
  }
  if (status === 200 && hasOne(request.headers.get('if-none-match'), tag))
    return new Response(null, { status: 304, headers })
  const body = zipped ? gzip : bytes
  headers['Content-Type'] = type
  headers['Content-Length'] = String(body.length)
  if (zipped) headers['Content-Encoding'] = 'gzip'
  if (name !== undefined) headers['Content-Disposition'] = `attachment; filename="${name}"`
  return new Response(body, { status, headers })
}

function hasOne(header: string | null, tag: string): boolean {
  if (header === null) return false
  if (header.trim() === '*') return true
  return header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((one) => one === tag || one === `${tag}-gzip`)
}
