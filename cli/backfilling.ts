import { createHash } from 'node:crypto'
import { cloudTrailClient, lookUpEvents } from '../lib/aws/lookup-events.ts'
import type { FileFacts } from '../lib/model.ts'
import { ingest, rollUpDirty } from '../lib/pipeline.ts'
import type { Store } from '../lib/ports.ts'
import { unfilled } from '../lib/record/coverage.ts'
import { FileReader } from '../lib/record/read-file.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { FileReport } from './ingesting.ts'
import { type Span, without, withSpan } from './spans.ts'

/** One account's events in one region, all or those of one service. */
export interface Lane {
  readonly account: string
  readonly region: string
  readonly eventSource: string | null
}

export interface BackfillProgress {
  /** Of the time that is left to look at, from 0 to 1. */
  readonly share: number
  readonly requests: number
  readonly events: number
}

/** Pages are committed together: one event costs as much to keep as a thousand. */
const PAGES_AT_ONCE = 20
/** Events come newest first, but who knows how exactly: what is as late as this is asked for again. */
const MARGIN = 300

/** Looks up what is not in the store yet. Lanes of one region share its two requests a second, so they come one after another. */
export async function backfill(
  store: Store,
  lanes: readonly Lane[],
  window: Span,
  checkpoint: Checkpoint<Span[]>,
  progress: (progress: BackfillProgress) => void,
): Promise<FileReport[]> {
  const filling = lanes.map((lane) => new Filling(store, lane, window, checkpoint))
  const tell = (): void =>
    progress({
      share: filling.reduce((sum, { share }) => sum + share, 0) / filling.length,
      requests: filling.reduce((sum, { requests }) => sum + requests, 0),
      events: filling.reduce((sum, { report }) => sum + report.records, 0),
    })
  await Promise.all(
    [...Map.groupBy(filling, ({ lane }) => lane.region).values()].map(async (some) => {
      for (const one of some) await one.run(tell)
    }),
  )
  await rollUpDirty(store)
  return filling.map(({ report }) => report)
}

class Filling {
  readonly lane: Lane
  requests = 0
  report: FileReport
  readonly #store: Store
  readonly #window: Span
  readonly #checkpoint: Checkpoint<Span[]>
  readonly #reader = new FileReader()
  #done: Span[]

  constructor(store: Store, lane: Lane, window: Span, checkpoint: Checkpoint<Span[]>) {
    const { account, region, eventSource } = lane
    const source = `lookup-events:${account}/${region}${eventSource === null ? '' : `/${eventSource}`}`
    this.lane = lane
    this.report = { source, records: 0, accepted: 0, duplicate: 0, outOfScope: 0, quarantined: [] }
    this.#store = store
    this.#window = window
    this.#checkpoint = checkpoint
    this.#done = checkpoint.get(source) ?? []
  }

  get share(): number {
    const [from, to] = this.#window
    const left = without(this.#window, this.#done).reduce((sum, [a, b]) => sum + b - a, 0)
    return 1 - left / (to - from)
  }

  async run(tell: () => void): Promise<void> {
    const { region, eventSource } = this.lane
    const client = cloudTrailClient({ region })
    for (const [from, to] of without(this.#window, this.#done)) {
      let pages: FileFacts[] = []
      for await (const page of lookUpEvents(client, region, { from, to, eventSource })) {
        this.requests++
        if (page.events > 0) pages.push(this.#factsOf(page.text))
        if (pages.length >= PAGES_AT_ONCE) {
          await this.#keep(pages)
          pages = []
          if (page.earliest !== null) this.#note([page.earliest + MARGIN, to])
        }
        tell()
      }
      await this.#keep(pages)
      this.#note([from, to])
      tell()
    }
  }

  #factsOf(text: string): FileFacts {
    const bytes = Buffer.from(text)
    const id = createHash('sha256').update(bytes).digest('hex')
    const facts = this.#reader.read(bytes, { id, source: this.report.source, deliveredAt: null })
    // Neither do data events come this way nor, with a service, those of others.
    return { ...facts, coverage: unfilled(facts.coverage) }
  }

  async #keep(pages: readonly FileFacts[]): Promise<void> {
    const committed = await ingest(this.#store, pages)
    pages.forEach(({ records, outOfScope, quarantined }, index) => {
      const { report } = this
      this.report = {
        source: report.source,
        records: report.records + records,
        accepted: report.accepted + committed[index]!.accepted,
        duplicate: report.duplicate + committed[index]!.duplicate,
        outOfScope: report.outOfScope + outOfScope,
        quarantined: [
          ...report.quarantined,
          ...quarantined.map(({ index: position, reason }) => ({ index: position, reason })),
        ],
      }
    })
  }

  #note(span: Span): void {
    this.#done = withSpan(this.#done, span)
    this.#checkpoint.set(this.report.source, this.#done)
  }
}
