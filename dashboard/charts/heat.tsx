import type { JSX } from 'preact'
import { useWidth } from './width.ts'

interface Stretch {
  readonly from: string
  readonly to: string
}

/** One source through the window: seen, not seen, not yet or no more there. */
export function HeatStrip({
  window,
  first,
  last,
  gaps,
  label,
}: {
  window: Stretch
  first: string | null
  last: string | null
  gaps: readonly Stretch[]
  label: string
}): JSX.Element {
  const [frame, width] = useWidth<HTMLDivElement>()
  const start = Date.parse(window.from)
  const length = Math.max(1, Date.parse(window.to) - start)
  const x = (iso: string) => Math.max(0, Math.min(1, (Date.parse(iso) - start) / length)) * width
  return (
    <div ref={frame} class="heat">
      <svg width={width} height={16} role="img" aria-label={label}>
        <rect x={0} y={2} width={width} height={12} class="unseen" />
        {first !== null && last !== null && (
          <rect
            x={x(first)}
            y={2}
            width={Math.max(0, x(last) - x(first))}
            height={12}
            class="seen"
          />
        )}
        {gaps.map((gap) => (
          <rect
            key={gap.from}
            x={x(gap.from)}
            y={0}
            width={Math.max(3, x(gap.to) - x(gap.from))}
            height={16}
            class="hole"
          />
        ))}
      </svg>
    </div>
  )
}
