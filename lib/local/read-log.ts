import { createHash } from 'node:crypto'
import type { FileFacts, QuarantineReason } from '../model.ts'
import type { RefusedFile } from '../ports.ts'
import { type FileReader, NotALogFile, UnreadableFile } from '../record/read-file.ts'
import { objectsIn } from '../source/notification.ts'
import { openLog } from '../source/open-log.ts'
import { readStored, type Stored } from './files.ts'

/** Larger than anything that Node allocates from a shared pool (`Buffer.poolSize`). */
const RELEASED_MIN = 1024 * 1024

/** A file to be read; `stored` where its bytes are at hand already. */
export interface LogToRead {
  readonly source: string
  /** Seconds since 1970, where the name says it. */
  readonly deliveredAt: number | null
  readonly stored?: Stored
}

/** What a file turned out to be. */
export type ReadLog =
  | { readonly kind: 'facts'; readonly facts: FileFacts }
  | {
      readonly kind: 'skipped'
      readonly source: string
      readonly what: string
      /** Where a notification says that log files are. */
      readonly announces?: readonly string[]
    }
  | { readonly kind: 'refused'; readonly file: RefusedFile }

/** Reads one file from disk to facts. Never throws for what is in it. */
export function readLog(reader: FileReader, { source, deliveredAt, stored }: LogToRead): ReadLog {
  const found = stored ?? readStored(source)
  // A file that cannot be read has no other name than its path.
  const id = createHash('sha256')
    .update(found.kind === 'bytes' ? found.bytes : `path:${source}`)
    .digest('hex')
  const refused = (reason: QuarantineReason, offset: number): ReadLog => ({
    kind: 'refused',
    file: { id, source, reason, offset },
  })
  if (found.kind === 'refused') return refused(found.reason, 0)
  const log = openLog(source, asBuffer(found.bytes))
  if (log.kind === 'refused') return refused(log.reason, 0)
  try {
    return { kind: 'facts', facts: reader.read(log.bytes, { id, source, deliveredAt }) }
  } catch (error) {
    if (error instanceof UnreadableFile) return refused(error.reason, error.offset)
    if (error instanceof NotALogFile) {
      const skipped = { kind: 'skipped', source, what: error.what } as const
      if (error.what === 'digest') return skipped
      const { objects } = objectsIn(log.bytes.toString('utf8'))
      return { ...skipped, announces: objects.map(({ bucket, key }) => `s3://${bucket}/${key}`) }
    }
    throw error
  } finally {
    release(log.bytes)
    release(found.bytes)
  }
}

/**
 * Gives a file's bytes back at once. They are many, and left to the garbage collector several files' worth would wait for it.
 * Facts hold copies only. Small buffers may share their memory with others and are left alone.
 */
function release({ buffer, byteLength }: Buffer): void {
  if (byteLength > RELEASED_MIN && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Bytes that were handed to another thread arrive there as a plain array. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
