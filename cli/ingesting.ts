import { parseS3Url } from '../lib/aws/urls.ts'
import { findFiles, readStream, STDIN } from '../lib/local/files.ts'
import type { LogToRead, ReadLog } from '../lib/local/read-log.ts'
import { readLogs } from '../lib/local/read-logs.ts'
import type { FileFacts, QuarantineReason } from '../lib/model.ts'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import type { Store } from '../lib/ports.ts'
import type { LogFilter } from '../lib/source/log-filter.ts'
import type { Checkpoint } from './checkpoint.ts'
import { taskOf } from './remote-task.ts'
import { boundYoungHeap } from './young-heap.ts'

/** What became of one file: `records = accepted + duplicate + outOfScope + quarantined`, unless the file as a whole was not read. */
export interface FileReport {
  readonly source: string
  readonly records: number
  readonly accepted: number
  readonly duplicate: number
  readonly outOfScope: number
  /** `index` null: the whole file. */
  readonly quarantined: readonly {
    readonly index: number | null
    readonly reason: QuarantineReason
  }[]
}

/** A file that is no log file and was left aside, and why. */
export interface Skipped {
  readonly source: string
  readonly what: string
  /** Where a notification says that log files are. */
  readonly announces?: readonly string[]
}

export interface Ingested {
  readonly files: readonly FileReport[]
  readonly skipped: readonly Skipped[]
}

/** Files are committed together, so that the store need not settle on each: at most so many, and so many records. */
const FILES_AT_ONCE = 256
const RECORDS_AT_ONCE = 100_000
/** With fewer files, starting a second thread takes longer than it saves. */
const FILES_PER_THREAD = 16

/** How objects of buckets are read: which of them, and how far an earlier run has come. */
export interface Remote {
  readonly filter: LogFilter
  readonly checkpoint: Checkpoint<string>
}

/** Reads all files that the paths name into the store, and rolls up what they change. */
export async function ingestPaths(
  store: Store,
  paths: readonly string[],
  threads: number,
  progress: (files: number, records: number) => void,
  remote: Remote | null = null,
): Promise<Ingested> {
  const reports = new Reports(store, progress, (source) => noteObject(source, paths, remote))
  const logs = logsAmong(paths, reports.skipped, remote)
  const first: LogToRead[] = []
  if (threads > 1)
    for (let log = await logs.next(); !log.done; log = await logs.next()) {
      first.push(log.value)
      if (first.length === FILES_PER_THREAD) break
    }
  const all = joined(first, logs)
  try {
    for await (const log of readLogs(all, first.length < FILES_PER_THREAD ? 1 : threads)) {
      if (log.kind === 'facts') await reports.add(log.facts)
      else if (log.kind === 'skipped') reports.skipped.push(skippedOf(log))
      else await reports.refuse(log.file)
    }
  } finally {
    // Also when a file cannot be had: what was read before it need not be read again.
    await reports.commit()
  }
  await rollUpDirty(store)
  if (remote !== null)
    for (const url of paths.filter(isRemotePath))
      remote.checkpoint.set(taskOf(parseS3Url(url)!, remote.filter), null)
  return reports
}

const isRemotePath = (path: string): boolean => path.startsWith('s3://')

/** All objects up to this one are in the store. */
function noteObject(source: string, paths: readonly string[], remote: Remote | null): void {
  if (remote === null) return
  for (const url of paths.filter(isRemotePath)) {
    const place = parseS3Url(url)!
    const root = `s3://${place.bucket}/`
    if (source.startsWith(`${root}${place.prefix}`))
      remote.checkpoint.set(taskOf(place, remote.filter), source.slice(root.length))
  }
}

async function* logsAmong(
  paths: readonly string[],
  skipped: Skipped[],
  remote: Remote | null,
): AsyncGenerator<LogToRead, void> {
  for (const [isRemote, some] of runsOf(paths)) {
    if (isRemote) for (const url of some) yield* objectsOf(url, skipped, remote)
    else yield* filesAmong(some, skipped)
  }
}

/** Paths and URLs in their order, alike ones together. */
function runsOf(paths: readonly string[]): [isRemote: boolean, paths: string[]][] {
  const runs: [boolean, string[]][] = []
  for (const path of paths) {
    const isRemote = isRemotePath(path)
    const last = runs.at(-1)
    if (last !== undefined && last[0] === isRemote) last[1].push(path)
    else runs.push([isRemote, [path]])
  }
  return runs
}

async function* objectsOf(
  url: string,
  skipped: Skipped[],
  remote: Remote | null,
): AsyncGenerator<LogToRead, void> {
  const { readObjects } = await import('../lib/aws/s3.ts')
  const place = parseS3Url(url)!
  const after = remote?.checkpoint.get(taskOf(place, remote.filter)) ?? ''
  const listing = remote === null ? {} : { filter: remote.filter, after }
  for await (const found of readObjects(place, undefined, listing)) {
    const { source } = found
    if (found.kind === 'skipped') skipped.push({ source, what: found.what })
    else yield { source, deliveredAt: found.deliveredAt, stored: found.stored }
  }
}

async function* filesAmong(
  paths: readonly string[],
  skipped: Skipped[],
): AsyncGenerator<LogToRead, void> {
  for await (const found of findFiles(paths)) {
    const source = found.path
    if (found.kind === 'skipped') skipped.push({ source, what: found.skipped })
    else if (found.kind === 'refused') yield { source, deliveredAt: null, stored: found }
    else if (source === STDIN)
      yield { source, deliveredAt: null, stored: await readStream(process.stdin) }
    else yield { source, deliveredAt: found.key.deliveredAt }
  }
}

async function* joined<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first
  yield* rest
}

function skippedOf({ source, what, announces }: ReadLog & { kind: 'skipped' }): Skipped {
  return announces === undefined ? { source, what } : { source, what, announces }
}

/** Commits files in batches and keeps what became of each, in their order. */
class Reports implements Ingested {
  readonly files: FileReport[] = []
  readonly skipped: Skipped[] = []
  readonly #store: Store
  readonly #progress: (files: number, records: number) => void
  readonly #kept: (source: string) => void
  #waiting: FileFacts[] = []
  #waitingRecords = 0
  #records = 0

  constructor(
    store: Store,
    progress: (files: number, records: number) => void,
    kept: (source: string) => void,
  ) {
    this.#store = store
    this.#progress = progress
    this.#kept = kept
  }

  async add(facts: FileFacts): Promise<void> {
    boundYoungHeap()
    this.#waiting.push(facts)
    this.#waitingRecords += facts.records
    if (this.#waiting.length >= FILES_AT_ONCE || this.#waitingRecords >= RECORDS_AT_ONCE)
      await this.commit()
  }

  async refuse(file: Parameters<Store['refuse']>[0]): Promise<void> {
    await this.commit()
    await this.#store.refuse(file)
    const { source, reason } = file
    const nothing = { records: 0, accepted: 0, duplicate: 0, outOfScope: 0 }
    this.files.push({ source, ...nothing, quarantined: [{ index: null, reason }] })
  }

  async commit(): Promise<void> {
    const committed = await ingest(this.#store, this.#waiting)
    this.#waiting.forEach(({ source, records, outOfScope, quarantined }, index) => {
      const { accepted, duplicate } = committed[index]!
      this.files.push({
        source,
        records,
        accepted,
        duplicate,
        outOfScope,
        quarantined: quarantined.map(({ index: position, reason }) => ({
          index: position,
          reason,
        })),
      })
      this.#records += records
    })
    const last = this.#waiting.at(-1)
    if (last !== undefined) this.#kept(last.source)
    this.#waiting = []
    this.#waitingRecords = 0
    this.#progress(this.files.length, this.#records)
  }
}
