import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Simulation } from '../../lib/review/answer-simulation.ts'
import type { RoleTrust, TrustStatement } from '../../lib/review/answer-trust.ts'
import { ApiError, apiUrl, type Problem, send } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { pageHref } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { edgeColumns, edgeKey } from '../parts/edge-columns.tsx'
import { Badge } from '../parts/marks.tsx'
import { Mono, Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import { Failed } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted, visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'

type Change = { readonly remove: number } | { readonly trust: unknown }

/** The declared trust, statement by statement, and what changing it would have refused. */
export function Trust({ arn }: { arn: string }): JSX.Element {
  const { window, isReady } = useScope()
  const asked = useAnswer<RoleTrust>(isReady ? '/roles/trust' : null, { role: arn, ...window })
  const [result, setResult] = useState<{ what: string; answer: Simulation } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const simulate = async (change: Change, what: string): Promise<void> => {
    setProblem(null)
    try {
      const path = apiUrl('/roles/simulations', window).slice('/api/v1'.length)
      setResult({ what, answer: await send<Simulation>(path, { role: arn, ...change }) })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setResult(null)
      setProblem(error.problem)
    }
  }
  return (
    <Panel title="What its trust admits">
      <Answered to={asked} what="Reading the trust">
        {(answer) => (
          <>
            <p class="dim">
              As declared in the snapshot of <Time at={answer.snapshot.at} />, beside who was seen
              in this window.
            </p>
            {answer.unreadable !== null && (
              <p class="notice warn">The trust cannot be read: {answer.unreadable}.</p>
            )}
            {answer.refusedToday.length > 0 && (
              <p class="notice warn">
                <span aria-hidden="true">⚠</span> {counted(answer.refusedToday.length, 'principal')}{' '}
                became it in this window and would be refused by what is declared now:{' '}
                <Text>{answer.refusedToday.map(({ who }) => who).join(', ')}</Text>
              </p>
            )}
            <ol class="statements">
              {answer.items.map((statement) => (
                <StatementView
                  key={statement.index}
                  statement={statement}
                  onRemove={() =>
                    void simulate(
                      { remove: statement.index },
                      `Without statement ${statement.index + 1}`,
                    )
                  }
                />
              ))}
            </ol>
            <details class="editor">
              <summary>Edit the trust, and see what it would have refused</summary>
              <Editor
                document={answer.document}
                onTry={(trust) => void simulate({ trust }, 'With the edited trust')}
              />
            </details>
            {problem !== null && <Failed problem={problem} retry={() => setProblem(null)} />}
            {result !== null && <Result what={result.what} answer={result.answer} />}
          </>
        )}
      </Answered>
    </Panel>
  )
}

function StatementView({
  statement,
  onRemove,
}: {
  statement: TrustStatement
  onRemove: () => void
}): JSX.Element {
  const { index, sid, effect, principals, negated, actions, conditions, usedBy } = statement
  const isWide =
    principals.some(({ value }) => value === '*' || value.endsWith(':root')) &&
    conditions.length === 0 &&
    effect === 'Allow'
  return (
    <li>
      <p>
        <b>Statement {index + 1}</b> {sid !== null && <Mono>{sid}</Mono>}{' '}
        {effect === 'Deny' ? (
          <Badge kind="plain">denies</Badge>
        ) : usedBy.length > 0 ? (
          <Badge kind="good">{`✓ used by ${usedBy.length}`}</Badge>
        ) : (
          <Badge kind="warn">✕ nobody seen</Badge>
        )}{' '}
        {isWide && <Badge kind="finding">wide</Badge>}
      </p>
      <dl class="facts tight">
        <div>
          <dt>{negated.principals ? 'All but' : effect === 'Allow' ? 'Lets in' : 'Keeps out'}</dt>
          <dd>
            {principals.map(({ type, value }) => (
              <span key={`${type} ${value}`} class="line wrap">
                <span class="dim">{type}</span> <Mono>{value}</Mono>
                {type === 'AWS' && value.endsWith(':root') && (
                  <span class="dim"> (any principal of the account that may)</span>
                )}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>{negated.actions ? 'For all but' : 'For'}</dt>
          <dd>{actions.map(visible).join(', ')}</dd>
        </div>
        <div>
          <dt>Only if</dt>
          <dd>
            {conditions.length === 0 && <span class="dim">no condition</span>}
            {conditions.map(({ operator, key, values }) => (
              <span key={`${operator} ${key}`} class="line wrap">
                <Mono>{key}</Mono> <span class="dim">{operator}</span>{' '}
                <Mono>{values.join(' or ')}</Mono>
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>Seen</dt>
          <dd>
            {usedBy.length === 0 && <span class="dim">nobody in this window</span>}
            {usedBy.slice(0, 6).map(({ who, count, lastSeen }) => (
              <span key={who} class="line">
                <Text>{who}</Text> <span class="dim">{counted(count, 'time')}, last</span>{' '}
                <Time at={lastSeen} seconds={false} />
              </span>
            ))}
            {usedBy.length > 6 && <span class="dim">and {usedBy.length - 6} more</span>}
          </dd>
        </div>
      </dl>
      <button type="button" onClick={onRemove}>
        What if it went?
      </button>
    </li>
  )
}

function Editor({
  document,
  onTry,
}: {
  document: unknown
  onTry: (trust: unknown) => void
}): JSX.Element {
  const [isWrong, setWrong] = useState(false)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        try {
          const trust: unknown = JSON.parse(String(new FormData(event.currentTarget).get('trust')))
          setWrong(false)
          onTry(trust)
        } catch {
          setWrong(true)
        }
      }}
    >
      <label>
        Trust policy
        <textarea
          name="trust"
          class="mono"
          rows={14}
          spellcheck={false}
          defaultValue={JSON.stringify(document, null, 2)}
          aria-invalid={isWrong}
        />
      </label>
      {isWrong && (
        <p class="error-text" role="alert">
          That is no JSON.
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary">
          What would it have refused?
        </button>
      </p>
    </form>
  )
}

function Result({ what, answer }: { what: string; answer: Simulation }): JSX.Element {
  const { wouldRefuse, stillAllowed, undecidable, window, coverage } = answer
  const times = wouldRefuse.reduce((sum, { count }) => sum + count, 0)
  return (
    <div class="result" role="status">
      <p>
        <b>{what}</b>: of what was seen from{' '}
        {window.from === null ? 'the start' : <Time at={window.from} seconds={false} />} to{' '}
        {window.to === null ? 'now' : <Time at={window.to} seconds={false} />} (
        <a href={pageHref('/coverage')}>coverage {coverage.status}</a>
        {coverage.gaps.length > 0 && `, ${counted(coverage.gaps.length, 'gap')}`}),{' '}
        <b class={wouldRefuse.length > 0 ? 'warn-text' : ''}>
          {counted(wouldRefuse.length, 'way')}
        </b>{' '}
        used {counted(times, 'time')} would have been refused; {counted(stillAllowed.length, 'way')}{' '}
        would still be allowed
        {undecidable.length > 0 && `; for ${undecidable.length} the records do not tell`}. That
        nobody was seen is no proof that nobody needs it.
      </p>
      {wouldRefuse.length > 0 && (
        <Table
          name="sim"
          isSmall
          caption="Would have been refused"
          rows={wouldRefuse}
          columns={edgeColumns('who')}
          rowKey={edgeKey}
          empty=""
        />
      )}
    </div>
  )
}
