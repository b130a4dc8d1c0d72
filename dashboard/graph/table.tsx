import type { JSX } from 'preact'
import type { Graph, GraphEdge, GraphNode } from '../api/types.ts'
import { hereWith } from '../app/location.ts'
import { Badge } from '../parts/marks.tsx'
import { OutcomeMark, ProofMark, Text } from '../parts/names.tsx'
import type { Column } from '../parts/rows.ts'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { lookOf, type Shows } from './scene.ts'

/** The same lines as rows: equal to the picture, not a fallback. */
export function GraphTable({ graph, shows }: { graph: Graph; shows: Shows }): JSX.Element {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const rows = graph.edges.filter((edge) => shows[lookOf(edge)])
  return (
    <Table
      caption="Access graph"
      rows={rows}
      columns={columnsFor(byId)}
      rowKey={({ from, to }) => `${from}\n${to}`}
      href={({ from }) => hereWith({ sel: from, view: null })}
      empty={<Empty title="No line of these kinds is there" />}
    />
  )
}

function columnsFor(byId: ReadonlyMap<string, GraphNode>): Column<GraphEdge>[] {
  const labelOf = (id: string) => byId.get(id)?.label ?? id
  const name = (id: string) => (
    <a href={hereWith({ focus: id, sel: id, view: null, f: null, sort: null, filter: null })}>
      <Text>{labelOf(id)}</Text>
    </a>
  )
  const marks = (edge: GraphEdge): JSX.Element => (
    <>
      {edge.isNew && <Badge kind="new">NEW</Badge>}{' '}
      {(byId.get(edge.to)?.isOutside ?? false) && <Badge kind="ext">EXT</Badge>}
    </>
  )
  return [
    {
      id: 'fromtype',
      title: 'From a',
      value: ({ from }) => byId.get(from)?.type ?? '',
      isFacet: true,
    },
    {
      id: 'from',
      title: 'From',
      value: ({ from }) => labelOf(from),
      cell: ({ from }) => name(from),
    },
    { id: 'to', title: 'To', value: ({ to }) => labelOf(to), cell: ({ to }) => name(to) },
    { id: 'totype', title: 'To a', value: ({ to }) => byId.get(to)?.type ?? '', isFacet: true },
    {
      id: 'account',
      title: 'Account',
      value: ({ to }) => byId.get(to)?.account ?? null,
      isFacet: true,
    },
    {
      id: 'outcome',
      title: 'Outcome',
      value: lookOf,
      cell: (edge) => <OutcomeMark of={lookOf(edge)} />,
      isFacet: true,
    },
    { id: 'did', title: 'Did', value: ({ did }) => did, isNumber: true },
    { id: 'refused', title: 'Refused', value: ({ refused }) => refused, isNumber: true },
    {
      id: 'new',
      title: 'New',
      value: ({ isNew }) => (isNew ? 'new' : ''),
      cell: marks,
      isFacet: true,
    },
    {
      id: 'first',
      title: 'First',
      value: ({ firstSeen }) => firstSeen,
      cell: ({ firstSeen }) => <Time at={firstSeen} />,
    },
    {
      id: 'last',
      title: 'Last',
      value: ({ lastSeen }) => lastSeen,
      cell: ({ lastSeen }) => <Time at={lastSeen} />,
    },
    {
      id: 'proof',
      title: 'Proof',
      value: ({ proof }) => proof,
      cell: ({ proof }) => <ProofMark of={proof} />,
      isFacet: true,
    },
  ]
}
