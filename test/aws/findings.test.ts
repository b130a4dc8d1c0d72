import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { findingsContract } from '../contracts/findings.ts'
import { client, newTable } from './tables.ts'

findingsContract('DynamoDB', async () => ({
  store: dynamoStore(client, await newTable()),
  close: () => {},
}))
