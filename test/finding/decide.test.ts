import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DecisionAsked, decide, isRefusal } from '../../lib/finding/decide.ts'
import { findingNamed } from '../../lib/finding/find.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import { previewOf } from '../../lib/finding/preview.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { AT, anomaly, scope } from './samples.ts'

const NOW = AT + 300
const ASKED: DecisionAsked = { action: 'approve', by: 'ana', reason: 'agreed with the owner' }

let store = openSqliteStore(':memory:')
let finding: Finding
beforeEach(async () => {
  await reconcile(store, { anomalies: [anomaly()], scope: scope() }, NOW)
  finding = (await store.findingsAfter('', 1))[0]!
})
afterEach(() => {
  store.close()
  store = openSqliteStore(':memory:')
})
const stored = async (): Promise<Finding> => (await store.findings([finding.id]))[0]!

describe('a decision', () => {
  it('is signed, dated, and added to the history', async () => {
    const given = await decide(store, finding.id, { ...ASKED, ticket: 'SEC-1' }, 1, NOW)
    expect(given).toEqual(await stored())
    expect(given).toMatchObject({ status: 'approved', version: 2 })
    expect((given as Finding).history).toEqual([
      ...finding.history,
      expect.objectContaining({
        by: 'ana',
        action: 'approve',
        from: 'open',
        to: 'approved',
        ticket: 'SEC-1',
        at: '2026-11-23T02:19:07Z',
      }),
    ])
  })

  it('made again changes nothing, also with the version that was seen then', async () => {
    const first = await decide(store, finding.id, ASKED, 1, NOW)
    expect(await decide(store, finding.id, ASKED, 1, NOW + 9)).toEqual(first)
    expect(await decide(store, finding.id, ASKED, null, NOW + 9)).toEqual(first)
    expect(await decide(store, finding.id, ASKED, 2, NOW + 9)).toMatchObject({ kind: 'NotAllowed' })
    expect(await stored()).toEqual(first)
  })

  it('of two people at once counts once, and the other learns of whom', async () => {
    const answers = await Promise.all([
      decide(store, finding.id, ASKED, 1, NOW),
      decide(store, finding.id, { ...ASKED, action: 'resolve', by: 'ben' }, 1, NOW),
    ])
    const refused = answers.filter(isRefusal)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({
      kind: 'Conflict',
      text: expect.stringMatching(/last: \w+ by (ana|ben)/),
    })
    expect((await stored()).history).toHaveLength(2)
  })

  it('needs what whoever reads it later needs', async () => {
    const refused = async (given: Partial<DecisionAsked>): Promise<string> => {
      const answer = await decide(store, finding.id, { ...ASKED, ...given }, 1, NOW)
      return isRefusal(answer) && answer.kind === 'Incomplete'
        ? answer.field
        : JSON.stringify(answer)
    }
    expect(await refused({ reason: 'ok' })).toBe('reason')
    expect(await refused({ reason: '          ' })).toBe('reason')
    expect(await refused({ by: ' ' })).toBe('by')
    expect(await refused({ by: 'podtrail' })).toBe('by')
    expect(await refused({ ticket: '' })).toBe('ticket')
    expect(await refused({ expires: NOW })).toBe('expires')
    expect(await refused({ action: 'resolve', expires: NOW + 1 })).toBe('expires')
    expect(await refused({ until: { kind: 'change' } })).toBe('until')
    expect(await refused({ action: 'suppress', until: { kind: 'date' } })).toBe('expires')
    expect(await refused({ action: 'suppress', until: { kind: 'count', count: 0 } })).toBe('until')
    expect(await refused({ action: 'suppress', scope: 'namespace' })).toBe('expires')
    expect(await stored()).toEqual(finding)
  })

  it('is refused where the finding stands otherwise', async () => {
    expect(await decide(store, finding.id, { ...ASKED, action: 'reopen' }, 1, NOW)).toMatchObject({
      kind: 'NotAllowed',
    })
    await decide(store, finding.id, { ...ASKED, action: 'resolve' }, 1, NOW)
    expect(await decide(store, finding.id, ASKED, 2, NOW)).toMatchObject({ kind: 'NotAllowed' })
    expect(
      await decide(store, finding.id, { ...ASKED, action: 'comment', reason: 'x' }, 2, NOW),
    ).toMatchObject({ status: 'resolved', version: 3 })
  })

  it('is told to those who want to know, and does not hide what was not told yet', async () => {
    await decide(store, finding.id, ASKED, 1, NOW)
    await decide(store, finding.id, { ...ASKED, action: 'comment' }, 2, NOW)
    const entries = await store.due(1e10, 9)
    expect(entries.map(({ action, isDecision }) => [action, isDecision])).toEqual([
      ['found', false],
      ['approve', true],
    ])
  })
})

describe('an id', () => {
  it('is known by its beginning, if that is long enough and no other begins so', async () => {
    const { id } = finding
    for (const text of [id, id.slice(0, 10), id.slice(4, 10)])
      expect(await findingNamed(store, text)).toEqual(finding)
    for (const text of [id.slice(0, 9), 'fnd_', 'fnd_zzzzzzzz', `${id}0`, '', '../x'])
      expect(await findingNamed(store, text)).toMatchObject({ kind: 'Unknown', suggestions: [] })
  })

  it('that begins several is unknown, and they are named', async () => {
    const twin = {
      ...finding,
      id: `${finding.id.slice(0, 12)}${finding.id.endsWith('0') ? '1' : '0'}aaaaaaa`.slice(0, 20),
    }
    await store.putFindings([
      { finding: twin, before: 0, tells: null, approves: [], revokes: [], suppresses: null },
    ])
    const answer = await findingNamed(store, finding.id.slice(0, 11))
    expect(answer).toMatchObject({ kind: 'Unknown' })
    expect(answer.kind === 'Unknown' && [...answer.suggestions].sort()).toEqual(
      [finding.id, twin.id].sort(),
    )
  })
})

describe('a preview', () => {
  it('counts what a suppression would have hidden', async () => {
    const { principal } = finding
    await reconcile(
      store,
      {
        anomalies: [
          anomaly(),
          anomaly({ occurrence: '2' }),
          anomaly({ subject: 's', principal: { ...principal!, serviceAccount: 'x' } }),
          anomaly({ subject: 't', principal: null }),
          anomaly({ subject: 'old', firstSeen: AT - 80_000, lastSeen: AT - 70_000 }),
        ],
        scope: scope(),
      },
      NOW,
    )
    const since = '2026-11-23T00:00:00Z'
    const hidden = async (of: 'finding' | 'subject' | 'namespace') => {
      const given = await previewOf(store, finding.id, of, since)
      return given.kind === 'Preview' ? [given.hidden, given.of] : given
    }
    expect(await hidden('finding')).toEqual([1, 4])
    expect(await hidden('subject')).toEqual([2, 4])
    expect(await hidden('namespace')).toEqual([3, 4])
    expect(await previewOf(store, 'fnd_ffffffff', 'finding', since)).toMatchObject({
      kind: 'Unknown',
    })
  })
})
