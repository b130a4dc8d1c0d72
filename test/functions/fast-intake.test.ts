import { expect, it } from 'vitest'
import { takeInEvents } from '../../lib/aws/fast-intake.ts'
import type { Message } from '../../lib/aws/intake.ts'
import { logOf } from '../../lib/aws/log.ts'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import type { Ledger, Store } from '../../lib/ports.ts'
import { FileReader } from '../../lib/record/read-file.ts'
import { bytesOf, factsOf } from '../properties/deliver.ts'
import { stateOf } from '../properties/digest.ts'
import { chainOf } from '../properties/late-binding.ts'
import { ACCOUNTS, type Json, refsIn } from '../properties/records.ts'
import { asItIs, withStore } from '../properties/system.ts'

/*
 * What the function `fastpath` does with events of EventBridge, on the embedded store. Records are synthetic.
 */

const WORLD = chainOf({ hops: 3, gap: 900, kept: ['both', 'both'] })
const REFS = refsIn(WORLD)
const LOG_FILE = factsOf(bytesOf('log file', WORLD), 'logs/all.json', null)

function messageOf(record: Json, index: number, extra: Json = {}): Message {
  const event = JSON.parse(bytesOf('EventBridge', [record]).toString('utf8')) as Json
  return { id: `message-${index}`, body: JSON.stringify({ ...event, ...extra }) }
}
const MESSAGES = WORLD.map((record, index) => messageOf(record, index))

async function take(ledger: Ledger, messages: readonly Message[]) {
  const log = logOf('test', () => {})
  return takeInEvents(messages, {
    reader: new FileReader(),
    ledger,
    accounts: new Set(ACCOUNTS),
    log,
  })
}

async function stateAfter(work: (store: Store) => Promise<void>) {
  return withStore(asItIs, async (store) => {
    await work(store)
    await rollUpDirty(store)
    return stateOf(store, REFS)
  })
}

it('gives the same state as the log file, alone, before it and after it, but for coverage', async () => {
  const expected = await stateAfter(async (store) => {
    await ingest(store, [LOG_FILE])
  })
  const alone = await stateAfter(async (store) => {
    const { failed, counts } = await take(store, MESSAGES)
    expect(failed.size).toBe(0)
    expect(counts).toMatchObject({ RecordsAccepted: WORLD.length, RecordsDuplicate: 0 })
  })
  // Some events came this way: that says nothing of whether log files do, but up to when something is known.
  const unfilled = expected.coverage.map((fact) =>
    JSON.stringify({ ...(JSON.parse(fact) as object), slots: '00'.repeat(36) }),
  )
  expect(alone).toEqual({ ...expected, coverage: unfilled })
  const before = await stateAfter(async (store) => {
    await take(store, MESSAGES)
    expect(await ingest(store, [LOG_FILE])).toEqual([{ accepted: 0, duplicate: WORLD.length }])
  })
  expect(before).toEqual(expected)
  const after = await stateAfter(async (store) => {
    await ingest(store, [LOG_FILE])
    const { counts } = await take(store, MESSAGES)
    expect(counts).toMatchObject({ RecordsAccepted: 0, RecordsDuplicate: WORLD.length })
  })
  expect(after).toEqual(expected)
})

it('gives the same state however messages are batched, also where one cannot be read', async () => {
  const odd = messageOf({ ...WORLD[0]!, eventID: 'odd', eventTime: 'yesterday' }, 99)
  const all = [...MESSAGES, odd]
  const once = await stateAfter(async (store) => {
    expect((await take(store, all)).counts).toMatchObject({ RecordsQuarantined: 1 })
  })
  expect(once.quarantine).toHaveLength(1)
  const oneByOne = await stateAfter(async (store) => {
    for (const message of all.toReversed())
      expect((await take(store, [message])).failed.size).toBe(0)
    await take(store, all)
  })
  expect(oneByOne).toEqual(once)
})

it.each([
  ['not JSON', 'nonsense'],
  ['of another type', messageOf(WORLD[0]!, 0, { 'detail-type': 'Scheduled Event' }).body],
  ['made up by somebody who may put events', messageOf(WORLD[0]!, 0, { source: 'custom' }).body],
  ['of an account that is not ours', messageOf(WORLD[0]!, 0, { account: '999999999999' }).body],
  ['of another account than its record', messageOf(WORLD[0]!, 0, { account: ACCOUNTS[2] }).body],
  ['without a record', messageOf(WORLD[0]!, 0, { detail: null }).body],
])('gives back a message that is %s, and takes the others', async (_, body) => {
  await withStore(asItIs, async (store) => {
    const { failed, counts } = await take(store, [{ id: 'wrong', body }, ...MESSAGES.slice(1)])
    expect(failed).toEqual(new Set(['wrong']))
    expect(counts).toMatchObject({ RecordsAccepted: WORLD.length - 1, MessagesFailed: 1 })
  })
})

it('an event that cannot be kept holds up no other', async () => {
  await withStore(asItIs, async (store) => {
    const ledger: Ledger = {
      commit: (files) =>
        files.some(({ records, deltas }) => records > 1 || deltas.length > 1)
          ? Promise.reject(new Error('it cannot be kept'))
          : store.commit(files),
      refuse: (file) => store.refuse(file),
    }
    const { failed, counts } = await take(ledger, MESSAGES)
    expect(failed.size).toBe(0)
    expect(counts).toMatchObject({ RecordsAccepted: WORLD.length })
  })
})
