import type { JSX } from 'preact'
import { visible } from '../parts/text.ts'
import { bandsOf, type Flow, type FlowNode } from './bands.ts'
import { useWidth } from './width.ts'

const BAR = 8
const TOP = 24

/** Who reaches which account, from cluster through namespace. */
export function FlowChart({
  nodes,
  flows,
  titles,
  href,
  label,
}: {
  nodes: readonly FlowNode[]
  flows: readonly Flow[]
  titles: readonly string[]
  href: (id: string) => string
  label: string
}): JSX.Element {
  const [frame, width] = useWidth<HTMLElement>()
  const { bars, bands, height } = bandsOf(nodes, flows)
  const last = titles.length - 1
  const side = Math.min(130, width / 4)
  const x = (rank: number) =>
    rank === last ? width - side - BAR : (rank / Math.max(1, last)) * (width - side - BAR)
  const barOf = new Map(bars.map((bar) => [bar.id, bar]))
  const room = Math.max(
    8,
    Math.floor((last === 0 ? width : Math.min(side, width / titles.length - BAR)) / 7),
  )
  return (
    <figure ref={frame} class="chart" aria-label={label}>
      <svg width={width} height={height + TOP + 6} class="flow">
        <title>{label}</title>
        {titles.map((title, rank) => (
          <text key={title} x={x(rank)} y={12} class="tick start">
            {title}
          </text>
        ))}
        {bands.map((band) => {
          const x1 = x(barOf.get(band.from)!.rank) + BAR
          const x2 = x(barOf.get(band.to)!.rank)
          const bend = (x2 - x1) / 2
          const y1 = band.y1 + TOP + band.height1 / 2
          const y2 = band.y2 + TOP + band.height2 / 2
          return (
            <path
              key={`${band.from} ${band.to}`}
              d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
              class={band.isOut ? 'band out' : 'band'}
              stroke-width={band.height1}
            >
              <title>
                {`${visible(barOf.get(band.from)!.label)} → ${visible(barOf.get(band.to)!.label)}: ${band.count.toLocaleString('en')} times`}
              </title>
            </path>
          )
        })}
        {bars.map((bar) => (
          <a key={bar.id} href={href(bar.id)} aria-label={visible(bar.label)}>
            <rect
              x={x(bar.rank)}
              y={bar.y + TOP}
              width={BAR}
              height={bar.height}
              rx={2}
              class="bar"
            />
            <text x={x(bar.rank) + BAR + 5} y={bar.y + TOP + bar.height / 2 + 4} class="bar-label">
              {shortened(visible(bar.label), room)}
            </text>
          </a>
        ))}
      </svg>
    </figure>
  )
}

function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}
