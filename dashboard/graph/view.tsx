import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { GraphNode } from '../api/types.ts'
import { THEME_CHANGED } from '../app/theme.tsx'
import { Icon } from '../parts/icon.tsx'
import { visible } from '../parts/text.ts'
import { brought, fitted, zoomed } from './camera.ts'
import { coloursOf } from './colours.ts'
import { distanceTo } from './curve.ts'
import { type Camera, drawLines } from './draw.ts'
import { type Box, NODE } from './layout.ts'
import { neighbour } from './neighbour.ts'
import { GraphNodeButton } from './node.tsx'
import { pathsThrough } from './reach.ts'
import { type Line, lookOf, type Scene, titlesOf } from './scene.ts'

interface GraphViewProps {
  readonly scene: Scene
  readonly selected: string | null
  readonly onSelect: (id: string | null) => void
  readonly onFocus: (id: string) => void
  readonly onExpand: (node: GraphNode) => void
  /** Few enough lines that dashes do not make panning slow. */
  readonly isSmall?: boolean
}

const DASHED_MAX = 200
const HIT = 7

/** Nodes are buttons, lines are one canvas under them: both can be read, and two thousand of them still move. */
export function GraphView(props: GraphViewProps): JSX.Element {
  const { scene, selected, onSelect } = props
  const frame = useRef<HTMLElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const heads = useRef<HTMLDivElement>(null)
  const camera = useRef<Camera | null>(null)
  const hovered = useRef<Line | null>(null)
  const request = useRef(0)
  const isMoved = useRef(false)
  const [tip, setTip] = useState<{ line: Line; x: number; y: number } | null>(null)
  const [current, setCurrent] = useState<string | null>(null)

  const byId = useMemo(() => new Map(scene.nodes.map((node) => [node.id, node])), [scene])
  const titles = useMemo(() => titlesOf(scene.layout, byId), [scene, byId])
  const lit = useMemo(
    () =>
      selected !== null && byId.has(selected)
        ? pathsThrough(
            selected,
            scene.lines.map(({ edge }) => edge),
          )
        : null,
    [scene, selected, byId],
  )
  const state = useRef({ scene, lit })
  state.current = { scene, lit }

  const draw = (): void => {
    request.current = 0
    const view = camera.current
    const own = frame.current
    const context = canvas.current?.getContext('2d')
    if (view === null || own === null || context == null) return
    const { width, height } = own.getBoundingClientRect()
    const ratio = devicePixelRatio
    if (
      canvas.current!.width !== Math.round(width * ratio) ||
      canvas.current!.height !== Math.round(height * ratio)
    ) {
      canvas.current!.width = Math.round(width * ratio)
      canvas.current!.height = Math.round(height * ratio)
    }
    layer.current!.style.transform = `translate(${view.x}px,${view.y}px) scale(${view.zoom})`
    layer.current!.classList.toggle('far', view.zoom < 0.4)
    heads.current!.style.transform = `translateX(${view.x}px)`
    for (const head of heads.current!.children)
      if (head instanceof HTMLElement) {
        head.style.left = `${Number(head.dataset['x']) * view.zoom}px`
        head.style.width = `${(NODE.width + NODE.gapX - 8) * view.zoom}px`
      }
    drawLines(context, state.current.scene, view, { width, height, ratio }, coloursOf(own), {
      nodes: state.current.lit,
      line: hovered.current,
      isDashed: state.current.scene.lines.length <= DASHED_MAX,
    })
  }
  const redraw = (): void => {
    if (request.current === 0) request.current = requestAnimationFrame(draw)
  }
  const look = (next: Camera, byReader = true): void => {
    isMoved.current = byReader
    camera.current = next
    redraw()
  }
  const size = () => frame.current!.getBoundingClientRect()
  const show = (isWhole: boolean): void => {
    const drawn = state.current.scene
    look(fitted(drawn.layout, size(), isWhole, worstPlace(drawn)), false)
  }
  const zoomBy = (factor: number): void =>
    look(zoomed(camera.current!, factor, { x: size().width / 2, y: size().height / 2 }))

  // What is laid out anew is fitted once; after that the reader's view stays.
  const shape = scene.layout.columns.length === 0 ? '' : `${scene.layout.width}`
  useLayoutEffect(() => {
    show(false)
  }, [shape])
  useLayoutEffect(redraw, [scene, lit])
  useEffect(() => {
    const own = frame.current!
    // One that was noticed before the page went away may still be told after it.
    const observer = new ResizeObserver(() => {
      if (frame.current !== null) isMoved.current ? redraw() : show(false)
    })
    observer.observe(own)
    const wheel = (event: WheelEvent): void => {
      event.preventDefault()
      const at = { x: event.clientX - size().left, y: event.clientY - size().top }
      const { x, y, zoom } = camera.current!
      if (event.ctrlKey || event.metaKey)
        look(zoomed(camera.current!, Math.exp(-event.deltaY / 240), at))
      else
        look({
          zoom,
          x: x - (event.shiftKey ? event.deltaY : event.deltaX),
          y: y - (event.shiftKey ? 0 : event.deltaY),
        })
    }
    own.addEventListener('wheel', wheel, { passive: false })
    addEventListener(THEME_CHANGED, redraw)
    return () => {
      observer.disconnect()
      own.removeEventListener('wheel', wheel)
      removeEventListener(THEME_CHANGED, redraw)
      cancelAnimationFrame(request.current)
    }
  }, [])

  const bring = (id: string): void => {
    const box = scene.layout.boxes.get(id)
    if (box === undefined || camera.current === null) return
    look(brought(camera.current, { ...box, width: NODE.width, height: NODE.height }, size()))
  }
  const step = (event: KeyboardEvent, id: string): void => {
    const direction = {
      ArrowUp: 'up',
      ArrowDown: 'down',
      ArrowLeft: 'left',
      ArrowRight: 'right',
      Home: 'first',
      End: 'last',
    }[event.key]
    const node = byId.get(id)
    if (direction !== undefined) {
      event.preventDefault()
      const next = neighbour(scene, id, direction)
      if (next === null) return
      setCurrent(next)
      bring(next)
      frame
        .current!.querySelector<HTMLElement>(`[data-at="${scene.nodes.indexOf(byId.get(next)!)}"]`)
        ?.focus({ preventScroll: true })
    } else if (event.key === 'f') {
      event.stopPropagation()
      props.onFocus(id)
    } else if ((event.key === '+' || event.key === '=') && node !== undefined) props.onExpand(node)
  }

  const pointers = useRef(new Map<number, { x: number; y: number }>())
  const moved = useRef(0)
  const lineAt = (event: PointerEvent): Line | null => {
    const view = camera.current!
    const x = (event.clientX - size().left - view.x) / view.zoom
    const y = (event.clientY - size().top - view.y) / view.zoom
    let best: Line | null = null
    let least = HIT / view.zoom
    for (const line of scene.lines) {
      const [x1, y1, , y2, , , x4, y4] = line.curve
      if (x < Math.min(x1, x4) - 60 || x > Math.max(x1, x4) + 60) continue
      if (y < Math.min(y1, y2, y4) - least || y > Math.max(y1, y4) + least) continue
      const distance = distanceTo(line.curve, x, y)
      if (distance < least) {
        least = distance
        best = line
      }
    }
    return best
  }

  const first =
    current !== null && byId.has(current)
      ? current
      : (selected ?? scene.layout.columns[0]?.ids[0] ?? null)
  return (
    <section
      class="graph-frame"
      ref={frame}
      aria-roledescription="access graph"
      aria-label={`Access graph, ${scene.nodes.length} nodes in ${scene.layout.columns.length} columns`}
      onPointerDown={(event) => {
        if (event.target instanceof Element && event.target.closest('button') !== null) return
        event.currentTarget.setPointerCapture(event.pointerId)
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
        moved.current = 0
      }}
      onPointerMove={(event) => {
        const before = pointers.current.get(event.pointerId)
        if (before === undefined) {
          if (event.pointerType !== 'mouse') return
          const line =
            event.target === frame.current ||
            event.target === canvas.current ||
            event.target === layer.current
              ? lineAt(event)
              : null
          if (line !== hovered.current) {
            hovered.current = line
            redraw()
            setTip(
              line === null
                ? null
                : { line, x: event.clientX - size().left, y: event.clientY - size().top },
            )
          }
          return
        }
        const others = [...pointers.current].filter(([id]) => id !== event.pointerId)
        const now = { x: event.clientX, y: event.clientY }
        const view = camera.current!
        moved.current += Math.abs(now.x - before.x) + Math.abs(now.y - before.y)
        const other = others[0]?.[1]
        if (other === undefined)
          look({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y })
        else {
          const factor =
            Math.hypot(now.x - other.x, now.y - other.y) /
            Math.max(1, Math.hypot(before.x - other.x, before.y - other.y))
          look(
            zoomed(view, factor, {
              x: (now.x + other.x) / 2 - size().left,
              y: (now.y + other.y) / 2 - size().top,
            }),
          )
        }
        pointers.current.set(event.pointerId, now)
      }}
      onPointerUp={(event) => {
        if (pointers.current.delete(event.pointerId) && moved.current < 4) onSelect(null)
      }}
      onPointerCancel={(event) => {
        pointers.current.delete(event.pointerId)
      }}
      onPointerLeave={() => {
        hovered.current = null
        setTip(null)
        redraw()
      }}
    >
      <canvas ref={canvas} />
      <div class="graph-layer" ref={layer}>
        {scene.layout.columns.map(({ rank, ids }, index) => (
          <ul key={rank} aria-label={titles[index]}>
            {ids.map((id) => {
              const node = byId.get(id)!
              return (
                <li key={id}>
                  <GraphNodeButton
                    node={node}
                    at={scene.nodes.indexOf(node)}
                    box={scene.layout.boxes.get(id)!}
                    isSelected={id === selected}
                    isDim={lit !== null && !lit.has(id)}
                    isStop={id === first}
                    onOpen={() => onSelect(id)}
                    onFocus={() => setCurrent(id)}
                    onKey={(event) => step(event, id)}
                  />
                </li>
              )
            })}
          </ul>
        ))}
      </div>
      <div class="graph-heads" ref={heads} aria-hidden="true">
        {scene.layout.columns.map(({ rank, x, ids }, index) => (
          <span key={rank} data-x={x}>
            {titles[index]} <span class="dim">{ids.length}</span>
          </span>
        ))}
      </div>
      <div class="graph-zoom">
        <button type="button" class="icon-button" aria-label="Zoom in" onClick={() => zoomBy(1.3)}>
          +
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Zoom out"
          onClick={() => zoomBy(1 / 1.3)}
        >
          −
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Show all of it"
          onClick={() => show(true)}
        >
          <Icon name="fit" />
        </button>
      </div>
      {tip !== null && (
        <div class="graph-tip" style={{ left: `${tip.x + 12}px`, top: `${tip.y + 12}px` }}>
          <b>{visible(byId.get(tip.line.edge.from)?.label ?? '')}</b> →{' '}
          <b>{visible(byId.get(tip.line.edge.to)?.label ?? '')}</b>
          <br />
          {lineWords(tip.line)}
        </div>
      )}
    </section>
  )
}

const RANK = ['low', 'medium', 'high', 'critical']

/** Where to look first: the worst finding, else what is new; undefined: nothing stands out. */
function worstPlace({ nodes, layout }: Scene): Box | undefined {
  const weight = ({ worst, isNew, type }: GraphNode) =>
    (worst === null ? 0 : 2 + RANK.indexOf(worst)) +
    (isNew ? 1 : 0) -
    (type === 'account' || type === 'cluster' ? 9 : 0)
  const first = nodes.reduce<GraphNode | null>(
    (best, node) => (weight(node) > (best === null ? 0 : weight(best)) ? node : best),
    null,
  )
  return first === null ? undefined : layout.boxes.get(first.id)
}

function lineWords({ edge }: Pick<Line, 'edge'>): string {
  const parts = [
    edge.did > 0 ? `did ${edge.did.toLocaleString('en')}×` : '',
    edge.refused > 0 ? `refused ${edge.refused.toLocaleString('en')}×` : '',
    lookOf(edge) !== 'could'
      ? ''
      : edge.could
        ? 'could, and no event shows it'
        : 'on the way to what could be',
    edge.isNew ? 'new' : '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}
