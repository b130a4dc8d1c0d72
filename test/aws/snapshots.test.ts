import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { snapshotsContract } from '../contracts/snapshots.ts'
import { client, newTable } from './tables.ts'

snapshotsContract('DynamoDB', async () => ({
  snapshots: dynamoStore(client, await newTable()),
  close: () => {},
}))
