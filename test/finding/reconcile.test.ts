import { afterEach, describe, expect, it } from 'vitest'
import type { DriftItem } from '../../lib/drift/answer-drift.ts'
import { decide, isRefusal } from '../../lib/finding/decide.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { fingerprint } from '../../lib/finding/fingerprint.ts'
import { type Reconciled, type Run, reconcile, type Scope } from '../../lib/finding/reconcile.ts'
import { timestamp } from '../../lib/graph/timestamp.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { AT, anomaly, scope } from './samples.ts'

const NOW = AT + 300
const DAY = 86_400
const REASON = 'agreed with the owner of the namespace'
const NOTHING = {
  found: 0,
  changed: 0,
  reopened: 0,
  withdrawn: 0,
  resolved: 0,
  unchanged: 0,
  told: 0,
}

let store = openSqliteStore(':memory:')
afterEach(() => {
  store.close()
  store = openSqliteStore(':memory:')
})

const run = (given: Partial<Run>, now = NOW): Promise<Reconciled> =>
  reconcile(store, { anomalies: [], scope: scope(), ...given }, now)
const all = (): Promise<Finding[]> => store.findingsAfter('', 100)
const only = async (): Promise<Finding> => {
  const [one, ...others] = await all()
  expect(others).toEqual([])
  return one!
}
const actions = ({ history }: Finding): string[] => history.map(({ action }) => action)
async function decided(...given: Parameters<typeof decide>): Promise<Finding> {
  const answer = await decide(...given)
  if (isRefusal(answer)) throw new Error(JSON.stringify(answer))
  return answer
}
const by = { by: 'ana', reason: REASON }
const SEEN = anomaly()

function drift(given: Partial<DriftItem> = {}, at = AT): DriftItem {
  return {
    id: 'fnd_00000000000000aa',
    rule: 'aud-missing',
    kind: 'drift',
    severity: 'high',
    status: 'open',
    title: 'the trust of app admits any audience',
    subject: 'arn:aws:iam::111122223333:role/app',
    declared: 'sub alone',
    observed: null,
    approved: null,
    evidence: [{ eventId: null, text: 'declared: sub alone' }],
    firstSeen: timestamp(at),
    lastSeen: timestamp(at),
    fix: { changes: [], commands: [] },
    ...given,
  } as DriftItem
}
const drifting = (items: DriftItem[], at = AT, given: Partial<Scope> = {}): Partial<Run> => ({
  deviations: items,
  scope: scope({ rules: ['aud-missing'], snapshotAt: at, ...given }),
})

describe('a run', () => {
  it('opens what is new, and tells it once however often it is repeated', async () => {
    expect(await run({ anomalies: [SEEN] })).toEqual({ ...NOTHING, found: 1, told: 1 })
    const first = await only()
    expect(first).toMatchObject({ status: 'open', version: 1, severity: 'critical', count: 2 })
    expect(first.id).toBe(fingerprint(SEEN.rule, SEEN.subject, SEEN.occurrence))
    expect(await run({ anomalies: [SEEN, SEEN] }, NOW + 60)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await only()).toEqual(first)
    expect(await store.due(1e10, 10)).toHaveLength(1)
  })

  it('does not depend on the order of what it is given', async () => {
    const other = anomaly({ lastSeen: AT + 90, severity: 'low' })
    await run({ anomalies: [SEEN, other] })
    const one = await only()
    const second = openSqliteStore(':memory:')
    await reconcile(second, { anomalies: [other, SEEN], scope: scope() }, NOW)
    expect(await second.findingsAfter('', 9)).toEqual([one])
    second.close()
  })

  it('tells again only what is worse', async () => {
    await run({ anomalies: [anomaly({ severity: 'medium' })] })
    await run({ anomalies: [anomaly({ severity: 'medium', count: 9, lastSeen: AT + 900 })] })
    expect(await only()).toMatchObject({ version: 2, count: 9 })
    expect((await store.due(1e10, 10)).map(({ version }) => version)).toEqual([1])
    await run({ anomalies: [anomaly({ severity: 'high', count: 9, lastSeen: AT + 900 })] })
    const worse = await only()
    expect(actions(worse)).toEqual(['found', 'found'])
    expect((await store.due(1e10, 10)).map(({ version }) => version)).toEqual([3])
  })

  it('withdraws what is not seen any more, visibly, and opens it again if it is', async () => {
    await run({ anomalies: [SEEN] })
    expect(await run({}, NOW + 60)).toEqual({ ...NOTHING, withdrawn: 1, told: 1 })
    expect(await only()).toMatchObject({ status: 'withdrawn', version: 2 })
    expect((await only()).history[1]!.reason).toMatch(/explains it/)
    expect(await run({}, NOW + 120)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await run({ anomalies: [SEEN] }, NOW + 180)).toEqual({
      ...NOTHING,
      reopened: 1,
      told: 1,
    })
    expect(actions(await only())).toEqual(['found', 'withdraw', 'reopen'])
  })

  it.each([
    ['its rule did not run', { rules: ['another-rule'] }],
    ['it begins before the window', { window: { from: AT + 1, to: AT + DAY } }],
    ['it ends after the window', { window: { from: AT - DAY, to: AT + 60 } }],
    ['something could not be looked at', { isComplete: false }],
    [
      'its rule could not look',
      { notLooked: [{ rule: 'new-account-reached', subject: 'x', reason: 'y' }] },
    ],
  ] satisfies [string, Partial<Scope>][])(
    'leaves alone what is not seen where %s',
    async (_, given) => {
      await run({ anomalies: [SEEN] })
      expect(await run({ scope: scope(given) })).toEqual({ ...NOTHING, unchanged: 1 })
    },
  )

  it('does not forget what lies before its window', async () => {
    await run({ anomalies: [anomaly({ count: 5 })] })
    const later = {
      anomalies: [anomaly({ count: 1, firstSeen: AT + 40 })],
      scope: scope({ window: { from: AT + 30, to: AT + DAY } }),
    }
    await run(later)
    expect(await only()).toMatchObject({ count: 5, firstSeen: timestamp(AT) })
  })
})

describe('an approval', () => {
  it('writes the path into the baseline, and holds while it is there', async () => {
    await run({ anomalies: [SEEN] })
    const { id } = await only()
    await decided(store, id, { action: 'approve', ...by, expires: NOW + 10 * DAY }, 1, NOW)
    expect(await store.baseline()).toMatchObject([
      { role: SEEN.role, via: SEEN.via, owner: 'ana', reason: REASON },
    ])
    // Detectors that know the baseline are silent about it.
    expect(await run({}, NOW + DAY)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await run({ anomalies: [SEEN] }, NOW + DAY)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await only()).toMatchObject({ status: 'approved', version: 2 })
  })

  it('ends with its time, whether it is seen or not', async () => {
    await run({ anomalies: [SEEN] })
    const { id } = await only()
    await decided(store, id, { action: 'approve', ...by, expires: NOW + DAY }, 1, NOW)
    const outside = scope({ window: { from: AT + DAY, to: AT + 2 * DAY } })
    expect(await run({ scope: outside }, NOW + DAY)).toEqual({ ...NOTHING, reopened: 1, told: 1 })
    expect(actions(await only())).toEqual(['found', 'approve', 'expire'])
  })

  it('ends when somebody takes the path out of the baseline', async () => {
    await run({ anomalies: [SEEN] })
    const { id } = await only()
    const { edge } = await decided(store, id, { action: 'approve', ...by }, 1, NOW)
    await store.putBaseline([], [edge!])
    expect(await run({ anomalies: [SEEN] }, NOW + 60)).toMatchObject({ reopened: 1, told: 1 })
  })

  it('does not cover more than what was approved', async () => {
    await run({ anomalies: [SEEN] })
    const { id } = await only()
    await decided(store, id, { action: 'approve', ...by }, 1, NOW)
    await run({ anomalies: [anomaly({ networks: ['198.51.100.7', '203.0.113.9'] })] }, NOW + 60)
    const again = await only()
    expect(again.status).toBe('open')
    expect(again.history.at(-1)!.reason).toContain('203.0.113.9')
  })

  it('taken back leaves the baseline', async () => {
    await run({ anomalies: [SEEN] })
    const { id } = await only()
    await decided(store, id, { action: 'approve', ...by }, 1, NOW)
    await decided(store, id, { action: 'reopen', ...by }, 2, NOW + 1)
    expect(await store.baseline()).toEqual([])
    expect(await run({ anomalies: [SEEN] }, NOW + 60)).toEqual({ ...NOTHING, unchanged: 1 })
  })

  it('of a baseline from elsewhere ends an open finding, and says why', async () => {
    await run({ anomalies: [SEEN] })
    const { edge } = await only()
    await store.putBaseline(
      [{ ...edge!, owner: 'ben', reason: REASON, approvedAt: timestamp(NOW), expires: null }],
      [],
    )
    await run({}, NOW + 60)
    expect((await only()).history.at(-1)).toMatchObject({
      to: 'withdrawn',
      reason: expect.stringContaining('by ben'),
    })
  })
})

describe('a suppression', () => {
  const suppress = async (given: object): Promise<Finding> => {
    await run({ anomalies: [SEEN] })
    return decided(store, (await only()).id, { action: 'suppress', ...by, ...given }, 1, NOW)
  }

  it('holds until it changes: worse, from elsewhere, or about something else', async () => {
    await suppress({})
    expect(
      await run({ anomalies: [anomaly({ count: 900, lastSeen: AT + 900 })] }, NOW + 60),
    ).toMatchObject({ changed: 1, told: 0 })
    expect(await only()).toMatchObject({ status: 'suppressed' })
    expect(
      await run({ anomalies: [anomaly({ networks: ['203.0.113.9'] })] }, NOW + 120),
    ).toMatchObject({ reopened: 1, told: 1 })
  })

  it('holds until so many more', async () => {
    await suppress({ until: { kind: 'count', count: 3 } })
    await run({ anomalies: [anomaly({ count: 4 })] }, NOW + 60)
    expect((await only()).status).toBe('suppressed')
    await run({ anomalies: [anomaly({ count: 5 })] }, NOW + 60)
    expect((await only()).status).toBe('open')
  })

  it('holds until a time', async () => {
    await suppress({ expires: NOW + DAY })
    await run({ anomalies: [anomaly({ networks: ['203.0.113.9'] })] }, NOW + DAY - 1)
    expect((await only()).status).toBe('suppressed')
    await run({ anomalies: [anomaly({ networks: ['203.0.113.9'] })] }, NOW + DAY)
    expect((await only()).status).toBe('open')
  })

  it('outlives that its finding is withdrawn for a while, and nobody hears of either', async () => {
    await suppress({})
    expect(await run({}, NOW + 60)).toEqual({ ...NOTHING, withdrawn: 1 })
    expect(await run({ anomalies: [SEEN] }, NOW + 120)).toMatchObject({ told: 0 })
    expect((await only()).status).toBe('suppressed')
    expect(await run({ anomalies: [SEEN] }, NOW + 180)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(
      await run({ anomalies: [anomaly({ networks: ['203.0.113.9'] })] }, NOW + 240),
    ).toMatchObject({ told: 1 })
  })

  it('of a subject covers what is found about it later, and ends with the finding that is reopened', async () => {
    await suppress({ scope: 'subject', expires: NOW + DAY })
    const later = anomaly({ occurrence: 'another hour' })
    expect(await run({ anomalies: [SEEN, later] }, NOW + 60)).toEqual({
      ...NOTHING,
      found: 1,
      unchanged: 1,
    })
    const other = (await all()).find(({ history }) => history[1]?.by === 'podtrail')!
    expect(other).toMatchObject({ status: 'suppressed' })
    await decided(store, other.id, { action: 'reopen', ...by }, other.version, NOW + 120)
    await run({ anomalies: [SEEN, later] }, NOW + 180)
    expect((await all()).map(({ status }) => status)).toEqual(['open', 'open'])
  })

  it('of a namespace covers its workloads in its cluster, and no others', async () => {
    await suppress({ scope: 'namespace', expires: NOW + DAY })
    const { principal } = SEEN
    const elsewhere = { ...principal!, cluster: 'prod-eks', id: 'prod-eks/sandbox/debug' }
    await run({
      anomalies: [
        anomaly({ subject: 'a', principal: { ...principal!, serviceAccount: 'other' } }),
        anomaly({ subject: 'b', principal: elsewhere }),
        anomaly({ subject: 'c', rule: 'another-rule' }),
      ],
    })
    const status = async (subject: string) =>
      (await all()).find((one) => one.subject === subject)!.status
    expect(await Promise.all(['a', 'b', 'c'].map(status))).toEqual(['suppressed', 'open', 'open'])
  })

  it('of the settings applies, ends, and cannot be ended elsewhere', async () => {
    const suppressions = [
      {
        rule: SEEN.rule,
        namespace: 'sandbox',
        owner: 'ana',
        reason: REASON,
        expires: timestamp(NOW + DAY),
      },
    ]
    await run({ anomalies: [SEEN], suppressions })
    const hidden = await only()
    expect(hidden).toMatchObject({ status: 'suppressed' })
    expect(await store.due(1e10, 9)).toEqual([])
    const refused = await decide(store, hidden.id, { action: 'reopen', ...by }, null, NOW)
    expect(refused).toMatchObject({ kind: 'NotAllowed', text: expect.stringContaining('settings') })
    expect(await run({ anomalies: [SEEN], suppressions }, NOW + 60)).toEqual({
      ...NOTHING,
      unchanged: 1,
    })
    expect(await run({ anomalies: [SEEN], suppressions: [] }, NOW + 60)).toMatchObject({
      reopened: 1,
      told: 1,
    })
  })
})

describe('a resolution', () => {
  it('holds for what was known then, and not for more', async () => {
    await run({ anomalies: [SEEN] })
    await decided(store, (await only()).id, { action: 'resolve', ...by }, 1, NOW)
    expect(await run({ anomalies: [SEEN] }, NOW + 60)).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await run({ anomalies: [anomaly({ count: 3 })] }, NOW + 60)).toMatchObject({
      reopened: 1,
      told: 1,
    })
  })
})

describe('drift', () => {
  it('has the ids of podtrail drift, and is resolved by what is declared', async () => {
    expect(await run(drifting([drift()]))).toEqual({ ...NOTHING, found: 1, told: 1 })
    expect(await only()).toMatchObject({ id: drift().id, kind: 'drift', declared: 'sub alone' })
    const later = drifting([drift({}, AT + DAY)], AT + DAY)
    await run(later, NOW + DAY)
    expect(await only()).toMatchObject({ firstSeen: timestamp(AT), lastSeen: timestamp(AT + DAY) })
    expect(await run(drifting([], AT + 2 * DAY), NOW + 2 * DAY)).toEqual({
      ...NOTHING,
      resolved: 1,
      told: 1,
    })
    expect((await only()).history.at(-1)).toMatchObject({ by: 'podtrail', action: 'resolve' })
    expect(
      await run(drifting([drift({}, AT + 3 * DAY)], AT + 3 * DAY), NOW + 3 * DAY),
    ).toMatchObject({ reopened: 1, told: 1 })
  })

  it('that somebody resolved is open again only if a later snapshot still has it', async () => {
    await run(drifting([drift()]))
    await decided(store, drift().id, { action: 'resolve', ...by }, 1, NOW)
    await run(drifting([drift()]), NOW + 60)
    expect((await only()).status).toBe('resolved')
    await run(drifting([drift({}, NOW + 120)], NOW + 120), NOW + 180)
    expect((await only()).status).toBe('open')
  })

  it('is not resolved where its check could not look', async () => {
    await run(drifting([drift()]))
    const notLooked = [{ rule: 'aud-missing', subject: 'account 1', reason: 'not read' }]
    expect(await run(drifting([], AT + DAY, { notLooked }))).toEqual({ ...NOTHING, unchanged: 1 })
    expect(await run({}, NOW + 60)).toEqual({ ...NOTHING, unchanged: 1 })
  })
})
