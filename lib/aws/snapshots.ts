import { createHash } from 'node:crypto'
import { clusterNamesOf, type Snapshot } from '../drift/snapshot.ts'
import { compare } from '../graph/order.ts'
import type { ClusterNames } from '../identity/clusters.ts'
import type { SnapshotEntry, Snapshots, StoredSnapshot } from '../ports.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import { CLUSTER_NAMES, hash, SNAPSHOTS, snapshotPk } from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Item, Table } from './table.ts'

/** The snapshots of the table: a short entry of each, and its content by itself. */
export class DynamoSnapshots implements Snapshots {
  readonly #table: Table
  readonly #docs: Docs

  constructor(table: Table, docs: Docs) {
    this.#table = table
    this.#docs = docs
  }

  async putSnapshot(snapshot: Snapshot): Promise<string> {
    const { at } = snapshot
    const id = createHash('sha256').update(JSON.stringify(snapshot)).digest('hex')
    const once = { text: 'attribute_not_exists(pk)' }
    await this.#docs.putIf({ pk: snapshotPk(id), sk: '-' }, packed(snapshot), once)
    await inParallel(clusterNamesOf(snapshot), async ({ name, issuer = '', arn = '' }) => {
      const key = { pk: CLUSTER_NAMES, sk: hash(JSON.stringify([issuer, arn, name])) }
      await this.#table.putIf(
        { ...key, name, issuer, arn, at },
        {
          text: 'attribute_not_exists(pk) OR #at < :at',
          names: { '#at': 'at' },
          values: { ':at': at },
        },
      )
    })
    // Last, so that whoever finds an entry finds its content.
    await this.#table.putIf({ pk: SNAPSHOTS, sk: id, at }, once)
    return id
  }

  async snapshotAt(at: number): Promise<StoredSnapshot | null> {
    return this.#stored((await this.snapshots()).find((entry) => entry.at <= at))
  }

  async approvedSnapshot(): Promise<StoredSnapshot | null> {
    const approved = (await this.snapshots()).filter(({ approvedAt }) => approvedAt !== null)
    return this.#stored(approved.sort((a, b) => b.approvedAt! - a.approvedAt!)[0])
  }

  async approveSnapshot(id: string, at: number): Promise<boolean> {
    const approved = await this.#table.update(
      { pk: SNAPSHOTS, sk: id },
      { text: 'SET approvedAt = :at', values: { ':at': at } },
      { text: 'attribute_exists(pk)' },
    )
    return approved !== null
  }

  async snapshots(): Promise<SnapshotEntry[]> {
    const items = await this.#table.query(SNAPSHOTS)
    return items.map(entryOf).sort((a, b) => b.at - a.at || compare(b.id, a.id))
  }

  async clusterNames(): Promise<ClusterNames[]> {
    const items = await this.#table.query(CLUSTER_NAMES)
    const names = items.map(({ name, issuer, arn, at }) => ({
      name: String(name),
      issuer: String(issuer),
      arn: String(arn),
      at: Number(at),
    }))
    return names
      .sort(
        (a, b) =>
          b.at - a.at ||
          compare(a.name, b.name) ||
          compare(a.issuer, b.issuer) ||
          compare(a.arn, b.arn),
      )
      .map(({ name, issuer, arn }) => ({
        name,
        ...(issuer === '' ? {} : { issuer }),
        ...(arn === '' ? {} : { arn }),
      }))
  }

  async #stored(entry: SnapshotEntry | undefined): Promise<StoredSnapshot | null> {
    if (entry === undefined) return null
    const [item] = await this.#table.get([{ pk: snapshotPk(entry.id), sk: '-' }])
    return { ...entry, snapshot: unpacked<Snapshot>(await this.#docs.valueOf(item!)) }
  }
}

function entryOf({ sk, at, approvedAt }: Item): SnapshotEntry {
  return {
    id: sk,
    at: Number(at),
    approvedAt: approvedAt === undefined ? null : Number(approvedAt),
  }
}
