import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AttemptRow, EdgeRow, Rollup } from '../graph/rollup.ts'
import { PROOFS } from '../session/proof.ts'
import { encodeActivity } from './activity-codec.ts'
import { bytesOf, words } from './delta-codec.ts'
import type { Dictionary } from './dictionary.ts'
import { encodeSignals } from './signal-codec.ts'

/** Writes the rows of a partition in place of those it had. */
export class RollupWriter {
  readonly #dictionary: Dictionary
  readonly #deletes: readonly StatementSync[]
  readonly #edge: StatementSync
  readonly #attempt: StatementSync
  readonly #activity: StatementSync
  readonly #deleteActivity: StatementSync
  readonly #signal: StatementSync
  readonly #network: StatementSync
  readonly #deleteNetwork: StatementSync
  readonly #written: StatementSync
  readonly #selectWritten: StatementSync

  constructor(db: DatabaseSync, dictionary: Dictionary) {
    this.#dictionary = dictionary
    this.#deletes = ['edge', 'attempt'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE partition = ?`),
    )
    this.#edge = db.prepare('INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#attempt = db.prepare('INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#activity = db.prepare('INSERT INTO activity VALUES (?, ?, ?, ?, ?)')
    this.#deleteActivity = db.prepare(
      'DELETE FROM activity WHERE kind = ? AND subject = ? AND hour = ? AND partition = ?',
    )
    this.#signal = db.prepare('INSERT OR REPLACE INTO signal VALUES (?, ?)')
    this.#network = db.prepare('INSERT INTO network VALUES (?, ?)')
    this.#deleteNetwork = db.prepare('DELETE FROM network WHERE name = ? AND partition = ?')
    this.#written = db.prepare('INSERT OR REPLACE INTO written VALUES (?, ?, ?)')
    this.#selectWritten = db.prepare('SELECT subjects, networks FROM written WHERE partition = ?')
  }

  write(partition: number, rollup: Rollup, replaces: boolean): void {
    const { hour } = rollup.partition
    if (replaces) {
      for (const statement of this.#deletes) statement.run(partition)
      this.#removeActivity(partition, hour)
    }
    for (const row of rollup.edges) this.#writeEdge(partition, hour, row)
    rollup.attempts.forEach((row, position) => {
      this.#writeAttempt(partition, hour, position, row)
    })
    this.#writeActivity(partition, rollup)
    this.#signal.run(partition, encodeSignals(rollup.signals, this.#dictionary))
  }

  #writeEdge(partition: number, hour: number, row: EdgeRow): void {
    const { seconds } = row
    this.#edge.run(
      this.#dictionary.role(row.role),
      hour,
      this.#dictionary.principal(row.principal),
      this.#dictionary.name(JSON.stringify(row.via)),
      PROOFS.indexOf(row.proof),
      row.hop,
      partition,
      seconds.length,
      seconds[0]!,
      seconds[seconds.length - 1]!,
      bytesOf(seconds),
    )
  }

  #writeAttempt(partition: number, hour: number, position: number, row: AttemptRow): void {
    const { seconds } = row
    this.#attempt.run(
      partition,
      position,
      hour,
      this.#dictionary.role(row.role),
      this.#dictionary.principal(row.principal),
      this.#dictionary.name(JSON.stringify(row.via)),
      row.action,
      row.error,
      seconds.length,
      seconds[0]!,
      seconds[seconds.length - 1]!,
      bytesOf(seconds),
    )
  }

  #writeActivity(partition: number, { partition: { hour }, activity, networks }: Rollup): void {
    const subjects = encodeActivity(activity, this.#dictionary)
    for (const { kind, subject, entries } of subjects)
      this.#activity.run(kind, subject, hour, partition, bytesOf(entries))
    const names = Uint32Array.from(networks, (network) => this.#dictionary.name(network)).sort()
    for (const name of names) this.#network.run(name, partition)
    this.#written.run(
      partition,
      bytesOf(Uint32Array.from(subjects.flatMap(({ kind, subject }) => [kind, subject]))),
      bytesOf(names),
    )
  }

  #removeActivity(partition: number, hour: number): void {
    const written = this.#selectWritten.get(partition)
    if (written === undefined) return
    const subjects = words(written['subjects'] as Uint8Array)
    for (let i = 0; i < subjects.length; i += 2)
      this.#deleteActivity.run(subjects[i]!, subjects[i + 1]!, hour, partition)
    for (const network of words(written['networks'] as Uint8Array))
      this.#deleteNetwork.run(network, partition)
  }
}
