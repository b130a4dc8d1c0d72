import type { JSX } from 'preact'
import type { Severity } from '../../lib/rule.ts'

const GLYPH: Readonly<Record<Severity, string>> = {
  critical: '▲▲',
  high: '▲',
  medium: '●',
  low: '○',
}

/** Shape and word beside the colour. */
export function SeverityMark({ of }: { of: Severity }): JSX.Element {
  return (
    <span class={`severity ${of}`}>
      <span aria-hidden="true">{GLYPH[of]}</span> {of}
    </span>
  )
}

const STATUS: Readonly<Record<string, string>> = {
  open: '◆',
  approved: '✓',
  suppressed: '◌',
  resolved: '✓',
  withdrawn: '–',
}

export function StatusMark({ of }: { of: string }): JSX.Element {
  return (
    <span class={`status ${of}`}>
      <span aria-hidden="true">{STATUS[of] ?? '·'}</span> {of}
    </span>
  )
}

export function Badge({
  kind,
  children,
  title,
}: {
  kind: 'new' | 'ext' | 'finding' | 'plain' | 'warn' | 'good'
  children: string
  title?: string
}): JSX.Element {
  return (
    <span class={`badge ${kind}`} title={title}>
      {children}
    </span>
  )
}
