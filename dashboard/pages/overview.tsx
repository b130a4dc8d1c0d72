import type { JSX } from 'preact'
import type { FindingList } from '../../lib/finding/answer-findings.ts'
import type { Flow, Overview } from '../../lib/graph/answer-overview.ts'
import type { Timeline as TimelineAnswer } from '../../lib/graph/answer-timeline.ts'
import { SEVERITIES } from '../../lib/rule.ts'
import { useAnswer } from '../api/use-answer.ts'
import { pageHref } from '../app/location.ts'
import { findingHref } from '../app/paths.ts'
import { useScope } from '../app/scope.ts'
import { FlowChart } from '../charts/flow.tsx'
import { flowPlaces } from '../charts/flow-places.ts'
import { Timeline } from '../charts/timeline.tsx'
import { Twin } from '../charts/twin.tsx'
import { Answered } from '../parts/asked.tsx'
import { attemptColumns, attemptKey } from '../parts/edge-columns.tsx'
import { Badge, SeverityMark } from '../parts/marks.tsx'
import { Path, ProofMark, Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'

/** What needs me, what is new, and can I trust the picture? */
export function OverviewPage(): JSX.Element {
  const { window, isReady } = useScope()
  const overview = useAnswer<Overview>(isReady ? '/overview' : null, window)
  const timeline = useAnswer<TimelineAnswer>(isReady ? '/timeline' : null, window)
  return (
    <>
      <h1 class="sr">Overview</h1>
      <div class="overview">
        <Attention />
        <Answered to={overview} what="Putting the overview together">
          {(answer) => <Fresh answer={answer} />}
        </Answered>
      </div>
      <Answered to={timeline}>{(answer) => <Timeline answer={answer} />}</Answered>
      <Answered to={overview}>
        {(answer) => (
          <>
            <Flows answer={answer} />
            <div class="two">
              <Panel title="Refused most often" note={counted(answer.total.refused, 'refusal')}>
                <Table
                  name="refused"
                  isSmall
                  caption="Refused most often"
                  rows={answer.refused.items.slice(0, 8)}
                  columns={attemptColumns('who')
                    .filter(({ id }) => ['who', 'error', 'count', 'last'].includes(id))
                    .toSpliced(1, 0, attemptColumns('role')[0]!)}
                  rowKey={attemptKey}
                  empty={<p class="dim">Nobody was refused in this time.</p>}
                />
              </Panel>
              <Panel title="Longest chains" note={counted(answer.chains.total, 'chain')}>
                <ul class="chains">
                  {answer.chains.items.slice(0, 8).map((edge) => (
                    <li key={`${edge.principal.id} ${edge.via.join(' ')} ${edge.role}`}>
                      <b class="hops">{edge.hop} hops</b>{' '}
                      <Path from={edge.principal} via={edge.via} to={edge.role} />{' '}
                      <span class="dim">{counted(edge.count, 'time')}</span>
                    </li>
                  ))}
                  {answer.chains.total === 0 && (
                    <li class="dim">Nobody went through several roles in this time.</li>
                  )}
                </ul>
              </Panel>
            </div>
          </>
        )}
      </Answered>
    </>
  )
}

const FINDINGS = 6

function Attention(): JSX.Element {
  const asked = useAnswer<FindingList>('/findings', { status: 'open', limit: FINDINGS })
  return (
    <Panel
      title="Needs you"
      actions={
        <a class="button" href={pageHref('/findings')}>
          All findings
        </a>
      }
    >
      <Answered to={asked}>
        {(answer) => (
          <>
            <p class="severities">
              {SEVERITIES.toReversed().map((severity) => {
                const count = answer.total.bySeverity[severity]
                return (
                  <a
                    key={severity}
                    class={count === 0 ? 'none' : ''}
                    href={pageHref('/findings', { severity })}
                  >
                    <b>{count}</b> <SeverityMark of={severity} />
                  </a>
                )
              })}
            </p>
            <ul class="attention">
              {answer.items.map((finding) => (
                <li key={finding.id} class={`edge-${finding.severity}`}>
                  <a href={findingHref(finding.id)}>
                    <span class="attention-title">
                      <Text>{finding.title}</Text>
                    </span>
                    <span class="dim">
                      <SeverityMark of={finding.severity} /> · <Text>{finding.subject}</Text> ·{' '}
                      <Time at={finding.lastSeen} seconds={false} />
                    </span>
                  </a>
                </li>
              ))}
            </ul>
            {answer.total.items > FINDINGS && (
              <p class="dim">
                and <a href={pageHref('/findings')}>{answer.total.items - FINDINGS} more</a>
              </p>
            )}
            {answer.total.items === 0 && (
              <Empty title="Nothing needs a decision" isTimed={false}>
                From here on, every new finding is a change.
              </Empty>
            )}
          </>
        )}
      </Answered>
    </Panel>
  )
}

function Fresh({ answer }: { answer: Overview }): JSX.Element {
  const { fresh, window, coverage } = answer
  const isWhole =
    coverage.firstEvent !== null && window.from !== null && window.from <= coverage.firstEvent
  return (
    <Panel
      title="New in this window"
      note={counted(fresh.total, 'new way', 'new ways')}
      actions={
        <a class="button" href={pageHref('/graph', { view: 'table', f: 'new:new' })}>
          All
        </a>
      }
    >
      <ul class="chains">
        {fresh.items.slice(0, 8).map((edge) => (
          <li key={`${edge.principal.id} ${edge.via.join(' ')} ${edge.role}`}>
            <Badge kind="new">NEW</Badge>{' '}
            <Path from={edge.principal} via={edge.via} to={edge.role} />
            <span class="dim">
              <Time at={edge.firstSeen} /> · {counted(edge.count, 'time')} ·{' '}
              <ProofMark of={edge.proof} />
            </span>
          </li>
        ))}
      </ul>
      {fresh.total === 0 && (
        <p class="dim">
          {isWhole
            ? 'This window goes back to the first event there is, so nothing can be told to be new. Take a shorter one.'
            : 'Nobody became a role in a way that was not there before.'}
        </p>
      )}
    </Panel>
  )
}

function Flows({ answer }: { answer: Overview }): JSX.Element {
  const flows = answer.flows.items
  const places = flowPlaces(flows)
  return (
    <Twin
      name="flows"
      title="Who reaches which account"
      note={
        <>
          {counted(answer.total.assumptions, 'assumption')} by{' '}
          {counted(answer.total.principals, 'principal')} ·{' '}
          <i class="stroke fresh" aria-hidden="true" /> into an account that is not the cluster’s
          own
        </>
      }
      picture={
        flows.length === 0 ? (
          <Empty title="No workload assumed a role in this time" />
        ) : (
          <FlowChart
            {...places}
            titles={['Cluster', 'Namespace', 'Account']}
            label="Flows from clusters through namespaces to accounts"
            href={(id) =>
              id.endsWith('#quiet')
                ? pageHref('/graph', { focus: id.slice(0, -'#quiet'.length) })
                : pageHref('/graph', { focus: id, sel: id })
            }
          />
        )
      }
      table={
        <Table<Flow>
          name="flow"
          caption="Flows"
          isSmall
          rows={answer.flows.items}
          rowKey={({ cluster, namespace, account }) => `${cluster} ${namespace} ${account}`}
          columns={[
            { id: 'cluster', title: 'Cluster', value: ({ cluster }) => cluster, isFacet: true },
            { id: 'ns', title: 'Namespace', value: ({ namespace }) => namespace, isFacet: true },
            {
              id: 'account',
              title: 'Account',
              value: ({ account }) => account,
              cell: ({ account, isOutside }) => (
                <>
                  {account} {isOutside && <Badge kind="ext">EXT</Badge>}
                </>
              ),
              isFacet: true,
            },
            {
              id: 'workloads',
              title: 'ServiceAccounts',
              value: ({ workloads }) => workloads,
              isNumber: true,
            },
            { id: 'count', title: 'Times', value: ({ count }) => count, isNumber: true },
          ]}
          empty={<Empty title="No workload assumed a role in this time" />}
        />
      }
    />
  )
}
