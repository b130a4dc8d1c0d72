import { edgeKey } from '../finding/edge.ts'
import type { ApprovedEdge, Edge, Finding, Suppression } from '../finding/finding.ts'
import { suppressionKey } from '../finding/suppression.ts'
import { compare } from '../graph/order.ts'
import type { Baselines, FindingChange, Findings } from '../ports.ts'
import { packed, unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import { EDGES, edgeItemKey, FINDING_SHARDS, findingKey, hash, SUPPRESSIONS } from './keys.ts'
import type { DynamoOutbox } from './outbox.ts'
import { inParallel } from './parallel.ts'
import type { Expression, Item, Key, Table, Write } from './table.ts'

/** Sorts after every id of a finding. */
const LAST = '~'

/** Findings, the baseline and suppressions of the table. */
export class DynamoFindings implements Findings, Baselines {
  readonly #table: Table
  readonly #docs: Docs
  readonly #outbox: DynamoOutbox

  constructor(table: Table, docs: Docs, outbox: DynamoOutbox) {
    this.#table = table
    this.#docs = docs
    this.#outbox = outbox
  }

  async findings(ids: readonly string[]): Promise<Finding[]> {
    const keys = ids.filter((id) => id.length > 4).map(findingKey)
    return this.#read(await this.#table.get(keys))
  }

  async findingsAfter(after: string, limit: number): Promise<Finding[]> {
    const found: Item[] = []
    const first = findingKey(after).pk
    for (const pk of FINDING_SHARDS.filter((shard) => shard >= first)) {
      // DynamoDB's ranges include their ends, so one more is asked for.
      const range = { from: after, to: LAST }
      const left = limit - found.length
      const items = await this.#table.query(pk, {
        ...(after === '' ? {} : { range }),
        limit: left + 1,
      })
      found.push(...items.filter(({ sk }) => sk > after).slice(0, left))
      if (found.length === limit) break
    }
    return this.#read(found)
  }

  putFindings(changes: readonly FindingChange[]): Promise<boolean[]> {
    return inParallel(changes, (change) => this.#put(change))
  }

  async baseline(): Promise<ApprovedEdge[]> {
    const items = await inParallel(EDGES, (pk) => this.#table.query(pk))
    const edges = items.flat().map(({ value }) => unpacked<ApprovedEdge>(value))
    return edges.sort((a, b) => compare(edgeKey(a), edgeKey(b)))
  }

  async putBaseline(edges: readonly ApprovedEdge[], removed: readonly Edge[]): Promise<void> {
    await this.#table.remove(removed.map((edge) => edgeItemKey(edgeKey(edge))))
    await this.#table.put(edges.map(edgeItem))
  }

  async suppressions(): Promise<Suppression[]> {
    const items = await this.#table.query(SUPPRESSIONS)
    const all = items.map(({ value }) => unpacked<Suppression>(value))
    return all.sort((a, b) => compare(suppressionKey(a), suppressionKey(b)))
  }

  /** A finding and all that belongs to it change together. */
  async #put(change: FindingChange): Promise<boolean> {
    const { finding, before, tells, approves, revokes, suppresses } = change
    const key = findingKey(finding.id)
    const stored = await this.#docs.stored(key, packed(finding))
    const item = { ...key, version: finding.version, ...stored }
    const condition = isVersion(before)
    const others: Write[] = [
      ...(tells === null ? [] : this.#outbox.writesOf(tells, before === 0)),
      ...revokes.map((edge) => ({ remove: edgeItemKey(edgeKey(edge)) })),
      ...approves.map((edge) => ({ put: edgeItem(edge) })),
      ...(suppresses === null ? [] : [{ put: suppressionItem(suppresses) }]),
    ]
    if (others.length === 0) return (await this.#table.putIf(item, condition)) !== null
    return this.#table.transact([{ put: item, condition }, ...others])
  }

  #read(items: readonly Item[]): Promise<Finding[]> {
    return inParallel(items, async (item) => unpacked<Finding>(await this.#docs.valueOf(item)))
  }
}

function isVersion(version: number): Expression {
  if (version === 0) return { text: 'attribute_not_exists(pk)' }
  return { text: 'version = :before', values: { ':before': version } }
}

function edgeItem(edge: ApprovedEdge): Item {
  return { ...edgeItemKey(edgeKey(edge)), value: packed(edge) }
}

function suppressionItem(suppression: Suppression): Item {
  const key: Key = { pk: SUPPRESSIONS, sk: hash(suppressionKey(suppression)) }
  return { ...key, value: packed(suppression) }
}
