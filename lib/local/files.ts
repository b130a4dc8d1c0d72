import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { glob, readdir, stat } from 'node:fs/promises'
import type { QuarantineReason } from '../model.ts'
import { SIZE_LIMITS } from '../source/inflate.ts'
import { type LogKey, type LogKeyKind, parseLogKey } from '../source/log-key.ts'

/** What became of one path: to be read, left aside because of what it is, or not readable. */
export type FoundFile =
  | { readonly kind: 'file'; readonly path: string; readonly key: LogKey }
  | { readonly kind: 'skipped'; readonly path: string; readonly skipped: SkipReason }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: QuarantineReason }

/** `name`: in a folder, and not called like a log file. */
export type SkipReason = Exclude<LogKeyKind, 'log' | 'other'> | 'name'

export type Stored =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly reason: QuarantineReason }

/** A path or pattern on the command line that names nothing. */
export class NoSuchPath extends Error {
  readonly path: string
  constructor(path: string) {
    super(`no such file or directory: ${path}`)
    this.path = path
  }
}

/** The path that stands for standard input. */
export const STDIN = '-'

const LOG_FILE = /\.(?:json|jsonl|ndjson|gz)$/i
const PATTERN = /[*?[\]{}]/

/**
 * All files that the arguments name, in the order of the arguments and, within each, of their paths. A file named by itself is
 * taken whatever it is called. Throws `NoSuchPath` before anything else where an argument names nothing.
 */
export async function* findFiles(paths: readonly string[]): AsyncGenerator<FoundFile> {
  const named: { path: string; explicit: boolean }[] = []
  for (const path of paths) {
    if (path === STDIN || (await exists(path))) named.push({ path, explicit: true })
    else for (const match of await matches(path)) named.push({ path: match, explicit: false })
  }
  const walked = new Set<string>()
  for (const { path, explicit } of named) {
    if (path === STDIN) yield { kind: 'file', path, key: parseLogKey('') }
    else yield* found(path, explicit, walked)
  }
}

async function* found(
  path: string,
  explicit: boolean,
  walked: Set<string>,
): AsyncGenerator<FoundFile> {
  let stats: BigIntStats
  try {
    stats = await stat(path, { bigint: true })
  } catch {
    // A dangling or circular link, or a folder that may not be searched.
    yield { kind: 'refused', path, reason: 'unreadable' }
    return
  }
  if (!stats.isDirectory()) {
    yield file(path, explicit, stats.isFile())
    return
  }
  // By inode, so that links in a circle come to an end.
  const identity = `${stats.dev}/${stats.ino}`
  if (walked.has(identity)) return
  walked.add(identity)
  let names: string[]
  try {
    names = await sortedNames(path)
  } catch {
    yield { kind: 'refused', path, reason: 'unreadable' }
    return
  }
  for (const name of names) yield* found(join(path, name), false, walked)
}

function file(path: string, explicit: boolean, regular: boolean): FoundFile {
  const key = parseLogKey(path)
  if (key.kind !== 'log' && key.kind !== 'other')
    return { kind: 'skipped', path, skipped: key.kind }
  if (!explicit && (!regular || !LOG_FILE.test(path)))
    return { kind: 'skipped', path, skipped: 'name' }
  return { kind: 'file', path, key }
}

/** Names in the order that their full paths have, in which a folder's name ends in a slash. */
async function sortedNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
    .map((name) => (name.endsWith('/') ? name.slice(0, -1) : name))
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Anything else is there, and found to be unreadable in its turn.
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}

async function matches(pattern: string): Promise<string[]> {
  const all: string[] = []
  if (PATTERN.test(pattern)) for await (const match of glob(pattern)) all.push(match)
  if (all.length === 0) throw new NoSuchPath(pattern)
  return all.sort()
}

/** The bytes of a file, at most `storedMax` of them. */
export function readStored(path: string, storedMax: number = SIZE_LIMITS.storedMax): Stored {
  let descriptor: number | null = null
  try {
    descriptor = openSync(path, 'r')
    const { size } = fstatSync(descriptor)
    if (size > storedMax) return { kind: 'refused', reason: 'too-large' }
    return readAll(descriptor, size, storedMax)
  } catch {
    return { kind: 'refused', reason: 'unreadable' }
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

/** `size` is what the file had a moment ago, and 0 for a pipe. */
function readAll(descriptor: number, size: number, storedMax: number): Stored {
  let bytes = Buffer.allocUnsafe(size + 1)
  let length = 0
  for (;;) {
    if (length === bytes.length) {
      const larger = Buffer.allocUnsafe(2 * length + 65_536)
      bytes.copy(larger)
      bytes = larger
    }
    const count = readSync(descriptor, bytes, length, bytes.length - length, null)
    if (count === 0) return { kind: 'bytes', bytes: bytes.subarray(0, length) }
    length += count
    if (length > storedMax) return { kind: 'refused', reason: 'too-large' }
  }
}

/** All bytes of a stream such as standard input, at most `storedMax` of them. */
export async function readStream(
  stream: AsyncIterable<unknown>,
  storedMax: number = SIZE_LIMITS.storedMax,
): Promise<Stored> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array)
      length += bytes.length
      if (length > storedMax) return { kind: 'refused', reason: 'too-large' }
      chunks.push(bytes)
    }
  } catch {
    return { kind: 'refused', reason: 'unreadable' }
  }
  return { kind: 'bytes', bytes: Buffer.concat(chunks, length) }
}
