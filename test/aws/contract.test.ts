import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { storeContract } from '../contracts/store.ts'
import { client, newTable } from './tables.ts'

storeContract('DynamoDB', async () => {
  const name = await newTable()
  return {
    store: dynamoStore(client, name),
    reopen: async () => dynamoStore(client, name),
    destroy: async () => {},
  }
})
