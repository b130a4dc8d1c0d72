import * as z from 'zod'
import { answerAttempts } from '../../graph/answer-attempts.ts'
import { FORMAT, PAGING, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { given, namesNobody, route } from '../route.ts'
import { attemptsTable } from '../tables.ts'

export const attempts = route({
  path: '/attempts',
  least: 'viewer',
  summary: 'who tried to assume a role and did not get it',
  query: z.strictObject({
    role: text('ARN or name of a role').optional(),
    principal: text('namespace/serviceaccount, or the id of a principal').optional(),
    ...WINDOW,
    ...PAGING,
    ...FORMAT,
  }),
  answer: 'AttemptList',
  isWide: namesNobody,
  problems: ['unknown-name'],
  handle: async ({ store, asked, query: { role, principal }, known }) =>
    answered(await answerAttempts(store, { ...asked, ...given({ role, principal }) }, known)),
  table: attemptsTable,
})
