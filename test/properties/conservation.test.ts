import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ingest } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { UnreadableFile } from '../../lib/record/read-file.ts'
import { REASONS } from '../../lib/record/reasons.ts'
import { openLog } from '../../lib/source/open-log.ts'
import { bytesOf, factsOf, PATHS, type Path } from './deliver.ts'
import { stateOf } from './digest.ts'
import { Crash, dyingStore } from './faults.ts'
import { itHolds } from './holds.ts'
import { ACCOUNTS, call, eventId, type Json, START, userIdentity } from './records.ts'
import { asItIs, withStore } from './system.ts'
import { recordsOf, SAMPLE, stepsOf } from './world.ts'

/** Records that are not to be counted as accepted, each for its own reason. */
const insight = { eventVersion: '1.09', eventCategory: 'Insight', eventID: eventId(0) }
const broken: readonly unknown[] = [
  null,
  17,
  'text',
  [],
  {},
  { eventName: 'GetObject', eventSource: 's3.amazonaws.com' },
  { ...SAMPLE[0], eventTime: '2026-02-30T00:00:00Z' },
  { ...SAMPLE[0], eventID: '' },
  { ...SAMPLE[0], eventID: 3 },
  { ...SAMPLE[0], eventVersion: '2.0' },
  { ...SAMPLE[0], userIdentity: 'me' },
  { ...SAMPLE[0], requestParameters: null, resources: [] },
]

const item = fc.oneof(
  { weight: 3, arbitrary: stepsOf(4).map(recordsOf) },
  { weight: 1, arbitrary: fc.constantFrom(...broken).map((one) => [one]) },
  { weight: 1, arbitrary: fc.constant([insight]) },
)
const contents = fc.array(item, { maxLength: 6 }).map((items) => items.flat() as Json[])
const deliveries = fc.array(
  fc.record({ path: fc.constantFrom<Path>('log file', 'lines', 'LookupEvents'), contents }),
  { minLength: 1, maxLength: 4 },
)

async function quarantined(store: Store): Promise<number> {
  return (await store.quarantine(100_000)).length
}

itHolds(
  'Conservation',
  'records = accepted + duplicate + out of scope + quarantined, for each file and each time it comes',
  fc.asyncProperty(deliveries, async (made) =>
    withStore(asItIs, async (store) => {
      const files = made.flatMap(({ path, contents: records }, index) => {
        try {
          return [factsOf(bytesOf(path, records), `file ${index}`, null)]
        } catch (error) {
          // An empty file, or one in which nothing at all is readable, is refused as a whole.
          if (error instanceof UnreadableFile) return []
          throw error
        }
      })
      for (const again of [false, true]) {
        const committed = await ingest(store, files)
        files.forEach(({ records, outOfScope, quarantined: bad }, index) => {
          const { accepted, duplicate } = committed[index]!
          expect(accepted + duplicate + outOfScope + bad.length).toBe(records)
          if (again) expect(accepted).toBe(0)
        })
      }
      const unique = new Set(
        files.flatMap(({ id, quarantined: bad }) => bad.map(({ index }) => `${id} ${index}`)),
      )
      expect(await quarantined(store)).toBe(unique.size)
    }),
  ),
  150,
)

it('Conservation: a file is answered for only once what it says is kept', async () => {
  const facts = factsOf(bytesOf('log file', [...SAMPLE]), 'file', null)
  await withStore(asItIs, async (store) => {
    await expect(ingest(dyingStore(store, 1, 'before').store, [facts])).rejects.toThrow(Crash)
    expect(await store.extent()).toBeNull()
    await expect(ingest(dyingStore(store, 1, 'after').store, [facts])).rejects.toThrow(Crash)
    expect(await ingest(store, [facts])).toEqual([{ accepted: 0, duplicate: SAMPLE.length }])
  })
})

it('Conservation: a store that loses count of a record stops the ingest', async () => {
  const facts = factsOf(bytesOf('log file', [...SAMPLE]), 'logs/some.json', null)
  const forgetful = { commit: async () => [{ accepted: 1, duplicate: 0 }], refuse: async () => {} }
  await expect(ingest(forgetful, [facts])).rejects.toThrow(
    `logs/some.json: ${SAMPLE.length} records, but 1 accounted for`,
  )
})

const damage = fc.record({
  path: fc.constantFrom(...PATHS),
  zipped: fc.boolean(),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  flips: fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 255 })),
    {
      maxLength: 3,
    },
  ),
})

itHolds(
  'No silent drop',
  'whatever becomes of the bytes, each record is taken or has an entry that says where it stands and why it was not',
  fc.asyncProperty(stepsOf(5), damage, async (steps, { path, zipped, cut, flips }) => {
    const records = recordsOf(steps)
    const whole = bytesOf(path, records)
    const stored = zipped ? gzipSync(whole) : whole
    const bytes = Buffer.from(
      stored.subarray(0, Math.ceil(stored.length * (cut < 0.5 ? 2 * cut : 1))),
    )
    for (const [where, mask] of flips)
      if (bytes.length > 0) bytes[Math.floor(where * (bytes.length - 1))]! ^= mask
    await withStore(asItIs, async (store) => {
      const name = zipped ? 'log.json.gz' : 'log.json'
      const log = openLog(name, bytes)
      let entries = 0
      if (log.kind === 'refused') {
        await store.refuse({ id: 'a'.repeat(64), source: name, reason: log.reason, offset: 0 })
        entries = 1
      } else {
        try {
          const facts = factsOf(log.bytes, name, null)
          const [committed] = await ingest(store, [facts])
          entries = facts.quarantined.length
          expect(committed!.accepted + committed!.duplicate + facts.outOfScope + entries).toBe(
            facts.records,
          )
          for (const { offset, length } of facts.quarantined) {
            expect(offset).toBeGreaterThanOrEqual(0)
            expect(offset + length).toBeLessThanOrEqual(log.bytes.length)
          }
          // Nothing was cut off or changed: nothing may be missing.
          if (flips.length === 0 && bytes.length === stored.length)
            expect(facts.records).toBe(records.length)
        } catch (error) {
          if (!(error instanceof UnreadableFile)) throw error
          await store.refuse({
            id: 'a'.repeat(64),
            source: name,
            reason: error.reason,
            offset: error.offset,
          })
          entries = 1
        }
      }
      const kept = await store.quarantine(1000)
      expect(kept.length).toBe(entries)
      for (const { reason, source } of kept) {
        expect(Object.keys(REASONS)).toContain(reason)
        expect(source).toBe(name)
      }
    })
  }),
  200,
)

it('No silent drop: one bad record does not take its neighbours with it', async () => {
  const good = call(eventId(1), START, userIdentity('ada'), ACCOUNTS[0], 'photos')
  for (const bad of broken)
    await withStore(asItIs, async (store) => {
      const other = { ...good, eventID: eventId(2) }
      const bytes = bytesOf('log file', [good, bad as Json, other])
      const facts = factsOf(bytes, 'log.json', null)
      expect(await ingest(store, [facts])).toEqual([{ accepted: 2, duplicate: 0 }])
      const [entry] = await store.quarantine(10)
      expect(entry).toMatchObject({ source: 'log.json', index: 1 })
      // What is needed to replay it: the bytes of the record.
      const { offset, length } = entry!
      expect(JSON.parse(bytes.subarray(offset, offset + length).toString())).toEqual(bad)
      expect((await stateOf(store)).quarantine.length).toBe(1)
    })
})
