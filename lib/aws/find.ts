import type { Delta, Sighting } from '../model.ts'
import type { Facts, Print } from '../session/finder.ts'
import type { Ref } from '../session/refs.ts'
import { unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import { ACCOUNTS, COVERAGE, networksPk, partitionOf, versionPk } from './keys.ts'
import type { Logs } from './logs.ts'
import { shortHash } from './rows.ts'
import type { Sessions } from './sessions.ts'
import type { Table } from './table.ts'

/** Facts of the table as people look them up. */
export class DynamoFacts implements Facts {
  readonly #table: Table
  readonly #docs: Docs
  readonly #logs: Logs
  readonly #sessions: Sessions

  constructor(table: Table, docs: Docs, logs: Logs, sessions: Sessions) {
    this.#table = table
    this.#docs = docs
    this.#logs = logs
    this.#sessions = sessions
  }

  sightings(refs: readonly Ref[]): Promise<Map<Ref, readonly Sighting[]>> {
    return this.#sessions.byRef(refs)
  }

  sightingsOfName(sessionName: string): Promise<Sighting[]> {
    return this.#sessions.byName(sessionName)
  }

  async *deltasFrom(network: string): AsyncGenerator<Delta> {
    const name = shortHash(network)
    for (const { sk: account } of await this.#table.query(ACCOUNTS))
      for (const list of await this.#table.query(networksPk(account))) {
        if (!unpacked<string[]>(await this.#docs.valueOf(list)).includes(name)) continue
        const found = await this.#logs.read(partitionOf(`${account}#${list.sk}`))
        for (const { delta } of found) yield delta
      }
  }

  async *deltasWith(events: readonly Print[]): AsyncGenerator<Delta> {
    for (const { sk: account } of await this.#table.query(ACCOUNTS))
      for (const { sk: hour } of await this.#table.query(versionPk(account)))
        for (const { delta } of await this.#logs.find(partitionOf(`${account}#${hour}`), events))
          yield delta
  }

  async recipients(): Promise<string[]> {
    const items = await this.#table.query(COVERAGE)
    return [...new Set(items.map(({ account }) => String(account)))]
  }
}
