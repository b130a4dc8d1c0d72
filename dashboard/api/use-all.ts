import { useEffect, useState } from 'preact/hooks'
import { ApiError, apiUrl, get, type Query } from './client.ts'
import { type Asked, useAnswer } from './use-answer.ts'

interface Paged {
  readonly next: string | null
}

/** Rows of a page, and pages that are followed without being asked to. */
const PAGE = 100
const PAGES_MAX = 30

/** All pages of an answer as one, up to three thousand rows; `next` says whether there are more. */
export function useAll<Answer extends Paged>(
  path: string | null,
  query: Query = {},
): Asked<Answer> {
  const first = useAnswer<Answer>(path, { ...query, limit: PAGE })
  const [all, setAll] = useState<{ first: Answer; answer: Answer } | null>(null)
  const { answer, isStale } = first
  const asked = JSON.stringify(query)
  useEffect(() => {
    if (answer === null || isStale || path === null || answer.next === null) return
    const control = new AbortController()
    const follow = async (): Promise<void> => {
      let whole = answer
      for (let page = 1; page < PAGES_MAX && whole.next !== null; page++) {
        const url = apiUrl(path, {
          ...(JSON.parse(asked) as Query),
          limit: PAGE,
          cursor: whole.next,
        })
        whole = joined(whole, await get<Answer>(url, control.signal))
      }
      setAll({ first: answer, answer: whole })
    }
    follow().catch((error: unknown) => {
      // What is shown is then the part that came, and says that there is more.
      if (!control.signal.aborted && !(error instanceof ApiError)) throw error
    })
    return () => control.abort()
  }, [answer, isStale, path, asked])
  return { ...first, answer: all !== null && all.first === answer ? all.answer : answer }
}

/** Lists of both pages one after the other; the rest is that of the later one. */
function joined<Answer extends object>(before: Answer, after: Answer): Answer {
  const lists = Object.entries(after).map(([key, value]) => {
    const earlier = (before as Record<string, unknown>)[key]
    return [
      key,
      Array.isArray(value) && Array.isArray(earlier) && key !== 'notes'
        ? [...earlier, ...value]
        : value,
    ]
  })
  return Object.fromEntries(lists) as Answer
}
