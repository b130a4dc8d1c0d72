import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../lib/aws/intake.ts'
import { rollUpDirty } from '../../lib/pipeline.ts'
import type { Store } from '../../lib/ports.ts'
import { stateOf } from '../properties/digest.ts'
import { dyingStore, intercept, type When } from '../properties/faults.ts'
import { chainOf } from '../properties/late-binding.ts'
import { type Json, refsIn } from '../properties/records.ts'
import { asItIs, withStore } from '../properties/system.ts'
import { type Bucket, created, fetchFrom, keyOfLog, logFile, untilDone, worker } from './queue.ts'

/*
 * What the function `ingest` does with messages, on the embedded store. Records are synthetic.
 */

const WORLD: readonly Json[] = chainOf({ hops: 4, gap: 900, kept: ['caller', 'target', 'both'] })
const REFS = refsIn(WORLD)
const KEYS = WORLD.map(() => keyOfLog())
/** Each record in an object of its own. */
const bucketOf = (): Bucket => new Map(KEYS.map((key, index) => [key, logFile([WORLD[index]!])]))
/** Two or three objects a message. */
const MESSAGES: readonly Message[] = [KEYS.slice(0, 3), KEYS.slice(3, 5), KEYS.slice(5)].map(
  (keys, index) => ({ id: `message-${index}`, body: created(keys) }),
)

async function stateAfter(work: (store: Store) => Promise<void>) {
  return withStore(asItIs, async (store) => {
    await work(store)
    await rollUpDirty(store)
    return stateOf(store, REFS)
  })
}

const expected = await stateAfter(async (store) => {
  expect(await untilDone(MESSAGES, worker(store, bucketOf()).take)).toEqual([])
})

it('takes in all that is announced', () => {
  expect(Object.keys(expected.edges)).toHaveLength(4)
  expect(expected.quarantine).toEqual([])
})

describe('a message with three objects, of which the second', () => {
  const [first, second, third] = KEYS as [string, string, string]
  const message = { id: 'three', body: created([first, second, third]) }

  it('is damaged: it is quarantined, the others are in, and the message is done', async () => {
    await withStore(asItIs, async (store) => {
      const bucket = bucketOf()
      bucket.set(second, bucket.get(second)!.subarray(0, -9))
      const { take, log } = worker(store, bucket)
      expect(await take([message])).toEqual(new Set())
      expect(log.at(-1)).toMatchObject({
        ObjectsTaken: 2,
        ObjectsQuarantined: 1,
        RecordsAccepted: 2,
      })
      expect(await store.quarantine(10)).toMatchObject([
        { source: `s3://acme-cloudtrail/${second}`, index: null, reason: 'gzip-truncated' },
      ])
    })
  })

  it('is gone: the others are in, and the message comes back until it is given up', async () => {
    await withStore(asItIs, async (store) => {
      const bucket = bucketOf()
      bucket.delete(second)
      const { take, log } = worker(store, bucket)
      const [dead] = await untilDone([message], take)
      expect(dead).toEqual(message)
      expect(log[1]).toMatchObject({ ObjectsTaken: 2, ObjectsUnreadable: 1, RecordsAccepted: 2 })
      expect(log.at(-1)).toMatchObject({ RecordsAccepted: 0, RecordsDuplicate: 2 })
      expect(log[0]).toMatchObject({
        message: 'gone, or may not be read',
        object: `s3://acme-cloudtrail/${second}`,
      })
      // Nothing is concluded from that: days later it may be there, or we may be let to it.
      expect(await store.quarantine(10)).toEqual([])
    })
  })

  it('can be read days later: then nothing tells that it could not', async () => {
    const late = await stateAfter(async (store) => {
      const bucket = bucketOf()
      const object = bucket.get(second)!
      bucket.delete(second)
      const dead = await untilDone(MESSAGES, worker(store, bucket).take)
      expect(dead.map(({ id }) => id)).toEqual(['message-0'])
      await rollUpDirty(store)
      bucket.set(second, object)
      // Another process by then, and all is sent once more.
      expect(await untilDone([...dead, ...MESSAGES.slice(1)], worker(store, bucket).take)).toEqual(
        [],
      )
    })
    expect(late).toEqual(expected)
  })
})

it('asks nothing of a bucket that is not ours', async () => {
  await withStore(asItIs, async (store) => {
    const { take, fetched, log } = worker(store, bucketOf())
    const foreign = { id: 'foreign', body: created(KEYS.slice(0, 2), 'somebody-elses') }
    expect(await take([foreign, MESSAGES[1]!])).toEqual(new Set(['foreign']))
    expect(fetched).toEqual(KEYS.slice(3, 5))
    expect(log.at(-1)).toMatchObject({ ObjectsForeign: 2, ObjectsTaken: 2 })
  })
})

it('is done with messages that announce nothing, and knows all envelopes', async () => {
  const [a, b, c] = KEYS as [string, string, string]
  const messages = [
    {
      id: 'test',
      body: '{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-03-02T14:00:00Z","Bucket":"acme-cloudtrail"}',
    },
    { id: 'validation', body: 'CloudTrail validation message.' },
    { id: 'sns', body: JSON.stringify({ Type: 'Notification', Message: created([a]) }) },
    { id: 'trail', body: JSON.stringify({ s3Bucket: 'acme-cloudtrail', s3ObjectKey: [b] }) },
    {
      id: 'bridge',
      body: JSON.stringify({
        'detail-type': 'Object Created',
        source: 'aws.s3',
        detail: { bucket: { name: 'acme-cloudtrail' }, object: { key: c } },
      }),
    },
    {
      id: 'digest',
      body: created(['AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/02/x.json.gz']),
    },
  ]
  await withStore(asItIs, async (store) => {
    const { take, fetched, log } = worker(store, bucketOf())
    expect(await take(messages)).toEqual(new Set())
    expect(fetched).toEqual([a, b, c])
    expect(log.at(-1)).toMatchObject({ ObjectsTaken: 3, ObjectsSkipped: 1, RecordsAccepted: 3 })
  })
})

it('gives back what it does not understand, and tells of files that were removed', async () => {
  const removed = created([KEYS[0]!]).replace('ObjectCreated:Put', 'ObjectRemoved:Delete')
  const messages = ['not json', '[]', '{}', '{"Records":[{"a":1}]}', removed].map(
    (body, index) => ({
      id: String(index),
      body,
    }),
  )
  await withStore(asItIs, async (store) => {
    const { take, fetched, log } = worker(store, bucketOf())
    expect(await take(messages)).toEqual(new Set(['0', '1', '2', '3']))
    expect(fetched).toEqual([])
    expect(log.at(-1)).toMatchObject({ LogsRemoved: 1 })
  })
})

it('near its end it takes nothing more, and gives back the rest', async () => {
  for (let objects = 0; objects <= KEYS.length; objects++) {
    const state = await stateAfter(async (store) => {
      let asked = 0
      const { take, log } = worker(store, bucketOf(), { hasTime: () => asked++ < objects })
      const failed = await take(MESSAGES)
      expect(log.at(-1)).toMatchObject({
        ObjectsTaken: objects,
        ObjectsLeft: KEYS.length - objects,
      })
      const whole = objects >= KEYS.length ? 3 : objects >= 5 ? 2 : objects >= 3 ? 1 : 0
      expect(failed.size, `${objects}`).toBe(3 - whole)
      await untilDone(
        MESSAGES.filter(({ id }) => failed.has(id)),
        worker(store, bucketOf()).take,
      )
    })
    expect(state).toEqual(expected)
  }
})

it('a file that cannot be kept holds up no other message', async () => {
  await withStore(asItIs, async (store) => {
    const bad = `s3://acme-cloudtrail/${KEYS[4]}`
    const picky = intercept(store, async (call) => call())
    const commit: Store['commit'] = (files) =>
      files.some(({ source }) => source === bad)
        ? Promise.reject(new Error('it cannot be kept'))
        : store.commit(files)
    const ledger = new Proxy(picky, {
      get: (target, name: keyof Store) => (name === 'commit' ? commit : target[name]),
    })
    const { take, log } = worker(ledger, bucketOf())
    expect(await take(MESSAGES)).toEqual(new Set(['message-1']))
    expect(log.at(-1)).toMatchObject({ ObjectsTaken: KEYS.length - 2 })
  })
})

it('killed around any call of the ledger, the next try arrives at the same', async () => {
  for (const when of ['before', 'after'] as const satisfies readonly When[])
    for (let at = 1; ; at++) {
      let calls = 0
      const state = await stateAfter(async (store) => {
        const dying = dyingStore(store, at, when)
        // The process is gone, so nothing of what it still meant to do is done.
        await worker(dying.store, bucketOf())
          .take(MESSAGES)
          .catch(() => undefined)
        calls = dying.calls
        expect(await untilDone(MESSAGES, worker(store, bucketOf()).take)).toEqual([])
      })
      expect(state, `${when} call ${at}`).toEqual(expected)
      if (calls < at) break
    }
})

it('refused at any fetch, that message alone comes back', async () => {
  for (let at = 1; at <= KEYS.length; at++) {
    const state = await stateAfter(async (store) => {
      let fetches = 0
      const bucket = bucketOf()
      const { take } = worker(store, bucket, {
        fetch: (object) =>
          ++fetches === at
            ? Promise.reject(Object.assign(new Error('slow down'), { name: 'SlowDown' }))
            : fetchFrom(bucket)(object),
      })
      const failed = await take(MESSAGES)
      expect(failed.size).toBe(1)
      expect(
        await untilDone(
          MESSAGES.filter(({ id }) => failed.has(id)),
          take,
        ),
      ).toEqual([])
    })
    expect(state).toEqual(expected)
  }
})

it('two workers on one object, in any interleaving, count it once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const state = await stateAfter(async (store) => {
        const turn = (name: string) =>
          intercept(store, async (call) => {
            await scheduler.schedule(Promise.resolve(), name)
            return call()
          })
        const both = ['a', 'b'].map((name) => worker(turn(name), bucketOf()).take(MESSAGES))
        await scheduler.waitFor(Promise.all(both))
        for (const failed of await Promise.all(both)) expect(failed.size).toBe(0)
      })
      expect(state).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

it('any batches, repeated and in any order, arrive at the same, and tell of ids they were given', async () => {
  const delivery = fc.tuple(
    fc.shuffledSubarray(
      [...MESSAGES, ...MESSAGES.map((one) => ({ ...one, id: `${one.id}-again` }))],
      {
        minLength: MESSAGES.length,
      },
    ),
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
  )
  await fc.assert(
    fc.asyncProperty(delivery, async ([messages, size, fails]) => {
      const state = await stateAfter(async (store) => {
        const bucket = bucketOf()
        let fetches = 0
        const { take } = worker(store, bucket, {
          fetch: (object) =>
            fails[fetches++] === true
              ? Promise.reject(new Error('later'))
              : fetchFrom(bucket)(object),
        })
        for (let at = 0; at < messages.length; at += size) {
          const batch = messages.slice(at, at + size)
          const ids = new Set(batch.map(({ id }) => id))
          for (const id of await take(batch)) expect(ids).toContain(id)
        }
        expect(await untilDone(MESSAGES, take, 20)).toEqual([])
      })
      expect(state).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

it('logs what was said as one line, whatever it is', async () => {
  await withStore(asItIs, async (store) => {
    const key = `AWSLogs/111111111111/CloudTrail/evil\n{"level":"info"}\u2028${'x'.repeat(2000)}.json.gz`
    const { take, log } = worker(store, new Map())
    expect(await take([{ id: 'evil', body: created([key]) }])).toEqual(new Set(['evil']))
    expect(String(log[0]!['object']).length).toBeLessThanOrEqual(512)
  })
})
