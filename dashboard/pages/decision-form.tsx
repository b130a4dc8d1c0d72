import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Decision, Finding, FindingStatus } from '../../lib/finding/finding.ts'
import type { Preview } from '../../lib/finding/preview.ts'
import { ApiError, type Problem, send } from '../api/client.ts'
import { announce } from '../app/announce.ts'
import { rfc3339 } from '../app/window.ts'
import { Path, Text } from '../parts/names.tsx'
import { counted, visible } from '../parts/text.ts'

export interface ActionChoice {
  readonly action: Decision['action']
  readonly words: string
  readonly key: string
  readonly from: readonly FindingStatus[]
  readonly least: 'responder' | 'reviewer'
  /** What it means. */
  readonly says: string
}

export const ACTIONS: readonly ActionChoice[] = [
  {
    action: 'approve',
    words: 'Approve…',
    key: 'a',
    from: ['open', 'suppressed'],
    least: 'reviewer',
    says: 'It is right. The way goes into the baseline, with you as its owner.',
  },
  {
    action: 'suppress',
    words: 'Suppress…',
    key: 's',
    from: ['open'],
    least: 'responder',
    says: 'Nobody wants to hear of it for now. That says nothing about whether it is right.',
  },
  {
    action: 'resolve',
    words: 'Resolve…',
    key: 'r',
    from: ['open', 'suppressed'],
    least: 'responder',
    says: 'Somebody dealt with it. It opens again if it happens again.',
  },
  {
    action: 'reopen',
    words: 'Reopen…',
    key: 'o',
    from: ['approved', 'suppressed', 'resolved'],
    least: 'responder',
    says: 'It needs a decision again.',
  },
  {
    action: 'comment',
    words: 'Comment…',
    key: 'c',
    from: ['open', 'approved', 'suppressed', 'resolved', 'withdrawn'],
    least: 'responder',
    says: 'A note in the history; nothing else changes.',
  },
]

const REASON_MIN = 10
const DAY = 86_400_000
const EXPIRES = [
  ['90', '90 days'],
  ['30', '30 days'],
  ['365', 'a year'],
  ['', 'never'],
] as const

type UntilKind = 'change' | 'date' | 'count'

/** One decision: what it means, why, and for how long. */
export function DecisionForm({
  finding,
  action,
  onClose,
  onDone,
}: {
  finding: Finding
  action: Decision['action']
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const choice = ACTIONS.find((one) => one.action === action)!
  const form = useRef<HTMLFormElement>(null)
  const [until, setUntil] = useState<UntilKind>('change')
  const [scope, setScope] = useState('finding')
  const [problem, setProblem] = useState<Problem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [preview, setPreview] = useState<Preview | null>(null)
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[name=reason]')?.focus()
    form.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  useEffect(() => {
    if (action !== 'suppress') return
    let isOver = false
    send<Preview>(`/findings/${encodeURIComponent(finding.id)}/previews`, { scope })
      .then((answer) => {
        if (!isOver) setPreview(answer)
      })
      .catch(() => {
        if (!isOver) setPreview(null)
      })
    return () => {
      isOver = true
    }
  }, [action, scope, finding.id])

  const submit = async (): Promise<void> => {
    const data = new FormData(form.current!)
    const text = (name: string) => String(data.get(name) ?? '').trim()
    setBusy(true)
    setProblem(null)
    try {
      await send<Finding>(
        `/findings/${encodeURIComponent(finding.id)}/decisions`,
        bodyOf(action, text, until, scope),
        {
          version: finding.version,
        },
      )
      announce(`${choice.words.replace('…', '')}: done`)
      onDone()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setProblem(error.problem)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      class="decision"
      ref={form}
      aria-label={choice.words.replace('…', '')}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
          event.currentTarget.requestSubmit()
      }}
    >
      <p>
        <b>{choice.words.replace('…', '')}.</b> {choice.says}
      </p>
      {action === 'approve' && (finding.principal !== null || finding.role !== null) && (
        <p>
          Approves: <Path from={finding.principal} via={finding.via} to={finding.role} />
        </p>
      )}
      {action === 'suppress' && (
        <>
          <fieldset>
            <legend>Until</legend>
            {(
              [
                ['change', 'something changes (the usual choice)'],
                ['date', 'a date'],
                ['count', 'it happens so many more times'],
              ] as const
            ).map(([value, words]) => (
              <label key={value} class="check">
                <input
                  type="radio"
                  name="until"
                  value={value}
                  checked={until === value}
                  onChange={() => setUntil(value)}
                />{' '}
                {words}
              </label>
            ))}
            {until === 'date' && (
              <label>
                Last day, UTC
                <input type="date" name="date" required min={rfc3339(Date.now()).slice(0, 10)} />
              </label>
            )}
            {until === 'count' && (
              <label>
                More times
                <input
                  type="number"
                  name="count"
                  min="1"
                  max="1000000"
                  defaultValue="10"
                  required
                />
              </label>
            )}
          </fieldset>
          <fieldset>
            <legend>What</legend>
            {(
              [
                ['finding', 'this finding'],
                ['subject', 'this rule for this subject'],
                ...(finding.principal?.namespace == null
                  ? []
                  : [['namespace', 'this rule in this namespace'] as const]),
              ] as const
            ).map(([value, words]) => (
              <label key={value} class="check">
                <input
                  type="radio"
                  name="scope"
                  value={value}
                  checked={scope === value}
                  onChange={() => setScope(value)}
                />{' '}
                {words}
              </label>
            ))}
            {scope !== 'finding' && until !== 'date' && (
              <p class="error-text" role="status">
                A wider suppression needs a date on which it ends.
              </p>
            )}
          </fieldset>
          {preview !== null && (
            <p class="notice" role="status">
              It would have hidden {preview.hidden.toLocaleString('en')} of{' '}
              {counted(preview.of, 'finding')} since {preview.since.slice(0, 10)}
              {preview.examples.length > 1 && (
                <>
                  :{' '}
                  <Text>
                    {preview.examples
                      .slice(0, 3)
                      .map(({ title }) => title)
                      .join('; ')}
                  </Text>
                </>
              )}
              .
            </p>
          )}
        </>
      )}
      <label>
        {action === 'comment' ? 'Comment' : 'Reason'}
        <textarea
          name="reason"
          rows={2}
          required
          minLength={action === 'comment' ? 1 : REASON_MIN}
          maxLength={1000}
          placeholder={
            action === 'comment'
              ? ''
              : `At least ${REASON_MIN} characters; the evidence export has it`
          }
        />
      </label>
      <div class="row">
        <label>
          Ticket, if there is one
          <input name="ticket" maxLength={200} autocomplete="off" />
        </label>
        {action === 'approve' && (
          <label>
            Expires after
            <select name="expires">
              {EXPIRES.map(([value, words]) => (
                <option key={words} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {problem !== null && <Refused problem={problem} onReload={onDone} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Deciding …' : choice.words.replace('…', '')} <kbd>⌘↵</kbd>
        </button>
        <button type="button" onClick={onClose}>
          Cancel <kbd>Esc</kbd>
        </button>
      </p>
    </form>
  )
}

function Refused({ problem, onReload }: { problem: Problem; onReload: () => void }): JSX.Element {
  const isStale = problem.status === 409 || problem.status === 412
  return (
    <p class="error-text" role="alert">
      <span aria-hidden="true">✕</span>{' '}
      {isStale
        ? 'Somebody else changed this finding meanwhile; nothing was decided. '
        : `${visible(problem.title)}. ${visible(problem.detail)} `}
      {isStale && (
        <button type="button" class="link" onClick={onReload}>
          Look at what changed
        </button>
      )}
    </p>
  )
}

function bodyOf(
  action: Decision['action'],
  text: (name: string) => string,
  until: UntilKind,
  scope: string,
): object {
  const days = text('expires')
  const expires =
    action === 'approve' && days !== ''
      ? rfc3339(Date.now() + Number(days) * DAY)
      : action === 'suppress' && until === 'date'
        ? `${text('date')}T23:59:59Z`
        : null
  return {
    action,
    reason: text('reason'),
    ...(text('ticket') === '' ? {} : { ticket: text('ticket') }),
    ...(expires === null ? {} : { expires }),
    ...(action !== 'suppress'
      ? {}
      : {
          scope,
          until:
            until === 'count' ? { kind: 'count', count: Number(text('count')) } : { kind: until },
        }),
  }
}
