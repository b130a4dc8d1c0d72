import type { JSX } from 'preact'
import type { Decision, Finding } from '../../lib/finding/finding.ts'
import { during, type Span } from '../app/during.ts'
import { sessionHref } from '../app/paths.ts'
import { Copy } from '../parts/copy.tsx'
import { Code, Diff } from '../parts/diff-view.tsx'
import { Mono, Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import type { Line } from '../parts/story.ts'
import { visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'

/** Events in their order; `isStory`: those that this finding itself rests on stand out. */
export function Evidence({
  lines,
  at,
  isStory,
}: {
  lines: readonly Line[]
  at: Span
  isStory: boolean
}): JSX.Element {
  return (
    <ol class={`evidence ${isStory ? 'of-story' : ''}`} id="evidence" tabIndex={-1}>
      {lines.map((line, index) => (
        <li key={index} class={line.isOwn ? 'own' : ''}>
          <span>
            {line.at !== null && <Time at={line.at} />}
            {isStory && <span class="rules">{line.rules.join(' · ')}</span>}
          </span>
          <span class="wrap">
            <Text>{line.text}</Text>
          </span>
          {line.events.map(({ eventId, account }) => (
            <span key={eventId} class="event">
              event{' '}
              <a href={during(sessionHref(eventId), at)}>
                <Mono>{eventId}</Mono>
              </a>
              {account !== null && <span class="dim"> in {visible(account)}</span>}
            </span>
          ))}
        </li>
      ))}
      {lines.length === 0 && <li class="dim">Facts keep only that there was such a call.</li>}
    </ol>
  )
}

/** Declared, observed, approved: three sources side by side, and what would make it right. */
export function DriftParts({
  finding,
}: {
  finding: Pick<Finding, 'declared' | 'observed' | 'approved' | 'fix'>
}): JSX.Element {
  const { declared, observed, approved, fix } = finding
  return (
    <>
      <Panel title="Declared, observed, approved">
        {declared !== null && approved !== null && declared !== approved ? (
          <>
            <Diff before={approved} after={declared} />
            <p>
              <b>Observed:</b> <Text>{observed ?? 'nothing is known'}</Text>
            </p>
          </>
        ) : (
          <dl class="facts">
            {Object.entries({ Declared: declared, Observed: observed, Approved: approved }).map(
              ([name, text]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd class="wrap">
                    {text === null ? (
                      <span class="dim">nothing is known</span>
                    ) : (
                      <Text>{text}</Text>
                    )}
                  </dd>
                </div>
              ),
            )}
          </dl>
        )}
      </Panel>
      {fix !== null && fix.commands.length > 0 && (
        <Panel
          title="How to make it right"
          actions={<Copy text={fix.commands.join('\n')} label="Copy commands" />}
        >
          <Code label="Commands">{fix.commands.join('\n')}</Code>
          <p class="dim small">
            Read them before you run them. podtrail changes nothing by itself.
          </p>
        </Panel>
      )}
    </>
  )
}

export function History({ decisions }: { decisions: readonly Decision[] }): JSX.Element {
  return (
    <ol class="history">
      {decisions.toReversed().map((decision) => (
        <li key={decision.id}>
          <Time at={decision.at} /> <b>{visible(decision.by)}</b> {decision.action}
          {decision.from !== null && decision.from !== decision.to && (
            <span class="dim">
              {' '}
              ({decision.from} → {decision.to})
            </span>
          )}
          {decision.reason !== '' && (
            <span class="wrap">
              {' '}
              “<Text>{decision.reason}</Text>”
            </span>
          )}
          {decision.ticket !== null && <span> · {visible(decision.ticket)}</span>}
          {decision.expires !== null && (
            <span class="dim">
              {' '}
              · until <Time at={decision.expires} seconds={false} />
            </span>
          )}
        </li>
      ))}
    </ol>
  )
}
