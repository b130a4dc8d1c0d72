import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { clusterNamesOf, type Snapshot } from '../drift/snapshot.ts'
import type { ClusterNames } from '../identity/clusters.ts'
import type { SnapshotEntry, StoredSnapshot } from '../ports.ts'

type Row = Record<string, unknown>

/** The snapshots of the embedded store. */
export class SnapshotTable {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  put(snapshot: Snapshot): string {
    const json = JSON.stringify(snapshot)
    const id = createHash('sha256').update(json).digest('hex')
    this.#db
      .prepare('INSERT OR IGNORE INTO snapshot (id, at, content) VALUES (?, ?, ?)')
      .run(id, snapshot.at, deflateRawSync(json, { level: 3 }))
    const name = this.#db.prepare(
      `INSERT INTO cluster_name VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`,
    )
    for (const { name: called, issuer = '', arn = '' } of clusterNamesOf(snapshot))
      name.run(issuer, arn, called, snapshot.at)
    return id
  }

  approve(id: string, at: number): boolean {
    return (
      this.#db.prepare('UPDATE snapshot SET approved_at = ? WHERE id = ?').run(at, id).changes === 1
    )
  }

  newest(condition: string, ...values: number[]): StoredSnapshot | null {
    const row = this.#db.prepare(`SELECT * FROM snapshot WHERE ${condition} LIMIT 1`).get(...values)
    if (row === undefined) return null
    const json = inflateRawSync(row['content'] as Uint8Array).toString('utf8')
    return { ...entryOf(row), snapshot: JSON.parse(json) as Snapshot }
  }

  entries(): SnapshotEntry[] {
    return this.#db
      .prepare('SELECT id, at, approved_at FROM snapshot ORDER BY at DESC, id DESC')
      .all()
      .map(entryOf)
  }

  clusterNames(): ClusterNames[] {
    return this.#db
      .prepare('SELECT * FROM cluster_name ORDER BY at DESC, name, issuer, arn')
      .all()
      .map((row) => ({
        name: String(row['name']),
        ...(row['issuer'] === '' ? {} : { issuer: String(row['issuer']) }),
        ...(row['arn'] === '' ? {} : { arn: String(row['arn']) }),
      }))
  }
}

function entryOf(row: Row): SnapshotEntry {
  return {
    id: String(row['id']),
    at: Number(row['at']),
    approvedAt: row['approved_at'] === null ? null : Number(row['approved_at']),
  }
}
