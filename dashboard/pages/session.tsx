import type { JSX } from 'preact'
import type { Branch, Chain, ChainItem, Step } from '../../lib/graph/answer-trace.ts'
import { useAll } from '../api/use-all.ts'
import { go, pageHref, useHere } from '../app/location.ts'
import { principalHref, roleHref, searchHref, sessionHref } from '../app/paths.ts'
import { around } from '../app/window.ts'
import { Gantt } from '../charts/gantt.tsx'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { evidenceOfChain } from '../parts/evidence.ts'
import { Badge } from '../parts/marks.tsx'
import { Mono, PrincipalName, ProofMark, RoleName, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { counted, kindWords, principalName, shortRole, visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { principalNode } from './graph-id.ts'

const SHOWN = 10

/** Whose session is it: the chain that led to it, and what came from it. */
export function SessionPage(): JSX.Element {
  const { params } = useHere()
  const q = params.get('q') ?? ''
  const shown = Math.max(SHOWN, Number(params.get('n')) || SHOWN)
  // A key is asked about to find out when it was used: no window hides it.
  const asked = useAll<Chain>(q === '' ? null : '/sessions', { q })
  return (
    <>
      <PageHead
        kind="Session"
        title={q === '' ? 'Whose key, session, address or event is it?' : <Text>{q}</Text>}
      />
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault()
          const typed = String(new FormData(event.currentTarget).get('q') ?? '').trim()
          if (typed !== '') go(pageHref('/sessions', { q: typed }))
        }}
      >
        <input
          name="q"
          key={q}
          defaultValue={q}
          aria-label="Access key id, session, address or event id"
          placeholder="ASIA…, AROA…:session, a session’s name, an address, a VPC endpoint, an event id"
          autocomplete="off"
        />
        <button type="submit" class="primary">
          Who is it?
        </button>
      </form>
      {q === '' ? (
        <Empty title="Paste what you have" isTimed={false}>
          An access key id, the name or ARN of a session, an address, a VPC endpoint, or the id of
          an event.
        </Empty>
      ) : (
        <Answered to={asked} what="Following the keys">
          {(answer) => (
            <>
              {answer.subject.isCaller && (
                <p class="notice">
                  <span aria-hidden="true">ℹ</span> No record says who issued this key. Below are
                  the sessions that were issued with it.
                </p>
              )}
              {answer.total.items > 1 && (
                <p class="dim">
                  {counted(answer.total.items, 'session')} {answer.truncated && 'or more '}go by
                  this name, oldest first.
                </p>
              )}
              {answer.items.slice(0, shown).map((item) => (
                <ChainPanel
                  key={item.steps.map(({ eventId }) => eventId).join(' ')}
                  item={item}
                  answer={answer}
                  asked={q}
                />
              ))}
              {answer.items.length > shown && (
                <p class="actions">
                  <a
                    class="button"
                    href={pageHref('/sessions', { q, n: String(shown + 5 * SHOWN) })}
                  >
                    Show more
                  </a>
                </p>
              )}
              {answer.items.length === 0 && (
                <Empty title="No session goes by this name" isTimed={false} />
              )}
            </>
          )}
        </Answered>
      )}
    </>
  )
}

function ChainPanel({
  item,
  answer,
  asked,
}: {
  item: ChainItem
  answer: Chain
  asked: string
}): JSX.Element {
  const { principal, steps, start, children } = item
  const last = steps.at(-1)
  const title = [principalName(principal), ...steps.map(({ role }) => shortRole(role))]
    .map(visible)
    .join(' → ')
  const time = around(steps[0]?.issuedAt ?? '', last?.expiresAt ?? last?.issuedAt ?? '')
  const moved = [
    ...new Set(steps.map(({ sourceIp, vpcEndpoint }) => vpcEndpoint ?? sourceIp)),
  ].filter((one) => one !== null)
  return (
    <Panel
      title={title}
      kind="chain-panel"
      actions={
        <>
          <Copy
            text={() => evidenceOfChain(item, answer.coverage, location.href)}
            label="Copy evidence"
          />
          {last !== undefined && <Copy text={revokePolicy(last)} label="Copy revoke policy" />}
        </>
      }
    >
      {start !== 'known' && (
        <p class="notice warn">
          <span aria-hidden="true">⚠</span>{' '}
          {start === 'unknown'
            ? 'The first session was issued by something that is not in the logs.'
            : 'More than one session may have made the first call.'}
        </p>
      )}
      {moved.length > 1 && (
        <p class="notice warn">
          <span aria-hidden="true">⚠</span> The address changed on the way:{' '}
          {moved.map((one) => visible(one)).join(' → ')}
        </p>
      )}
      <ol class="steps">
        <li class="origin">
          <span class="hop">start</span>
          <div>
            <p class="step-title">
              <PrincipalName of={principal} /> <span class="dim">{kindWords(principal.kind)}</span>
            </p>
            <p class="links-row">
              <a href={principalHref(principal)}>What else it did</a>
              <a
                href={pageHref('/graph', {
                  since: null,
                  ...time,
                  focus: principalNode(principal),
                  sel: principalNode(principal),
                })}
              >
                What it can reach
              </a>
            </p>
          </div>
        </li>
        {steps.map((step, index) => (
          <li key={step.eventId} class={isAsked(step, asked) ? 'asked' : ''}>
            <span class="hop">hop {index + 1}</span>
            <StepView step={step} isAsked={isAsked(step, asked)} />
          </li>
        ))}
      </ol>
      <Gantt
        rows={steps.map((step, index) => ({
          label: `hop ${index + 1} ${shortRole(step.role)}`,
          from: step.issuedAt,
          to: step.expiresAt,
        }))}
      />
      {children.length > 0 && (
        <>
          <h3>Issued from it</h3>
          <Branches branches={children} />
        </>
      )}
      {item.truncated && <p class="dim">There are more steps than are shown.</p>}
    </Panel>
  )
}

function isAsked({ accessKeyId, session, eventId, events }: Step, asked: string): boolean {
  return (
    asked === accessKeyId ||
    asked === session ||
    asked === eventId ||
    events.some((one) => one.eventId === asked)
  )
}

function StepView({ step, isAsked }: { step: Step; isAsked: boolean }): JSX.Element {
  const {
    role,
    session,
    accessKeyId,
    action,
    issuedAt,
    expiresAt,
    sourceIp,
    vpcEndpoint,
    sourceKnown,
    userAgent,
    events,
    proof,
  } = step
  return (
    <div>
      <p class="step-title">
        <RoleName arn={role} /> <ProofMark of={proof} />{' '}
        {isAsked && <Badge kind="plain">what you asked for</Badge>}
        {sourceKnown === false && (
          <Badge kind="finding" title="The settings do not know this address as one of your own">
            ⚠ unknown address
          </Badge>
        )}
      </p>
      <dl class="facts tight">
        <div>
          <dt>Issued</dt>
          <dd>
            <Time at={issuedAt} />
            {expiresAt !== null && (
              <>
                {' → '}
                <Time at={expiresAt} />
              </>
            )}{' '}
            <span class="dim">by {action}</span>
          </dd>
        </div>
        <div>
          <dt>Key</dt>
          <dd>
            {accessKeyId === null ? (
              <span class="dim">not recorded</span>
            ) : (
              <a href={sessionHref(accessKeyId)}>
                <Mono>{accessKeyId}</Mono>
              </a>
            )}{' '}
            <span class="dim">session</span> <Text>{session}</Text>
          </dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>
            {[sourceIp, vpcEndpoint].map((network) =>
              network === null ? null : (
                <a key={network} href={searchHref(network)}>
                  <Mono>{network}</Mono>{' '}
                </a>
              ),
            )}
            <span class="dim wrap">
              <Text>{userAgent}</Text>
            </span>
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>
            {events.map(({ account, eventId }) => (
              <span key={`${account} ${eventId}`} class="event">
                <Mono>{eventId}</Mono> <span class="dim">in {account}</span>
              </span>
            ))}
          </dd>
        </div>
      </dl>
      <p class="links-row">
        <a href={roleHref(role)}>Who else becomes {visible(shortRole(role))}</a>
      </p>
    </div>
  )
}

function Branches({ branches }: { branches: readonly Branch[] }): JSX.Element {
  return (
    <ul class="branches">
      {branches.map((branch) => (
        <li key={branch.eventId}>
          <RoleName arn={branch.role} /> <Time at={branch.issuedAt} />{' '}
          <ProofMark of={branch.proof} />{' '}
          {branch.accessKeyId !== null && (
            <a href={sessionHref(branch.accessKeyId)}>
              <Mono>{branch.accessKeyId}</Mono>
            </a>
          )}
          {branch.children.length > 0 && <Branches branches={branch.children} />}
        </li>
      ))}
    </ul>
  )
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
function revokePolicy({ role, expiresAt, issuedAt }: Step): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': expiresAt ?? issuedAt } },
      },
    ],
  }
  return `# Inline policy AWSRevokeOlderSessions on ${visible(role)}: its sessions that were issued before then can do nothing any more.\n${JSON.stringify(policy, null, 2)}\n`
}
