import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { FindingDetail } from '../../lib/finding/answer-findings.ts'
import type { Decision, Finding } from '../../lib/finding/finding.ts'
import { useAnswer } from '../api/use-answer.ts'
import { onKeys } from '../app/keyboard.ts'
import { pageHref } from '../app/location.ts'
import {
  findingHref,
  principalHref,
  resourceHref,
  roleHref,
  searchHref,
  sessionHref,
} from '../app/paths.ts'
import { may, useScope } from '../app/scope.ts'
import { around } from '../app/window.ts'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { Code, Diff } from '../parts/diff-view.tsx'
import { evidenceOfFinding } from '../parts/evidence.ts'
import { SeverityMark, StatusMark } from '../parts/marks.tsx'
import { Mono, Path, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { counted, visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { ACTIONS, DecisionForm } from './decision-form.tsx'
import { graphIdOf } from './graph-id.ts'

/** One finding: what happened, why it matters, the evidence, and what to do about it. */
export function FindingView({ id, onDecided }: { id: string; onDecided: () => void }): JSX.Element {
  const asked = useAnswer<FindingDetail>(`/findings/${encodeURIComponent(id)}`)
  return (
    <article class="finding-view">
      <Answered to={asked} what="Fetching the finding">
        {(answer) => (
          <FindingBody
            key={answer.item.id}
            answer={answer}
            onDecided={() => {
              asked.reload()
              onDecided()
            }}
          />
        )}
      </Answered>
    </article>
  )
}

function FindingBody({
  answer,
  onDecided,
}: {
  answer: FindingDetail
  onDecided: () => void
}): JSX.Element {
  const { item, rule, related } = answer
  const { me, coverage } = useScope()
  const [action, setAction] = useState<Decision['action'] | null>(null)
  const possible = ACTIONS.filter(({ from, least }) => from.includes(item.status) && may(me, least))
  useEffect(
    () =>
      onKeys({
        ...Object.fromEntries(possible.map(({ key, action: one }) => [key, () => setAction(one)])),
        e: () => document.getElementById('evidence')?.focus(),
      }),
    // The keys follow what may be done.
    [item.status, me],
  )
  const { from, to } = around(item.firstSeen, item.lastSeen)
  const at = { since: null, from, to }
  const focus = graphIdOf(item)
  return (
    <>
      <PageHead
        kind={`${item.kind === 'anomaly' ? 'Something happened' : 'Declared state deviates'} · ${item.id}`}
        title={<Text>{item.title}</Text>}
        marks={
          <span class="marks">
            <SeverityMark of={item.severity} /> <StatusMark of={item.status} />
          </span>
        }
        detail={
          <>
            <Time at={item.firstSeen} />
            {item.lastSeen !== item.firstSeen && (
              <>
                {' → '}
                <Time at={item.lastSeen} />
              </>
            )}
            {' · '}
            {counted(item.count, 'time')}
            {item.networks.length > 0 && (
              <>
                {' · from '}
                {item.networks.slice(0, 3).map((network) => (
                  <a key={network} href={searchHref(network)}>
                    <Mono>{network}</Mono>{' '}
                  </a>
                ))}
              </>
            )}
          </>
        }
      />
      {(item.principal !== null || item.role !== null) && (
        <div class="chain-line">
          <Path from={item.principal} via={item.via} to={item.role} />
          <span class="chain-links">
            {focus !== null && (
              <a class="button" href={pageHref('/graph', { ...at, focus, sel: focus })}>
                See it in the graph
              </a>
            )}
          </span>
        </div>
      )}
      <fieldset class="decide" aria-label="Decide">
        {possible.map(({ action: one, words, key }) => (
          <button
            key={one}
            type="button"
            aria-keyshortcuts={key}
            aria-expanded={action === one}
            onClick={() => setAction(one)}
          >
            {words} <kbd>{key}</kbd>
          </button>
        ))}
        {possible.length === 0 && me !== null && (
          <span class="dim">You are {me.role}: deciding takes a responder or reviewer.</span>
        )}
        <Copy text={() => evidenceOfFinding(item, coverage, location.href)} label="Copy evidence" />
      </fieldset>
      {action !== null && (
        <DecisionForm
          key={action}
          finding={item}
          action={action}
          onClose={() => setAction(null)}
          onDone={() => {
            setAction(null)
            onDecided()
          }}
        />
      )}
      <div class="columns">
        <div>
          <Panel title="Why it fired">
            {rule !== null && (
              <p>
                <Prose>{rule.why}</Prose>
              </p>
            )}
            {item.normal !== null && (
              <p>
                <b>What is normal here:</b> <Text>{item.normal}</Text>
              </p>
            )}
            {rule !== null && (
              <p class="dim small">
                Rule <Mono>{rule.id}</Mono>, {rule.title}.{' '}
                {rule.attack.length > 0 && `ATT&CK ${rule.attack.join(', ')}.`}
              </p>
            )}
          </Panel>
          <Panel title="Evidence" id="evidence-panel" note={counted(item.evidence.length, 'line')}>
            <Evidence finding={item} />
          </Panel>
          {item.kind === 'drift' && <DriftParts finding={item} />}
        </div>
        <div>
          {rule !== null && rule.runbook.length > 0 && (
            <Panel title="What to do">
              <ol class="prose">
                {rule.runbook.map((step) => (
                  <li key={step}>
                    <Prose>{step}</Prose>
                  </li>
                ))}
              </ol>
            </Panel>
          )}
          <Panel title="Go on from here">
            <ul class="links">
              {item.principal !== null && (
                <li>
                  <a href={withTime(principalHref(item.principal), at)}>What else it did</a>
                </li>
              )}
              {item.role !== null && (
                <li>
                  <a href={withTime(roleHref(item.role), at)}>Who else becomes this role</a>
                </li>
              )}
              {resourcesIn(item).map((arn) => (
                <li key={arn}>
                  <a href={withTime(resourceHref(arn), at)}>
                    Who touched <Text>{arn}</Text>
                  </a>
                </li>
              ))}
              <li>
                <a href={pageHref('/coverage', at)}>What was seen of that time</a>
              </li>
            </ul>
          </Panel>
          {related.length > 0 && (
            <Panel title="Same story" note={counted(related.length, 'more finding')}>
              <ul class="related">
                {related.map((other) => (
                  <li key={other.id}>
                    <SeverityMark of={other.severity} />{' '}
                    <a href={findingHref(other.id)}>
                      <Text>{other.title}</Text>
                    </a>{' '}
                    <StatusMark of={other.status} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          {rule !== null && (
            <Panel title="What this rule cannot see">
              <p>
                <Prose>{rule.blindSpots}</Prose>
              </p>
            </Panel>
          )}
          <Panel title="History" note="append-only">
            <History decisions={item.history} />
          </Panel>
        </div>
      </div>
    </>
  )
}

/** Our own texts name fields between backticks. */
function Prose({ children }: { children: string }): JSX.Element {
  return (
    <>
      {children
        .split('`')
        .map((part, index) => (index % 2 === 1 ? <Mono key={index}>{part}</Mono> : part))}
    </>
  )
}

function withTime(href: string, { from, to }: { from: string; to: string }): string {
  const url = new URL(href, location.origin)
  url.searchParams.delete('since')
  url.searchParams.set('from', from)
  url.searchParams.set('to', to)
  return url.pathname + url.search
}

function Evidence({ finding }: { finding: Finding }): JSX.Element {
  return (
    <ol class="evidence" id="evidence" tabIndex={-1}>
      {finding.evidence.map(({ at, text, eventId, account }, index) => (
        <li key={index}>
          {at !== null && <Time at={at} />}
          <span class="wrap">
            <Text>{text}</Text>
          </span>
          {eventId !== null && (
            <span class="event">
              event{' '}
              <a href={sessionHref(eventId)}>
                <Mono>{eventId}</Mono>
              </a>
              {account !== null && <span class="dim"> in {visible(account)}</span>}
            </span>
          )}
        </li>
      ))}
      {finding.evidence.length === 0 && (
        <li class="dim">Facts keep only that there was such a call.</li>
      )}
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

function History({ decisions }: { decisions: readonly Decision[] }): JSX.Element {
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

/** Resources that the evidence names, each once. */
function resourcesIn({ evidence, title, subject }: Finding): string[] {
  const text = [title, subject, ...evidence.map((one) => one.text)].join(' ')
  const found = text.match(/\barn:aws[\w-]*:(?!iam:|sts:)[\w-]+:[\w-]*:\d{0,12}:[\w.:/-]+/g) ?? []
  return [...new Set(found.map((arn) => arn.replace(/[.:]+$/, '')))].slice(0, 4)
}
