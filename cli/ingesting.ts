import { parseS3Url } from '../lib/aws/urls.ts'
import { findFiles, readStream, STDIN } from '../lib/local/files.ts'
import type { LogToRead, ReadLog } from '../lib/local/read-log.ts'
import { readLogs } from '../lib/local/read-logs.ts'
import type { FileFacts, QuarantineReason } from '../lib/model.ts'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import type { Store } from '../lib/ports.ts'
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

/** Reads all files that the paths name into the store, and rolls up what they change. */
export async function ingestPaths(
  store: Store,
  paths: readonly string[],
  threads: number,
  progress: (files: number, records: number) => void,
): Promise<Ingested> {
  const reports = new Reports(store, progress)
  const logs = logsAmong(paths, reports.skipped)
  const first: LogToRead[] = []
  if (threads > 1)
    for (let log = await logs.next(); !log.done; log = await logs.next()) {
      first.push(log.value)
      if (first.length === FILES_PER_THREAD) break
    }
  const all = joined(first, logs)
  for await (const log of readLogs(all, first.length < FILES_PER_THREAD ? 1 : threads)) {
    if (log.kind === 'facts') await reports.add(log.facts)
    else if (log.kind === 'skipped') reports.skipped.push(skippedOf(log))
    else await reports.refuse(log.file)
  }
  await reports.commit()
  await rollUpDirty(store)
  return reports
}

async function* logsAmong(
  paths: readonly string[],
  skipped: Skipped[],
): AsyncGenerator<LogToRead, void> {
  for (const [isRemote, some] of runsOf(paths)) {
    if (isRemote) for (const url of some) yield* objectsOf(url, skipped)
    else yield* filesAmong(some, skipped)
  }
}

/** Paths and URLs in their order, alike ones together. */
function runsOf(paths: readonly string[]): [isRemote: boolean, paths: string[]][] {
  const runs: [boolean, string[]][] = []
  for (const path of paths) {
    const isRemote = path.startsWith('s3://')
    const last = runs.at(-1)
    if (last !== undefined && last[0] === isRemote) last[1].push(path)
    else runs.push([isRemote, [path]])
  }
  return runs
}

async function* objectsOf(url: string, skipped: Skipped[]): AsyncGenerator<LogToRead, void> {
  const { readObjects } = await import('../lib/aws/s3.ts')
  for await (const found of readObjects(parseS3Url(url)!)) {
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
  #waiting: FileFacts[] = []
  #waitingRecords = 0
  #records = 0

  constructor(store: Store, progress: (files: number, records: number) => void) {
    this.#store = store
    this.#progress = progress
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
    this.#waiting = []
    this.#waitingRecords = 0
    this.#progress(this.files.length, this.#records)
  }
}
