import fc from 'fast-check'
import { expect } from 'vitest'
import { ingest, rollUpDirty } from '../../lib/pipeline.ts'
import { factsOfParcel } from './deliver.ts'
import { stateOf } from './digest.ts'
import { modelOf } from './model.ts'
import {
  ACCOUNTS,
  assume,
  call,
  eventId,
  type Json,
  keyOf,
  pod,
  roleOf,
  type Session,
  START,
  sessionIdentity,
  strangerIdentity,
} from './records.ts'
import { type Wrap, withStore } from './system.ts'

/** A chain of `hops` sessions, each an hour apart or in the same second, and a call with the last one. */
export interface Plan {
  readonly hops: number
  readonly gap: number
  /** Of each hop after the first: which accounts' records are there. */
  readonly kept: readonly ('both' | 'caller' | 'target')[]
}

export function chainOf({ hops, gap, kept }: Plan): Json[] {
  const sessions = Array.from(
    { length: hops },
    (_, hop): Session => ({
      role: roleOf(ACCOUNTS[hop % 3]!, `hop-${hop}`),
      name: `session-${hop}`,
      key: keyOf(hop),
      at: START + hop * gap,
    }),
  )
  const records = [pod(eventId(0), sessions[0]!, 'checkout')]
  for (let hop = 1; hop < hops; hop++) {
    const from = sessions[hop - 1]!
    const to = sessions[hop]!
    const extra = { sharedEventID: `shared-${hop}` }
    const which = kept[hop - 1] ?? 'both'
    if (which !== 'target')
      records.push(assume(eventId(2 * hop), to, sessionIdentity(from), from.role.account, extra))
    if (which !== 'caller')
      records.push(assume(eventId(2 * hop + 1), to, strangerIdentity(from), to.role.account, extra))
  }
  const last = sessions[hops - 1]!
  records.push(call(eventId(999), last.at + 1, sessionIdentity(last), last.role.account, 'ledger'))
  return records
}

const plan = fc
  .record({
    hops: fc.integer({ min: 2, max: 6 }),
    gap: fc.constantFrom(0, 1, 1900, 3500),
    kept: fc.array(fc.constantFrom('both', 'caller', 'target'), { minLength: 5, maxLength: 5 }),
  })
  .chain((made) => {
    const { length } = chainOf(made)
    const all = Array.from({ length }, (_, index) => index)
    return fc.tuple(
      fc.constant(made),
      fc.shuffledSubarray(all, { minLength: length, maxLength: length }),
      fc.array(fc.boolean(), { minLength: length, maxLength: length }),
    )
  })

/** Records come one by one in any order, with roll-ups between: in the end each is attributed. */
export const lateBinding = (wrap: Wrap) =>
  fc.asyncProperty(plan, async ([made, order, rollUps]) => {
    const world = chainOf(made)
    await withStore(wrap, async (store) => {
      for (const [index, number] of order.entries()) {
        await ingest(store, [factsOfParcel(world, { path: 'log file', records: [number] })])
        if (rollUps[index]) await rollUpDirty(store)
      }
      await rollUpDirty(store)
      const { edges, attempts, activity } = await stateOf(store)
      expect({ edges, attempts, activity }).toEqual(modelOf(world))
      // The chain is known from its first hop on, so everything in it is the workload's.
      const lines = [...Object.keys(edges), ...Object.keys(activity)]
      expect(lines.filter((line) => !line.startsWith('workload '))).toEqual([])
      expect(lines.length).toBe(made.hops + 1)
    })
  })
