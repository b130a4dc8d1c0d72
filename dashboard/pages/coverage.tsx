import type { JSX } from 'preact'
import type { CoverageItem, CoverageList } from '../../lib/graph/answer-coverage.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useScope } from '../app/scope.ts'
import { HeatStrip } from '../charts/heat.tsx'
import { Answered } from '../parts/asked.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import type { Column } from '../parts/rows.ts'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted } from '../parts/text.ts'
import { span, Time, TimeRange } from '../parts/time.tsx'

const WORDS: Readonly<
  Record<CoverageItem['status'], readonly [glyph: string, word: string, why: string]>
> = {
  seen: ['●', 'seen', 'events, and no gap'],
  gap: ['◐', 'gap', 'silent for longer than is usual here'],
  silent: ['○', 'silent', 'nothing comes any more'],
  quiet: ['◌', 'quiet', 'so few events that a gap could not be told'],
  missing: ['✕', 'missing', 'in scope, and nothing was ever seen of it'],
}
const ORDER: readonly CoverageItem['status'][] = ['missing', 'silent', 'gap', 'quiet', 'seen']

/** Are we receiving events, and where are we blind? */
export function CoveragePage(): JSX.Element {
  const { window } = useScope()
  const asked = useAnswer<CoverageList>('/coverage', window)
  return (
    <>
      <PageHead
        kind="Coverage"
        title="What we saw, and where we are blind"
        detail="An answer is only as good as what was recorded. Empty does not mean quiet."
      />
      <Answered to={asked}>
        {(answer) => (
          <>
            <ul class="tiles">
              {ORDER.map((status) => {
                const [glyph, word, why] = WORDS[status]
                const count = answer.items.filter((item) => item.status === status).length
                return (
                  <li key={status} class={`tile cover-${status} ${count === 0 ? 'none' : ''}`}>
                    <b>{count}</b> <span aria-hidden="true">{glyph}</span> {word}
                    <span class="dim small">{why}</span>
                  </li>
                )
              })}
              <li class={`tile ${answer.quarantined === 0 ? 'none' : 'cover-gap'}`}>
                <b>{answer.quarantined.toLocaleString('en')}</b> quarantined
                <span class="dim small">records and files that could not be read</span>
              </li>
            </ul>
            <Panel
              title="Sources"
              note={counted(answer.items.length, 'account and region', 'accounts and regions')}
            >
              <Table
                caption="Sources"
                rows={answer.items}
                columns={columnsFor(answer)}
                rowKey={({ account, region }) => `${account} ${region}`}
                empty={
                  <Empty title="No events are stored yet">
                    Read log files with <code>podtrail ingest PATH</code>, or have them delivered;
                    this page turns green by itself.
                  </Empty>
                }
              />
            </Panel>
            <Panel title="What cannot be seen, by design">
              <ul class="prose">
                <li>
                  IRSA records name the ServiceAccount and not the pod. Pod Identity names the pod.
                </li>
                <li>
                  Calls on objects in S3 and items in DynamoDB are recorded only where the trail has
                  data events on.
                </li>
                <li>A cross-account call that was refused is in the caller’s account only.</li>
                <li>
                  Delivery takes up to fifteen minutes; the last quarter of an hour may still be on
                  its way.
                </li>
              </ul>
            </Panel>
          </>
        )}
      </Answered>
    </>
  )
}

function columnsFor({ window, coverage }: CoverageList): Column<CoverageItem>[] {
  const from = window.from ?? coverage.firstEvent
  const to = window.to ?? coverage.lastEvent
  return [
    { id: 'account', title: 'Account', value: ({ account }) => account, isFacet: true },
    { id: 'region', title: 'Region', value: ({ region }) => region, isFacet: true },
    {
      id: 'status',
      title: 'Status',
      value: ({ status }) => status,
      cell: ({ status }) => (
        <span class={`cover cover-${status}`} title={WORDS[status][2]}>
          <span aria-hidden="true">{WORDS[status][0]}</span> {WORDS[status][1]}
        </span>
      ),
      isFacet: true,
    },
    {
      id: 'strip',
      title: 'Through the window',
      value: ({ gaps }) => gaps.length,
      cell: ({ firstEvent, lastEvent, gaps, account, region }) =>
        from === null || to === null ? null : (
          <HeatStrip
            window={{ from, to }}
            first={firstEvent}
            last={lastEvent}
            gaps={gaps}
            label={`${account} ${region ?? ''}: ${gaps.length === 0 ? 'no gap' : gaps.map((gap) => `gap of ${gap.minutes} minutes from ${gap.from}`).join(', ')}`}
          />
        ),
    },
    {
      id: 'gaps',
      title: 'Gaps',
      value: ({ gaps }) => gaps.map((gap) => `${gap.from}/${gap.to}`).join(' '),
      cell: ({ gaps }) =>
        gaps.length === 0 ? (
          <span class="dim">none</span>
        ) : (
          <span class="gaps">
            {gaps.slice(0, 3).map((gap) => (
              <span key={gap.from}>
                <TimeRange {...gap} /> ({gap.minutes} min)
              </span>
            ))}
            {gaps.length > 3 && <span class="dim">and {gaps.length - 3} more</span>}
          </span>
        ),
    },
    {
      id: 'last',
      title: 'Last event',
      value: ({ lastEvent }) => lastEvent,
      cell: ({ lastEvent }) => <Time at={lastEvent} seconds={false} />,
    },
    {
      id: 'lag',
      title: 'Longest delivery',
      value: ({ lagSeconds }) => lagSeconds,
      cell: ({ lagSeconds }) =>
        lagSeconds === null ? <span class="dim">–</span> : span(lagSeconds),
      isNumber: true,
    },
  ]
}
