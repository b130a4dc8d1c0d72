import type { JSX } from 'preact'
import { Text } from '../parts/names.tsx'
import { counted, visible } from '../parts/text.ts'
import { isStale, type Refused } from './decision.ts'

/** What was not decided, and why; what was decided beside it stays so. */
export function NotDecided({
  refused,
  of,
  onReload,
}: {
  refused: readonly Refused[]
  /** How many were to be decided. */
  of: number
  onReload: () => void
}): JSX.Element {
  const isOld = refused.some(({ problem }) => isStale(problem))
  return (
    <div class="error-text" role="alert">
      <p>
        <span aria-hidden="true">✕</span>{' '}
        {of === 1
          ? whyNot(refused[0]!)
          : refused.length === of
            ? `None of ${counted(of, 'finding')} was decided:`
            : `${counted(of - refused.length, 'finding was', 'findings were')} decided, ${refused.length} not:`}{' '}
        {(isOld || refused.length < of) && (
          <button type="button" class="link" onClick={onReload}>
            Look at what changed
          </button>
        )}
      </p>
      {of > 1 && (
        <ul>
          {refused.map((one) => (
            <li key={one.finding.id}>
              <Text>{one.finding.title}</Text>: {whyNot(one)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function whyNot({ problem }: Refused): string {
  return isStale(problem)
    ? 'Somebody else changed this finding meanwhile; nothing was decided.'
    : `${visible(problem.title)}. ${visible(problem.detail)}`
}
