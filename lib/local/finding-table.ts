import { edgeKey } from '../finding/edge.ts'
import type { ApprovedEdge, Edge, Finding, Suppression } from '../finding/finding.ts'
import { suppressionKey } from '../finding/suppression.ts'
import type { FindingChange } from '../ports.ts'
import type { OutboxTable, Sql } from './outbox-table.ts'

/** Findings, the baseline and suppressions of the embedded store. */
export class FindingTable {
  readonly #sql: Sql
  readonly #outbox: OutboxTable

  constructor(sql: Sql, outbox: OutboxTable) {
    this.#sql = sql
    this.#outbox = outbox
  }

  named(ids: readonly string[]): Finding[] {
    return this.#sql(
      'SELECT content FROM finding WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id',
    )
      .all(JSON.stringify(ids))
      .map(contentOf<Finding>)
  }

  after(id: string, limit: number): Finding[] {
    return this.#sql('SELECT content FROM finding WHERE id > ? ORDER BY id LIMIT ?')
      .all(id, limit)
      .map(contentOf<Finding>)
  }

  put({ finding, before, tells, approves, revokes, suppresses }: FindingChange): boolean {
    const { id, version } = finding
    const content = JSON.stringify(finding)
    const { changes } =
      before === 0
        ? this.#sql('INSERT OR IGNORE INTO finding VALUES (?, ?, ?)').run(id, version, content)
        : this.#sql('UPDATE finding SET version = ?, content = ? WHERE id = ? AND version = ?').run(
            version,
            content,
            id,
            before,
          )
    if (changes === 0) return false
    if (tells !== null) this.#outbox.put(tells)
    this.putEdges(approves, revokes)
    if (suppresses !== null)
      this.#sql('INSERT OR REPLACE INTO suppression VALUES (?, ?)').run(
        suppressionKey(suppresses),
        JSON.stringify(suppresses),
      )
    return true
  }

  edges(): ApprovedEdge[] {
    return this.#sql('SELECT content FROM approved_edge ORDER BY key')
      .all()
      .map(contentOf<ApprovedEdge>)
  }

  putEdges(edges: readonly ApprovedEdge[], removed: readonly Edge[]): void {
    const remove = this.#sql('DELETE FROM approved_edge WHERE key = ?')
    for (const edge of removed) remove.run(edgeKey(edge))
    const put = this.#sql('INSERT OR REPLACE INTO approved_edge VALUES (?, ?)')
    for (const edge of edges) put.run(edgeKey(edge), JSON.stringify(edge))
  }

  suppressions(): Suppression[] {
    return this.#sql('SELECT content FROM suppression ORDER BY key')
      .all()
      .map(contentOf<Suppression>)
  }
}

function contentOf<Value>(row: Record<string, unknown>): Value {
  return JSON.parse(String(row['content'])) as Value
}
