import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import type { Snapshot } from '../drift/snapshot.ts'
import type { ApprovedEdge, Edge, Finding, Suppression } from '../finding/finding.ts'
import type { Rollup } from '../graph/rollup.ts'
import type { ClusterNames } from '../identity/clusters.ts'
import type { Delta, FileFacts, Partition, Sighting } from '../model.ts'
import type {
  Committed,
  DirtyPartition,
  FindingChange,
  FindingStore,
  KeptAnswers,
  OutboxEntry,
  RefusedFile,
  SignOffs,
  SnapshotEntry,
  Snapshots,
  Store,
  StoredSnapshot,
  Window,
} from '../ports.ts'
import type { SignOff } from '../review/sign-off.ts'
import { findSightings } from '../session/finder.ts'
import type { Ref } from '../session/refs.ts'
import { type Blobs, S3Blobs } from './blobs.ts'
import { dynamoClient, s3Client } from './clients.ts'
import { Docs } from './docs.ts'
import { DynamoFacts } from './find.ts'
import { DynamoFindings } from './findings.ts'
import { keptInTable } from './kept-answers.ts'
import { KINDS_AWAITED } from './keys.ts'
import { Ledger } from './ledger.ts'
import { Logs } from './logs.ts'
import { DynamoOutbox } from './outbox.ts'
import { DynamoQuestions } from './questions.ts'
import { RowWriter } from './rows.ts'
import { Sessions } from './sessions.ts'
import { DynamoSignOffs } from './sign-offs.ts'
import { DynamoSnapshots } from './snapshots.ts'
import { type Spent, Table } from './table.ts'
import { parseDynamoUrl } from './urls.ts'
import { Verifications } from './verifications.ts'
import { Versions } from './versions.ts'
import { Waits } from './waits.ts'

/** One table, two keys, no index. `expires` removes sessions; rows and deltas have none. */
const TABLE = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
} as const satisfies Partial<CreateTableCommandInput>

/** A store on DynamoDB, and what it has cost so far. */
export interface DynamoStore extends Store, Snapshots, FindingStore, SignOffs {
  readonly spent: Readonly<Spent>
  /** Throws where the table cannot be read: it is not there, or one may not. */
  check(): Promise<void>
  readonly verifications: Verifications
  /** Answers of a reading of the declared state; `maxAge`: seconds that they count for. */
  keptAnswers(maxAge: number): KeptAnswers
}

/** The store that `url` names. The table has to be there: the deployment makes it. */
export function openDynamoStore(url: string): DynamoStore {
  const parsed = parseDynamoUrl(url)
  if (parsed === null) throw new Error(`not a DynamoDB store: ${url}`)
  const { table, facts = null, ...place } = parsed
  // The endpoint is the table's; S3 has its own, as the SDK's settings say.
  const { endpoint: _, ...region } = place
  const blobs = new S3Blobs(() => s3Client(region), facts)
  return dynamoStore(dynamoClient(place), table, { blobs })
}

export interface DynamoParts {
  /** Seconds since 1970. */
  readonly now?: () => number
  /** Where long facts stand; left out: in the table, in pieces. */
  readonly blobs?: Blobs | null
}

export function dynamoStore(
  client: Pick<DynamoDBClient, 'send'>,
  name: string,
  { now = () => Math.floor(Date.now() / 1000), blobs = null }: DynamoParts = {},
): DynamoStore {
  return new Dynamo(new Table(client, name), now, blobs)
}

/** Makes the table as the deployment does, less backups and protection: for tests and trials. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: name, ...TABLE }))
}

class Dynamo extends DynamoQuestions implements DynamoStore {
  readonly spent: Readonly<Spent>
  readonly verifications: Verifications
  readonly #logs: Logs
  readonly #sessions: Sessions
  readonly #versions: Versions
  readonly #waits: Waits
  readonly #ledger: Ledger
  readonly #rows: RowWriter
  readonly #facts: DynamoFacts
  readonly #snapshots: DynamoSnapshots
  readonly #outbox: DynamoOutbox
  readonly #findings: DynamoFindings
  readonly #signOffs: DynamoSignOffs
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number, blobs: Blobs | null) {
    const docs = new Docs(table)
    super(table, docs)
    this.spent = table.spent
    this.verifications = new Verifications(table)
    this.#table = table
    this.#now = now
    this.#snapshots = new DynamoSnapshots(table, docs)
    this.#outbox = new DynamoOutbox(table)
    this.#findings = new DynamoFindings(table, docs, this.#outbox)
    this.#signOffs = new DynamoSignOffs(table)
    this.#logs = new Logs(table, new Docs(table, blobs))
    this.#sessions = new Sessions(table, now)
    this.#versions = new Versions(table)
    this.#waits = new Waits(table, docs)
    this.#rows = new RowWriter(table, docs, this.#versions)
    this.#facts = new DynamoFacts(table, docs, this.#logs, this.#sessions)
    this.#ledger = new Ledger({
      table,
      docs,
      logs: this.#logs,
      sessions: this.#sessions,
      versions: this.#versions,
      waits: this.#waits,
    })
  }

  async commit(files: readonly FileFacts[]): Promise<Committed[]> {
    const committed = await this.#ledger.commit(files)
    this.forget()
    return committed
  }

  async refuse(file: RefusedFile): Promise<void> {
    await this.#ledger.refuse(file)
    this.forget()
  }

  dirty(limit: number): Promise<DirtyPartition[]> {
    return this.#versions.dirty(limit)
  }

  async deltas(partition: Partition): Promise<readonly Delta[]> {
    const found = await this.#logs.read(partition)
    return found.sort((a, b) => (a.file < b.file ? -1 : 1)).map(({ delta }) => delta)
  }

  sightings(refs: readonly Ref[], window?: Window): Promise<Map<Ref, readonly Sighting[]>> {
    return this.#sessions.byRef(refs, window)
  }

  find(text: string, limit: number): Promise<Sighting[]> {
    return findSightings(this.#facts, text, limit)
  }

  awaitSightings(waits: readonly { partition: Partition; refs: readonly Ref[] }[]): Promise<void> {
    return this.#waits.add(waits)
  }

  async putRollups(rollups: readonly { rollup: Rollup; version: number }[]): Promise<boolean[]> {
    const put = await this.#rows.put(rollups)
    this.forget()
    return put
  }

  putSnapshot(snapshot: Snapshot): Promise<string> {
    return this.#snapshots.putSnapshot(snapshot)
  }

  snapshotAt(at: number): Promise<StoredSnapshot | null> {
    return this.#snapshots.snapshotAt(at)
  }

  approvedSnapshot(): Promise<StoredSnapshot | null> {
    return this.#snapshots.approvedSnapshot()
  }

  approveSnapshot(id: string, at: number): Promise<boolean> {
    return this.#snapshots.approveSnapshot(id, at)
  }

  snapshots(): Promise<SnapshotEntry[]> {
    return this.#snapshots.snapshots()
  }

  clusterNames(): Promise<ClusterNames[]> {
    return this.#snapshots.clusterNames()
  }

  addSignOff(signOff: SignOff): Promise<void> {
    return this.#signOffs.addSignOff(signOff)
  }

  signOffs(namespace: string): Promise<SignOff[]> {
    return this.#signOffs.signOffs(namespace)
  }

  findings(ids: readonly string[]): Promise<Finding[]> {
    return this.#findings.findings(ids)
  }

  findingsAfter(after: string, limit: number): Promise<Finding[]> {
    return this.#findings.findingsAfter(after, limit)
  }

  putFindings(changes: readonly FindingChange[]): Promise<boolean[]> {
    return this.#findings.putFindings(changes)
  }

  baseline(): Promise<ApprovedEdge[]> {
    return this.#findings.baseline()
  }

  putBaseline(edges: readonly ApprovedEdge[], removed: readonly Edge[]): Promise<void> {
    return this.#findings.putBaseline(edges, removed)
  }

  suppressions(): Promise<Suppression[]> {
    return this.#findings.suppressions()
  }

  due(now: number, limit: number, after?: OutboxEntry): Promise<OutboxEntry[]> {
    return this.#outbox.due(now, limit, after)
  }

  settle(changes: readonly (readonly [OutboxEntry, OutboxEntry | null])[]): Promise<boolean[]> {
    return this.#outbox.settle(changes)
  }

  dead(limit: number): Promise<OutboxEntry[]> {
    return this.#outbox.dead(limit)
  }

  allow(place: string, span: number, wanted: number, most: number): Promise<number> {
    return this.#outbox.allow(place, span, wanted, most)
  }

  keptAnswers(maxAge: number): KeptAnswers {
    return keptInTable(this.#table, maxAge, this.#now)
  }

  async check(): Promise<void> {
    await this.#table.get([KINDS_AWAITED], false)
  }

  /** Connections belong to the process. */
  close(): void {}
}
