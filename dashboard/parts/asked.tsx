import type { ComponentChildren, JSX } from 'preact'
import type { Asked } from '../api/use-answer.ts'
import { Failed, Loading } from './states.tsx'

/** An answer, or what there is instead of it. An answer that was there stays while a newer one cannot be had. */
export function Answered<Answer>({
  to,
  what,
  children,
}: {
  to: Asked<Answer>
  what?: string
  children: (answer: Answer) => ComponentChildren
}): JSX.Element {
  const { answer, problem, isStale, reload } = to
  if (answer === null || (isStale && problem !== null))
    return problem === null ? (
      <Loading {...(what === undefined ? {} : { what })} />
    ) : (
      <Failed problem={problem} retry={reload} />
    )
  return (
    <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
      {problem !== null && (
        <p class="notice" role="status">
          <span aria-hidden="true">⚠</span> {problem.title}. This is the last answer there was.{' '}
          <button type="button" class="link" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      {children(answer)}
    </div>
  )
}
