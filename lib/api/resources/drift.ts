import * as z from 'zod'
import { CHECKS } from '../../drift/all.ts'
import { answerDrift } from '../../drift/answer-drift.ts'
import { driftDecisions } from '../../finding/drift-decisions.ts'
import { atTime, PAGING, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { always, route } from '../route.ts'

export const drift = route({
  path: '/drift',
  least: 'viewer',
  summary: 'what deviates in the declared state, with the fix',
  query: z.strictObject({
    check: z
      .enum(CHECKS.map(({ id }) => id))
      .optional()
      .describe('only this check'),
    at: atTime('the snapshot of then; without: the newest'),
    against: atTime('compare with the snapshot of then; without: the approved one'),
    ...WINDOW,
    ...PAGING,
  }),
  answer: 'DriftList',
  isWide: always,
  problems: ['no-snapshot'],
  handle: async ({ store, asked, query: { check, at, against }, known, config, now }) =>
    answered(
      await answerDrift(
        store,
        {
          ...asked,
          checks: check === undefined ? [] : [check],
          ...(at === undefined ? {} : { at }),
          ...(against === undefined ? {} : { against }),
        },
        known,
        config,
        driftDecisions(store, config?.suppressions, now),
      ),
    ),
})
