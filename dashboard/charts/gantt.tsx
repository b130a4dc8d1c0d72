import type { JSX } from 'preact'
import { visible } from '../parts/text.ts'
import { timeText, useZone, zoneName } from '../parts/time.tsx'
import { useWidth } from './width.ts'

const ROW = 22
const LEFT = 150

/** How long each session of a chain could be used. The list above says the same in words. */
export function Gantt({
  rows,
}: {
  rows: readonly { readonly label: string; readonly from: string; readonly to: string | null }[]
}): JSX.Element | null {
  const [frame, width] = useWidth<HTMLDivElement>()
  const zone = useZone()
  if (rows.length === 0) return null
  const start = Math.min(...rows.map(({ from }) => Date.parse(from)))
  const end = Math.max(...rows.map(({ from, to }) => Date.parse(to ?? from)))
  const left = Math.min(LEFT, width / 3)
  const x = (iso: string) =>
    left + ((Date.parse(iso) - start) / Math.max(1, end - start)) * (width - left - 4)
  const room = Math.floor(left / 7)
  return (
    <div ref={frame} class="chart">
      <svg
        width={width}
        height={rows.length * ROW + 18}
        role="img"
        aria-label="How long each session could be used"
        class="gantt"
      >
        {rows.map(({ label, from, to }, index) => (
          <g key={`${label} ${from}`}>
            <text x={0} y={index * ROW + 15} class="bar-label">
              {visible(label).length > room
                ? `${visible(label).slice(0, room - 1)}…`
                : visible(label)}
            </text>
            <rect
              x={x(from)}
              y={index * ROW + 4}
              width={Math.max(3, x(to ?? from) - x(from))}
              height={ROW - 8}
              rx={3}
              class="span"
            >
              <title>{`${from} → ${to ?? 'unknown'}`}</title>
            </rect>
          </g>
        ))}
        <text x={left} y={rows.length * ROW + 13} class="tick start">
          {timeText(new Date(start).toISOString(), zone)}
        </text>
        <text x={width - 4} y={rows.length * ROW + 13} class="tick end">
          {timeText(new Date(end).toISOString(), zone)} {zoneName(zone)}
        </text>
      </svg>
    </div>
  )
}
