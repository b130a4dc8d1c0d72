import * as z from 'zod'
import { answerCoverage } from '../../graph/answer-coverage.ts'
import { WINDOW } from '../query.ts'
import { always, route } from '../route.ts'

export const coverage = route({
  path: '/coverage',
  least: 'viewer',
  summary: 'what was seen of each account and region, and where we are blind',
  query: z.strictObject({ ...WINDOW }),
  answer: 'CoverageList',
  isWide: always,
  handle: async ({ store, asked, known }) => answerCoverage(store, asked, known),
})
