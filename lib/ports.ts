import type { Snapshot } from './drift/snapshot.ts'
import type { Rollup } from './graph/rollup.ts'
import type { ClusterNames } from './identity/clusters.ts'
import type {
  CoverageFact,
  Delta,
  FileFacts,
  Outcome,
  Partition,
  Principal,
  PrincipalKind,
  Proof,
  QuarantineReason,
  Sighting,
  StsAction,
} from './model.ts'
import type { Ref } from './session/refs.ts'

/**
 * Everything outside the process. Two implementations each, local/ and aws/, pass one contract suite (test/contracts).
 * A method that cannot do its work throws; what it did until then may be done again by calling it again.
 */

/** Where facts are kept. Every write is set-once or guarded by a version, so that repeating it changes nothing. */
export interface Ledger {
  /**
   * Keeps what files say and marks the partitions they touch, and those that wait for their sightings, as dirty. Once this
   * returns, the files need not be delivered again. One answer for each file, in their order.
   */
  commit(files: readonly FileFacts[]): Promise<Committed[]>
  /** Notes a file that could not be read at all. */
  refuse(file: RefusedFile): Promise<void>
}

export interface Committed {
  /** Records seen for the first time. */
  readonly accepted: number
  /** Records that were here already, from this file or another. */
  readonly duplicate: number
}

export interface RefusedFile {
  readonly id: string
  readonly source: string
  readonly reason: QuarantineReason
  readonly offset: number
}

/** What turns facts into rows that answer questions. */
export interface Workbench {
  /** Partitions with facts that no rollup has taken in yet, oldest first. */
  dirty(limit: number): Promise<DirtyPartition[]>
  /** All deltas of a partition, in an order that depends on their content alone. */
  deltas(partition: Partition): Promise<readonly Delta[]>
  /** All sightings under each ref; refs without any are left out. */
  sightings(refs: readonly Ref[]): Promise<Map<Ref, readonly Sighting[]>>
  /** Makes the partitions dirty again when a sighting under one of their refs comes in. */
  awaitSightings(waits: readonly { partition: Partition; refs: readonly Ref[] }[]): Promise<void>
  /** Replaces the rows of a partition; false, and nothing done, if facts came in after `version`. */
  putRollups(rollups: readonly { rollup: Rollup; version: number }[]): Promise<boolean[]>
}

export interface DirtyPartition {
  readonly partition: Partition
  readonly version: number
}

/** Times in seconds since 1970, `from` inclusive, `to` exclusive. */
export interface Window {
  readonly from: number
  readonly to: number
}

export interface PrincipalFilter {
  readonly kind?: PrincipalKind
  readonly id?: string
  readonly namespace?: string
  readonly serviceAccount?: string
}

/** The questions. Answers are exact for the window, to the second, and sorted by what they are about. */
export interface Questions {
  principals(filter: PrincipalFilter): Promise<Principal[]>
  /** Full ARNs of the roles in the graph that `text` names: an ARN (with or without path, or of a session), a bare name, or `*` for all. */
  roles(text: string): Promise<string[]>
  edges(about: EdgeQuery, window: Window): Promise<EdgeSum[]>
  attempts(about: EdgeQuery, window: Window): Promise<AttemptSum[]>
  activity(about: ActivityQuery, window: Window): Promise<ActivitySum[]>
  /**
   * Sightings of the sessions that `text` names: an issued key, `AROA…:<session name>`, a session name, the ARN of a role session, the
   * id of an event (also one made with the session), a source address or VPC endpoint. By time; at most `limit`.
   */
  find(text: string, limit: number): Promise<Sighting[]>
  /** The same array as before where nothing changed: what is concluded from it may then be kept. */
  coverage(window: Window): Promise<readonly CoverageFact[]>
  quarantine(limit: number): Promise<QuarantineEntry[]>
  /** First and last event time of all that is stored; null for an empty store. */
  extent(): Promise<Window | null>
}

/** Everything, or what is about certain roles or principals. */
export interface EdgeQuery {
  readonly roles?: readonly string[]
  readonly principals?: readonly Principal[]
}

export interface ActivityQuery {
  readonly resources?: readonly string[]
  readonly principals?: readonly Principal[]
  /** Each address or VPC endpoint by itself; without, they are added up. */
  readonly byNetwork?: boolean
}

interface Summed {
  readonly count: number
  /** Event times in seconds. */
  readonly firstSeen: number
  readonly lastSeen: number
}

export interface EdgeSum extends Summed {
  readonly principal: Principal
  readonly via: readonly string[]
  readonly hop: number
  readonly role: string
  readonly proof: Proof
}

export interface AttemptSum extends Summed {
  readonly principal: Principal
  readonly via: readonly string[]
  readonly role: string
  readonly action: StsAction
  readonly error: string
}

export interface ActivitySum extends Summed {
  readonly principal: Principal
  readonly role: string
  readonly action: string
  readonly resource: string
  readonly outcome: Outcome
  /** There when asked for. */
  readonly network?: string
}

export interface QuarantineEntry {
  readonly source: string
  readonly index: number | null
  readonly reason: QuarantineReason
  readonly offset: number
  readonly length: number
}

/** What was declared at which time. A snapshot never changes; putting it again does nothing. */
export interface Snapshots {
  /** Returns its id, which is a function of its content. */
  putSnapshot(snapshot: Snapshot): Promise<string>
  /** The newest that was read at `at` or before; null: none. */
  snapshotAt(at: number): Promise<StoredSnapshot | null>
  /** The one that was approved last; null: none was. */
  approvedSnapshot(): Promise<StoredSnapshot | null>
  /** False where there is no such snapshot. */
  approveSnapshot(id: string, at: number): Promise<boolean>
  /** Newest first. */
  snapshots(): Promise<SnapshotEntry[]>
  /** What clusters were ever called; where a name has changed, the newest first. */
  clusterNames(): Promise<ClusterNames[]>
}

export interface SnapshotEntry {
  readonly id: string
  /** When it was read, and when approved, in seconds. */
  readonly at: number
  readonly approvedAt: number | null
}

export interface StoredSnapshot extends SnapshotEntry {
  readonly snapshot: Snapshot
}

/** One store. */
export type Store = Ledger &
  Workbench &
  Questions & {
    close(): void
  }
