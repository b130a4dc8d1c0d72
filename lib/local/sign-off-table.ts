import type { DatabaseSync } from 'node:sqlite'
import type { SignOff } from '../review/sign-off.ts'

/** What reviewers signed, in the embedded store. */
export class SignOffTable {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  add(signOff: SignOff): void {
    const { id, namespace, at } = signOff
    this.#db
      .prepare('INSERT OR IGNORE INTO sign_off VALUES (?, ?, ?, ?)')
      .run(id, namespace, at, JSON.stringify(signOff))
  }

  of(namespace: string): SignOff[] {
    return this.#db
      .prepare('SELECT content FROM sign_off WHERE namespace = ? ORDER BY at, id')
      .all(namespace)
      .map((row) => JSON.parse(String(row['content'])) as SignOff)
  }
}
