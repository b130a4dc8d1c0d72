import type { CoverageFact, FileFacts, Partition } from '../model.ts'
import type { Committed, RefusedFile } from '../ports.ts'
import { sightingsOf } from '../record/columns.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import { ACCOUNTS, COVERAGE, fileKey, hash, part, partitionText, QUARANTINE } from './keys.ts'
import { deltaName, type Kept, type Logs } from './logs.ts'
import { inParallel } from './parallel.ts'
import type { Sessions } from './sessions.ts'
import type { Table } from './table.ts'
import type { Versions } from './versions.ts'
import type { Waits } from './waits.ts'

/** Days in one item of coverage. */
const COVERAGE_DAYS = 32

/** One entry of what a file could not say: index (null: the whole file), reason, offset, length. */
export type QuarantinedRow = readonly [number | null, string, number, number]

/** One day of one region: region, day, slots in base64, first, last, lag. */
export type CoverageRow = readonly [string, number, string, number, number, number | null]

/**
 * Keeps what files say. The order of writes makes it safe to die between any two: first facts, then versions, then those who wait are
 * looked up, and last the file is marked as done. A file without that mark is gone through again, and each write finds itself done.
 */
export class Ledger {
  readonly #table: Table
  readonly #docs: Docs
  readonly #logs: Logs
  readonly #sessions: Sessions
  readonly #versions: Versions
  readonly #waits: Waits
  readonly #accounts = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: {
    table: Table
    docs: Docs
    logs: Logs
    sessions: Sessions
    versions: Versions
    waits: Waits
  }) {
    this.#table = parts.table
    this.#docs = parts.docs
    this.#logs = parts.logs
    this.#sessions = parts.sessions
    this.#versions = parts.versions
    this.#waits = parts.waits
  }

  /** One commit of a process after another, so that each knows what those before it brought. */
  commit(files: readonly FileFacts[]): Promise<Committed[]> {
    const turn = this.#turn.then(async () => {
      try {
        return await this.#commit(files)
      } catch (error) {
        this.#logs.forget()
        throw error
      }
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async refuse({ id, source, reason, offset }: RefusedFile): Promise<void> {
    await this.#quarantine(id, source, '#refused', [[null, reason, offset, 0]])
  }

  async #commit(files: readonly FileFacts[]): Promise<Committed[]> {
    const marks = await this.#table.get(files.map(({ id }) => fileKey(id)))
    const done = new Set(marks.map(({ pk, content }) => `${pk}#${content}`))
    const isDone = (file: FileFacts): boolean =>
      done.has(`${fileKey(file.id).pk}#${contentOf(file)}`)
    const distinct = new Map<string, FileFacts>()
    for (const file of files) if (!distinct.has(nameOf(file))) distinct.set(nameOf(file), file)
    const fresh = [...distinct.values()].filter((file) => !isDone(file))
    const partitions = [
      ...new Map(
        fresh.flatMap(({ deltas }) =>
          deltas.map(({ partition }) => [partitionText(partition), partition]),
        ),
      ).values(),
    ]
    await this.#knowAccounts(partitions)
    const news = await inParallel(partitions, (partition) => this.#logs.newIn(partition, fresh))
    const sightings = news.flat().flatMap(({ delta }) => sightingsOf(delta))
    await this.#sessions.keep(sightings)
    const kept = await inParallel(partitions, (partition) => this.#logs.keep(partition, fresh))
    await this.#versions.raise([
      ...kept.filter(({ isStanding }) => isStanding).map(({ partition }) => partition),
      ...(await this.#waits.partitions(sightings)),
    ])
    await this.#mergeCoverage(fresh.flatMap(({ coverage }) => coverage))
    // Also of files that were here before: perhaps under another name.
    await inParallel(
      files.filter(({ quarantined }) => quarantined.length > 0),
      ({ id, source, quarantined }) =>
        this.#quarantine(
          id,
          source,
          '',
          quarantined.map(({ index, reason, offset, length }) => [index, reason, offset, length]),
        ),
    )
    await this.#table.put(
      fresh.map((file) => ({
        ...fileKey(file.id),
        content: contentOf(file),
        source: file.source,
        records: file.records,
        outOfScope: file.outOfScope,
        repeated: file.repeated,
      })),
    )
    return files.map((file) =>
      committed(file, distinct.get(nameOf(file)) === file && !isDone(file) ? kept : []),
    )
  }

  async #knowAccounts(partitions: readonly Partition[]): Promise<void> {
    const added = [...new Set(partitions.map(({ account }) => account))].filter(
      (account) => !this.#accounts.has(account),
    )
    await this.#table.put(added.map((account) => ({ pk: ACCOUNTS, sk: part(account) })))
    for (const account of added) this.#accounts.add(account)
  }

  /** What a file could not say is kept once, under the first of its names. */
  async #quarantine(
    id: string,
    source: string,
    suffix: string,
    rows: QuarantinedRow[],
  ): Promise<void> {
    const item = { pk: QUARANTINE, sk: `${id}${suffix}`, source, file: id }
    await this.#docs.putIf(item, packed(rows), {
      text: 'attribute_not_exists(pk) OR #source > :source',
      names: { '#source': 'source' },
      values: { ':source': source },
    })
  }

  /** Merged by or, least and greatest, so that it does not matter how often, nor in which order. */
  async #mergeCoverage(facts: readonly CoverageFact[]): Promise<void> {
    const items = Map.groupBy(
      facts,
      ({ account, day }) =>
        `${String(Math.floor(day / COVERAGE_DAYS)).padStart(6, '0')}#${part(account)}`,
    )
    await inParallel([...items], async ([sk, own]) => {
      for (;;) {
        const key = { pk: COVERAGE, sk }
        const [item] = await this.#table.get([key])
        const rows =
          item === undefined ? [] : unpacked<CoverageRow[]>(await this.#docs.valueOf(item))
        const merged = mergedCoverage(rows, own)
        if (JSON.stringify(merged) === JSON.stringify(rows)) return
        const revision = Number(item?.['revision'] ?? 0)
        const next = { ...key, account: own[0]!.account, revision: revision + 1 }
        const unchanged =
          item === undefined
            ? { text: 'attribute_not_exists(pk)' }
            : { text: 'revision = :known', values: { ':known': revision } }
        if (await this.#docs.putIf(next, packed(merged), unchanged)) return
      }
    })
  }
}

function committed(file: FileFacts, kept: readonly Kept[]): Committed {
  const events = file.deltas.reduce((sum, delta) => sum + delta.events.length / 2, 0)
  let accepted = 0
  for (const delta of file.deltas)
    for (const one of kept)
      if (partitionText(one.partition) === partitionText(delta.partition))
        accepted += one.accepted.get(deltaName(file.id, delta)) ?? 0
  return { accepted, duplicate: events - accepted + file.repeated }
}

/** Tells what one version of podtrail reads in a file from what another does. */
function contentOf({ deltas, records, quarantined }: FileFacts): string {
  const parts = deltas.map((delta) => deltaName(partitionText(delta.partition), delta))
  return hash(JSON.stringify([records, quarantined.length, parts.sort()]))
}

const nameOf = (file: FileFacts): string => `${file.id}#${contentOf(file)}`

function mergedCoverage(
  rows: readonly CoverageRow[],
  facts: readonly CoverageFact[],
): CoverageRow[] {
  const merged = new Map(rows.map((row) => [`${row[0]}\n${row[1]}`, row]))
  for (const { region, day, slots, first, last, lagMax } of facts) {
    const name = `${region}\n${day}`
    const known = merged.get(name)
    const union = Uint8Array.from(slots)
    let [from, to, lag] = [first, last, lagMax]
    if (known !== undefined) {
      Buffer.from(known[2], 'base64').forEach((byte, index) => {
        union[index]! |= byte
      })
      from = Math.min(from, known[3])
      to = Math.max(to, known[4])
      if (known[5] !== null) lag = Math.max(lag ?? 0, known[5])
    }
    merged.set(name, [region, day, Buffer.from(union).toString('base64'), from, to, lag])
  }
  return [...merged.keys()].sort().map((name) => merged.get(name)!)
}
