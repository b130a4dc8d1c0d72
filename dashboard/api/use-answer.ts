import { useCallback, useEffect, useState } from 'preact/hooks'
import { ApiError, apiUrl, get, keptAnswer, type Problem, type Query } from './client.ts'

export interface Asked<Answer> {
  /** The last answer there was, also while the next one is on its way. */
  readonly answer: Answer | null
  readonly problem: Problem | null
  /** What is shown answers another question than the one asked. */
  readonly isStale: boolean
  readonly reload: () => void
}

/** Seconds between looks for something new; a look that finds nothing costs a 304. */
const EVERY = 30
const AFTER_CHANGE = 5

/** The answer to a question, kept fresh while the tab is looked at. `path` null: nothing is asked. */
export function useAnswer<Answer>(path: string | null, query: Query = {}): Asked<Answer> {
  const url = path === null ? null : apiUrl(path, query)
  const [shown, setShown] = useState<{ url: string; answer: Answer } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((n) => n + 1), [])

  useEffect(() => {
    if (url === null) return
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let before = keptAnswer<Answer>(url)
    if (before !== null) setShown({ url, answer: before })
    const look = async (): Promise<void> => {
      let wait = EVERY
      try {
        if (!document.hidden) {
          const answer = await get<Answer>(url, control.signal)
          if (answer !== before) {
            wait = before === null ? EVERY : AFTER_CHANGE
            before = answer
            setShown({ url, answer })
          }
          setProblem(null)
        }
      } catch (error) {
        if (control.signal.aborted) return
        if (!(error instanceof ApiError)) throw error
        setProblem(error.problem)
      }
      timer = setTimeout(look, wait * 1000)
    }
    const wake = (): void => {
      if (document.hidden) return
      clearTimeout(timer)
      void look()
    }
    setProblem(null)
    void look()
    document.addEventListener('visibilitychange', wake)
    return () => {
      control.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', wake)
    }
    // `round` asks the same question once more.
  }, [url, round])

  return {
    answer: shown === null || url === null ? null : shown.answer,
    problem: url === null ? null : problem,
    isStale: shown !== null && shown.url !== url,
    reload,
  }
}
