import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import type { Place } from './urls.ts'

/** What takes longer is tried again; a Lambda function that hangs on one connection would be billed for its whole timeout. */
export const SETTINGS = {
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 15_000,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: 64 },
    httpsAgent: { maxSockets: 64 },
  },
}

const tables = new Map<string, DynamoDBClient>()
const buckets = new Map<string, S3Client>()

/** The process's client of DynamoDB at a place: connections are kept and shared. */
export function dynamoClient(place: Place): DynamoDBClient {
  return once(tables, place, () => new DynamoDBClient({ ...SETTINGS, ...place }))
}

/** The process's client of S3 at a place. */
export function s3Client(place: Place): S3Client {
  // Endpoints of one's own have no host name for each bucket.
  const forcePathStyle = place.endpoint !== undefined
  return once(buckets, place, () => new S3Client({ ...SETTINGS, ...place, forcePathStyle }))
}

/** One client for each place. */
export function once<Client>(
  clients: Map<string, Client>,
  place: Place,
  make: () => Client,
): Client {
  const name = JSON.stringify([place.region, place.endpoint])
  const client = clients.get(name) ?? make()
  clients.set(name, client)
  return client
}
