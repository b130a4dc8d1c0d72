import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ANOMALY_RULES } from '../../../lib/coverage/rules.ts'
import { detect } from '../../../lib/detect/run.ts'
import { openSqliteStore } from '../../../lib/local/sqlite-store.ts'
import type { FileFacts } from '../../../lib/model.ts'
import { ingest, rollUpDirty } from '../../../lib/pipeline.ts'
import { FileReader } from '../../../lib/record/read-file.ts'
import type { LogFile } from '../simulator/post.ts'
import type { TrueEdge } from '../simulator/stage.ts'
import type { Alert } from './alert.ts'

const FILES_AT_ONCE = 64

/** The real thing: reader, SQLite store in a folder of its own, rollups and the detection engine with its default settings. */
export class Podtrail {
  readonly #directory = mkdtempSync(join(tmpdir(), 'podtrail-detection-'))
  readonly #store = openSqliteStore(join(this.#directory, 'podtrail.db'))
  readonly #reader = new FileReader()
  #waiting: FileFacts[] = []
  quarantined = 0

  async take({ text, path, deliveredAt }: LogFile): Promise<void> {
    const bytes = Buffer.from(text)
    const id = createHash('sha256').update(bytes).digest('hex')
    const facts = this.#reader.read(bytes, { id, source: path, deliveredAt })
    this.quarantined += facts.quarantined.length
    this.#waiting.push(facts)
    if (this.#waiting.length >= FILES_AT_ONCE) await this.#commit()
  }

  async #commit(): Promise<void> {
    const files = this.#waiting
    this.#waiting = []
    await ingest(this.#store, files)
  }

  async alerts(from: number, until: number): Promise<Alert[]> {
    await this.#commit()
    await rollUpDirty(this.#store)
    const found = await detect(this.#store, {
      window: { from, to: until },
      config: null,
      detectors: ANOMALY_RULES,
    })
    return found.map((anomaly) => ({
      rule: anomaly.rule,
      severity: anomaly.severity,
      story: anomaly.story,
      title: anomaly.title,
      principal: anomaly.principal?.id ?? '',
      role: anomaly.role,
      account: anomaly.account,
      events: anomaly.evidence.flatMap(({ eventId }) => (eventId === null ? [] : [eventId])),
      first: anomaly.firstSeen,
      last: anomaly.lastSeen,
    }))
  }

  /** True edges that the store counts differently: the score would mean nothing if it did not know who did what. */
  async disagreements(edges: readonly TrueEdge[], from: number, until: number): Promise<string[]> {
    const key = (id: string, via: readonly string[], role: string): string =>
      `${id} > ${[...via, role].join(' > ')}`
    const stored = new Map<string, number>()
    for (const { principal, via, role, proof, count } of await this.#store.edges(
      {},
      { from, to: until },
    )) {
      // Where the caller's record was lost, the session's name is all there is; such links are not part of the truth.
      if (proof === 'sessionName') continue
      const edge = key(principal.id, via, role)
      stored.set(edge, (stored.get(edge) ?? 0) + count)
    }
    return (
      edges
        // Of these a record shows no more than a cluster, or an account.
        .filter(({ origin }) => !origin.id.endsWith('/?/?') && origin.kind !== 'account')
        .flatMap(({ origin, via, role, count }) => {
          const seen = stored.get(key(origin.id, via, role)) ?? 0
          return seen === count ? [] : [`${key(origin.id, via, role)}: ${count}, stored ${seen}`]
        })
    )
  }

  close(): void {
    this.#store.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
