import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { inParallel, pieces } from './parallel.ts'

export interface Key {
  readonly pk: string
  readonly sk: string
}

export interface Item extends Key {
  // biome-ignore lint/suspicious/noExplicitAny: what an attribute holds is known to whoever wrote it.
  readonly [attribute: string]: any
}

/** A condition or an update, in DynamoDB's words: `#name` and `:name` stand for what is in `names` and `values`. */
export interface Expression {
  readonly text: string
  /** Of attributes that are called like one of DynamoDB's own words. */
  readonly names?: Record<string, string>
  readonly values?: Record<string, unknown>
}

/** Sort keys from `from` to `to`, both inclusive. */
export interface Range {
  readonly from: string
  readonly to: string
}

/** One part of a transaction: an item to write, or a key to remove, if a condition holds. */
export type Write =
  | { readonly put: Item; readonly condition?: Expression }
  | { readonly remove: Key; readonly condition?: Expression }

/** Units as DynamoDB bills them. */
export interface Spent {
  read: number
  write: number
}

/** One call has this long, all repetitions included; then whoever asked has to ask again. */
const DEADLINE_MS = 60_000
const WAIT_MS = { first: 25, most: 3_000 }

/** Errors that say "later": https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const LATER: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'InternalServerError',
  'ServiceUnavailable',
  // The SDK's own: no connection, or no answer, in time.
  'TimeoutError',
])

/** The one table. Nothing but this class knows how DynamoDB is called, and what it leaves half done. */
export class Table {
  readonly spent: Spent = { read: 0, write: 0 }
  readonly #client: Pick<DynamoDBClient, 'send'>
  readonly #name: string

  constructor(client: Pick<DynamoDBClient, 'send'>, name: string) {
    this.#client = client
    this.#name = name
  }

  /** The items that are there, in no order. */
  async get(keys: readonly Key[], consistent = true): Promise<Item[]> {
    const unique = [...new Map(keys.map((key) => [nameOf(key), key])).values()]
    const found = await inParallel(pieces(unique, 100), (some) => this.#getSome(some, consistent))
    return found.flat()
  }

  /** All items of a partition key in the order of their sort keys; at most `limit`, if one is given. */
  async query(
    pk: string,
    options: { range?: Range; consistent?: boolean; limit?: number } = {},
  ): Promise<Item[]> {
    const { range, consistent = true, limit } = options
    const items: Item[] = []
    let start: Record<string, AttributeValue> | undefined
    do {
      const from = start
      const page = await this.#patiently(() =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#name,
            KeyConditionExpression:
              range === undefined ? 'pk = :pk' : 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: marshall({
              ':pk': pk,
              ...(range === undefined ? {} : { ':from': range.from, ':to': range.to }),
            }),
            ConsistentRead: consistent,
            ...(limit === undefined ? {} : { Limit: limit - items.length }),
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
            ReturnConsumedCapacity: 'TOTAL',
          }),
        ),
      )
      this.#read(page.ConsumedCapacity)
      for (const item of page.Items ?? []) items.push(unmarshall(item) as Item)
      start = page.LastEvaluatedKey
    } while (start !== undefined && (limit === undefined || items.length < limit))
    return items
  }

  /** Writes items in place of those that have their keys. */
  async put(items: readonly Item[]): Promise<void> {
    await this.#write(
      items.map((item) => ({ key: item, request: { PutRequest: { Item: marshalled(item) } } })),
    )
  }

  async remove(keys: readonly Key[]): Promise<void> {
    await this.#write(
      keys.map((key) => ({ key, request: { DeleteRequest: { Key: marshall(keyOf(key)) } } })),
    )
  }

  /** Writes an item if the condition holds for what stands in its place; null if it does not, else the item that stood there. */
  async putIf(item: Item, condition: Expression): Promise<Partial<Item> | null> {
    return this.#ifHolds(async () => {
      const { Attributes, ConsumedCapacity } = await this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: marshalled(item),
          ...conditionOf(condition),
          ReturnValues: 'ALL_OLD',
          ReturnConsumedCapacity: 'TOTAL',
        }),
      )
      this.#wrote(ConsumedCapacity)
      return Attributes === undefined ? {} : (unmarshall(Attributes) as Item)
    })
  }

  async removeIf(key: Key, condition: Expression): Promise<boolean> {
    const removed = await this.#ifHolds(async () => {
      const { ConsumedCapacity } = await this.#client.send(
        new DeleteItemCommand({
          TableName: this.#name,
          Key: marshall(keyOf(key)),
          ...conditionOf(condition),
          ReturnConsumedCapacity: 'TOTAL',
        }),
      )
      this.#wrote(ConsumedCapacity)
      return true
    })
    return removed ?? false
  }

  /** Changes an item, which need not be there; null if the condition does not hold, else all of it as it is now. */
  async update(key: Key, change: Expression, condition?: Expression): Promise<Item | null> {
    return this.#ifHolds(async () => {
      const { Attributes, ConsumedCapacity } = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: marshall(keyOf(key)),
          UpdateExpression: change.text,
          ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
          ExpressionAttributeValues: marshall({ ...change.values, ...condition?.values }),
          ReturnValues: 'ALL_NEW',
          ReturnConsumedCapacity: 'TOTAL',
        }),
      )
      this.#wrote(ConsumedCapacity)
      return unmarshall(Attributes!) as Item
    })
  }

  /** All writes or none; false if a condition does not hold. At most 100, each of another item. */
  async transact(writes: readonly Write[]): Promise<boolean> {
    // Sent again, the same command is known by its token, and done once.
    const command = new TransactWriteItemsCommand({
      TransactItems: writes.map((write) => {
        const condition = write.condition === undefined ? {} : conditionOf(write.condition)
        return 'put' in write
          ? { Put: { TableName: this.#name, Item: marshalled(write.put), ...condition } }
          : { Delete: { TableName: this.#name, Key: marshall(keyOf(write.remove)), ...condition } }
      }),
      ClientRequestToken: randomUUID(),
      ReturnConsumedCapacity: 'TOTAL',
    })
    try {
      const { ConsumedCapacity } = await this.#patiently(() => this.#client.send(command))
      for (const part of ConsumedCapacity ?? []) this.#wrote(part)
      return true
    } catch (error) {
      if (!hasFailedCondition(error)) throw error
      this.spent.write += 2
      return false
    }
  }

  async #getSome(keys: readonly Key[], consistent: boolean): Promise<Item[]> {
    const found: Item[] = []
    const patience = new Patience()
    let left = keys.map((key) => marshall(keyOf(key)))
    for (;;) {
      const asked = left
      const { Responses, UnprocessedKeys, ConsumedCapacity } = await this.#patiently(() =>
        this.#client.send(
          new BatchGetItemCommand({
            RequestItems: { [this.#name]: { Keys: asked, ConsistentRead: consistent } },
            ReturnConsumedCapacity: 'TOTAL',
          }),
        ),
      )
      for (const part of ConsumedCapacity ?? []) this.#read(part)
      for (const item of Responses?.[this.#name] ?? []) found.push(unmarshall(item) as Item)
      left = UnprocessedKeys?.[this.#name]?.Keys ?? []
      if (left.length === 0) return found
      // A page of 16 MB ends early too; only where nothing at all came is it worth waiting.
      if (left.length === asked.length) await patience.wait('keys left unread')
    }
  }

  async #write(writes: readonly { key: Key; request: WriteRequest }[]): Promise<void> {
    // A batch that names an item twice is refused as a whole.
    const unique = [...new Map(writes.map(({ key, request }) => [nameOf(key), request])).values()]
    await inParallel(pieces(unique, 25), async (some) => {
      const patience = new Patience()
      let left = some
      for (;;) {
        const asked = left
        const { UnprocessedItems, ConsumedCapacity } = await this.#patiently(() =>
          this.#client.send(
            new BatchWriteItemCommand({
              RequestItems: { [this.#name]: asked },
              ReturnConsumedCapacity: 'TOTAL',
            }),
          ),
        )
        for (const part of ConsumedCapacity ?? []) this.#wrote(part)
        left = UnprocessedItems?.[this.#name] ?? []
        if (left.length === 0) return
        await patience.wait('items left unwritten')
      }
    })
  }

  async #ifHolds<Result>(send: () => Promise<Result>): Promise<Result | null> {
    try {
      return await this.#patiently(send)
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
      // DynamoDB bills the attempt, and does not say how much.
      this.spent.write += 1
      return null
    }
  }

  async #patiently<Result>(send: () => Promise<Result>): Promise<Result> {
    const patience = new Patience()
    for (;;) {
      try {
        return await send()
      } catch (error) {
        if (!LATER.has((error as Error).name) && !isOnlyBusy(error)) throw error
        await patience.wait((error as Error).name, error as Error)
      }
    }
  }

  #read(part: ConsumedCapacity | undefined): void {
    this.spent.read += part?.CapacityUnits ?? 0
  }

  #wrote(part: ConsumedCapacity | undefined): void {
    this.spent.write += part?.CapacityUnits ?? 0
  }
}

/** Waits longer each time, by chance, so that those who were refused together do not come back together. */
class Patience {
  readonly #until = Date.now() + DEADLINE_MS
  #most = WAIT_MS.first

  async wait(reason: string, cause?: Error): Promise<void> {
    const ms = Math.random() * this.#most
    if (Date.now() + ms > this.#until)
      throw cause ?? new Error(`DynamoDB: ${reason} for ${DEADLINE_MS / 1000} s`)
    this.#most = Math.min(WAIT_MS.most, this.#most * 2)
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** Why each part of a transaction was not done, if it was refused: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
function cancellations(error: unknown): string[] {
  if (!(error instanceof TransactionCanceledException)) return []
  return (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code)
}

function hasFailedCondition(error: unknown): boolean {
  return cancellations(error).includes('ConditionalCheckFailed')
}

const BUSY: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
])

function isOnlyBusy(error: unknown): boolean {
  const reasons = cancellations(error)
  return !hasFailedCondition(error) && reasons.some((reason) => BUSY.has(reason))
}

function conditionOf({ text, names, values }: Expression): {
  ConditionExpression: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
} {
  return {
    ConditionExpression: text,
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
  }
}

function marshalled(item: Item): Record<string, AttributeValue> {
  return marshall(item, { removeUndefinedValues: true })
}

function keyOf({ pk, sk }: Key): Key {
  return { pk, sk }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`
}
