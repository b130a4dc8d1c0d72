import * as z from 'zod'
import { route } from '../route.ts'

export const me = route({
  path: '/me',
  least: 'viewer',
  summary: 'who asks, and what they may do',
  query: z.strictObject({}),
  answer: 'Me',
  isPersonal: true,
  handle: async ({ caller }) => ({ kind: 'Me' as const, ...caller }),
})
