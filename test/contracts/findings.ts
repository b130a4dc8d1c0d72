import { describe, expect, it } from 'vitest'
import type { ApprovedEdge, Finding, Suppression } from '../../lib/finding/finding.ts'
import { DECISIONS_MAX, OWN_MOVES_MAX } from '../../lib/finding/history.ts'
import type { FindingChange, FindingStore, OutboxEntry } from '../../lib/ports.ts'
import { DEV, entry, finding, LEDGER } from '../finding/samples.ts'

const EDGE: ApprovedEdge = {
  principal: { kind: 'workload', id: 'dev-eks/sandbox/debug' },
  via: [DEV],
  role: LEDGER,
  owner: 'ana',
  reason: 'nightly export, agreed with finance',
  approvedAt: '2026-11-23T08:00:00Z',
  expires: null,
}
const SUPPRESSION: Suppression = {
  rule: 'denied-burst',
  subject: 'a subject',
  cluster: null,
  namespace: null,
  owner: 'ana',
  reason: 'a known broken job',
  at: '2026-11-23T08:00:00Z',
  expires: '2026-12-23T08:00:00Z',
}

function change(given: Partial<FindingChange> & { finding: Finding }): FindingChange {
  return { before: 0, tells: null, approves: [], revokes: [], suppresses: null, ...given }
}

const FIRST = finding()
const next = (of: Finding, title: string): Finding => ({ ...of, version: of.version + 1, title })
const many = (count: number): Finding[] =>
  Array.from({ length: count }, (_, index) => finding({ subject: `subject ${index}` }))
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

/** What every keeper of findings promises. `open` gives an empty one. */
export function findingsContract(
  name: string,
  open: () => Promise<{ store: FindingStore; close: () => void }>,
): void {
  async function withEmpty(body: (store: FindingStore) => Promise<void>): Promise<void> {
    const { store, close } = await open()
    try {
      await body(store)
    } finally {
      close()
    }
  }

  describe(`${name}: findings`, () => {
    it('has nothing at first', () =>
      withEmpty(async (store) => {
        expect(await store.findings([FIRST.id])).toEqual([])
        expect(await store.findings([])).toEqual([])
        expect(await store.findingsAfter('', 10)).toEqual([])
        expect(await store.baseline()).toEqual([])
        expect(await store.suppressions()).toEqual([])
        expect(await store.due(1e9, 10)).toEqual([])
        expect(await store.dead(10)).toEqual([])
      }))

    it('keeps them as they were, whatever stands in their texts', () =>
      withEmpty(async (store) => {
        const odd = { ...FIRST, title: 'a\u0000b\u202e\u{1f600} "\'' }
        expect(await store.putFindings([change({ finding: odd })])).toEqual([true])
        expect(await store.findings([odd.id])).toEqual([odd])
      }))

    it('keeps one with the longest history that there can be', () =>
      withEmpty(async (store) => {
        // What nothing makes shorter, as somebody would write it who wants a finding not to fit.
        let state = 1
        const noise = (length: number): string =>
          Array.from({ length }, () => {
            state = (state * 48_271) % 2_147_483_647
            return String.fromCharCode(0x4e00 + (state % 0x5000))
          }).join('')
        const last = FIRST.history[0]!
        const history = Array.from({ length: OWN_MOVES_MAX + 2 + DECISIONS_MAX }, (_, index) => ({
          ...last,
          id: `dec_${index}`,
          reason: noise(1_000),
          basis: { ...last.basis, networks: Array.from({ length: 50 }, () => noise(100)) },
        }))
        const long = { ...FIRST, history }
        expect(await store.putFindings([change({ finding: long, tells: entry() })])).toEqual([true])
        expect(await store.findings([FIRST.id])).toEqual([long])
        const second = { ...next(long, 'second'), history: [...history.slice(1), history[0]!] }
        expect(await store.putFindings([change({ finding: second, before: 1 })])).toEqual([true])
        expect(await store.findingsAfter('', 1)).toEqual([second])
      }))

    it('changes one only from the version it was made from', () =>
      withEmpty(async (store) => {
        await store.putFindings([change({ finding: FIRST })])
        expect(await store.putFindings([change({ finding: next(FIRST, 'twice') })])).toEqual([
          false,
        ])
        const second = next(FIRST, 'second')
        const changed = change({ finding: second, before: 1 })
        expect(await store.putFindings([changed])).toEqual([true])
        expect(await store.putFindings([changed])).toEqual([false])
        expect(await store.findings([FIRST.id])).toEqual([second])
        const unknown = finding({ subject: 'not there' })
        expect(await store.putFindings([change({ finding: unknown, before: 1 })])).toEqual([false])
      }))

    it('of two at once, lets one through', () =>
      withEmpty(async (store) => {
        await store.putFindings([change({ finding: FIRST })])
        const made = await Promise.all(
          ['one', 'other'].map((title) =>
            store.putFindings([
              change({ finding: next(FIRST, title), before: 1, tells: entry({ version: 2 }) }),
            ]),
          ),
        )
        expect(made.flat().filter(Boolean)).toHaveLength(1)
      }))

    it('gives all of them by id, page by page', () =>
      withEmpty(async (store) => {
        const all = many(23).sort(byId)
        await store.putFindings(all.map((one) => change({ finding: one })))
        const pages: Finding[] = []
        for (;;) {
          const page = await store.findingsAfter(pages.at(-1)?.id ?? '', 5)
          if (page.length === 0) break
          pages.push(...page)
        }
        expect(pages).toEqual(all)
        expect(await store.findingsAfter(all[3]!.id.slice(0, 10), 1)).toEqual([all[3]])
        expect((await store.findings(all.map(({ id }) => id))).sort(byId)).toEqual(all)
      }))

    it('changes all that belongs to a finding with it, or nothing', () =>
      withEmpty(async (store) => {
        const whole = { tells: entry(), approves: [EDGE], suppresses: SUPPRESSION }
        const wrong = change({ finding: next(FIRST, 'x'), before: 7, ...whole })
        expect(await store.putFindings([wrong])).toEqual([false])
        expect(await store.due(1e9, 10)).toEqual([])
        expect(await store.baseline()).toEqual([])
        expect(await store.suppressions()).toEqual([])
        expect(await store.putFindings([change({ finding: FIRST, ...whole })])).toEqual([true])
        expect(await store.due(1e9, 10)).toEqual([entry()])
        expect(await store.baseline()).toEqual([EDGE])
        expect(await store.suppressions()).toEqual([SUPPRESSION])
        const revoked = change({ finding: next(FIRST, 'x'), before: 1, revokes: [EDGE] })
        expect(await store.putFindings([revoked])).toEqual([true])
        expect(await store.baseline()).toEqual([])
      }))

    it('keeps a finding longer than an item may be', () =>
      withEmpty(async (store) => {
        // Digits of a number that no compression makes short.
        const noise = (seed: number): string => {
          let state = BigInt(seed + 1)
          return Array.from({ length: 20_000 }, () => {
            state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
            return state.toString(36)
          }).join('')
        }
        const long = {
          ...FIRST,
          history: FIRST.history.map((one) => ({ ...one, reason: noise(1) })),
        }
        const longer = { ...next(long, 'y'), normal: noise(2) }
        expect(await store.putFindings([change({ finding: long, tells: entry() })])).toEqual([true])
        expect(await store.findings([FIRST.id])).toEqual([long])
        expect(await store.putFindings([change({ finding: longer, before: 1 })])).toEqual([true])
        expect(await store.findings([FIRST.id])).toEqual([longer])
      }))
  })

  describe(`${name}: baseline`, () => {
    it('has each path once, in one order', () =>
      withEmpty(async (store) => {
        const other = { ...EDGE, via: [] }
        await store.putBaseline([other, EDGE], [])
        const before = await store.baseline()
        await store.putBaseline([{ ...EDGE, owner: 'ben' }], [])
        const after = await store.baseline()
        expect(before).toHaveLength(2)
        expect(after.map(({ owner }) => owner).sort()).toEqual(['ana', 'ben'])
        expect(after.map(({ via }) => via)).toEqual(before.map(({ via }) => via))
        await store.putBaseline([], [EDGE])
        expect(await store.baseline()).toEqual([other])
      }))
  })

  describe(`${name}: outbox`, () => {
    const tell = (subject: string, given: Partial<ReturnType<typeof entry>>): FindingChange => {
      const one = finding({ subject })
      return change({ finding: one, tells: entry({ finding: one.id, ...given }) })
    }

    it('gives what is due, the most severe first', () =>
      withEmpty(async (store) => {
        await store.putFindings([
          tell('a', { severity: 'low' }),
          tell('b', { severity: 'critical', nextAt: 150 }),
          tell('c', { severity: 'critical' }),
          tell('d', { severity: 'medium' }),
          tell('e', { severity: 'high' }),
        ])
        const severities = async (now: number, limit: number): Promise<string[]> =>
          (await store.due(now, limit)).map(({ severity }) => severity)
        expect(await severities(99, 10)).toEqual([])
        expect(await severities(100, 10)).toEqual(['critical', 'high', 'medium', 'low'])
        expect(await severities(150, 3)).toEqual(['critical', 'critical', 'high'])
        const page = async (after?: OutboxEntry): Promise<OutboxEntry[]> => {
          const some = await store.due(150, 2, after)
          return some.length === 0 ? [] : [...some, ...(await page(some.at(-1)))]
        }
        expect(await page()).toEqual(await store.due(150, 10))
      }))

    it('has one entry of each name: the newest', () =>
      withEmpty(async (store) => {
        await store.putFindings([change({ finding: FIRST, tells: entry() })])
        const worse = entry({ version: 2, severity: 'low' })
        const changed = change({ finding: next(FIRST, 'x'), before: 1, tells: worse })
        await store.putFindings([changed])
        expect(await store.due(1e9, 10)).toEqual([worse])
        expect(await store.settle([[entry(), null]])).toEqual([false])
        expect(await store.due(1e9, 10)).toEqual([worse])
      }))

    it('settles an entry that is as it was, once', () =>
      withEmpty(async (store) => {
        await store.putFindings([change({ finding: FIRST, tells: entry() })])
        const begun = entry({ attempts: 1, nextAt: 200 })
        expect(await store.settle([[entry(), begun]])).toEqual([true])
        expect(await store.settle([[entry(), begun]])).toEqual([false])
        expect(await store.due(150, 10)).toEqual([])
        expect(await store.due(200, 10)).toEqual([begun])
        expect(await store.settle([[begun, null]])).toEqual([true])
        expect(await store.settle([[begun, null]])).toEqual([false])
        expect(await store.due(1e9, 10)).toEqual([])
      }))

    it('shows the dead, until they are tried again or there is news', () =>
      withEmpty(async (store) => {
        await store.putFindings([change({ finding: FIRST, tells: entry() })])
        const dead = entry({ attempts: 3, isDead: true, error: 'no such topic' })
        expect(await store.settle([[entry(), dead]])).toEqual([true])
        expect(await store.due(1e9, 10)).toEqual([])
        expect(await store.dead(10)).toEqual([dead])
        expect(await store.settle([[dead, entry()]])).toEqual([true])
        expect(await store.dead(10)).toEqual([])
        expect(await store.settle([[entry(), dead]])).toEqual([true])
        const news = entry({ version: 2 })
        await store.putFindings([change({ finding: next(FIRST, 'x'), before: 1, tells: news })])
        expect(await store.dead(10)).toEqual([])
        expect(await store.due(1e9, 10)).toEqual([news])
      }))

    it('goes through more entries than fit a page', () =>
      withEmpty(async (store) => {
        const all = many(1_200)
        const tells = (index: number) =>
          entry({ finding: all[index]!.id, severity: 'low', nextAt: index < 1_100 ? 500 : 100 })
        await store.putFindings(
          all.map((one, index) => change({ finding: one, tells: tells(index) })),
        )
        expect(await store.due(100, 5_000)).toHaveLength(100)
        expect(await store.due(500, 5_000)).toHaveLength(1_200)
      }))

    it('allows so many messages to a place in a span of time', () =>
      withEmpty(async (store) => {
        expect(await store.allow('a', 7, 3, 5)).toBe(3)
        expect(await store.allow('a', 7, 3, 5)).toBe(2)
        expect(await store.allow('a', 7, 1, 5)).toBe(0)
        expect(await store.allow('b', 7, 1, 5)).toBe(1)
        expect(await store.allow('a', 8, 9, 5)).toBe(5)
        expect(await store.allow('a', 7, 1, 5)).toBe(0)
        const at = await Promise.all(Array.from({ length: 8 }, () => store.allow('c', 1, 1, 5)))
        expect(at.reduce((sum, one) => sum + one)).toBe(5)
      }))
  })
}
