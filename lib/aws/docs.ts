import type { Blobs } from './blobs.ts'
import { hash } from './keys.ts'
import type { Expression, Item, Key, Table } from './table.ts'

/** An item holds at most 400 KB, keys and names included; what is longer stands in several. */
const INLINE_MAX = 360_000
/** From this size on an object, which is read some times over, is cheaper than write units. */
const BLOB_MIN = 10_000

/**
 * Items with one long value. Where the value does not fit, or is cheaper to keep elsewhere, that is written first, under names that
 * follow from its content, and the item then names it: so nobody ever sees half a value.
 */
export class Docs {
  readonly #table: Table
  readonly #blobs: Blobs | null

  /** `blobs`: where long values go, of items that are never replaced. */
  constructor(table: Table, blobs: Blobs | null = null) {
    this.#table = table
    this.#blobs = blobs
  }

  /** Writes an item with a value if the condition holds. */
  async putIf(item: Item, value: Uint8Array, condition: Expression): Promise<boolean> {
    const old = await this.#table.putIf({ ...item, ...(await this.stored(item, value)) }, condition)
    if (old === null) return false
    if (old['pieces'] !== undefined && old['hash'] !== contentHash(value))
      await this.#table.remove(piecesOf(item, old))
    return true
  }

  /** The attributes that hold a value; what stands elsewhere of it is written. */
  async stored(key: Key, value: Uint8Array): Promise<Record<string, unknown>> {
    if (value.length >= BLOB_MIN) {
      const blob = await this.#blobs?.put(key.pk, value)
      if (blob != null) return { blob }
    }
    if (value.length <= INLINE_MAX) return { value }
    const attributes = { pieces: Math.ceil(value.length / INLINE_MAX), hash: contentHash(value) }
    await this.#table.put(
      piecesOf(key, attributes).map((at, index) => ({
        ...at,
        value: value.subarray(index * INLINE_MAX, (index + 1) * INLINE_MAX),
      })),
    )
    return attributes
  }

  async valueOf(item: Item): Promise<Uint8Array> {
    if (item['blob'] !== undefined) {
      if (this.#blobs === null) throw new Error(`${item.pk}: its value stands elsewhere`)
      return this.#blobs.get(String(item['blob']))
    }
    if (item['pieces'] === undefined) return item['value'] as Uint8Array
    const keys = piecesOf(item, item)
    const found = new Map(
      (await this.#table.get(keys)).map((piece) => [piece.sk, piece['value'] as Uint8Array]),
    )
    if (found.size < keys.length) throw new Error(`${item.pk}: pieces of its value are missing`)
    return Buffer.concat(keys.map(({ sk }) => found.get(sk)!))
  }
}

function piecesOf({ pk, sk }: Key, attributes: Partial<Item>): Key[] {
  return Array.from({ length: Number(attributes['pieces']) }, (_, index) => ({
    pk: `B#${hash(`${pk}\n${sk}`)}`,
    sk: `${attributes['hash']}#${String(index).padStart(4, '0')}`,
  }))
}

function contentHash(value: Uint8Array): string {
  return hash(Buffer.from(value).toString('latin1'))
}
