import { join } from 'node:path'
import { expect, it } from 'vitest'
import { deliver } from '../../lib/alert/deliver.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { AlertSink, FindingStore } from '../../lib/ports.ts'
import { AT, anomaly, scope } from '../finding/samples.ts'
import { Crash, dyingStore, withSqlFault } from './faults.ts'
import { findings, outbox } from './findings.ts'
import { itHolds } from './holds.ts'
import { temporaryFolder } from './places.ts'

const open = async (): Promise<{ store: FindingStore; close: () => void }> => {
  const store = openSqliteStore(':memory:')
  return { store, close: () => store.close() }
}

itHolds('Findings', 'a function of the set of events, told once', findings(open), 150)
itHolds('Outbox', 'everything is delivered, under one id, whoever dies', outbox(open), 150)

const NOW = AT + 300
const RUN = {
  anomalies: ['a', 'b', 'c'].map((subject) => anomaly({ subject, story: subject })),
  scope: scope(),
}
const SETTINGS = {
  routes: [
    { to: 'stdout', formats: ['json' as const], minimumSeverity: 'low' as const, decisions: false },
  ],
  storm: { most: 20, minutes: 10 },
}

/** Records a run and delivers it; what arrives is added to `sent`. */
async function work(store: FindingStore, sent: string[], now = NOW): Promise<void> {
  const sink: AlertSink = {
    send: async (_, messages) => {
      sent.push(...messages.map(({ id }) => id))
      return messages.map(() => null)
    },
  }
  await reconcile(store, RUN, now)
  await deliver(store, sink, SETTINGS, new Map(), now)
}

it('Outbox: around every port call, one at a time', async () => {
  for (const when of ['before', 'after'] as const)
    for (let at = 1; ; at++) {
      const { store, close } = await open()
      const sent: string[] = []
      const dying = dyingStore(store as never, at, when)
      try {
        await work(dying.store as unknown as FindingStore, sent)
        close()
        expect(at).toBeGreaterThan(6)
        break
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
      await work(store, sent, NOW + 3_600)
      expect(new Set(sent).size, `${when} call ${at}`).toBe(3)
      expect(sent.length).toBeLessThanOrEqual(6)
      expect(await store.due(1e12, 9)).toEqual([])
      close()
    }
})

it('Outbox: around every statement, a finding and what is told of it stand or fall together', async () => {
  const { store: whole, close } = await open()
  const statements = await withSqlFault(Number.POSITIVE_INFINITY, 'before', 'error', () =>
    work(whole, []),
  )
  close()
  expect(statements).toBeGreaterThan(10)
  for (let at = 1; at <= statements; at++)
    for (const when of ['before', 'after'] as const)
      for (const fault of ['error', 'death'] as const) {
        const path = join(temporaryFolder(), 'store.db')
        const first = openSqliteStore(path)
        const sent: string[] = []
        await withSqlFault(at, when, fault, () => work(first, sent))
        first.close()
        const second = openSqliteStore(path)
        await work(second, sent, NOW + 3_600)
        expect(new Set(sent).size, `${when} ${fault} ${at}`).toBe(3)
        expect(await second.due(1e12, 9)).toEqual([])
        second.close()
      }
})
