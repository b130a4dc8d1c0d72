import type { ComponentChildren, JSX } from 'preact'
import type { Problem } from '../api/client.ts'
import { keepToken } from '../api/token.ts'
import { hereWith, pageHref } from '../app/location.ts'
import { searchHref } from '../app/paths.ts'
import { useScope } from '../app/scope.ts'
import { visible } from './text.ts'

export function Loading({ what = 'Asking podtrail' }: { what?: string }): JSX.Element {
  return (
    <div class="state loading" role="status">
      <span class="bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {what} …
    </div>
  )
}

/** What would stand here, why it does not, and one thing to do. */
export function Empty({
  title,
  children,
  action,
  isTimed = true,
}: {
  title: string
  children?: ComponentChildren
  action?: ComponentChildren
  /** What would stand here depends on the window. */
  isTimed?: boolean
}): JSX.Element {
  const { coverage, window } = useScope()
  const isNarrow = isTimed && (window.from !== null || window.to !== null)
  return (
    <div class="state empty">
      <p class="title">{title}</p>
      {children !== undefined && <p>{children}</p>}
      {isTimed && coverage?.status === 'blind' && (
        <p class="warn-text">
          <span aria-hidden="true">⚠</span> podtrail saw nothing at all of this time: empty does not
          mean quiet. <a href={pageHref('/coverage')}>See coverage</a>
        </p>
      )}
      {isTimed && coverage?.status === 'partial' && (
        <p class="warn-text">
          <span aria-hidden="true">⚠</span> Part of this time was not seen.{' '}
          <a href={pageHref('/coverage')}>See what is missing</a>
        </p>
      )}
      <p class="actions">
        {action}
        {isNarrow && (
          <a class="button" href={hereWith({ from: null, to: null, since: 'all' })}>
            Look at all that is stored
          </a>
        )}
      </p>
    </div>
  )
}

/** Why there is no answer, and what next. */
export function Failed({ problem, retry }: { problem: Problem; retry: () => void }): JSX.Element {
  if (problem.status === 401) return <SignIn retry={retry} />
  const [title, next] = wordsFor(problem)
  return (
    <div class="state failed" role="alert">
      <p class="title">
        <span aria-hidden="true">✕</span> {title}
      </p>
      {next !== '' && <p>{next}</p>}
      {problem.suggestions.length > 0 && (
        <p>
          Did you mean{' '}
          {problem.suggestions.slice(0, 5).map((name, index) => (
            <span key={name}>
              {index > 0 && ', '}
              <a href={searchHref(name)}>{visible(name)}</a>
            </span>
          ))}
          ?
        </p>
      )}
      <p class="actions">
        <button type="button" onClick={retry}>
          Try again
        </button>
        {problem.status === 404 && (
          <a class="button" href={pageHref('/search')}>
            Search for something else
          </a>
        )}
      </p>
      {problem.status !== 0 && (
        <p class="dim small">
          HTTP {problem.status} {problem.code}
        </p>
      )}
    </div>
  )
}

function wordsFor({ status, code, title, detail }: Problem): readonly [string, string] {
  if (code === 'no-snapshot')
    return [
      'No snapshot of what is declared has been taken yet',
      'Trust policies, annotations and associations come from snapshots: run “podtrail snapshot”. What was observed is on the other pages.',
    ]
  switch (status) {
    case 0:
      return [
        title,
        `${detail} If it runs on this machine, start it again with “podtrail serve”; this page goes on by itself.`,
      ]
    case 403:
      return ['You may look, but not do this', detail]
    case 404:
      return [
        title === '' ? 'There is no such thing here' : title,
        detail === ''
          ? 'The name may be wrong, or it was not seen in any log that podtrail read.'
          : detail,
      ]
    case 409:
    case 412:
      return [
        'Somebody else changed this while you looked at it',
        'Load it again, and look at the history before you decide.',
      ]
    case 429:
      return ['Too many questions at once', 'Wait a few seconds.']
    default:
      return [title, detail]
  }
}

/** Local mode without its token: the printed address was opened without its end, or the server has a new one. */
function SignIn({ retry }: { retry: () => void }): JSX.Element {
  return (
    <form
      class="state failed"
      onSubmit={(event) => {
        event.preventDefault()
        const text = String(new FormData(event.currentTarget).get('token') ?? '').trim()
        keepToken(text.replace(/^.*#token=/, ''))
        retry()
        location.reload()
      }}
    >
      <p class="title">podtrail does not know you</p>
      <p>
        Open the address that <code>podtrail serve</code> printed, with everything behind the{' '}
        <code>#</code>, or paste it here. A server that was started again has a new token.
      </p>
      <p class="actions">
        <input
          name="token"
          type="password"
          autocomplete="off"
          aria-label="Token or address"
          placeholder="http://127.0.0.1:8787/#token=…"
          required
        />
        <button type="submit" class="primary">
          Go on
        </button>
      </p>
    </form>
  )
}
