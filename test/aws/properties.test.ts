import { expect, it } from 'vitest'
import { badMeetings, concurrency, meeting, type OpenShared } from '../properties/concurrency.ts'
import { crash } from '../properties/crash.ts'
import { detectedFindings, nothingNew, type OpenDetecting } from '../properties/detection.ts'
import { duplication } from '../properties/duplication.ts'
import { itHolds } from '../properties/holds.ts'
import { lateBinding } from '../properties/late-binding.ts'
import { permutation } from '../properties/permutation.ts'
import { asItIs } from '../properties/system.ts'
import { newStores, onDynamo } from './tables.ts'

/*
 * The properties of test/properties, with the table in place of the embedded store, in fewer tries: here it is the engine that is slow.
 */

const onOneTable: OpenShared = (count) => ({ stores: newStores(count), close: () => {} })

itHolds(
  'DynamoDB permutation',
  'any order of files and of records gives the same state',
  permutation(onDynamo),
  12,
)
itHolds(
  'DynamoDB duplication',
  'any repetition, through any mix of paths, gives the same state',
  duplication(onDynamo),
  10,
)
itHolds(
  'DynamoDB crash',
  'stop around any storage calls, deliver again: same state',
  crash(onDynamo),
  8,
)
itHolds(
  'DynamoDB late binding',
  'a chained call seen before its parent is attributed, whichever arrives last',
  lateBinding(onDynamo),
  12,
)
itHolds(
  'DynamoDB concurrency',
  'any interleaving of the storage calls of several workers: same state as the embedded store',
  concurrency(asItIs, onOneTable),
  10,
)
itHolds(
  'DynamoDB meeting',
  'a parent and its child brought by two workers find each other, in any interleaving',
  meeting(asItIs, onOneTable),
  20,
)

const detecting: OpenDetecting = async () => ({ store: newStores(1)[0]!, close: () => {} })

itHolds(
  'DynamoDB findings',
  'identical for any order, duplication and batching of the same events',
  detectedFindings(detecting),
  2,
)
itHolds('DynamoDB findings', 're-running raises nothing new', nothingNew(detecting), 2)

it('DynamoDB meeting: in every interleaving with two changes of turn', async () => {
  expect(await badMeetings(asItIs, onOneTable)).toEqual([])
})
