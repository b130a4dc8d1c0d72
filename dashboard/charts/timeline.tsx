import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Timeline as TimelineAnswer } from '../../lib/graph/answer-timeline.ts'
import { go, hereWith } from '../app/location.ts'
import { rfc3339 } from '../app/window.ts'
import { Time, timeText, useZone, zoneName } from '../parts/time.tsx'
import { Twin } from './twin.tsx'
import { useWidth } from './width.ts'

const SERIES = [
  ['irsa', 'IRSA'],
  ['podIdentity', 'Pod Identity'],
  ['chained', 'chained'],
  ['other', 'other'],
] as const
const HEIGHT = 120
const AXIS = 20
const TOP = 14

/** How much happened when, what was refused, and when nothing could be seen. Dragging over it narrows the time down. */
export function Timeline({
  answer,
  title = 'Assumptions over time',
}: {
  answer: TimelineAnswer
  title?: string
}): JSX.Element {
  const { buckets, step } = answer
  const name = step % 3600 === 0 ? `${step / 3600} h` : `${step / 60} min`
  return (
    <Twin
      name="timeline"
      title={title}
      note={`a bar is ${name}; drag to narrow down`}
      picture={<Bars answer={answer} />}
      table={
        <div class="table small-table">
          <table>
            <caption class="sr">{title}</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {SERIES.map(([key, words]) => (
                  <th key={key} scope="col" class="number">
                    {words}
                  </th>
                ))}
                <th scope="col" class="number">
                  refused
                </th>
              </tr>
            </thead>
            <tbody>
              {buckets
                .filter(({ assumptions, refused }) => sumOf(assumptions) + refused > 0)
                .map(({ from, assumptions, refused }) => (
                  <tr key={from}>
                    <td data-title="From">
                      <Time at={from} seconds={false} />
                    </td>
                    {SERIES.map(([key, words]) => (
                      <td key={key} data-title={words} class="number">
                        {(assumptions[key] ?? 0).toLocaleString('en')}
                      </td>
                    ))}
                    <td data-title="refused" class="number">
                      {refused}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      }
    />
  )
}

function sumOf(assumptions: Readonly<Record<string, number>>): number {
  return Object.values(assumptions).reduce((sum, one) => sum + one, 0)
}

function Bars({ answer: { buckets, step, coverage } }: { answer: TimelineAnswer }): JSX.Element {
  const { gaps } = coverage
  const [frame, width] = useWidth<HTMLDivElement>()
  const zone = useZone()
  const [brush, setBrush] = useState<readonly [number, number] | null>(null)
  const [over, setOver] = useState<number | null>(null)
  const started = useRef<number | null>(null)
  const start = Date.parse(buckets[0]?.from ?? '1970-01-01T00:00:00Z')
  const length = Math.max(1, buckets.length) * step * 1000
  const x = (ms: number) => ((ms - start) / length) * width
  const most = Math.max(1, ...buckets.map(({ assumptions }) => sumOf(assumptions)))
  const bar = width / Math.max(1, buckets.length)
  const timeAt = (event: PointerEvent) => {
    const { left } = frame.current!.getBoundingClientRect()
    return start + (Math.max(0, Math.min(width, event.clientX - left)) / width) * length
  }
  const shown = over === null ? undefined : buckets[over]
  return (
    <div class="chart" ref={frame}>
      <p class="legend" aria-hidden="true">
        {SERIES.map(([key, words]) => (
          <span key={key}>
            <i class={`swatch ${key}`} /> {words}
          </span>
        ))}
        <span>
          <i class="swatch refused" /> refused ✕
        </span>
        {gaps.length > 0 && (
          <span>
            <i class="swatch gap" /> not seen
          </span>
        )}
        <span class="reading">
          {shown !== undefined &&
            `${timeText(shown.from, zone, false)} ${zoneName(zone)}: ${sumOf(shown.assumptions).toLocaleString('en')} assumed, ${shown.refused} refused`}
        </span>
      </p>
      <svg
        width={width}
        height={HEIGHT + TOP + AXIS}
        role="img"
        aria-label={`${buckets.reduce((sum, one) => sum + sumOf(one.assumptions), 0).toLocaleString('en')} assumptions, ${buckets.reduce((sum, one) => sum + one.refused, 0)} refused; the table has the numbers`}
        class="timeline"
        onPointerDown={(event) => {
          started.current = timeAt(event)
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={(event) => {
          const at = timeAt(event)
          setOver(Math.min(buckets.length - 1, Math.floor((at - start) / (step * 1000))))
          if (started.current !== null)
            setBrush([Math.min(started.current, at), Math.max(started.current, at)])
        }}
        onPointerLeave={() => setOver(null)}
        onPointerUp={(event) => {
          const from = started.current
          started.current = null
          setBrush(null)
          if (from === null) return
          const to = timeAt(event)
          const [a, b] =
            Math.abs(x(to) - x(from)) < 5
              ? [bucketStart(from), bucketStart(from) + step * 1000]
              : [Math.min(from, to), Math.max(from, to)]
          go(
            hereWith({
              since: null,
              from: rfc3339(minute(a, Math.floor)),
              to: rfc3339(minute(b, Math.ceil)),
            }),
          )
        }}
      >
        <defs>
          <pattern
            id="hatch"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="2" height="6" class="hatch" />
          </pattern>
        </defs>
        {buckets.map(({ from, assumptions, refused }, index) => {
          let y = TOP + HEIGHT
          return (
            <g key={from}>
              {SERIES.map(([key]) => {
                const height = ((assumptions[key] ?? 0) / most) * HEIGHT
                y -= height
                return height > 0 ? (
                  <rect
                    key={key}
                    x={index * bar + 0.5}
                    y={y}
                    width={Math.max(0.8, bar - 1)}
                    height={height}
                    class={`fill ${key}`}
                  />
                ) : null
              })}
              {refused > 0 && (
                <path class="cross" d={crossAt(index * bar + bar / 2, Math.max(6, y - 7))}>
                  <title>{refused} refused</title>
                </path>
              )}
            </g>
          )
        })}
        {gaps.map((gap) => (
          <rect
            key={`${gap.account} ${gap.region} ${gap.from}`}
            x={x(Date.parse(gap.from))}
            y={TOP}
            width={Math.max(3, x(Date.parse(gap.to)) - x(Date.parse(gap.from)))}
            height={HEIGHT}
            fill="url(#hatch)"
          />
        ))}
        <line x1={0} x2={width} y1={TOP + HEIGHT + 0.5} y2={TOP + HEIGHT + 0.5} class="axis" />
        {ticks(start, length, width).map((at) => (
          <text key={at} x={x(at)} y={TOP + HEIGHT + 15} class="tick">
            {timeText(rfc3339(at), zone, false)}
          </text>
        ))}
        <text x={2} y={10} class="tick start">
          {most.toLocaleString('en')}
        </text>
        {brush !== null && (
          <rect
            x={x(brush[0])}
            y={TOP}
            width={x(brush[1]) - x(brush[0])}
            height={HEIGHT}
            class="brush"
          />
        )}
      </svg>
    </div>
  )

  function bucketStart(at: number): number {
    return start + Math.floor((at - start) / (step * 1000)) * step * 1000
  }
}

function minute(ms: number, round: (n: number) => number): number {
  return round(ms / 60_000) * 60_000
}

function crossAt(x: number, y: number): string {
  return `M${x - 3} ${y - 3}L${x + 3} ${y + 3}M${x + 3} ${y - 3}L${x - 3} ${y + 3}`
}

const STEPS = [300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000]

/** Round times, as many as fit. */
function ticks(start: number, length: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 120))
  const step = (STEPS.find((one) => length / (one * 1000) <= most) ?? STEPS.at(-1)!) * 1000
  const some: number[] = []
  for (let at = Math.ceil(start / step) * step; at < start + length; at += step)
    if (((at - start) / length) * width > 40 && ((at - start) / length) * width < width - 40)
      some.push(at)
  return some
}
