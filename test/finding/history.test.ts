import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentOfAnomaly } from '../../lib/finding/content.ts'
import { type DecisionAsked, decide } from '../../lib/finding/decide.ts'
import { type Decision, type Finding, PODTRAIL } from '../../lib/finding/finding.ts'
import {
  COMMENTS_UNTIL,
  DECISIONS_MAX,
  decisionsOfPeople,
  folded,
  OWN_MOVES_MAX,
} from '../../lib/finding/history.ts'
import { type Standing, seen, unseen } from '../../lib/finding/step.ts'
import { told } from '../../lib/finding/tell.ts'
import { timestamp } from '../../lib/graph/timestamp.ts'
import { openSqliteStore } from '../../lib/local/sqlite-store.ts'
import { AT, anomaly, finding } from './samples.ts'

const CONTENT = contentOfAnomaly(anomaly())
const standing = (now: number): Standing => ({
  now: timestamp(now),
  baseline: new Map(),
  suppressions: [],
  from: timestamp(AT - 86_400),
  snapshotAt: null,
})
const isOwn = ({ by, action }: Decision): boolean => by === PODTRAIL && action !== 'fold'

/** A remark of somebody, as `decide` would add it. */
function remarked(before: Finding, now: number): Finding {
  const last = before.history.at(-1)!
  const remark: Decision = {
    ...last,
    id: `dec_remark_${now}`,
    at: timestamp(now),
    by: 'ana',
    action: 'comment',
    from: before.status,
    to: before.status,
    reason: `remark ${now}`,
  }
  return { ...before, version: before.version + 1, history: [...before.history, remark] }
}

/** How often each thing is known and not known any more, and where somebody remarks something. */
const lives = fc.array(fc.constantFrom('seen', 'unseen', 'remark'), { maxLength: 400 })

describe('a history', () => {
  it('has an end, keeps the first move, the newest, and all that people said, and counts the rest', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        let current = finding()
        let moves = 1
        let now = AT + 600
        for (const step of steps) {
          const before = current
          now += 60
          if (step === 'remark') current = remarked(before, now)
          else
            current =
              step === 'seen'
                ? seen(before, CONTENT, standing(now))
                : unseen(before, true, standing(now))
          if (step !== 'remark' && current !== before) moves++
          // Folding is no news; what brought it about is.
          if (current !== before)
            expect(told(before, current, now) !== null).toBe(step !== 'remark')
        }
        const { history } = current
        const own = history.filter(isOwn)
        const folds = history.filter(({ action }) => action === 'fold')
        expect(own.length).toBeLessThanOrEqual(1 + OWN_MOVES_MAX)
        expect(folds.length).toBe(moves > 1 + OWN_MOVES_MAX ? 1 : 0)
        expect(own.length + (folds[0]?.folds ?? 0)).toBe(moves)
        expect(history[0]).toMatchObject({ action: 'found', from: null })
        expect(decisionsOfPeople(history)).toBe(steps.filter((one) => one === 'remark').length)
        expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).sort())
        expect(new Set(history.map(({ id }) => id)).size).toBe(history.length)
        expect(folded(history)).toBe(history)
      }),
      { numRuns: 200 },
    )
  })

  it('says how many moves it does not show, and until when', () => {
    let current = finding()
    for (let round = 0; round < 60; round++) {
      current = unseen(current, true, standing(AT + 1_000 * round))
      current = seen(current, CONTENT, standing(AT + 1_000 * round + 500))
    }
    const fold = current.history[1]!
    expect(fold).toMatchObject({
      by: PODTRAIL,
      action: 'fold',
      folds: 80,
      reason: expect.stringMatching(/^80 moves of podtrail's own until then/),
    })
    expect(current).toMatchObject({ status: 'open', version: 121 })
    expect(current.history).toHaveLength(2 + OWN_MOVES_MAX)
  })

  it('does not grow by telling again and again who suppressed it', async () => {
    const store = openSqliteStore(':memory:')
    const first = finding()
    const change = { tells: null, approves: [], revokes: [], suppresses: null }
    await store.putFindings([{ finding: first, before: 0, ...change }])
    const asked = { action: 'suppress', by: 'ana', reason: 'a known broken job' } as const
    let current = (await decide(store, first.id, asked, 1, AT + 900)) as Finding
    store.close()
    for (let round = 1; round < 100; round++) {
      current = unseen(current, true, standing(AT + 1_000 * round))
      current = seen(current, CONTENT, standing(AT + 1_000 * round + 500))
    }
    expect(current.status).toBe('suppressed')
    expect(current.history.at(-1)!.reason).toBe('as before, by ana: a known broken job')
    expect(JSON.stringify(current).length).toBeLessThan(60_000)
  })
})

describe('decisions of people', () => {
  it('come to an end that is said, comments before the others', async () => {
    const store = openSqliteStore(':memory:')
    const first = finding()
    const change = { tells: null, approves: [], revokes: [], suppresses: null }
    await store.putFindings([{ finding: first, before: 0, ...change }])
    const decided = (asked: Pick<DecisionAsked, 'action'>, index: number) =>
      decide(store, first.id, { by: 'ana', reason: `because of ${index}`, ...asked }, null, AT)
    for (let index = 0; index < COMMENTS_UNTIL; index++)
      expect((await decided({ action: 'comment' }, index)).kind).toBe('anomaly')
    expect(await decided({ action: 'comment' }, -1)).toMatchObject({
      kind: 'NotAllowed',
      text: expect.stringContaining(`${COMMENTS_UNTIL} decisions of people stand in its history`),
    })
    for (let index = COMMENTS_UNTIL; index < DECISIONS_MAX; index++) {
      const action = index % 2 === 0 ? 'resolve' : 'reopen'
      expect((await decided({ action }, index)).kind).toBe('anomaly')
    }
    expect(await decided({ action: 'resolve' }, -1)).toMatchObject({ kind: 'NotAllowed' })
    const [stored] = await store.findings([first.id])
    expect(decisionsOfPeople(stored!.history)).toBe(DECISIONS_MAX)
    store.close()
  })
})
