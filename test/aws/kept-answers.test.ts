import { expect, it } from 'vitest'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import { keptContract } from '../contracts/kept-answers.ts'
import { client, newTable } from './tables.ts'

keptContract('DynamoDB', async () => {
  const table = await newTable()
  return () => dynamoStore(client, table).keptAnswers(900)
})

it('are not there once they are too old, and one that is too long never', async () => {
  const table = await newTable()
  let now = 1_000_000
  const kept = dynamoStore(client, table, { now: () => now }).keptAnswers(900)
  await kept.put('a', 'young')
  now += 900
  expect(await kept.get('a')).toBe('young')
  now += 1
  expect(await kept.get('a')).toBeUndefined()
  const long = Array.from(
    { length: 300_000 },
    (_, index) => (index * 2_654_435_761) % 4_294_967_296,
  )
  await kept.put('b', long)
  expect(await kept.get('b')).toBeUndefined()
})
