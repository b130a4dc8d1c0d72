import type { JSX } from 'preact'
import type { Graph, GraphEdge, GraphNode } from '../api/types.ts'
import { hereWith, pageHref } from '../app/location.ts'
import { roleHref } from '../app/paths.ts'
import { Badge, SeverityMark } from '../parts/marks.tsx'
import { OutcomeMark, ProofMark, Text } from '../parts/names.tsx'
import { counted } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'
import { lookOf } from './scene.ts'

/** What is known of a node, beside the picture; it has an address of its own, and Back closes it. */
export function GraphDrawer({
  node,
  graph,
  onExpand,
}: {
  node: GraphNode
  graph: Graph
  onExpand: (node: GraphNode) => void
}): JSX.Element {
  const byId = new Map(graph.nodes.map((one) => [one.id, one]))
  const into = graph.edges.filter(({ to }) => to === node.id)
  const out = graph.edges.filter(({ from }) => from === node.id)
  const page = pageOf(node)
  return (
    <aside class="drawer" aria-label={`About ${node.label}`}>
      <header>
        <p class="kind">{node.type === 'workload' ? 'ServiceAccount' : node.type}</p>
        <h2 class="wrap">
          <Text>{node.label}</Text>
        </h2>
        <a class="icon-button close" href={hereWith({ sel: null })} aria-label="Close">
          ×
        </a>
      </header>
      <p class="marks">
        {node.worst !== null && <SeverityMark of={node.worst} />}
        {node.findings > 0 && (
          <a href={pageHref('/findings', { filter: node.label })}>
            <Badge kind="finding">{counted(node.findings, 'open finding')}</Badge>
          </a>
        )}
        {node.isNew && <Badge kind="new">NEW</Badge>}
        {node.isOutside && <Badge kind="ext">EXT</Badge>}
      </p>
      <dl class="facts">
        {node.cluster !== null && (
          <div>
            <dt>Cluster</dt>
            <dd>
              <Text>{node.cluster}</Text>
            </dd>
          </div>
        )}
        {node.account !== null && (
          <div>
            <dt>Account</dt>
            <dd>{node.account}</dd>
          </div>
        )}
        <div>
          <dt>Used</dt>
          <dd>{counted(node.count, 'time')} in this window</dd>
        </div>
      </dl>
      <p class="actions">
        {page !== null && (
          <a class="button primary" href={page}>
            Open its page
          </a>
        )}
        <a class="button" href={pageHref('/graph', { focus: node.id, sel: node.id })}>
          Only ways through it
        </a>
        {node.folded > 0 && (
          <button type="button" onClick={() => onExpand(node)}>
            Open its {node.folded}
          </button>
        )}
      </p>
      <Lines title="Comes from" edges={into} end="from" byId={byId} />
      <Lines title="Leads to" edges={out} end="to" byId={byId} />
    </aside>
  )
}

const LINES = 12

function Lines({
  title,
  edges,
  end,
  byId,
}: {
  title: string
  edges: readonly GraphEdge[]
  end: 'from' | 'to'
  byId: ReadonlyMap<string, GraphNode>
}): JSX.Element | null {
  if (edges.length === 0) return null
  const sorted = edges.toSorted(
    (a, b) => Number(b.isNew) - Number(a.isNew) || b.did - a.did || b.refused - a.refused,
  )
  return (
    <>
      <h3>
        {title} <span class="dim">{edges.length}</span>
      </h3>
      <ul class="drawer-lines">
        {sorted.slice(0, LINES).map((edge) => (
          <li key={edge[end]}>
            <a href={hereWith({ sel: edge[end] })}>
              <Text>{byId.get(edge[end])?.label ?? edge[end]}</Text>
            </a>
            <span class="dim">
              <OutcomeMark of={lookOf(edge)} />{' '}
              {edge.did > 0 && `${edge.did.toLocaleString('en')}×`}
              {edge.refused > 0 && ` refused ${edge.refused}×`}{' '}
              {edge.proof !== null && <ProofMark of={edge.proof} />}{' '}
              {edge.isNew && <Badge kind="new">NEW</Badge>}{' '}
              {edge.lastSeen !== null && <Time at={edge.lastSeen} seconds={false} />}
            </span>
          </li>
        ))}
      </ul>
      {edges.length > LINES && (
        <p class="dim small">and {edges.length - LINES} more; the table has all</p>
      )}
    </>
  )
}

/** Where more is said about it; null: it has no page. */
function pageOf({ id, type, cluster, label }: GraphNode): string | null {
  const rest = id.slice(id.indexOf(':') + 1)
  switch (type) {
    case 'role':
      return roleHref(rest)
    case 'workload':
      return cluster === null
        ? null
        : pageHref(
            `/identities/${[cluster, ...rest.split('/').slice(-2)].map(encodeURIComponent).join('/')}`,
          )
    case 'principal':
      return pageHref('/principals', { id: rest.slice(rest.indexOf(':') + 1) })
    case 'namespace':
      return pageHref('/search', { ns: label, cluster })
    case 'cluster':
      return pageHref('/search', { cluster: label })
    case 'account':
      return pageHref('/search', { show: 'roles', account: rest })
    case 'group':
      return null
  }
}
