import type { StatementSync } from 'node:sqlite'
import type { OutboxEntry } from '../ports.ts'
import { SEVERITIES } from '../rule.ts'

/** Statements are prepared once. */
export type Sql = (text: string) => StatementSync

/** The outbox of the embedded store. */
export class OutboxTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  put(entry: OutboxEntry): void {
    const { name, version, attempts, severity, since, nextAt, isDead } = entry
    this.#sql('INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      name,
      version,
      attempts,
      isDead ? 1 : 0,
      SEVERITIES.indexOf(severity),
      since,
      nextAt,
      JSON.stringify(entry),
    )
  }

  due(now: number, limit: number, after?: OutboxEntry): OutboxEntry[] {
    const due: OutboxEntry[] = []
    const first = SEVERITIES.indexOf(after?.severity ?? 'critical')
    for (let rank = first; rank >= 0 && due.length < limit; rank--) {
      const { since, name } =
        rank === first && after !== undefined ? after : { since: -1, name: '' }
      const rows = this.#sql(
        `SELECT content FROM outbox WHERE dead = 0 AND severity = ? AND (since, name) > (?, ?) AND next_at <= ?
         ORDER BY since, name LIMIT ?`,
      ).all(rank, since, name, now, limit - due.length)
      due.push(...rows.map(entryOf))
    }
    return due
  }

  settle(before: OutboxEntry, after: OutboxEntry | null): boolean {
    const { name, version, attempts, isDead } = before
    const { changes } = this.#sql(
      'DELETE FROM outbox WHERE name = ? AND version = ? AND attempts = ? AND dead = ?',
    ).run(name, version, attempts, isDead ? 1 : 0)
    if (changes === 0) return false
    if (after !== null) this.put(after)
    return true
  }

  dead(limit: number): OutboxEntry[] {
    return this.#sql('SELECT content FROM outbox WHERE dead = 1 ORDER BY name LIMIT ?')
      .all(limit)
      .map(entryOf)
  }

  allow(place: string, span: number, wanted: number, most: number): number {
    const row = this.#sql('SELECT span, sent FROM allowance WHERE place = ?').get(place)
    const last = Number(row?.['span'] ?? span)
    if (last > span) return 0
    const sent = last === span ? Number(row?.['sent'] ?? 0) : 0
    const allowed = Math.max(0, Math.min(wanted, most - sent))
    if (allowed > 0)
      this.#sql('INSERT OR REPLACE INTO allowance VALUES (?, ?, ?)').run(
        place,
        span,
        sent + allowed,
      )
    return allowed
  }
}

function entryOf(row: Record<string, unknown>): OutboxEntry {
  return JSON.parse(String(row['content'])) as OutboxEntry
}
