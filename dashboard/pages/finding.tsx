import type { JSX } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import type { FindingDetail } from '../../lib/finding/answer-findings.ts'
import type { Decision, Finding } from '../../lib/finding/finding.ts'
import { useAnswer } from '../api/use-answer.ts'
import { During, during } from '../app/during.ts'
import { onKeys } from '../app/keyboard.ts'
import { hereWith, pageHref, useHere } from '../app/location.ts'
import { principalHref, resourceHref, roleHref, searchHref } from '../app/paths.ts'
import { may, useScope } from '../app/scope.ts'
import { around } from '../app/window.ts'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { evidenceOfFinding } from '../parts/evidence.ts'
import { SeverityMark, StatusMark } from '../parts/marks.tsx'
import { Mono, Path, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Prose } from '../parts/prose.tsx'
import { evidenceIn, isSameWay, toldOf } from '../parts/story.ts'
import { counted } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { ACTIONS } from './decision.ts'
import { DecisionForm } from './decision-form.tsx'
import { DriftParts, Evidence, History } from './finding-parts.tsx'
import { graphIdOf } from './graph-id.ts'
import { StoryFindings, Touched } from './story-parts.tsx'

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
  const { item, rule, steps, related } = answer
  const { me, coverage } = useScope()
  const [action, setAction] = useState<Decision['action'] | null>(null)
  const possible = ACTIONS.filter(({ from, least }) => from.includes(item.status) && may(me, least))
  useLayoutEffect(
    () =>
      onKeys({
        ...Object.fromEntries(possible.map(({ key, action: one }) => [key, () => setAction(one)])),
        e: () => document.getElementById('evidence')?.focus(),
      }),
    // The keys follow what may be done.
    [item.status, me],
  )
  const at = around(item.firstSeen, item.lastSeen)
  const story = toldOf(item, related)
  const own = toldOf(item, [])
  const isStory = useHere().params.get('evidence') !== 'own' && related.length > 0
  const { lines } = isStory ? story : own
  const { farthest } = story
  const focus = graphIdOf(farthest)
  const whole = around(story.from, story.to)
  return (
    <During.Provider value={at}>
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
                  <a key={network} href={during(searchHref(network), at)}>
                    <Mono>{network}</Mono>{' '}
                  </a>
                ))}
              </>
            )}
          </>
        }
      />
      {(farthest.principal !== null || farthest.role !== null) && (
        <div class="chain-line">
          <Path from={farthest.principal} via={farthest.via} to={farthest.role} />
          <span class="chain-links">
            {focus !== null && (
              <a class="button" href={during(pageHref('/graph', { focus, sel: focus }), whole)}>
                See it in the graph
              </a>
            )}
          </span>
          {!isSameWay(farthest, item) && (
            <span class="dim small own-way">
              The whole story. This finding:{' '}
              <Path from={item.principal} via={item.via} to={item.role} />
            </span>
          )}
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
        <Copy
          text={() =>
            evidenceOfFinding({ ...item, evidence: evidenceIn({ lines }) }, coverage, location.href)
          }
          label="Copy evidence"
        />
      </fieldset>
      {action !== null && (
        <DecisionForm
          key={action}
          answer={answer}
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
          <Panel
            title="Evidence"
            id="evidence-panel"
            note={counted(lines.length, 'event')}
            actions={
              related.length > 0 && (
                <nav class="choice" aria-label="Evidence of">
                  <a
                    href={hereWith({ evidence: null })}
                    aria-current={isStory ? 'true' : undefined}
                  >
                    The whole story
                  </a>
                  <a
                    href={hereWith({ evidence: 'own' })}
                    aria-current={isStory ? undefined : 'true'}
                  >
                    This finding
                  </a>
                </nav>
              )
            }
          >
            <Evidence lines={lines} at={at} isStory={isStory} />
          </Panel>
          {item.kind === 'drift' && <DriftParts finding={item} />}
        </div>
        <div>
          <StoryFindings answer={answer} />
          {steps.length > 0 && (
            <Panel title="What to do">
              <ol class="prose">
                {steps.map((step) => (
                  <li key={step}>
                    <Prose>{step}</Prose>
                  </li>
                ))}
              </ol>
            </Panel>
          )}
          {item.principal !== null && <Touched by={item.principal} at={at} />}
          <Panel title="Go on from here">
            <ul class="links">
              {item.principal !== null && (
                <li>
                  <a href={during(principalHref(item.principal), at)}>What else it did</a>
                </li>
              )}
              {item.role !== null && (
                <li>
                  <a href={during(roleHref(item.role), at)}>Who else becomes this role</a>
                </li>
              )}
              {resourcesIn(item).map((arn) => (
                <li key={arn}>
                  <a href={during(resourceHref(arn), at)}>
                    Who touched <Text>{arn}</Text>
                  </a>
                </li>
              ))}
              <li>
                <a href={during(pageHref('/coverage'), at)}>What was seen of that time</a>
              </li>
            </ul>
          </Panel>
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
    </During.Provider>
  )
}

/** Resources that the evidence names, each once. */
function resourcesIn({ evidence, title, subject }: Finding): string[] {
  const text = [title, subject, ...evidence.map((one) => one.text)].join(' ')
  const found = text.match(/\barn:aws[\w-]*:(?!iam:|sts:)[\w-]+:[\w-]*:\d{0,12}:[\w.:/-]+/g) ?? []
  return [...new Set(found.map((arn) => arn.replace(/[.:]+$/, '')))].slice(0, 4)
}
