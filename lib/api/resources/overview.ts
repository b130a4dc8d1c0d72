import * as z from 'zod'
import { answerOverview } from '../../graph/answer-overview.ts'
import { WINDOW } from '../query.ts'
import { always, route } from '../route.ts'

export const overview = route({
  path: '/overview',
  least: 'viewer',
  summary: 'what is new, what was refused, the longest chains, and what flows where',
  query: z.strictObject({ ...WINDOW }),
  answer: 'Overview',
  isWide: always,
  handle: async ({ store, asked, known, reading }) =>
    answerOverview(store, asked, known, await reading.firsts()),
})
