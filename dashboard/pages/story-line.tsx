import type { ComponentChildren, JSX } from 'preact'
import type { Story } from '../../lib/finding/answer-stories.ts'
import { SeverityMark } from '../parts/marks.tsx'
import { Text } from '../parts/names.tsx'
import { When, whoIn } from '../parts/story-columns.tsx'
import { counted } from '../parts/text.ts'

/** A story in a list beside other things: what its worst finding says, and how much there is to it. */
export function StoryLine({
  story: { lead, findings, firstSeen, lastSeen },
  href,
  isCurrent = false,
  children,
}: {
  story: Story
  href: string
  isCurrent?: boolean
  children?: ComponentChildren
}): JSX.Element {
  return (
    <li class={`edge-${lead.severity}`}>
      <a href={href} aria-current={isCurrent ? 'true' : undefined}>
        <span class="attention-title clamp">
          <Text>{lead.title}</Text>
        </span>
        <span class="dim">
          <SeverityMark of={lead.severity} /> ·{' '}
          {findings > 1 && <b>{counted(findings, 'finding')} · </b>}
          <span class="who">
            <Text>{whoIn(lead)}</Text>
          </span>{' '}
          · <When from={firstSeen} to={lastSeen} />
        </span>
      </a>
      {children}
    </li>
  )
}
