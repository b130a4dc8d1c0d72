import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { inject } from 'vitest'
import { createTable, type DynamoStore, dynamoStore } from '../../lib/aws/dynamo-store.ts'
import type { Wrap } from '../properties/system.ts'

export type Sender = Pick<DynamoDBClient, 'send'>

let made = 0

/** One client for all tests of a process. It repeats nothing by itself, so that faults arrive where they are put. */
export const client = new DynamoDBClient({
  region: 'eu-west-1',
  endpoint: inject('dynamodb'),
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  maxAttempts: 1,
})

export async function newTable(): Promise<string> {
  const name = `podtrail-${process.pid}-${++made}`
  await createTable(client, name)
  return name
}

/** A sender that makes its table before its first request. */
export function withNewTable(): { sender: Sender; name: string } {
  const name = `podtrail-${process.pid}-${++made}`
  let ready: Promise<void> | undefined
  const send = async (command: never): Promise<unknown> => {
    ready ??= createTable(client, name)
    await ready
    return client.send(command)
  }
  return { sender: { send } as Sender, name }
}

/** Stores on one new table, each as if in a process of its own. */
export function newStores(count: number): DynamoStore[] {
  const { sender, name } = withNewTable()
  return Array.from({ length: count }, () => dynamoStore(sender, name))
}

/** Puts a new table in place of the store that the properties would use. */
export const onDynamo: Wrap = () => newStores(1)[0]!
