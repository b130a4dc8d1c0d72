import type { Outbox, OutboxEntry } from '../ports.ts'
import { SEVERITIES } from '../rule.ts'
import { packed, unpacked } from './codec.ts'
import { ALLOWANCES, DEAD_ALERTS, hash, outboxKey, outboxPks } from './keys.ts'
import { inParallel } from './parallel.ts'
import type { Expression, Item, Key, Table, Write } from './table.ts'

const PAGE = 500
const LAST = '~'

/** The outbox of the table: one item for each entry, under its severity, or with the dead. */
export class DynamoOutbox implements Outbox {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Puts an entry in place of any other of its name. `isNew`: there is none. */
  writesOf(entry: OutboxEntry, isNew: boolean): Write[] {
    const put = { put: itemOf(entry) }
    if (isNew) return [put]
    const places = [...SEVERITIES.keys()].map((rank) => outboxKey(rank, entry.name))
    places.push({ pk: DEAD_ALERTS, sk: entry.name })
    return [put, ...places.filter(({ pk }) => pk !== put.put.pk).map((remove) => ({ remove }))]
  }

  async due(now: number, limit: number, after?: OutboxEntry): Promise<OutboxEntry[]> {
    const due: OutboxEntry[] = []
    const places = [...SEVERITIES.keys()].reverse().flatMap(outboxPks)
    const start = after === undefined ? null : outboxKey(rankOf(after), after.name)
    for (const pk of places.slice(start === null ? 0 : places.indexOf(start.pk))) {
      await this.#collect(pk, due, limit, now, pk === start?.pk ? start.sk : null)
      if (due.length === limit) break
    }
    return due
  }

  settle(changes: readonly (readonly [OutboxEntry, OutboxEntry | null])[]): Promise<boolean[]> {
    return inParallel(changes, async ([before, after]) => {
      const condition = isStill(before)
      const key = keyOf(before)
      if (after === null) return this.#table.removeIf(key, condition)
      const item = itemOf(after)
      if (item.pk === key.pk) return (await this.#table.putIf(item, condition)) !== null
      return this.#table.transact([{ remove: key, condition }, { put: item }])
    })
  }

  async dead(limit: number): Promise<OutboxEntry[]> {
    const items = await this.#table.query(DEAD_ALERTS, { limit })
    return items.map(entryOf)
  }

  async allow(place: string, span: number, wanted: number, most: number): Promise<number> {
    const key = { pk: ALLOWANCES, sk: hash(place) }
    for (;;) {
      const [item] = await this.#table.get([key])
      const last = Number(item?.['span'] ?? span)
      if (last > span) return 0
      const sent = last === span ? Number(item?.['sent'] ?? 0) : 0
      const allowed = Math.max(0, Math.min(wanted, most - sent))
      if (allowed === 0) return 0
      const made = await this.#table.putIf(
        { ...key, span, sent: sent + allowed },
        item === undefined
          ? { text: 'attribute_not_exists(pk)' }
          : {
              text: 'span = :span AND sent = :sent',
              values: { ':span': last, ':sent': Number(item['sent']) },
            },
      )
      if (made !== null) return allowed
    }
  }

  async #collect(
    pk: string,
    due: OutboxEntry[],
    limit: number,
    now: number,
    start: string | null,
  ): Promise<void> {
    let after = start
    for (;;) {
      const from: string | null = after
      const items: Item[] = await this.#table.query(pk, {
        ...(from === null ? {} : { range: { from: `${from}!`, to: LAST } }),
        limit: PAGE,
      })
      for (const item of items)
        if (Number(item['nextAt']) <= now && due.length < limit) due.push(entryOf(item))
      if (items.length < PAGE || due.length === limit) return
      after = items.at(-1)!.sk
    }
  }
}

function keyOf({ name, severity, isDead }: OutboxEntry): Key {
  if (isDead) return { pk: DEAD_ALERTS, sk: name }
  return outboxKey(rankOf({ severity }), name)
}

function itemOf(entry: OutboxEntry): Item {
  const { version, attempts, nextAt } = entry
  return { ...keyOf(entry), version, attempts, nextAt, value: packed(entry) }
}

function rankOf({ severity }: Pick<OutboxEntry, 'severity'>): number {
  return SEVERITIES.indexOf(severity)
}

function entryOf({ value }: Item): OutboxEntry {
  return unpacked<OutboxEntry>(value)
}

function isStill({ version, attempts }: OutboxEntry): Expression {
  return {
    text: 'version = :version AND attempts = :attempts',
    values: { ':version': version, ':attempts': attempts },
  }
}
