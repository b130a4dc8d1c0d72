import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { DriftItem, DriftList } from '../../lib/drift/answer-drift.ts'
import type { SnapshotList } from '../../lib/drift/answer-snapshots.ts'
import { ApiError, type Problem, send } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { useAnswer } from '../api/use-answer.ts'
import { go, hereWith, useHere } from '../app/location.ts'
import { findingHref } from '../app/paths.ts'
import { may, useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { SeverityMark } from '../parts/marks.tsx'
import { Mono, Text } from '../parts/names.tsx'
import { PageHead, Panel } from '../parts/panel.tsx'
import type { Column } from '../parts/rows.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted, visible } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { DriftParts } from './finding.tsx'

const SEVERITIES = ['critical', 'high', 'medium', 'low']
const ANSWERS = {
  deviates: ['✕', 'deviates'],
  'could-not-look': ['◌', 'could not look'],
  complies: ['✓', 'complies'],
} as const

/** What is declared, beside what was seen and what was approved. */
export function DriftPage(): JSX.Element {
  const { params } = useHere()
  const { window, isReady } = useScope()
  const query = {
    ...window,
    check: params.get('check'),
    at: params.get('at'),
    against: params.get('against'),
  }
  const asked = useAll<DriftList>(isReady ? '/drift' : null, query)
  const snapshots = useAnswer<SnapshotList>('/snapshots')
  return (
    <>
      <PageHead
        kind="Drift"
        title="Declared, observed, approved"
        detail="Trust policies, annotations and associations as they are declared, held against what was seen and what somebody approved."
      />
      {snapshots.answer !== null && snapshots.answer.items.length > 0 && (
        <Snapshots list={snapshots.answer} onApproved={snapshots.reload} />
      )}
      <Answered to={asked} what="Comparing">
        {(answer) => <Body answer={answer} />}
      </Answered>
    </>
  )
}

function Snapshots({
  list,
  onApproved,
}: {
  list: SnapshotList
  onApproved: () => void
}): JSX.Element {
  const { params } = useHere()
  const { me } = useScope()
  const [problem, setProblem] = useState<Problem | null>(null)
  const newest = list.items[0]!
  const current = list.items.find(({ at }) => at === params.get('at')) ?? newest
  const select = (name: string, words: string, usual: string): JSX.Element => (
    <label>
      {words}
      <select
        value={params.get(name) ?? ''}
        onChange={(event) => go(hereWith({ [name]: event.currentTarget.value }))}
      >
        <option value="">{usual}</option>
        {list.items.map(({ id, at, approvedAt }) => (
          <option key={id} value={at}>
            {at.slice(0, 16).replace('T', ' ')} UTC{approvedAt === null ? '' : ', approved'}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <div class="row compare">
      {select('at', 'Compare the snapshot', 'newest')}
      {select('against', 'with', 'approved last')}
      {may(me, 'reviewer') && current.approvedAt === null && (
        <button
          type="button"
          onClick={() => {
            setProblem(null)
            send(`/snapshots/${current.id}/approval`, {})
              .then(onApproved)
              .catch((error: unknown) => {
                if (!(error instanceof ApiError)) throw error
                setProblem(error.problem)
              })
          }}
        >
          Approve this snapshot as it is
        </button>
      )}
      {problem !== null && <Failed problem={problem} retry={() => setProblem(null)} />}
    </div>
  )
}

function Body({ answer }: { answer: DriftList }): JSX.Element {
  const { params } = useHere()
  const selected = answer.items.find(({ id }) => id === params.get('sel')) ?? null
  const { reference, snapshot, checks, notLooked } = answer
  return (
    <>
      <p class="dim">
        Snapshot of <Time at={snapshot.at} />
        {reference === null ? (
          '; there is nothing yet to compare it with'
        ) : (
          <>
            {' '}
            against that of <Time at={reference.at} />
            {!reference.isApproved && ', the first there is, since nobody has approved one'}
          </>
        )}
        . {counted(answer.total.items, 'deviation')}.
      </p>
      <div class={selected === null ? '' : 'split'}>
        <Table
          caption="Drift"
          rows={answer.items}
          columns={columnsFor(selected !== null)}
          rowKey={({ id }) => id}
          href={({ id }) => hereWith({ sel: id })}
          rowClass={({ severity }) => `edge-${severity}`}
          isCurrent={({ id }) => id === selected?.id}
          total={answer.total.items}
          empty={
            <Empty title="Nothing deviates" isTimed={false}>
              {checks.length > 0 && `${counted(checks.length, 'check')} looked.`}
            </Empty>
          }
        />
        {selected !== null && (
          <article class="finding-view">
            <PageHead
              kind={`Drift · ${selected.rule}`}
              title={<Text>{selected.title}</Text>}
              marks={<SeverityMark of={selected.severity} />}
              detail={<Mono>{selected.subject}</Mono>}
              actions={
                <>
                  <a class="button" href={findingHref(selected.id)}>
                    Decide about it
                  </a>
                  <a class="button" href={hereWith({ sel: null })}>
                    Close
                  </a>
                </>
              }
            />
            <DriftParts finding={selected} />
          </article>
        )}
      </div>
      <Panel title="Checks" note={counted(checks.length, 'check')}>
        <ul class="checks">
          {Object.keys(ANSWERS).flatMap((wanted) =>
            checks
              .filter(({ answer: one }) => one === wanted)
              .map(({ rule, answer: one, findings, notLooked: unread }) => (
                <li key={rule} class={`check-${one}`}>
                  <a href={hereWith({ check: rule, sel: null })}>
                    <span aria-hidden="true">{ANSWERS[one][0]}</span> {rule}
                  </a>{' '}
                  <span class="dim">
                    {ANSWERS[one][1]}
                    {findings > 0 && `, ${findings}`}
                    {unread > 0 && `, ${unread} not looked at`}
                  </span>
                </li>
              )),
          )}
        </ul>
        {params.get('check') !== null && (
          <a class="button" href={hereWith({ check: null })}>
            All checks
          </a>
        )}
      </Panel>
      {notLooked.length > 0 && (
        <Panel title="Could not be looked at" note={counted(notLooked.length, 'subject')}>
          <ul class="prose">
            {notLooked.slice(0, 30).map(({ rule, subject, reason }) => (
              <li key={`${rule} ${subject}`}>
                <Mono>{rule}</Mono> <Text>{subject}</Text>: {visible(reason)}
              </li>
            ))}
            {notLooked.length > 30 && <li class="dim">and {notLooked.length - 30} more</li>}
          </ul>
        </Panel>
      )}
    </>
  )
}

function columnsFor(isNarrow: boolean): readonly Column<DriftItem>[] {
  const all: readonly Column<DriftItem>[] = [
    {
      id: 'severity',
      title: 'Severity',
      value: ({ severity }) => SEVERITIES.indexOf(severity),
      cell: ({ severity }) => <SeverityMark of={severity} />,
    },
    {
      id: 'title',
      title: 'What deviates',
      value: ({ title }) => title,
      cell: ({ title }) => (
        <b class="wrap">
          <Text>{title}</Text>
        </b>
      ),
    },
    { id: 'subject', title: 'Subject', value: ({ subject }) => subject },
    { id: 'rule', title: 'Check', value: ({ rule }) => rule, isFacet: true },
    {
      id: 'last',
      title: 'Last',
      value: ({ lastSeen }) => lastSeen,
      cell: ({ lastSeen }) => <Time at={lastSeen} seconds={false} />,
    },
  ]
  return isNarrow ? all.slice(0, 2) : all
}
