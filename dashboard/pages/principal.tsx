import type { JSX } from 'preact'
import type { Timeline as TimelineAnswer } from '../../lib/graph/answer-timeline.ts'
import type { EdgeList } from '../../lib/graph/edge-list.ts'
import type { Principal } from '../../lib/model.ts'
import type { PolicyList } from '../../lib/review/least-privilege.ts'
import { apiUrl } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { useAnswer } from '../api/use-answer.ts'
import { hereWith, pageHref, useHere } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { Timeline } from '../charts/timeline.tsx'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { Code } from '../parts/diff-view.tsx'
import {
  attemptColumns,
  attemptKey,
  edgeColumns,
  edgeKey,
  touchColumns,
  touchKey,
} from '../parts/edge-columns.tsx'
import { Badge } from '../parts/marks.tsx'
import { Mono, RoleName, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { accountOf, counted, kindWords, principalName } from '../parts/text.ts'
import { FindingsAbout } from './findings-about.tsx'
import { principalNode } from './graph-id.ts'
import { MiniGraph } from './mini-graph.tsx'

/** What a principal did, could do, and was refused. */
export function PrincipalPage({ id }: { id: string }): JSX.Element {
  const { window, isReady } = useScope()
  const query = { principal: id, activity: true, failed: true, ...window }
  const asked = useAll<EdgeList>(isReady ? '/edges' : null, query)
  return (
    <Answered to={asked} what="Collecting what it did">
      {(answer) => <Body id={id} answer={answer} exportUrl={apiUrl('/edges', query)} />}
    </Answered>
  )
}

const TABS = [
  ['access', 'Access'],
  ['activity', 'What it did with the roles'],
  ['policy', 'Least privilege'],
] as const

function Body({
  id,
  answer,
  exportUrl,
}: {
  id: string
  answer: EdgeList
  exportUrl: string
}): JSX.Element {
  const { params } = useHere()
  const { window } = useScope()
  const timeline = useAnswer<TimelineAnswer>('/timeline', { principal: id, ...window })
  const tab = params.get('tab') ?? 'access'
  const activity = answer.activity ?? []
  const principal = principalIn(answer)
  const name = principal === null ? id : principalName(principal)
  const accounts = new Set(answer.items.map(({ role }) => accountOf(role)))
  const touchedDid = activity.filter(({ outcome }) => outcome === 'did')
  const touchedRefused = activity.filter(({ outcome }) => outcome !== 'did')
  return (
    <>
      <PageHead
        kind={principal === null ? 'Principal' : kindWords(principal.kind)}
        title={<Text>{name}</Text>}
        detail={
          principal?.kind === 'workload' ? (
            <>
              in cluster <b>{principal.cluster}</b>, namespace{' '}
              <a href={pageHref('/search', { ns: principal.namespace! })}>{principal.namespace}</a>
            </>
          ) : (
            <Mono>{id}</Mono>
          )
        }
        actions={
          <>
            {principal !== null && (
              <a
                class="button"
                href={pageHref('/graph', {
                  focus: principalNode(principal),
                  sel: principalNode(principal),
                })}
              >
                In the graph
              </a>
            )}
            {principal?.kind === 'workload' && (
              <a class="button" href={pageHref('/reviews', { namespace: principal.namespace! })}>
                Review its namespace
              </a>
            )}
          </>
        }
      />
      <ul class="tiles">
        <Tile count={answer.total.items} words="ways that it did go" outcome="did" />
        <Tile count={accounts.size} words="accounts reached" outcome="did" />
        <Tile count={answer.total.refused} words="ways refused" outcome="refused" />
        <Tile count={answer.total.activity ?? 0} words="kinds of calls with them" outcome="did" />
      </ul>
      <FindingsAbout q={name} />
      {principal !== null && <MiniGraph focus={principalNode(principal)} title="What it reaches" />}
      <Answered to={timeline}>
        {(one) => <Timeline answer={one} title="When it assumed roles" />}
      </Answered>
      <nav class="choice tabs" aria-label="Parts">
        {TABS.map(([value, words]) => (
          <a
            key={value}
            href={hereWith({
              tab: value === 'access' ? null : value,
              f: null,
              sort: null,
              filter: null,
            })}
            aria-current={tab === value ? 'true' : undefined}
          >
            {words}
          </a>
        ))}
      </nav>
      {tab === 'access' && (
        <>
          <Panel title="Did" kind="outcome-panel did" note="events show it">
            <Table
              caption={`Roles of ${name}`}
              rows={answer.items}
              columns={edgeColumns('role')}
              rowKey={edgeKey}
              exportUrl={exportUrl}
              empty={<Empty title="It assumed no role in this time" />}
            />
          </Panel>
          <Panel
            title="Was refused, or failed"
            kind="outcome-panel refused"
            note="tried, and did not get it"
          >
            <Table
              name="refused"
              isSmall
              caption="Refused"
              rows={[...answer.refused, ...(answer.failed ?? [])]}
              columns={attemptColumns('role')}
              rowKey={attemptKey}
              empty={<p class="dim">It was refused nothing in this time.</p>}
            />
          </Panel>
          {principal?.kind === 'workload' && (
            <p class="dim small">
              IRSA records name the ServiceAccount, not the pod: any pod of it that ran then may
              have been it. Pod Identity names the pod in the session’s name.
            </p>
          )}
        </>
      )}
      {tab === 'activity' && (
        <>
          <Panel title="Did" kind="outcome-panel did" note="events show it">
            <Table
              caption={`Calls of ${name}`}
              rows={touchedDid}
              columns={touchColumns('resource')}
              rowKey={touchKey}
              empty={<Empty title="It did nothing with its roles that was recorded" />}
            />
          </Panel>
          <Panel
            title="Was refused, or failed"
            kind="outcome-panel refused"
            note="tried, and did not get it"
          >
            <Table
              name="refused"
              isSmall
              caption="Refused calls"
              rows={touchedRefused}
              columns={touchColumns('resource')}
              rowKey={touchKey}
              empty={<p class="dim">No call of it was refused in this time.</p>}
            />
          </Panel>
        </>
      )}
      {tab === 'policy' && <Policies id={id} />}
    </>
  )
}

export function Tile({
  count,
  words,
  outcome,
}: {
  count: number
  words: string
  outcome: string
}): JSX.Element {
  return (
    <li class={`tile ${outcome} ${count === 0 ? 'none' : ''}`}>
      <b>{count.toLocaleString('en')}</b> {words}
    </li>
  )
}

function principalIn({ items, refused, failed, activity }: EdgeList): Principal | null {
  return [...items, ...refused, ...(failed ?? []), ...(activity ?? [])][0]?.principal ?? null
}

/** What is enough for what it was seen doing. */
function Policies({ id }: { id: string }): JSX.Element {
  const { window } = useScope()
  const asked = useAnswer<PolicyList>('/policy', { principal: id, ...window })
  return (
    <Answered to={asked} what="Working out what is enough">
      {(answer) => (
        <>
          {answer.items.map((item) => (
            <Panel
              key={item.role}
              title={`Enough for what it did as ${item.role.slice(item.role.lastIndexOf('/') + 1)}`}
              actions={
                item.policy !== null && (
                  <Copy text={JSON.stringify(item.policy, null, 2)} label="Copy policy" />
                )
              }
            >
              <p>
                <RoleName arn={item.role} /> · hop {item.hop} ·{' '}
                {counted(item.observed.length, 'kind of call', 'kinds of calls')}
                {item.withoutResource.length > 0 && (
                  <>
                    {' '}
                    <Badge kind="warn">{counted(item.withoutResource.length, 'action')}</Badge> on
                    every resource, since no record names one
                  </>
                )}
              </p>
              {item.policy === null ? (
                <p class="dim">It was seen doing nothing that needs a permission.</p>
              ) : (
                <Code label="Policy">{JSON.stringify(item.policy, null, 2)}</Code>
              )}
            </Panel>
          ))}
          {answer.items.length === 0 && <Empty title="It used no role in this time" />}
          {answer.cannotShow.length > 0 && (
            <Panel title="What CloudTrail cannot show">
              <ul class="prose">
                {answer.cannotShow.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </Panel>
          )}
        </>
      )}
    </Answered>
  )
}
