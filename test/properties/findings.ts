import fc from 'fast-check'
import { expect } from 'vitest'
import { deliver } from '../../lib/alert/deliver.ts'
import type { AlertSettings } from '../../lib/alert/route.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { decide } from '../../lib/finding/decide.ts'
import type { Finding, PersonAction } from '../../lib/finding/finding.ts'
import { fingerprint } from '../../lib/finding/fingerprint.ts'
import { pagesOf, reconcile } from '../../lib/finding/reconcile.ts'
import type { AlertMessage, AlertSink, FindingStore } from '../../lib/ports.ts'
import { AT, anomaly, scope } from '../finding/samples.ts'
import { Crash, intercept, type When } from './faults.ts'

/** Events are numbers. Each anomaly is shown by three of them, and explained away by a fourth, which may come late. */
const KINDS = 6
const EVENTS = KINDS * 4

type Events = ReadonlySet<number>

/** What a detector would say of a set of events: a function of the set alone. */
function detect(events: Events): Anomaly[] {
  return Array.from({ length: KINDS }, (_, kind) => kind).flatMap((kind) => {
    const shown = [0, 1, 2].filter((part) => events.has(kind * 4 + part))
    if (shown.length === 0 || events.has(kind * 4 + 3)) return []
    return [
      anomaly({
        subject: `subject ${kind}`,
        story: `story ${kind % 3}`,
        severity: shown.length === 3 ? 'critical' : 'medium',
        count: shown.length,
        firstSeen: AT + shown[0]!,
        lastSeen: AT + shown.at(-1)!,
        networks: shown.map((part) => `198.51.100.${part}`),
      }),
    ]
  })
}

const idOf = (kind: number): string => fingerprint('new-account-reached', `subject ${kind}`, '')

/** A store around whose next calls a worker dies, as often as these say. */
interface Faults {
  /** Calls until the next death, and around which side of the call. */
  readonly deaths: { at: number; when: When }[]
}

function faulty(store: FindingStore, sink: AlertSink, faults: Faults): [FindingStore, AlertSink] {
  let calls = 0
  const around = async (call: () => Promise<unknown>): Promise<unknown> => {
    const [next] = faults.deaths
    calls++
    if (next === undefined || calls < next.at) return call()
    faults.deaths.shift()
    calls = 0
    if (next.when === 'before') throw new Crash()
    await call()
    throw new Crash()
  }
  const wrapped = intercept(store as never, around) as unknown as FindingStore
  return [wrapped, { send: (to, messages) => around(() => sink.send(to, messages)) as never }]
}

/** Does it again and again until nobody dies on the way. */
async function persistently(work: () => Promise<unknown>): Promise<void> {
  for (;;)
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
}

const deaths = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 12 }),
    when: fc.constantFrom<When>('before', 'after'),
  }),
  { maxLength: 12 },
)
const arrivals = fc.array(
  fc.uniqueArray(fc.integer({ min: 0, max: EVENTS - 1 }), { maxLength: 8 }),
  { minLength: 1, maxLength: 6 },
)

async function all(store: FindingStore): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const page of pagesOf(store)) found.push(...page)
  return found
}

/** What a finding says, less how it came to be so. */
function content({ id, status, severity, count, firstSeen, lastSeen, networks }: Finding): object {
  return { id, status, severity, count, firstSeen, lastSeen, networks }
}

/** Findings are a function of the set of events: whatever came when, twice, or while workers died; and what is untrue is withdrawn. */
export const findings = (open: () => Promise<{ store: FindingStore; close: () => void }>) =>
  fc.asyncProperty(arrivals, deaths, async (batches, died) => {
    const { store, close } = await open()
    const clean = await open()
    try {
      const events = new Set<number>()
      const [work] = faulty(store, { send: async () => [] }, { deaths: [...died] })
      let now = AT
      for (const batch of [...batches, []]) {
        for (const event of batch) events.add(event)
        now += 60
        const run = { anomalies: detect(events), scope: scope() }
        await persistently(() => reconcile(work, run, now))
      }
      const last = { anomalies: detect(events), scope: scope() }
      await reconcile(clean.store, last, now)
      const expected = await all(clean.store)
      const found = await all(store)
      const current = found.filter(({ status }) => status === 'open')
      expect(current.map(content)).toEqual(expected.map(content))
      // Whatever else was ever found says that it is not so, and why.
      for (const { status, history } of found)
        if (status !== 'open')
          expect([status, history.at(-1)!.action]).toEqual(['withdrawn', 'withdraw'])
      const told = await store.due(1e12, 1_000)
      for (const entry of told) await store.settle([[entry, null]])
      await reconcile(store, last, now + 60)
      expect(await all(store)).toEqual(found)
      expect(await store.due(1e12, 1_000)).toEqual([])
    } finally {
      close()
      clean.close()
    }
  })

type Step =
  | { readonly kind: 'arrive'; readonly events: readonly number[] }
  | { readonly kind: 'decide'; readonly finding: number; readonly action: PersonAction }
  | { readonly kind: 'deliver'; readonly failing: readonly boolean[] }

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('arrive' as const),
      events: fc.uniqueArray(fc.integer({ min: 0, max: EVENTS - 1 }), { maxLength: 6 }),
    }),
    fc.record({
      kind: fc.constant('decide' as const),
      finding: fc.integer({ min: 0, max: KINDS - 1 }),
      action: fc.constantFrom<PersonAction>('approve', 'suppress', 'resolve', 'reopen'),
    }),
    fc.record({
      kind: fc.constant('deliver' as const),
      failing: fc.array(fc.boolean(), { maxLength: 6 }),
    }),
  ),
  { minLength: 1, maxLength: 12 },
) as fc.Arbitrary<Step[]>

const PLACES = ['arn:aws:sns:eu-west-1:111122223333:a', 'arn:aws:sns:eu-west-1:111122223333:b']
const SETTINGS: AlertSettings = {
  routes: PLACES.map((to, index) => ({
    to,
    formats: index === 0 ? ['json'] : ['json', 'text'],
    minimumSeverity: 'low',
    decisions: true,
  })),
  storm: { most: 1_000, minutes: 10 },
}

/** Every state that people are to be told of arrives everywhere or is visibly dead; what arrives twice has one id. */
export const outbox = (open: () => Promise<{ store: FindingStore; close: () => void }>) =>
  fc.asyncProperty(steps, deaths, async (given, died) => {
    const { store, close } = await open()
    try {
      const sent: { to: string; message: AlertMessage }[] = []
      let failing: readonly boolean[] = []
      let count = 0
      const sink: AlertSink = {
        send: async (to, messages) =>
          messages.map((message) => {
            if (failing[count++ % Math.max(1, failing.length)] === true) return 'no answer'
            sent.push({ to, message })
            return null
          }),
      }
      const faults: Faults = { deaths: [...died] }
      const [work, line] = faulty(store, sink, faults)
      const events = new Set<number>()
      let now = AT
      for (const step of given) {
        now += 600
        if (step.kind === 'arrive') {
          for (const event of step.events) events.add(event)
          await persistently(() =>
            reconcile(work, { anomalies: detect(events), scope: scope() }, now),
          )
        } else if (step.kind === 'decide') {
          const asked = { action: step.action, by: 'ana', reason: 'agreed with the owner' }
          await persistently(() => decide(work, idOf(step.finding), asked, null, now))
        } else {
          failing = step.failing
          await persistently(() => deliver(work, line, SETTINGS, new Map(), now))
        }
      }
      // From here on, nothing fails.
      failing = []
      faults.deaths.length = 0
      for (let round = 0; round < 4; round++) {
        now += 4_000
        await persistently(() => deliver(work, line, SETTINGS, new Map(), now))
      }
      expect(await store.due(1e12, 1_000)).toEqual([])
      expect(await store.dead(1_000)).toEqual([])
      const versions = new Map((await all(store)).map(({ id, version }) => [id, version]))
      const format = ({ message }: { message: AlertMessage }): string =>
        message.attributes['format']!
      for (const { to, message } of sent) {
        const [id, version] = message.id.split('.') as [string, string]
        expect(versions.has(id), `${to} ${message.id}`).toBe(true)
        expect(Number(version)).toBeLessThanOrEqual(versions.get(id)!)
      }
      // Nobody was told less than anybody else: to each place and format went the same findings.
      const told = (to: string, of: string): Set<string> =>
        new Set(
          sent
            .filter((one) => one.to === to && format(one) === of)
            .map(({ message }) => message.thread),
        )
      const ids = new Set(versions.keys())
      for (const to of PLACES) expect(told(to, 'json')).toEqual(ids)
      if (died.length === 0) {
        const keys = sent.map((one) => `${one.to} ${format(one)} ${one.message.id}`)
        expect(new Set(keys).size).toBe(keys.length)
      }
    } finally {
      close()
    }
  })
