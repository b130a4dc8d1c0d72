import * as z from 'zod'
import { answerTrace } from '../../graph/answer-trace.ts'
import { PAGING, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { route } from '../route.ts'

export const sessions = route({
  path: '/sessions',
  least: 'viewer',
  summary: 'whose session it is, the chain that led to it, and what was issued from it',
  query: z.strictObject({
    q: text(
      'access key id, role id and session name, session name, event id, address, endpoint, ARN of a session',
    ),
    ...WINDOW,
    ...PAGING,
  }),
  answer: 'Chain',
  problems: ['unknown-name'],
  handle: async ({ store, asked, query, known }) =>
    answered(await answerTrace(store, { ...asked, text: query.q }, known)),
})
