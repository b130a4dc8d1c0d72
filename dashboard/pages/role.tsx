import type { JSX } from 'preact'
import type { Timeline as TimelineAnswer } from '../../lib/graph/answer-timeline.ts'
import type { EdgeList } from '../../lib/graph/edge-list.ts'
import { apiUrl } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { useAnswer } from '../api/use-answer.ts'
import { pageHref, useHere } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { Timeline } from '../charts/timeline.tsx'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { attemptColumns, attemptKey, edgeColumns, edgeKey } from '../parts/edge-columns.tsx'
import { Mono, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { accountOf, counted, shortRole } from '../parts/text.ts'
import { FindingsAbout } from './findings-about.tsx'
import { roleNode } from './graph-id.ts'
import { MiniGraph } from './mini-graph.tsx'
import { Tile } from './principal.tsx'
import { Tighten } from './tighten.tsx'
import { Trust } from './trust.tsx'

/** Who became this role, what its trust admits, and what a tighter one would break. */
export function RolePage(): JSX.Element {
  const arn = useHere().params.get('arn') ?? ''
  const { window, isReady } = useScope()
  const query = { role: arn, failed: true, ...window }
  const asked = useAll<EdgeList>(isReady && arn !== '' ? '/edges' : null, query)
  const timeline = useAnswer<TimelineAnswer>(isReady && arn !== '' ? '/timeline' : null, {
    role: arn,
    ...window,
  })
  if (arn === '')
    return (
      <Empty
        title="No role is named"
        action={
          <a class="button" href={pageHref('/search', { show: 'roles' })}>
            List all roles
          </a>
        }
      />
    )
  return (
    <>
      <PageHead
        kind="Role"
        title={<Text>{shortRole(arn)}</Text>}
        detail={
          <>
            <Mono>{arn}</Mono>
            {accountOf(arn) !== '' && (
              <>
                {' '}
                · account{' '}
                <a href={pageHref('/search', { show: 'roles', account: accountOf(arn) })}>
                  {accountOf(arn)}
                </a>
              </>
            )}
          </>
        }
        actions={
          <>
            <Copy text={arn} label="Copy ARN" />
            <a
              class="button"
              href={pageHref('/graph', { focus: roleNode(arn), sel: roleNode(arn) })}
            >
              In the graph
            </a>
          </>
        }
      />
      <Answered to={asked} what="Asking who became it">
        {(answer) => (
          <>
            <ul class="tiles">
              <Tile
                count={
                  new Set(answer.items.map(({ principal }) => `${principal.kind} ${principal.id}`))
                    .size
                }
                words="principals became it"
                outcome="did"
              />
              <Tile
                count={answer.items.filter(({ hop }) => hop > 1).length}
                words="ways through other roles"
                outcome="did"
              />
              <Tile count={answer.total.refused} words="ways refused" outcome="refused" />
            </ul>
            <FindingsAbout q={arn} />
            <Panel
              title="Who became it, directly or through others"
              kind="outcome-panel did"
              note={`did, ${counted(
                answer.items.reduce((sum, { count }) => sum + count, 0),
                'time',
              )}`}
            >
              <Table
                caption={`Who became ${shortRole(arn)}`}
                rows={answer.items}
                columns={edgeColumns('who')}
                rowKey={edgeKey}
                exportUrl={apiUrl('/edges', query)}
                empty={<Empty title="Nobody became it in this time" />}
              />
            </Panel>
            <Panel
              title="Who was refused, or failed"
              kind="outcome-panel refused"
              note="tried, and did not get it"
            >
              <Table
                name="refused"
                isSmall
                caption="Refused"
                rows={[...answer.refused, ...(answer.failed ?? [])]}
                columns={attemptColumns('who')}
                rowKey={attemptKey}
                empty={<p class="dim">Nobody was refused in this time.</p>}
              />
            </Panel>
          </>
        )}
      </Answered>
      <MiniGraph focus={roleNode(arn)} title="Ways through it" />
      {asked.problem === null && (
        <Answered to={timeline}>
          {(one) => <Timeline answer={one} title="When it was assumed" />}
        </Answered>
      )}
      <Trust arn={arn} />
      <Tighten arn={arn} />
    </>
  )
}
