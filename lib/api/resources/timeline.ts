import * as z from 'zod'
import { answerTimeline } from '../../graph/answer-timeline.ts'
import { text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { always, given, route } from '../route.ts'

export const timeline = route({
  path: '/timeline',
  least: 'viewer',
  summary: 'how often roles were assumed and refused over time',
  query: z.strictObject({
    principal: text('namespace/serviceaccount, or the id of a principal').optional(),
    role: text('ARN or name of a role').optional(),
    ...WINDOW,
  }),
  answer: 'Timeline',
  isWide: always,
  problems: ['unknown-name'],
  handle: async ({ store, asked, query: { principal, role }, known }) =>
    answered(await answerTimeline(store, { ...asked, ...given({ principal, role }) }, known)),
})
