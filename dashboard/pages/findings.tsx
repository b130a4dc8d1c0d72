import type { JSX } from 'preact'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { Story, StoryList } from '../../lib/finding/answer-stories.ts'
import { FINDING_STATUSES } from '../../lib/finding/finding.ts'
import { SEVERITIES } from '../../lib/rule.ts'
import { apiUrl } from '../api/client.ts'
import { useAll } from '../api/use-all.ts'
import { announce } from '../app/announce.ts'
import { onKeys } from '../app/keyboard.ts'
import { go, hereWith, pageHref, useHere } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { timeChoice } from '../app/window.ts'
import { Answered } from '../parts/asked.tsx'
import { SeverityMark } from '../parts/marks.tsx'
import { Text } from '../parts/names.tsx'
import { PageHead } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { storyColumns } from '../parts/story-columns.tsx'
import { Table } from '../parts/table.tsx'
import { counted, inStories } from '../parts/text.ts'
import { FindingView } from './finding.tsx'
import { StoryLine } from './story-line.tsx'

/** What needs a decision: the queue, and beside it the one that is looked at. */
export function FindingsPage({ id }: { id: string | null }): JSX.Element {
  const here = useHere()
  const scope = useScope()
  const choice = timeChoice(here)
  const status = here.params.get('status') ?? 'open'
  // Findings wait for a decision however old they are: only a time that somebody chose limits them.
  const isTimed =
    here.params.has('from') ||
    here.params.has('to') ||
    (here.params.has('since') && choice.since !== 'all')
  const query = {
    status: status === 'any' ? null : status,
    severity: here.params.get('severity'),
    namespace: scope.namespace,
    ...(isTimed ? scope.window : {}),
  }
  const asked = useAll<StoryList>('/stories', query)
  const count = asked.answer?.total.items ?? null
  useEffect(() => {
    if (count !== null) announce(counted(count, 'story', 'stories'))
  }, [count])
  return (
    <>
      {id === null && (
        <PageHead
          kind="Findings"
          title="What needs a decision"
          detail="What belongs together is one story. Approve what is right, suppress what nobody wants to hear of, resolve what was dealt with. Each takes a reason, and stays in the history."
        />
      )}
      <div class={id === null ? '' : 'split'}>
        <div class="queue">
          {id !== null && (
            <p class="queue-head">
              <a href={pageHref('/findings', kept())}>← All findings</a>{' '}
              <span class="dim">
                {asked.answer !== null &&
                  `${inStories(asked.answer.total)}${status === 'any' ? '' : ` ${status}`}`}
              </span>{' '}
              <kbd>j</kbd> <kbd>k</kbd>
            </p>
          )}
          {id === null && (
            <div class="filters">
              <Choice
                name="status"
                values={[...FINDING_STATUSES, 'any']}
                current={status}
                usual="open"
                counts={asked.answer?.total.byStatus}
              />
              <Choice
                name="severity"
                values={['any', ...SEVERITIES]}
                current={here.params.get('severity') ?? 'any'}
                usual="any"
                suffix=" or worse"
              />
            </div>
          )}
          <Answered to={asked}>
            {(answer) =>
              id === null ? (
                <Table
                  caption="Findings"
                  rows={answer.items}
                  columns={storyColumns()}
                  rowKey={({ story }) => story}
                  href={({ lead }) => openHref(lead)}
                  rowClass={({ lead }) => `edge-${lead.severity}`}
                  total={answer.total.items}
                  extra={<span class="dim">{inStories(answer.total)}</span>}
                  exportUrl={apiUrl('/stories', query)}
                  empty={<NoFindings status={status} />}
                />
              ) : (
                <Queue items={answer.items} current={id} />
              )
            }
          </Answered>
        </div>
        {id !== null && <FindingView id={id} onDecided={asked.reload} />}
      </div>
    </>
  )
}

const KEPT = ['status', 'severity', 'sort', 'filter', 'f']

/** The finding's page, with the queue as it is filtered. */
function openHref({ id }: { readonly id: string }): string {
  return pageHref(`/findings/${encodeURIComponent(id)}`, kept())
}

function kept(): Record<string, string[]> {
  const search = new URLSearchParams(location.search)
  return Object.fromEntries(
    KEPT.filter((name) => search.has(name)).map((name) => [name, search.getAll(name)]),
  )
}

/** The queue beside a finding; j and k open the next story and the one before. */
function Queue({ items, current }: { items: readonly Story[]; current: string }): JSX.Element {
  const place = items.findIndex(({ lead, others }) =>
    [lead, ...others].some(({ id }) => id === current),
  )
  useLayoutEffect(() => {
    const open = (story: Story | undefined): void => {
      if (story !== undefined) go(openHref(story.lead))
    }
    return onKeys({ j: () => open(items[place + 1]), k: () => open(items[place - 1]) })
  }, [items, place])
  return (
    <ul class="attention">
      {items.map((story, index) => (
        <StoryLine
          key={story.story}
          story={story}
          href={openHref(story.lead)}
          isCurrent={story.lead.id === current}
        >
          {index === place && story.others.length > 0 && (
            <ul class="others">
              {story.others.map((other) => (
                <li key={other.id}>
                  <a
                    href={openHref(other)}
                    aria-current={other.id === current ? 'true' : undefined}
                  >
                    <SeverityMark of={other.severity} />{' '}
                    <span class="clamp">
                      <Text>{other.title}</Text>
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          )}
        </StoryLine>
      ))}
      {items.length === 0 && <NoFindings status="open" />}
    </ul>
  )
}

function NoFindings({ status }: { status: string }): JSX.Element {
  return (
    <Empty
      isTimed={false}
      title={status === 'open' ? 'Nothing needs a decision' : 'No finding is in this state'}
      action={
        <a class="button" href={hereWith({ status: 'any', severity: null })}>
          Show all, whatever their state
        </a>
      }
    >
      {status === 'open' && 'From here on, every new finding is a change. '}
      Detection runs with each ingest; <a href={pageHref('/coverage')}>coverage</a> says whether it
      saw everything.
    </Empty>
  )
}

/** One of a few values, as links: the address is the state. */
function Choice({
  name,
  values,
  current,
  usual,
  suffix = '',
  counts,
}: {
  name: string
  values: readonly string[]
  current: string
  usual: string
  suffix?: string
  counts?: Readonly<Record<string, number>> | undefined
}): JSX.Element {
  return (
    <nav class="choice" aria-label={name}>
      {values.map((value) => (
        <a
          key={value}
          href={hereWith({ [name]: value === usual ? null : value })}
          aria-current={value === current ? 'true' : undefined}
        >
          {value}
          {value !== 'any' && value !== 'critical' ? suffix : ''}
          {value === current && (counts?.[value] ?? 0) > 0 && (
            <span class="count">{counts![value]}</span>
          )}
        </a>
      ))}
    </nav>
  )
}
