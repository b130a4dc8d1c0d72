import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Snapshot } from '../drift/snapshot.ts'
import type { ApprovedEdge, Edge, Finding, Suppression } from '../finding/finding.ts'
import { FingerprintSet } from '../graph/fingerprints.ts'
import type { Rollup } from '../graph/rollup.ts'
import type { ClusterNames } from '../identity/clusters.ts'
import type { CoverageFact, Delta, FileFacts, Partition, Sighting } from '../model.ts'
import type {
  Committed,
  DirtyPartition,
  FindingChange,
  FindingStore,
  OutboxEntry,
  RefusedFile,
  SignOffs,
  SnapshotEntry,
  Snapshots,
  Store,
  StoredSnapshot,
  Versioned,
  Window,
} from '../ports.ts'

import { sightingAt } from '../record/columns.ts'

import type { SignOff } from '../review/sign-off.ts'

import { findSightings } from '../session/finder.ts'
import { idOf } from '../session/issuance.ts'
import { type Ref, refsOf } from '../session/refs.ts'
import { DeltaCache } from './delta-cache.ts'
import { type DeltaRow, decodeDelta, encodeDelta, words } from './delta-codec.ts'
import { Dictionary } from './dictionary.ts'
import { SqliteFacts } from './finder.ts'

import { FindingTable } from './finding-table.ts'
import { deltaOf, hashOf, positionOf } from './hash.ts'
import { OutboxTable } from './outbox-table.ts'
import { RollupWriter } from './rollup-writer.ts'
import { SCHEMA, SCHEMA_VERSION, UPGRADES } from './schema.ts'
import { SightingIndex } from './sighting-index.ts'
import { SignOffTable } from './sign-off-table.ts'

import { SnapshotTable } from './snapshot-table.ts'
import { SqliteQuestions } from './sqlite-questions.ts'

/** The store is of another version, or not a podtrail store at all. */
export class StoreUnusable extends Error {}

/** Fingerprints of this many events are kept in memory to tell new records from known ones, and of so many during roll-up. */
const KNOWN_EVENTS_MAX = 2_000_000
const KNOWN_EVENTS_KEPT = 200_000
/** Deltas of this many bytes are kept in memory after reading. */
const CACHED_BYTES_MAX = 16 * 1024 * 1024
/** How long one process waits for another, in milliseconds. */
const BUSY_MS = 30_000
const RETRY_MS = 20
/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5

/** A file may come under several names; it goes by the first of them in the alphabet, whichever came first. */
const QUARANTINE = `INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET source = excluded.source,
  reason = excluded.reason, byte_offset = excluded.byte_offset, byte_length = excluded.byte_length
  WHERE excluded.source < source`

/**
 * The embedded store: one SQLite file in WAL mode. Every method is one transaction, so whatever dies leaves whole facts; several
 * processes may use the file at once, each waiting its turn to write. To `read`, the store has to be there.
 */
export function openSqliteStore(
  path: string,
  mode: 'write' | 'read' = 'write',
): Store & Snapshots & FindingStore & SignOffs & Versioned & Pick<SqliteStore, 'atOneMoment'> {
  if (path !== ':memory:' && mode === 'write') mkdirSync(dirname(path), { recursive: true })
  const db = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: mode === 'read' })
  try {
    enterWal(db)
    db.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = 16384;`)
    createSchema(db, path)
    return new SqliteStore(db)
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Of two processes that make a store at the same moment, SQLite turns one away at once instead of letting it wait: both hold the file
 * for reading and want it for themselves (https://www.sqlite.org/c3ref/busy_handler.html). So it tries again.
 */
function enterWal(db: DatabaseSync): void {
  for (let waited = 0; ; waited += RETRY_MS)
    try {
      db.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || waited >= BUSY_MS) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
}

function createSchema(db: DatabaseSync, path: string): void {
  const version = (): number => Number(db.prepare('PRAGMA user_version').get()!['user_version'])
  if (version() === SCHEMA_VERSION) return
  try {
    db.exec('BEGIN IMMEDIATE')
    const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!['n'])
    if (version() === 0 && tables === 0)
      db.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    for (let from = version(); UPGRADES[from] !== undefined; from = version())
      db.exec(`${UPGRADES[from]}; PRAGMA user_version = ${from + 1}`)
    if (version() !== SCHEMA_VERSION)
      throw new StoreUnusable(
        `${path} is not a podtrail store of version ${SCHEMA_VERSION} (it says ${version()})`,
      )
    db.exec('COMMIT')
  } catch (error) {
    rollBack(db)
    throw error
  }
}

/** A full disk rolls back by itself, and then there is nothing to roll back; the first error is the one to report. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK')
  } catch {}
}

class SqliteStore extends SqliteQuestions implements Store, Snapshots, FindingStore, SignOffs {
  readonly #dictionary: Dictionary
  readonly #rollups: RollupWriter
  readonly #known = new Map<number, Known>()
  #knownEvents = 0
  readonly #index: SightingIndex
  readonly #facts: SqliteFacts
  readonly #snapshots: SnapshotTable
  readonly #outbox: OutboxTable
  readonly #findings: FindingTable
  readonly #signOffs: SignOffTable
  readonly #cache = new DeltaCache(CACHED_BYTES_MAX)

  constructor(db: DatabaseSync) {
    super(db)
    this.#dictionary = new Dictionary(db)
    this.#rollups = new RollupWriter(db, this.#dictionary)
    this.#index = new SightingIndex(db)
    this.#snapshots = new SnapshotTable(db)
    const sql = (text: string): StatementSync => this.sql(text)
    this.#outbox = new OutboxTable(sql)
    this.#findings = new FindingTable(sql, this.#outbox)
    this.#signOffs = new SignOffTable(db)
    this.#facts = new SqliteFacts(
      db,
      this.#index,
      (id) => this.#delta(id),
      (refs) => this.sightings(refs),
    )
  }

  close(): void {
    this.db.close()
  }

  async commit(files: readonly FileFacts[]): Promise<Committed[]> {
    return this.#transaction(() => {
      const changed = new Map<number, Known>()
      const committed = files.map((facts) => this.#commitFile(facts, changed))
      const update = this.sql('UPDATE partition SET version = version + 1 WHERE id = ?')
      for (const [partition, known] of changed) {
        update.run(partition)
        known.version++
      }
      this.#index.flush()
      return committed
    })
  }

  async refuse({ id, source, reason, offset }: RefusedFile): Promise<void> {
    this.#transaction(() => {
      this.sql(QUARANTINE).run(id, -1, source, reason, offset, 0)
    })
  }

  async dirty(limit: number): Promise<DirtyPartition[]> {
    this.#keepKnown(KNOWN_EVENTS_KEPT)
    const rows = this.sql(
      'SELECT account, hour, version FROM partition WHERE version <> rolled ORDER BY account, hour LIMIT ?',
    ).all(limit)
    return rows.map((row) => ({
      partition: { account: String(row['account']), hour: Number(row['hour']) },
      version: Number(row['version']),
    }))
  }

  async deltas(partition: Partition): Promise<readonly Delta[]> {
    const id = this.#partitionId(partition)
    const rows = this.sql('SELECT id FROM delta WHERE partition = ? ORDER BY file').all(id)
    return rows.map((row) => this.#delta(Number(row['id']), partition))
  }

  async sightings(refs: readonly Ref[], window?: Window): Promise<Map<Ref, readonly Sighting[]>> {
    const asked = new Map<number, Ref[]>()
    for (const ref of refs) {
      const hash = hashOf(ref)
      const same = asked.get(hash)
      if (same === undefined) asked.set(hash, [ref])
      else same.push(ref)
    }
    const found = new Map<Ref, Sighting[]>()
    // One event may stand in several deltas; it is one sighting.
    const seen = new Set<string>()
    // By delta, so that each is read once.
    for (const { place, hash } of this.#index.placesOf(asked.keys())) {
      const delta = deltaOf(place)
      // To read a delta takes longer than to look when it is from.
      if (window !== undefined && !this.#isOf(delta, window)) continue
      const sighting = sightingAt(this.#delta(delta), positionOf(place))
      if (window !== undefined && (sighting.at < window.from || sighting.at >= window.to)) continue
      const own = refsOf(sighting)
      for (const ref of asked.get(hash)!) {
        if (!own.includes(ref)) continue
        const known = found.get(ref)
        if (known === undefined) found.set(ref, [sighting])
        else {
          if (known.length === 1) seen.add(`${ref} ${idOf(known[0]!)}`)
          const event = `${ref} ${idOf(sighting)}`
          if (!seen.has(event)) known.push(sighting)
          seen.add(event)
        }
      }
    }
    return found
  }

  async find(text: string, limit: number): Promise<Sighting[]> {
    return findSightings(this.#facts, text, limit)
  }

  async putSnapshot(snapshot: Snapshot): Promise<string> {
    return this.#transaction(() => this.#snapshots.put(snapshot))
  }

  async snapshotAt(at: number): Promise<StoredSnapshot | null> {
    return this.#snapshots.newest('at <= ? ORDER BY at DESC, id DESC', at)
  }

  async approvedSnapshot(): Promise<StoredSnapshot | null> {
    return this.#snapshots.newest('approved_at >= ? ORDER BY approved_at DESC, at DESC', 0)
  }

  async approveSnapshot(id: string, at: number): Promise<boolean> {
    return this.#transaction(() => this.#snapshots.approve(id, at))
  }

  async snapshots(): Promise<SnapshotEntry[]> {
    return this.#snapshots.entries()
  }

  async clusterNames(): Promise<ClusterNames[]> {
    return this.#snapshots.clusterNames()
  }

  async findings(ids: readonly string[]): Promise<Finding[]> {
    return this.#findings.named(ids)
  }

  async findingsAfter(after: string, limit: number): Promise<Finding[]> {
    return this.#findings.after(after, limit)
  }

  async putFindings(changes: readonly FindingChange[]): Promise<boolean[]> {
    return this.#transaction(() => changes.map((change) => this.#findings.put(change)))
  }

  async baseline(): Promise<ApprovedEdge[]> {
    return this.#findings.edges()
  }

  async putBaseline(edges: readonly ApprovedEdge[], removed: readonly Edge[]): Promise<void> {
    this.#transaction(() => this.#findings.putEdges(edges, removed))
  }

  async suppressions(): Promise<Suppression[]> {
    return this.#findings.suppressions()
  }

  async due(now: number, limit: number, after?: OutboxEntry): Promise<OutboxEntry[]> {
    return this.#outbox.due(now, limit, after)
  }

  async settle(
    changes: readonly (readonly [OutboxEntry, OutboxEntry | null])[],
  ): Promise<boolean[]> {
    return this.#transaction(() =>
      changes.map(([before, after]) => this.#outbox.settle(before, after)),
    )
  }

  async dead(limit: number): Promise<OutboxEntry[]> {
    return this.#outbox.dead(limit)
  }

  async allow(place: string, span: number, wanted: number, most: number): Promise<number> {
    return this.#transaction(() => this.#outbox.allow(place, span, wanted, most))
  }

  async addSignOff(signOff: SignOff): Promise<void> {
    this.#transaction(() => this.#signOffs.add(signOff))
  }

  async signOffs(namespace: string): Promise<SignOff[]> {
    return this.#signOffs.of(namespace)
  }

  async awaitSightings(
    waits: readonly { partition: Partition; refs: readonly Ref[] }[],
  ): Promise<void> {
    this.#transaction(() => {
      for (const { partition, refs } of waits) this.#index.wait(this.#partitionId(partition), refs)
    })
  }

  async putRollups(rollups: readonly { rollup: Rollup; version: number }[]): Promise<boolean[]> {
    return this.#transaction(() =>
      rollups.map(({ rollup, version }) => {
        const id = this.#partitionId(rollup.partition)
        const state = this.sql('SELECT version, rolled FROM partition WHERE id = ?').get(id)!
        if (Number(state['version']) !== version) return false
        this.#rollups.write(id, rollup, Number(state['rolled']) > 0)
        this.sql('UPDATE partition SET rolled = ? WHERE id = ?').run(version, id)
        return true
      }),
    )
  }

  #commitFile(facts: FileFacts, changed: Map<number, Known>): Committed {
    let accepted = 0
    let known = 0
    for (const delta of facts.deltas) {
      const added = this.#commitDelta(delta, facts.id, changed)
      accepted += added
      known += delta.events.length / 2 - added
    }
    for (const fact of facts.coverage) this.#mergeCoverage(fact)
    const quarantine = this.sql(QUARANTINE)
    for (const { index, reason, offset, length } of facts.quarantined)
      quarantine.run(facts.id, index ?? -1, facts.source, reason, offset, length)
    this.sql('INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?)').run(
      facts.id,
      facts.source,
      facts.records,
      facts.outOfScope,
      facts.repeated,
    )
    return { accepted, duplicate: known + facts.repeated }
  }

  /** Keeps one delta; returns how many of its events are new. A delta without any new event adds nothing and is not kept. */
  #commitDelta(delta: Delta, file: string, changed: Map<number, Known>): number {
    const partition = this.#partitionId(delta.partition)
    const known = this.#knownIn(partition)
    const { events } = delta
    let added = 0
    for (let i = 0; i < events.length; i += 2)
      if (known.set.add(events[i]!, events[i + 1]!)) added++
    if (added === 0) return 0
    this.#knownEvents += added
    const { events: prints, content } = encodeDelta(delta)
    const deltaId = Number(
      this.sql('INSERT INTO delta (partition, file, events, content) VALUES (?, ?, ?, ?)').run(
        partition,
        file,
        prints,
        content,
      ).lastInsertRowid,
    )
    this.#index.add(delta, deltaId)
    changed.set(partition, known)
    return added
  }

  #mergeCoverage(fact: CoverageFact): void {
    const { account, region, day } = fact
    const known = this.sql(
      'SELECT * FROM coverage WHERE account = ? AND region = ? AND day = ?',
    ).get(account, region, day)
    const slots = fact.slots.slice()
    let { first, last, lagMax } = fact
    if (known !== undefined) {
      ;(known['slots'] as Uint8Array).forEach((byte, index) => {
        slots[index]! |= byte
      })
      first = Math.min(first, Number(known['first']))
      last = Math.max(last, Number(known['last']))
      if (known['lag_max'] !== null) lagMax = Math.max(lagMax ?? 0, Number(known['lag_max']))
    }
    this.sql('INSERT OR REPLACE INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?)').run(
      account,
      region,
      day,
      slots,
      first,
      last,
      lagMax,
    )
  }

  #partitionId({ account, hour }: Partition): number {
    const known = this.#dictionary.partition(account, hour)
    if (known !== undefined) return known
    this.sql('INSERT OR IGNORE INTO partition (account, hour) VALUES (?, ?)').run(account, hour)
    const row = this.sql('SELECT id FROM partition WHERE hour = ? AND account = ?').get(
      hour,
      account,
    )!
    this.#dictionary.setPartition(account, hour, Number(row['id']))
    return Number(row['id'])
  }

  /** The events that a partition has, as of now: another process may have added some since it was last asked. */
  #knownIn(partition: number): Known {
    const version = Number(
      this.sql('SELECT version FROM partition WHERE id = ?').get(partition)!['version'],
    )
    const cached = this.#known.get(partition)
    if (cached !== undefined && cached.version === version) return cached
    this.#keepKnown(KNOWN_EVENTS_MAX)
    const set = new FingerprintSet()
    for (const row of this.sql('SELECT events FROM delta WHERE partition = ?').iterate(partition)) {
      const events = words(row['events'] as Uint8Array)
      for (let i = 0; i < events.length; i += 2) set.add(events[i]!, events[i + 1]!)
    }
    const known = { version, set }
    this.#known.set(partition, known)
    this.#knownEvents += set.size
    return known
  }

  /** Forgets the events of partitions where they are more than so many. */
  #keepKnown(most: number): void {
    if (this.#knownEvents <= most) return
    this.#known.clear()
    this.#knownEvents = 0
  }

  #delta(id: number, partition?: Partition): Delta {
    let delta = this.#cache.get(id)
    if (delta === undefined) {
      const row = this.sql('SELECT partition, events, content FROM delta WHERE id = ?').get(id)!
      delta = decodeDelta(
        row as unknown as DeltaRow,
        partition ?? this.#partition(Number(row['partition'])),
      )
      this.#cache.set(id, delta)
    }
    return delta
  }

  /** Whether any of the delta's hour is in the window. */
  #isOf(delta: number, { from, to }: Window): boolean {
    const row = this.sql(
      'SELECT p.hour FROM delta d JOIN partition p ON p.id = d.partition WHERE d.id = ?',
    ).get(delta)!
    const start = Number(row['hour']) * 3600
    return start < to && start + 3600 > from
  }

  #partition(id: number): Partition {
    const row = this.sql('SELECT account, hour FROM partition WHERE id = ?').get(id)!
    return { account: String(row['account']), hour: Number(row['hour']) }
  }

  #transaction<T>(body: () => T): T {
    try {
      this.db.exec('BEGIN IMMEDIATE')
      const result = body()
      this.db.exec('COMMIT')
      return result
    } catch (error) {
      // What memory believes to be stored may not be.
      this.#keepKnown(-1)
      this.#dictionary.clear()
      this.#index.forget()
      rollBack(this.db)
      throw error
    }
  }
}

/** The events of a partition as of one of its versions. */
interface Known {
  version: number
  readonly set: FingerprintSet
}
