import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { FindingDetail } from '../../lib/finding/answer-findings.ts'
import type { Decision } from '../../lib/finding/finding.ts'
import type { Preview } from '../../lib/finding/preview.ts'
import { send } from '../api/client.ts'
import { announce } from '../app/announce.ts'
import { rfc3339 } from '../app/window.ts'
import { Path, Text } from '../parts/names.tsx'
import { isSameWay } from '../parts/story.ts'
import { counted } from '../parts/text.ts'
import { ACTIONS, bodyOf, decideEach, type Refused, type UntilKind } from './decision.ts'
import { NotDecided } from './decision-refused.tsx'

const REASON_MIN = 10
const EXPIRES = [
  ['90', '90 days'],
  ['30', '30 days'],
  ['365', 'a year'],
  ['', 'never'],
] as const

/** One decision: what it means, why, and for how long; of one finding, or of each of its story. */
export function DecisionForm({
  answer: { item: finding, related, unlisted },
  action,
  onClose,
  onDone,
}: {
  answer: FindingDetail
  action: Decision['action']
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const choice = ACTIONS.find((one) => one.action === action)!
  const form = useRef<HTMLFormElement>(null)
  const [until, setUntil] = useState<UntilKind>('change')
  const [scope, setScope] = useState('finding')
  const [isWhole, setWhole] = useState(false)
  const [refused, setRefused] = useState<readonly Refused[]>([])
  const [isBusy, setBusy] = useState(false)
  const [preview, setPreview] = useState<Preview | null>(null)
  const whole = [finding, ...related].filter(({ status }) => choice.from.includes(status))
  const decided = isWhole ? whole : [finding]
  const ways = decided.filter(
    (one, index) =>
      (one.principal !== null || one.role !== null) &&
      decided.findIndex((other) => isSameWay(one, other)) === index,
  )
  // Before it is seen, so that the first key goes into it.
  useLayoutEffect(() => {
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
    setRefused([])
    try {
      const body = bodyOf(action, text, until, isWhole ? 'finding' : scope)
      const not = await decideEach(decided, body)
      setRefused(not)
      if (not.length > 0) return
      announce(`${choice.words.replace('…', '')}: ${counted(decided.length, 'finding')}`)
      onDone()
    } finally {
      setBusy(false)
    }
  }

  const isPartly = refused.length > 0 && refused.length < decided.length
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
      {whole.length > 1 && (
        <fieldset>
          <legend>Of what</legend>
          {[false, true].map((value) => (
            <label key={String(value)} class="check">
              <input
                type="radio"
                name="reach"
                checked={isWhole === value}
                onChange={() => setWhole(value)}
              />{' '}
              {value
                ? `the whole story: ${counted(whole.length, 'finding')}, each with this decision in its history`
                : 'this finding'}
            </label>
          ))}
          {isWhole && unlisted > 0 && (
            <p class="notice">{counted(unlisted, 'more finding')} of it stay as they are.</p>
          )}
        </fieldset>
      )}
      {action === 'approve' && ways.length > 0 && (
        <p>
          Approves:{' '}
          {ways.map((one) => (
            <span key={one.id} class="approves">
              <Path from={one.principal} via={one.via} to={one.role} />
            </span>
          ))}
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
          {!isWhole && (
            <>
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
      {refused.length > 0 && <NotDecided refused={refused} of={decided.length} onReload={onDone} />}
      <p class="actions">
        <button type="submit" class="primary" disabled={isBusy || isPartly}>
          {isBusy ? 'Deciding …' : choice.words.replace('…', '')} <kbd>⌘↵</kbd>
        </button>
        <button type="button" onClick={onClose}>
          Cancel <kbd>Esc</kbd>
        </button>
      </p>
    </form>
  )
}
