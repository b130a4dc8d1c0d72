import * as z from 'zod'
import { route } from '../route.ts'

export const openapi = route({
  path: '/openapi.json',
  least: 'viewer',
  summary: 'this interface as an OpenAPI document',
  query: z.strictObject({}),
  answer: 'OpenApi',
  handle: async () => {
    // Describing answers takes longer than most of them, and few ask for it.
    const { openApi } = await import('../openapi.ts')
    return openApi()
  },
})
