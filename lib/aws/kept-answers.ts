import { randomUUID } from 'node:crypto'
import type { KeptAnswers } from '../ports.ts'
import { packed, unpacked } from './codec.ts'
import { KEPT, keptKey } from './keys.ts'
import type { Table } from './table.ts'

/** An item holds 400 KB; a longer answer is not kept, and asked for again. */
const ANSWER_MAX = 360_000

/**
 * Answers in the table, an item each. All are forgotten at once by a new generation, which is part of their keys; the table then
 * removes them. `maxAge`: seconds after which an answer no longer counts.
 */
export function keptInTable(table: Table, maxAge: number, now: () => number): KeptAnswers {
  let generation: Promise<string> | null = null
  const current = (): Promise<string> => {
    generation ??= table.get([KEPT]).then(([item]) => String(item?.['generation'] ?? ''))
    return generation
  }
  return {
    get: async (key) => {
      const [item] = await table.get([keptKey(await current(), key)])
      if (item === undefined || Number(item['at']) < now() - maxAge) return undefined
      return unpacked(item['value'] as Uint8Array)
    },
    put: async (key, answer) => {
      const value = packed(answer)
      if (value.length > ANSWER_MAX) return
      const at = now()
      await table.put([{ ...keptKey(await current(), key), value, at, expires: at + maxAge }])
    },
    clear: async () => {
      const next = randomUUID()
      await table.put([{ ...KEPT, generation: next }])
      generation = Promise.resolve(next)
    },
  }
}
