import { afterEach, describe, expect, it } from 'vitest'
import { type Delivery, deliver, revive } from '../../lib/alert/deliver.ts'
import type { AlertSettings } from '../../lib/alert/route.ts'
import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { decide } from '../../lib/finding/decide.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import type { FindingChange } from '../../lib/ports.ts'
import { AT, anomaly, entry, finding, scope } from '../finding/samples.ts'
import { Recorder } from './recorder.ts'
import { RULES } from './samples.ts'

const NOW = AT + 300
const [A, B] = ['arn:aws:sns:eu-west-1:111122223333:a', 'arn:aws:sns:eu-west-1:111122223333:b']
type Route = AlertSettings['routes'][number]

let store = openSqliteStore(':memory:')
let sink = new Recorder()
afterEach(() => {
  store.close()
  store = openSqliteStore(':memory:')
  sink = new Recorder()
})

const route = (given: Partial<Route> = {}): Route => ({
  to: A,
  formats: ['json'],
  minimumSeverity: 'low',
  decisions: false,
  ...given,
})
const settings = (...routes: Route[]): AlertSettings => ({
  routes,
  storm: { most: 20, minutes: 10 },
})
const find = (...anomalies: Anomaly[]): Promise<unknown> =>
  reconcile(store, { anomalies, scope: scope() }, NOW)
const send = (given: AlertSettings, now = NOW): Promise<Delivery> =>
  deliver(store, sink, given, RULES, now)
const apart = (subject: string, given: Partial<Anomaly> = {}): Anomaly =>
  anomaly({ subject, story: subject, ...given })

describe('delivery', () => {
  it('sends each finding once to each place and format', async () => {
    await find(apart('a'), apart('b', { severity: 'low' }))
    const both = settings(
      route({ formats: ['json', 'text'] }),
      route({ to: B, minimumSeverity: 'high' }),
    )
    expect(await send(both)).toMatchObject({ messages: 5, delivered: 2, unrouted: 0, retried: 0 })
    expect(
      sink.sent
        .map(({ to, message }) => [
          to,
          message.attributes['format'],
          message.attributes['severity'],
        ])
        .sort(),
    ).toEqual([
      [A, 'json', 'critical'],
      [A, 'json', 'low'],
      [A, 'text', 'critical'],
      [A, 'text', 'low'],
      [B, 'json', 'critical'],
    ])
    expect(await send(both, NOW + 1e6)).toMatchObject({ messages: 0, delivered: 0 })
  })

  it('sends once where two routes lead to one place', async () => {
    await find(apart('a'))
    expect(await send(settings(route(), route({ minimumSeverity: 'high' })))).toMatchObject({
      messages: 1,
    })
  })

  it('keeps everything where there is nobody to tell, and lets go what nobody wants', async () => {
    await find(apart('a'))
    expect(await send(settings())).toMatchObject({ delivered: 0, unrouted: 0 })
    expect(await store.due(NOW, 9)).toHaveLength(1)
    expect(await send(settings(route({ rules: ['another-rule'] })))).toMatchObject({
      messages: 0,
      unrouted: 1,
    })
    expect(await store.due(1e10, 9)).toEqual([])
  })

  it('tells decisions only where they are wanted', async () => {
    await find(apart('a'))
    const [one] = await store.findingsAfter('', 1)
    const given = settings(route(), route({ to: B, decisions: true }))
    await send(given)
    await decide(
      store,
      one!.id,
      { action: 'resolve', by: 'ana', reason: 'keys are rotated' },
      null,
      NOW,
    )
    await send(given)
    expect(sink.sent.map(({ to, message }) => [to, message.attributes['status']])).toEqual([
      [A, 'open'],
      [B, 'open'],
      [B, 'resolved'],
    ])
  })

  it('tells people of one story in one message, and machines of each finding', async () => {
    await find(anomaly(), anomaly({ subject: 'other', rule: 'new-chain', severity: 'high' }))
    expect(await send(settings(route({ formats: ['text', 'json'] })))).toMatchObject({
      messages: 3,
      delivered: 2,
    })
    const text = sink.sent.find(({ message }) => message.attributes['format'] === 'text')!.message
    expect(text.attributes['severity']).toBe('critical')
    expect(text.body).toContain('The same story:')
  })

  it('tries again later and later, and only where it did not arrive', async () => {
    await find(apart('a'))
    sink.failing = (to) => (to === B ? 'no such topic' : null)
    const both = settings(route(), route({ to: B }))
    expect(await send(both)).toMatchObject({
      messages: 1,
      retried: 1,
      errors: new Map([[`json ${B}`, 'no such topic']]),
    })
    expect(await send(both, NOW + 59)).toMatchObject({ messages: 0, retried: 0 })
    expect(await send(both, NOW + 60)).toMatchObject({ retried: 1 })
    expect(await send(both, NOW + 60 + 119)).toMatchObject({ retried: 0 })
    sink.failing = () => null
    expect(await send(both, NOW + 60 + 120)).toMatchObject({ messages: 1, delivered: 1 })
    expect(sink.ids(A)).toEqual(sink.ids(B))
  })

  it('gives up after a day, visibly, and not for ever', async () => {
    await find(apart('a'))
    sink.failing = () => 'no such topic'
    let now = NOW
    let died = 0
    for (let tries = 0; tries < 40 && died === 0; tries++, now += 3_600)
      died = (await send(settings(route()), now)).died
    expect(died).toBe(1)
    expect(now - NOW).toBeGreaterThan(86_400)
    expect(await store.dead(9)).toMatchObject([{ isDead: true, error: `json ${A}: no such topic` }])
    expect(await send(settings(route()), now + 1e6)).toMatchObject({ messages: 0, retried: 0 })
    sink.failing = () => null
    expect(await revive(store, now)).toBe(1)
    expect(await send(settings(route()), now)).toMatchObject({ delivered: 1 })
    expect(await store.dead(9)).toEqual([])
  })

  it('is not held up by a finding that cannot be written', async () => {
    const broken: Finding = { ...finding({ subject: 'broken' }), networks: null as never }
    const change = (one: Finding): FindingChange => ({
      finding: one,
      before: 0,
      tells: entry({ finding: one.id, story: one.subject }),
      approves: [],
      revokes: [],
      suppresses: null,
    })
    await store.putFindings([change(broken), change(finding({ subject: 'sound' }))])
    expect(await send(settings(route({ formats: ['text'] })))).toMatchObject({
      messages: 1,
      delivered: 1,
      retried: 1,
    })
  })

  it('stops at a place that cannot be reached, and goes on with the others', async () => {
    await find(...Array.from({ length: 450 }, (_, index) => apart(`${index}`, { severity: 'low' })))
    sink.failing = (to) => (to === A ? 'down' : null)
    expect(await send(settings(route(), route({ to: B })))).toMatchObject({
      messages: 450,
      retried: 450,
    })
    expect(sink.calls).toBe(6)
  })

  it('of two at once sends each finding once', async () => {
    await find(...Array.from({ length: 250 }, (_, index) => apart(`${index}`)))
    await Promise.all([send(settings(route())), send(settings(route())), send(settings(route()))])
    expect(sink.ids()).toHaveLength(250)
    expect(new Set(sink.ids()).size).toBe(250)
  })

  it('writes of a finding that changed meanwhile what it is now, under the id of what was to be told', async () => {
    await find(apart('a'))
    await find(apart('a', { count: 9 }))
    await send(settings(route()))
    const { message } = sink.sent[0]!
    expect(message.id).toMatch(/\.1$/)
    expect(JSON.parse(message.body).finding).toMatchObject({ version: 2, count: 9 })
  })
})

describe('a storm', () => {
  it('is told to people as a summary whose numbers add up, the critical ones first and by themselves', async () => {
    const total = 5_000
    const severities = ['low', 'medium', 'high'] as const
    await find(
      ...Array.from({ length: total }, (_, n) =>
        apart(`${n}`, {
          severity: n % 500 === 499 ? 'critical' : severities[n % 3]!,
          rule: `rule-${n % 13}`,
        }),
      ),
    )
    const both = settings(route({ formats: ['text'] }), route({ to: B }))
    const delivery = await send(both)
    expect(delivery).toMatchObject({ delivered: total, summaries: 1, retried: 0 })
    const texts = sink.sent.filter(({ to }) => to === A).map(({ message }) => message)
    expect(texts).toHaveLength(10 + 20 + 1)
    expect(
      texts.slice(0, 10).every(({ attributes }) => attributes['severity'] === 'critical'),
    ).toBe(true)
    const summary = texts.at(-1)!
    expect(summary.body).toContain(`${(total - 30).toLocaleString('en-US')} findings at once`)
    const counts = [...summary.body.matchAll(/([\d,]+) (?:low|medium|high|critical)\b/g)].slice(
      0,
      3,
    )
    expect(counts.reduce((sum, [, count]) => sum + Number(count!.replace(',', '')), 0)).toBe(
      total - 30,
    )
    expect(new Set(sink.ids(B)).size).toBe(total)
    expect(await store.due(1e10, 9)).toEqual([])
  })

  it('of critical ones has more room, and an end', async () => {
    await find(...Array.from({ length: 300 }, (_, n) => apart(`${n}`)))
    expect(await send(settings(route({ formats: ['text'] })))).toMatchObject({
      messages: 201,
      summaries: 1,
      delivered: 300,
    })
  })

  it('that cannot be told is told later', async () => {
    await find(...Array.from({ length: 300 }, (_, n) => apart(`${n}`, { severity: 'low' })))
    sink.failing = () => 'down'
    await send(settings(route({ formats: ['text'] })))
    expect(await store.due(NOW, 9)).not.toEqual([])
    sink.failing = () => null
    let delivered = 0
    for (let now = NOW; now < NOW + 3_600; now += 60)
      delivered += (await send(settings(route({ formats: ['text'] })), now)).delivered
    expect(delivered).toBe(300)
    expect(await store.due(1e10, 9)).toEqual([])
  })

  it('leaves room again in the next span of time', async () => {
    const few = { ...settings(route({ formats: ['text'] })), storm: { most: 2, minutes: 10 } }
    for (const [round, now] of [NOW, NOW + 1, NOW + 600].entries()) {
      const anomalies = ['a', 'b'].map((name) => apart(`${round} ${name}`, { severity: 'low' }))
      await reconcile(store, { anomalies, scope: scope({ isComplete: false }) }, NOW)
      await send(few, now)
    }
    const sums = sink.sent.filter(({ message }) => message.id.startsWith('sum_'))
    expect(sink.sent).toHaveLength(2 + 1 + 2)
    expect(sums).toHaveLength(1)
  })
})
