import type { JSX } from 'preact'
import type { Story } from '../../lib/finding/answer-stories.ts'
import { During } from '../app/during.ts'
import { findingHref } from '../app/paths.ts'
import { around } from '../app/window.ts'
import { SeverityMark, StatusMark } from './marks.tsx'
import { PrincipalName, RoleName, Text } from './names.tsx'
import type { Column } from './rows.ts'
import { counted, principalName, shortRole } from './text.ts'
import { Time, TimeRange } from './time.tsx'

const RANK = ['critical', 'high', 'medium', 'low']

/** One row for each thing that happened; what it is made of unfolds in place. */
export function storyColumns(): Column<Story>[] {
  return [
    {
      id: 'severity',
      title: 'Severity',
      value: ({ lead }) => RANK.indexOf(lead.severity),
      cell: ({ lead }) => <SeverityMark of={lead.severity} />,
    },
    {
      id: 'title',
      title: 'What happened',
      value: ({ lead, others }) => [lead, ...others].map(({ title }) => title).join('; '),
      cell: (story) => <Happened story={story} />,
    },
    {
      id: 'who',
      title: 'Who',
      value: ({ lead }) => whoIn(lead),
      cell: ({ lead, firstSeen, lastSeen }) => (
        <During.Provider value={around(firstSeen, lastSeen)}>
          {lead.principal !== null ? (
            <PrincipalName of={lead.principal} />
          ) : lead.role !== null ? (
            <RoleName arn={lead.role} />
          ) : (
            <Text>{shortRole(lead.subject)}</Text>
          )}
        </During.Provider>
      ),
    },
    { id: 'rule', title: 'Rule', value: ({ lead }) => lead.rule, isFacet: true },
    { id: 'findings', title: 'Findings', value: ({ findings }) => findings, isNumber: true },
    {
      id: 'last',
      title: 'When',
      value: ({ lastSeen }) => lastSeen,
      cell: ({ firstSeen, lastSeen }) => (
        <span class="when">
          <When from={firstSeen} to={lastSeen} />
        </span>
      ),
    },
    {
      id: 'status',
      title: 'Status',
      value: ({ lead }) => lead.status,
      cell: ({ lead }) => <StatusMark of={lead.status} />,
      isFacet: true,
    },
  ]
}

export function whoIn({ principal, role, subject }: Story['lead']): string {
  return principal === null ? shortRole(role ?? subject) : principalName(principal)
}

export function When({ from, to }: { from: string; to: string }): JSX.Element {
  return from.slice(0, 16) === to.slice(0, 16) ? (
    <Time at={to} seconds={false} />
  ) : (
    <TimeRange from={from} to={to} />
  )
}

function Happened({ story: { lead, others, findings } }: { story: Story }): JSX.Element {
  return (
    <div>
      <b class="clamp">
        <Text>{lead.title}</Text>
      </b>
      {findings > 1 && (
        <details class="parts">
          <summary>{counted(findings - 1, 'more finding')} of this story</summary>
          <ul class="related">
            {others.map(({ id, severity, title }) => (
              <li key={id}>
                <SeverityMark of={severity} />{' '}
                <a href={findingHref(id)}>
                  <Text>{title}</Text>
                </a>
              </li>
            ))}
            {findings - 1 > others.length && (
              <li class="dim">and {findings - 1 - others.length} more</li>
            )}
          </ul>
        </details>
      )}
    </div>
  )
}
