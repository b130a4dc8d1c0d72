import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { dynamoStore } from '../../lib/aws/dynamo-store.ts'
import type { Delta, FileFacts } from '../../lib/model.ts'
import { ingest } from '../../lib/pipeline.ts'
import { bytesOf, deliver, factsOf, factsOfParcel } from '../properties/deliver.ts'
import { stateOf } from '../properties/digest.ts'
import { Crash, type When } from '../properties/faults.ts'
import { chainOf } from '../properties/late-binding.ts'
import {
  ACCOUNTS,
  call,
  eventId,
  keyOf,
  refsIn,
  roleOf,
  type Session,
  START,
  sessionIdentity,
} from '../properties/records.ts'
import { asItIs, withStore } from '../properties/system.ts'
import { type Sender, withNewTable } from './tables.ts'

/** A chain whose child comes before its parent, a call with it, and a record that cannot be read. */
const chain = chainOf({ hops: 2, gap: 3500, kept: ['caller'] })
const WORLD = [...chain].reverse()
const FILES: readonly FileFacts[] = [
  factsOfParcel(WORLD, { path: 'log file', records: [0, 1] }),
  factsOf(bytesOf('log file', [WORLD[2]!, { odd: true }]), 'logs/odd.json', null),
]
const REFS = refsIn(WORLD)
const NEVER = Number.POSITIVE_INFINITY

type State = Awaited<ReturnType<typeof stateOf>>

let expected: State
let requests = 0
/** A table with all of it, and how many requests it takes to ask for everything. */
let full: { sender: Sender; name: string }
let questions = 0

beforeAll(async () => {
  expected = await withStore(asItIs, async (store) => {
    await deliver(store, FILES, () => true)
    return stateOf(store, REFS)
  })
  const table = withNewTable()
  const counted = dying(table.sender, NEVER, 'before')
  const store = dynamoStore(counted.sender, table.name)
  await deliver(store, FILES, () => true)
  requests = counted.sent()
  expect(requests).toBeGreaterThan(100)
  full = table
  const asking = dying(table.sender, NEVER, 'before')
  expect(await stateOf(dynamoStore(asking.sender, table.name), REFS)).toEqual(expected)
  questions = asking.sent()
  expect(questions).toBeGreaterThan(30)
})

/** A process that dies around its `at`-th request: from then on nothing more is sent. */
function dying(sender: Sender, at: number, when: When): { sender: Sender; sent: () => number } {
  let sent = 0
  const send = async (command: never): Promise<unknown> => {
    if (sent >= at) throw new Crash()
    sent++
    if (sent === at && when === 'before') throw new Crash()
    const answer = await sender.send(command)
    if (sent >= at) throw new Crash()
    return answer
  }
  return { sender: { send } as unknown as Sender, sent: () => sent }
}

/** Requests for which `fails` says so are refused. */
function refusing(sender: Sender, name: string, fails: (number: number) => boolean): Sender {
  let sent = 0
  const send = async (command: never): Promise<unknown> => {
    if (fails(++sent)) throw Object.assign(new Error(name), { name })
    return sender.send(command)
  }
  return { send } as unknown as Sender
}

/** Runs every n-th fault of `count`, starting with each test's own, so that together they are all. */
const STRIDES = 6

describe.each(Array.from({ length: STRIDES }, (_, index) => index))('part %i', (part) => {
  const mine = (): number[] =>
    Array.from({ length: requests }, (_, index) => index + 1).filter((at) => at % STRIDES === part)

  it.each(['before', 'after'] as const)(
    'a process that dies %s any request leaves what the next one finishes',
    async (when) => {
      for (const at of mine()) {
        const { sender, name } = withNewTable()
        const dead = dying(sender, at, when)
        await expect(
          deliver(dynamoStore(dead.sender, name), FILES, () => true),
          `request ${at}`,
        ).rejects.toThrow(Crash)
        const store = dynamoStore(sender, name)
        await deliver(store, FILES, () => true)
        expect(await stateOf(store, REFS), `request ${at}`).toEqual(expected)
      }
    },
  )

  it('a request that is refused for being one too many is repeated', async () => {
    for (const at of mine()) {
      const { sender, name } = withNewTable()
      const store = dynamoStore(
        refusing(sender, 'ThrottlingException', (number) => number === at),
        name,
      )
      await deliver(store, FILES, () => true)
      expect(await stateOf(store, REFS), `request ${at}`).toEqual(expected)
    }
  })

  it('a request that fails for good fails the call, and the same process can go on', async () => {
    for (const at of mine()) {
      const { sender, name } = withNewTable()
      const store = dynamoStore(
        refusing(sender, 'ValidationException', (number) => number === at),
        name,
      )
      await expect(
        deliver(store, FILES, () => true),
        `request ${at}`,
      ).rejects.toThrow()
      await deliver(store, FILES, () => true)
      expect(await stateOf(store, REFS), `request ${at}`).toEqual(expected)
    }
  })
})

it('a question of which any request is refused for being one too many is answered all the same', async () => {
  for (let at = 1; at <= questions; at++) {
    const sender = refusing(full.sender, 'ThrottlingException', (number) => number === at)
    expect(await stateOf(dynamoStore(sender, full.name), REFS), `request ${at}`).toEqual(expected)
  }
})

it('a question of which any request fails is not answered in part, and can be asked again', async () => {
  for (let at = 1; at <= questions; at++) {
    const sender = refusing(full.sender, 'AccessDeniedException', (number) => number === at)
    const store = dynamoStore(sender, full.name)
    await expect(stateOf(store, REFS), `request ${at}`).rejects.toThrow('AccessDenied')
    expect(await stateOf(store, REFS), `request ${at}`).toEqual(expected)
  }
})

it('every third request is refused, and all is done', async () => {
  const { sender, name } = withNewTable()
  const store = dynamoStore(
    refusing(sender, 'ProvisionedThroughputExceededException', (number) => number % 3 === 0),
    name,
  )
  await deliver(store, FILES, () => true)
  expect(await stateOf(store, REFS)).toEqual(expected)
})

it('writes and reads that DynamoDB leaves undone are done again', async () => {
  const { sender, name } = withNewTable()
  let left = 0
  const send = async (command: { input: { RequestItems?: Record<string, unknown> } }) => {
    const asked = command.input.RequestItems?.[name]
    const some = Array.isArray(asked) ? asked : (asked as { Keys?: unknown[] } | undefined)?.Keys
    if (some === undefined || some.length < 2) return sender.send(command as never)
    // Half of each batch comes back, as it does when a partition is busy.
    left++
    const cut = Math.ceil(some.length / 2)
    const half = (part: unknown[]): unknown =>
      Array.isArray(asked) ? part : { ...(asked as object), Keys: part }
    const input = { ...command.input, RequestItems: { [name]: half(some.slice(0, cut)) } }
    const smaller = Array.isArray(asked)
      ? new BatchWriteItemCommand(input as never)
      : new BatchGetItemCommand(input as never)
    const answer = (await sender.send(smaller as never)) as object
    const rest = { [name]: half(some.slice(cut)) }
    return Array.isArray(asked)
      ? { ...answer, UnprocessedItems: rest }
      : { ...answer, UnprocessedKeys: rest }
  }
  const store = dynamoStore({ send } as unknown as Sender, name)
  await deliver(store, FILES, () => true)
  expect(await stateOf(store, REFS)).toEqual(expected)
  expect(left).toBeGreaterThan(3)
})

it('a commit whose answer was lost is told the same again', async () => {
  const facts = FILES[0]!
  const { sender, name } = withNewTable()
  let answers = 0
  const counted = dying(sender, NEVER, 'before')
  await ingest(dynamoStore(counted.sender, name), [facts])
  for (let at = 1; at <= counted.sent(); at++) {
    const table = withNewTable()
    const dead = dying(table.sender, at, 'after')
    await expect(ingest(dynamoStore(dead.sender, table.name), [facts])).rejects.toThrow(Crash)
    const [told] = await ingest(dynamoStore(table.sender, table.name), [facts])
    // Only the very last request says that the file is done: then it is a duplicate, as after any commit.
    const isDone = told!.accepted === 0
    expect(told).toEqual(isDone ? { accepted: 0, duplicate: 2 } : { accepted: 2, duplicate: 0 })
    expect(isDone, `request ${at}`).toBe(at === counted.sent())
    answers++
  }
  expect(answers).toBeGreaterThan(8)
})

it('a value larger than an item is kept in pieces', async () => {
  const session: Session = { role: roleOf(ACCOUNTS[0], 'app'), name: 'w', key: keyOf(1), at: START }
  const records = Array.from({ length: 60_000 }, (_, index) =>
    call(eventId(index), START + (index % 3000), sessionIdentity(session), ACCOUNTS[0], 'photos'),
  )
  const facts = factsOf(bytesOf('log file', records), 'logs/large.json', null)
  const { sender, name } = withNewTable()
  const store = dynamoStore(sender, name)
  expect(await ingest(store, [facts])).toEqual([{ accepted: 60_000, duplicate: 0 }])
  const [delta] = await dynamoStore(sender, name).deltas(facts.deltas[0]!.partition)
  expect(secondsOf(delta!)).toEqual(secondsOf(facts.deltas[0]!))
  expect(await ingest(dynamoStore(sender, name), [{ ...facts, id: 'b'.repeat(64) }])).toEqual([
    { accepted: 0, duplicate: 60_000 },
  ])
})

/** The second of each event, by its fingerprint: they come back in another order. */
function secondsOf({ events, callEvent, callSecond }: Delta): string[] {
  return Array.from(
    callEvent,
    (event, call) => `${events[2 * event]}/${events[2 * event + 1]} ${callSecond[call]}`,
  ).sort()
}
