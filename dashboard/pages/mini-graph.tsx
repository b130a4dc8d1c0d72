import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Graph } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { go, pageHref } from '../app/location.ts'
import { useScope } from '../app/scope.ts'
import { Twin } from '../charts/twin.tsx'
import { sceneOf } from '../graph/scene.ts'
import { GraphTable } from '../graph/table.tsx'
import { GraphView } from '../graph/view.tsx'
import { Loading } from '../parts/states.tsx'

const ALL = { did: true, could: true, refused: true }

/** The ways through one node, drawn as on the graph's own page. */
export function MiniGraph({ focus, title }: { focus: string; title: string }): JSX.Element | null {
  const { window } = useScope()
  const { answer } = useAnswer<Graph>('/graph', { ...window, focus })
  const scene = useMemo(() => (answer === null ? null : sceneOf(answer, ALL)), [answer])
  if (answer !== null && answer.nodes.length === 0) return null
  const open = (id: string | null): void => {
    if (id !== null) go(pageHref('/graph', { focus, sel: id }))
  }
  return (
    <Twin
      name="ways"
      title={title}
      note="did, could and refused"
      picture={
        scene === null ? (
          <Loading />
        ) : (
          <div
            class="graph-area mini"
            style={{ height: `${Math.min(420, Math.max(150, scene.layout.height + 80))}px` }}
          >
            <GraphView
              scene={scene}
              selected={null}
              onSelect={open}
              onFocus={open}
              onExpand={({ id }) => open(id)}
            />
          </div>
        )
      }
      table={answer === null ? <Loading /> : <GraphTable graph={answer} shows={ALL} />}
    />
  )
}
