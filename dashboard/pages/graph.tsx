import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { save } from '../api/client.ts'
import type { Graph, GraphNode } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { announce } from '../app/announce.ts'
import { onKeys } from '../app/keyboard.ts'
import { go, hereWith, pageHref, useHere } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { coloursOf } from '../graph/colours.ts'
import { GraphDrawer } from '../graph/drawer.tsx'
import { GraphLegend } from '../graph/legend.tsx'
import { placesIn, type Shows, sceneOf } from '../graph/scene.ts'
import { svgOf } from '../graph/svg.ts'
import { GraphTable } from '../graph/table.tsx'
import { GraphView } from '../graph/view.tsx'
import { Answered } from '../parts/asked.tsx'
import { Menu } from '../parts/menu.tsx'
import { Empty } from '../parts/states.tsx'
import { counted, visible } from '../parts/text.ts'

const OUTCOMES = ['did', 'could', 'refused'] as const

/** Who reaches what: the graph is a lens, the table is the same rows; one address for both. */
export function GraphPage(): JSX.Element {
  const { params } = useHere()
  const scope = useScope()
  const focus = params.get('focus')
  const query = {
    ...scope.window,
    cluster: scope.cluster,
    namespace: scope.namespace,
    account: scope.account,
    focus,
    fold: params.get('fold'),
    expand: params.getAll('expand'),
  }
  const asked = useAnswer<Graph>(scope.isReady ? '/graph' : null, query)
  const isTable = params.get('view') === 'table'
  useLayoutEffect(
    () => onKeys({ t: () => go(hereWith({ view: isTable ? null : 'table' })) }),
    [isTable],
  )
  return (
    <div class="graph-page">
      <h1 class="sr">Access graph</h1>
      <div class="graph-bar">
        <nav class="choice" aria-label="View">
          <a href={hereWith({ view: null })} aria-current={isTable ? undefined : 'true'}>
            Graph
          </a>
          <a href={hereWith({ view: 'table' })} aria-current={isTable ? 'true' : undefined}>
            Table
          </a>
        </nav>
        <Toggles />
        {focus !== null && (
          <a class="chip" href={hereWith({ focus: null })}>
            Only ways through <b>{visible(focus.replace(/^[^:]*:/, ''))}</b>{' '}
            <span aria-hidden="true">×</span>
            <span class="sr">take away</span>
          </a>
        )}
        {params.has('expand') && (
          <a class="chip" href={hereWith({ expand: null })}>
            {counted(params.getAll('expand').length, 'group')} opened{' '}
            <span aria-hidden="true">×</span>
            <span class="sr">fold again</span>
          </a>
        )}
        <Menu label="Fold" title="How much is drawn">
          <div class="menu-list">
            {(
              [
                [null, 'As much as it takes to stay readable'],
                ['ns', 'Every namespace as one'],
                ['none', 'Nothing (2,000 nodes at most)'],
              ] as const
            ).map(([value, words]) => (
              <a
                key={words}
                href={hereWith({ fold: value, expand: null })}
                aria-current={params.get('fold') === value ? 'true' : undefined}
              >
                {words}
              </a>
            ))}
          </div>
        </Menu>
        <GraphLegend />
      </div>
      <Answered to={asked} what="Drawing who reaches what">
        {(answer) => <Body answer={answer} isTable={isTable} />}
      </Answered>
    </div>
  )
}

/** Did, could, refused: each can be left out, none is mixed with another. */
function shownBy(params: URLSearchParams): Shows {
  const off = new Set((params.get('hide') ?? '').split(','))
  return { did: !off.has('did'), could: !off.has('could'), refused: !off.has('refused') }
}

function Toggles(): JSX.Element {
  const shows = shownBy(useHere().params)
  return (
    <fieldset class="toggles" aria-label="What is drawn">
      {OUTCOMES.map((one) => (
        <button
          key={one}
          type="button"
          class={`outcome ${one}`}
          aria-pressed={shows[one]}
          onClick={() => {
            const hidden = OUTCOMES.filter((other) =>
              other === one ? shows[other] : !shows[other],
            )
            go(hereWith({ hide: hidden.join(',') }))
          }}
        >
          <i class={`stroke ${one}`} aria-hidden="true" /> {one}
        </button>
      ))}
    </fieldset>
  )
}

function Body({ answer, isTable }: { answer: Graph; isTable: boolean }): JSX.Element {
  const { params } = useHere()
  const shows = shownBy(params)
  const before = useRef<ReadonlyMap<string, number>>(new Map())
  const frame = useRef<HTMLDivElement>(null)
  const key = JSON.stringify(shows)
  // The order before seeds the next one; it is a memory, and no reason to lay out again.
  const scene = useMemo(() => {
    const made = sceneOf(answer, shows, before.current)
    before.current = placesIn(made.layout)
    return made
  }, [answer, key])
  const selected = params.get('sel')
  const node = answer.nodes.find(({ id }) => id === selected) ?? null
  useEffect(() => {
    announce(`${counted(scene.nodes.length, 'node')} shown`)
  }, [scene])
  useLayoutEffect(
    () => onKeys({ Escape: () => selected !== null && go(hereWith({ sel: null })) }),
    [selected],
  )
  const expand = ({ id, folded }: GraphNode): void => {
    if (folded === 0) return
    go(hereWith({ expand: [...new Set([...params.getAll('expand'), id])] }))
  }
  const lines = answer.edges.length
  return (
    <>
      <p class="graph-count" role="status">
        Showing <b>{answer.shown.toLocaleString('en')}</b> of {counted(answer.total, 'node')} and{' '}
        {counted(lines, 'line')}
        {answer.folded > 0 &&
          ` · ${answer.folded.toLocaleString('en')} folded into others; click a +n to open it`}
        {answer.truncated && (
          <b class="warn-text">
            {' '}
            · the rest did not fit: narrow down to a cluster, namespace or account
          </b>
        )}
        {!isTable && answer.nodes.length > 0 && (
          <button
            type="button"
            class="link"
            onClick={() =>
              save(
                new Blob([svgOf(scene, coloursOf(frame.current!))], { type: 'image/svg+xml' }),
                'podtrail-graph.svg',
              )
            }
          >
            Save as SVG
          </button>
        )}
      </p>
      {answer.nodes.length === 0 ? (
        <Empty title="Nobody became a role here in this time">
          {params.get('focus') !== null && (
            <a href={hereWith({ focus: null })}>Show all, not only ways through one node.</a>
          )}
        </Empty>
      ) : isTable ? (
        <GraphTable graph={answer} shows={shows} />
      ) : (
        <div class="graph-area" ref={frame}>
          <GraphView
            scene={scene}
            selected={selected}
            onSelect={(id) => {
              if (id !== selected)
                go(hereWith({ sel: id }), { replace: selected !== null && id !== null })
            }}
            onFocus={(id) => go(pageHref('/graph', { focus: id, sel: id }))}
            onExpand={expand}
          />
          {node !== null && <GraphDrawer node={node} graph={answer} onExpand={expand} />}
        </div>
      )}
    </>
  )
}
