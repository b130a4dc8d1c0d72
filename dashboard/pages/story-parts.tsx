import type { JSX } from 'preact'
import type { FindingDetail } from '../../lib/finding/answer-findings.ts'
import type { EdgeList } from '../../lib/graph/edge-list.ts'
import type { Principal } from '../../lib/model.ts'
import { useAnswer } from '../api/use-answer.ts'
import { during, type Span } from '../app/during.ts'
import { findingHref, principalHref, resourceHref } from '../app/paths.ts'
import { SeverityMark, StatusMark } from '../parts/marks.tsx'
import { OutcomeMark, Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import { counted, visible } from '../parts/text.ts'
import { TimeRange } from '../parts/time.tsx'

/** What else was found of the same thing that happened. */
export function StoryFindings({
  answer: { related, unlisted },
}: {
  answer: FindingDetail
}): JSX.Element | null {
  if (related.length === 0) return null
  const count = related.length + unlisted
  return (
    <Panel title={`${counted(count, 'other finding')} of this story`}>
      <ul class="related">
        {related.map((other) => (
          <li key={other.id}>
            <SeverityMark of={other.severity} /> <StatusMark of={other.status} />{' '}
            <a href={findingHref(other.id)}>
              <Text>{other.title}</Text>
            </a>
          </li>
        ))}
        {unlisted > 0 && <li class="dim">and {unlisted.toLocaleString('en')} more</li>}
      </ul>
    </Panel>
  )
}

const SHOWN = 8

/** Resources that somebody touched while it happened, and who else did. */
export function Touched({ by, at }: { by: Principal; at: Span }): JSX.Element | null {
  const { answer } = useAnswer<EdgeList>('/edges', {
    principal: by.id,
    activity: true,
    failed: true,
    ...at,
  })
  const touches = (answer?.activity ?? []).filter(({ resource }) => resource !== null)
  const resources = [...Map.groupBy(touches, ({ resource }) => resource!)]
  if (resources.length === 0) return null
  return (
    <Panel title="Resources touched" note={<TimeRange {...at} />}>
      <ul class="related">
        {resources.slice(0, SHOWN).map(([arn, some]) => (
          <li key={arn}>
            <a href={during(resourceHref(arn), at)} title={`Who touched ${visible(arn)} then`}>
              <Text>{arn}</Text>
            </a>
            <ul class="calls">
              {some.map(({ outcome, action, role, count }) => (
                <li key={`${outcome} ${action} ${role}`}>
                  <OutcomeMark of={outcome} /> <Text>{action}</Text>{' '}
                  <span class="dim">{counted(count, 'time')}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {resources.length > SHOWN && (
        <p>
          <a href={`${during(principalHref(by), at)}&tab=activity`}>
            and {counted(resources.length - SHOWN, 'more resource')}
          </a>
        </p>
      )}
    </Panel>
  )
}
