import * as z from 'zod'
import { answerSearch } from '../../graph/answer-search.ts'
import { text } from '../query.ts'
import { always, route } from '../route.ts'

export const search = route({
  path: '/search',
  least: 'viewer',
  summary: 'what goes by anything that was typed or pasted',
  query: z.strictObject({
    q: text('key id, ARN, session, address, event id, ns/sa, account, or a part of a name'),
  }),
  answer: 'SearchResult',
  isWide: always,
  handle: async ({ store, asked, query: { q }, known }) => answerSearch(store, q, asked, known),
})
