import type { Snapshot } from './drift/snapshot.ts'
import type { ApprovedEdge, Decision, Edge, Finding, Suppression } from './finding/finding.ts'
import type { Rollup } from './graph/rollup.ts'
import type { SignalTable } from './graph/signals.ts'
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
import type { SignOff } from './review/sign-off.ts'
import type { Severity } from './rule.ts'
import type { Ref } from './session/refs.ts'

/** What was decided about a finding; parts that stand above lib/finding speak of it too. */
export type { FindingStatus } from './finding/finding.ts'

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
  /** All sightings under each ref, or those of a window; refs without any are left out. */
  sightings(refs: readonly Ref[], window?: Window): Promise<Map<Ref, readonly Sighting[]>>
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
  edges(about: EdgeQuery, window: Window): Promise<readonly EdgeSum[]>
  attempts(about: EdgeQuery, window: Window): Promise<readonly AttemptSum[]>
  /** Edges and attempts of each of these windows, which follow one another. */
  series(about: EdgeQuery, windows: readonly Window[]): Promise<Series[]>
  activity(about: ActivityQuery, window: Window): Promise<ActivitySum[]>
  /** What detection looks at, of all hours that the window touches: hours ascending, then accounts. */
  signals(window: Window): AsyncIterable<PartitionSignals>
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

export interface Series {
  readonly edges: readonly EdgeSum[]
  readonly attempts: readonly AttemptSum[]
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

export interface PartitionSignals {
  readonly partition: Partition
  readonly signals: SignalTable
}

export interface QuarantineEntry {
  readonly source: string
  readonly index: number | null
  readonly reason: QuarantineReason
  readonly offset: number
  readonly length: number
}

/** Tells whether anything was stored meanwhile. */
export interface Versioned {
  /** Another text after each change of what is stored, by whichever process. Cheap. */
  version(): Promise<string>
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

/** What was found, and what people decided about it. */
export interface Findings {
  /** Those of the ids that are there, in no order. */
  findings(ids: readonly string[]): Promise<Finding[]>
  /** By id; those after `after`, at most `limit`. */
  findingsAfter(after: string, limit: number): Promise<Finding[]>
  /** Each change is made as a whole, or not at all where the finding is no longer of the version it was made from; true where made. */
  putFindings(changes: readonly FindingChange[]): Promise<boolean[]>
}

/** One finding as it is to be, and what belongs to it. */
export interface FindingChange {
  readonly finding: Finding
  /** The version it was made from; 0: it is new. */
  readonly before: number
  /** What people are to be told; it takes the place of an entry of the same `name` that they have not been told yet. */
  readonly tells: OutboxEntry | null
  /** Edges that come into the baseline, and that leave it. */
  readonly approves: readonly ApprovedEdge[]
  readonly revokes: readonly Edge[]
  readonly suppresses: Suppression | null
}

/** What was approved, and what nobody wants to hear of. */
export interface Baselines {
  /** In the order of `edgeKey`. */
  baseline(): Promise<ApprovedEdge[]>
  /** Adds edges, in place of those of the same path, and removes others. */
  putBaseline(edges: readonly ApprovedEdge[], removed: readonly Edge[]): Promise<void>
  suppressions(): Promise<Suppression[]>
}

/** What people have not been told yet. */
export interface Outbox {
  /**
   * Entries of which something is to be sent at `now` (seconds), the most severe first; at most `limit`. `after`: those that come
   * after this one, wherever it stands by now.
   */
  due(now: number, limit: number, after?: OutboxEntry): Promise<OutboxEntry[]>
  /** Puts the second in place of the first, if that is still what stands there; null: removes it. True where done. */
  settle(changes: readonly (readonly [OutboxEntry, OutboxEntry | null])[]): Promise<boolean[]>
  /** Entries that are not tried any more, by finding; at most `limit`. */
  dead(limit: number): Promise<OutboxEntry[]>
  /**
   * Of `wanted` messages, how many may still be sent to a place in a span of time, of `most` in all; they count as sent from then on.
   * Spans are numbered by time: of a later one nothing is sent yet, of an earlier one nothing may be sent any more.
   */
  allow(place: string, span: number, wanted: number, most: number): Promise<number>
}

/** Times in seconds. */
export interface OutboxEntry {
  /** Of each finding there is at most one with news, and one with a decision: so that neither hides the other. */
  readonly name: string
  readonly finding: string
  /** Whether people brought this about, and not what was seen. */
  readonly isDecision: boolean
  /** Of the finding that is to be told. With the finding's id it makes the id of what is sent. */
  readonly version: number
  readonly action: Decision['action']
  readonly severity: Severity
  readonly rule: string
  readonly story: string
  readonly since: number
  /** How often sending was begun. */
  readonly attempts: number
  /** When to try next. */
  readonly nextAt: number
  readonly isDead: boolean
  /** Where it has arrived already. */
  readonly arrived: readonly string[]
  /** Why it did not arrive elsewhere. */
  readonly error: string | null
}

/** Where messages go. */
export interface AlertSink {
  /** Sends messages to one place; for each null, or what went wrong: what cannot be sent is no reason to throw. */
  send(to: string, messages: readonly AlertMessage[]): Promise<(string | null)[]>
}

/** One message, within the bounds of SNS. */
export interface AlertMessage {
  /** The same whenever the same is sent again. */
  readonly id: string
  /** One thread for each finding. */
  readonly thread: string
  /** Printable ASCII, shorter than 100 characters. */
  readonly subject: string
  readonly body: string
  /** For filter policies; at most 10, none empty. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Reads what is declared, where it is declared. */
export interface SnapshotReader {
  /**
   * `at`: seconds. What could not be read is in the snapshot, with the reason; throws only where it is not known who asks. Called
   * again after it broke off, it goes on where it was.
   */
  read(at: number, scope: SnapshotScope): Promise<Snapshot>
}

/** Only these are read; left out: all. The rest is in the snapshot as not asked for. */
export interface SnapshotScope {
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  readonly clusters?: readonly string[]
}

/** Answers that are kept for a while, so that reading goes on where it broke off. */
export interface KeptAnswers {
  /** Plain JSON as it was put; undefined: there is none, or it is too old. */
  get(key: string): Promise<unknown>
  put(key: string, answer: unknown): Promise<void>
  clear(): Promise<void>
}

/** What reviewers signed. It is added to, and never changed. */
export interface SignOffs {
  /** Adding the same again does nothing. */
  addSignOff(signOff: SignOff): Promise<void>
  /** Those of a namespace, oldest first. */
  signOffs(namespace: string): Promise<SignOff[]>
}

export type FindingStore = Findings & Baselines & Outbox

/** One store. */
export type Store = Ledger &
  Workbench &
  Questions & {
    close(): void
  }
