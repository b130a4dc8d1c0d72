import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answerFinding,
  answerFindings,
  type FindingList,
  type FindingsAsked,
} from '../../lib/finding/answer-findings.ts'
import { decide } from '../../lib/finding/decide.ts'
import { reconcile } from '../../lib/finding/reconcile.ts'
import { WrongCursor } from '../../lib/graph/answer.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { RULE } from '../alert/samples.ts'
import { AT, anomaly, DEBUG, LEDGER, scope } from './samples.ts'

const NOW = AT + 300
const store = openSqliteStore(':memory:')
const other = {
  ...DEBUG,
  cluster: 'prod-eks',
  namespace: 'payments',
  id: 'prod-eks/payments/debug',
}

beforeAll(async () => {
  const anomalies = [
    anomaly({ subject: 'a', severity: 'high', story: 's' }),
    anomaly({ subject: 'b', severity: 'critical', story: 's' }),
    anomaly({ subject: 'c', severity: 'low', rule: 'denied-burst', lastSeen: AT + 3_600 }),
    anomaly({ subject: 'd', severity: 'high', principal: other, networks: ['203.0.113.9'] }),
    anomaly({ subject: 'e', severity: 'critical', firstSeen: AT - 7_200, lastSeen: AT - 3_600 }),
  ]
  await reconcile(store, { anomalies, scope: scope() }, NOW)
  const [e] = (await store.findingsAfter('', 9)).filter(({ subject }) => subject === 'e')
  await decide(
    store,
    e!.id,
    { action: 'resolve', by: 'ana', reason: 'keys were rotated' },
    null,
    NOW,
  )
})
afterAll(() => store.close())

const ask = (given: Partial<FindingsAsked> = {}): Promise<FindingList> =>
  answerFindings(store, { limit: 0, ...given }, { accounts: [] })
const subjects = async (given: Partial<FindingsAsked>): Promise<string> =>
  (await ask(given)).items.map(({ subject }) => subject).join('')

describe('the list', () => {
  it('has open ones first, then the worst, then the latest', async () => {
    const list = await ask()
    expect(list.items.map(({ subject }) => subject).join('')).toMatch(/^b(ad|da)ce$/)
    expect(list).toMatchObject({
      kind: 'FindingList',
      total: {
        items: 5,
        worst: 'critical',
        byStatus: { open: 4, resolved: 1 },
        bySeverity: { critical: 2, high: 2, low: 1 },
      },
    })
  })

  it.each([
    [{ status: ['resolved'] }, 'e'],
    [{ status: ['approved'] }, ''],
    [{ severity: 'critical' }, 'be'],
    [{ rules: ['denied-burst', 'none'] }, 'c'],
    [{ kind: 'drift' }, ''],
    [{ namespaces: ['payments'] }, 'd'],
    [{ cluster: 'prod-eks' }, 'd'],
    [{ story: 's' }, 'ba'],
    [{ q: '203.0.113' }, 'd'],
    [{ q: 'PAYMENTS' }, 'd'],
    [{ from: AT + 100 }, 'c'],
    [{ to: AT }, 'e'],
  ] satisfies [Partial<FindingsAsked>, string][])('is limited by %j', async (given, expected) => {
    expect(await subjects(given)).toBe(expected)
  })

  it('goes on where a page ended', async () => {
    const pages: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page: FindingList = await ask({ limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      pages.push(...page.items.map(({ subject }) => subject))
      cursor = page.next
    }
    expect(pages.join('')).toBe(await subjects({}))
    const { next } = await ask({ limit: 2 })
    await expect(ask({ limit: 2, cursor: next!, severity: 'low' })).rejects.toThrow(WrongCursor)
  })
})

it('one finding comes with its rule and its story', async () => {
  const [b] = (await ask({ story: 's', severity: 'critical' })).items
  const detail = await answerFinding(store, b!.id.slice(0, 12), [RULE])
  expect(detail).toMatchObject({
    kind: 'FindingDetail',
    item: b,
    rule: RULE,
    related: [{ subject: 'a', role: LEDGER }],
  })
  expect(await answerFinding(store, b!.id, [])).toMatchObject({ rule: null })
  expect(await answerFinding(store, 'fnd_ffffff', [])).toMatchObject({ kind: 'Unknown' })
})
