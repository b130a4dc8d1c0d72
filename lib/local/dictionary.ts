import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { lastPart } from '../identity/arn.ts'
import type { Principal } from '../model.ts'

const REMEMBERED_MAX = 300_000

/** Row numbers of strings, principals and partitions; remembered, since the same few come again and again. */
export class Dictionary {
  readonly #insertName: StatementSync
  readonly #selectName: StatementSync
  readonly #insertPrincipal: StatementSync
  readonly #selectPrincipal: StatementSync
  readonly #insertRole: StatementSync
  readonly #roles = new Set<number>()
  readonly #names = new Map<string, number>()
  readonly #principals = new Map<string, number>()
  readonly #partitions = new Map<string, number>()

  constructor(db: DatabaseSync) {
    this.#insertName = db.prepare('INSERT INTO name (text) VALUES (?) ON CONFLICT DO NOTHING')
    this.#selectName = db.prepare('SELECT id FROM name WHERE text = ?')
    this.#insertRole = db.prepare('INSERT INTO role VALUES (?, ?) ON CONFLICT DO NOTHING')
    this.#insertPrincipal = db.prepare(
      `INSERT INTO principal (kind, pid, cluster, namespace, service_account, name, account)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#selectPrincipal = db.prepare('SELECT id FROM principal WHERE kind = ? AND pid = ?')
  }

  name(text: string): number {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const { changes, lastInsertRowid } = this.#insertName.run(text)
    const id = changes === 1 ? lastInsertRowid : this.#selectName.get(text)!['id']
    return remember(this.#names, text, Number(id))
  }

  /** Number of a role's ARN, by which it can then also be found by its name. */
  role(arn: string): number {
    const id = this.name(arn)
    if (this.#roles.has(id)) return id
    if (arn !== '') this.#insertRole.run(id, lastPart(arn))
    if (this.#roles.size >= REMEMBERED_MAX) this.#roles.clear()
    this.#roles.add(id)
    return id
  }

  principal(principal: Principal): number {
    const key = `${principal.kind}\n${principal.id}`
    const known = this.#principals.get(key)
    if (known !== undefined) return known
    const { kind, id: pid, cluster, namespace, serviceAccount, name, account } = principal
    const { changes, lastInsertRowid } = this.#insertPrincipal.run(
      kind,
      pid,
      cluster,
      namespace,
      serviceAccount,
      name,
      account,
    )
    const id = changes === 1 ? lastInsertRowid : this.#selectPrincipal.get(kind, pid)!['id']
    return remember(this.#principals, key, Number(id))
  }

  partition(account: string, hour: number): number | undefined {
    return this.#partitions.get(`${account}/${hour}`)
  }

  setPartition(account: string, hour: number, id: number): void {
    remember(this.#partitions, `${account}/${hour}`, id)
  }

  /** After a rollback, numbers given out in it mean nothing. */
  clear(): void {
    this.#names.clear()
    this.#roles.clear()
    this.#principals.clear()
    this.#partitions.clear()
  }
}

function remember(map: Map<string, number>, key: string, id: number): number {
  if (map.size >= REMEMBERED_MAX) map.clear()
  map.set(ownCopy(key), id)
  return id
}

/** A string cut out of a longer one keeps all of that one in memory; this one does not. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}
