import type { JSX } from 'preact'
import type { FindingList } from '../../lib/finding/answer-findings.ts'
import { useAnswer } from '../api/use-answer.ts'
import { findingHref } from '../app/paths.ts'
import { SeverityMark, StatusMark } from '../parts/marks.tsx'
import { Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import { counted } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'

const SHOWN = 5

/** Findings that mention something; nothing where there are none. */
export function FindingsAbout({ q }: { q: string }): JSX.Element | null {
  const { answer } = useAnswer<FindingList>('/findings', { q, limit: SHOWN })
  if (answer === null || answer.items.length === 0) return null
  return (
    <Panel title="Findings" note={counted(answer.total.items, 'finding')}>
      <ul class="related">
        {answer.items.map((finding) => (
          <li key={finding.id}>
            <SeverityMark of={finding.severity} />{' '}
            <a href={findingHref(finding.id)}>
              <Text>{finding.title}</Text>
            </a>{' '}
            <StatusMark of={finding.status} /> <Time at={finding.lastSeen} seconds={false} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}
