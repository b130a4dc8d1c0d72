import * as z from 'zod'
import { codesOf } from '../../lib/api/openapi.ts'
import { PROBLEMS } from '../../lib/api/problem.ts'
import type { Route } from '../../lib/api/route.ts'
import { ANSWERS, ProblemSchema } from '../../lib/api/schema/all.ts'

/** What is wrong with a response of a route, as it is described; null: nothing. */
export async function misfit(route: Route, response: Response): Promise<string | null> {
  const { status } = response
  const type = response.headers.get('content-type') ?? ''
  const text = await response.text()
  if (status === 304) return text === '' ? null : 'a 304 has a body'
  if (status === route.status) {
    if (route.answer === 'File') return type === 'application/zip' ? null : `it is ${type}`
    if (type !== 'application/json')
      return route.table !== null && /^(?:text\/csv|application\/x-ndjson)/.test(type)
        ? null
        : `it is ${type}`
    return complaint(ANSWERS[route.answer], text)
  }
  if (type !== 'application/problem+json') return `${status} is ${type}`
  const wrong = complaint(ProblemSchema, text)
  if (wrong !== null) return wrong
  const { code } = JSON.parse(text) as { code: keyof typeof PROBLEMS }
  if (code === 'failed') return 'it failed'
  if (!codesOf(route).includes(code)) return `${code} is not described`
  return PROBLEMS[code][0] === status ? null : `${code} came with ${status}`
}

function complaint(schema: z.ZodType, text: string): string | null {
  const parsed = schema.safeParse(JSON.parse(text))
  return parsed.success ? null : z.prettifyError(parsed.error)
}
