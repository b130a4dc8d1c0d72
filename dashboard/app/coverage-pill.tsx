import type { JSX } from 'preact'
import type { Coverage } from '../api/types.ts'
import { counted } from '../parts/text.ts'
import { ago, TimeRange } from '../parts/time.tsx'
import { pageHref } from './location.ts'

/** What was seen of exactly this window, on every page. */
export function CoveragePill({ coverage }: { coverage: Coverage | null }): JSX.Element {
  if (coverage === null) return <span class="pill waiting">Coverage …</span>
  const { status, gaps, missing, accounts, lastEvent } = coverage
  const gap = gaps[0]
  const kind = status === 'complete' ? 'good' : status === 'partial' ? 'warn' : 'bad'
  const words = {
    complete: `Nothing known to be missing · ${counted(accounts.length, 'account')}`,
    partial:
      [
        gaps.length > 0 ? counted(gaps.length, 'gap') : '',
        missing.length > 0 ? `${counted(missing.length, 'account')} never seen` : '',
      ]
        .filter((part) => part !== '')
        .join(' · ') || 'Beyond what is stored',
    blind: 'Blind: nothing was seen of this time',
  }[status]
  return (
    <a
      class={`pill ${kind}`}
      href={pageHref('/coverage')}
      title="What podtrail saw of this window, and what not"
    >
      <span aria-hidden="true">
        {status === 'complete' ? '●' : status === 'partial' ? '◐' : '○'}
      </span>{' '}
      <b>Coverage {status}</b> <span class="pill-more">{words}</span>
      {gap !== undefined && (
        <span class="pill-more wide">
          {' '}
          {gap.account}/{gap.region} <TimeRange {...gap} />
        </span>
      )}
      {lastEvent !== null && <span class="pill-more wide"> · newest event {ago(lastEvent)}</span>}
    </a>
  )
}
