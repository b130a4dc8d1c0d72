import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { signOffsContract } from '../contracts/sign-offs.ts'
import { client, newTable } from './tables.ts'

signOffsContract('DynamoDB', async () => ({
  signOffs: dynamoStore(client, await newTable()),
  close: () => {},
}))
