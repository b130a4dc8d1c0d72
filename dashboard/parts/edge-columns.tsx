import type { Finding } from '../../lib/finding/finding.ts'
import type { AttemptItem, EdgeItem, TouchItem } from '../../lib/graph/edges.ts'
import { resourceHref } from '../app/paths.ts'
import { SeverityMark, StatusMark } from './marks.tsx'
import { Path, PrincipalName, ProofMark, RoleName, Text } from './names.tsx'
import type { Column } from './rows.ts'
import { kindWords, principalName, shortRole } from './text.ts'
import { Time } from './time.tsx'

interface Seen {
  readonly count: number
  readonly firstSeen: string
  readonly lastSeen: string
}

const viaText = (via: readonly string[]) => via.map(shortRole).join(' → ')

function seenColumns<Row extends Seen>(): Column<Row>[] {
  return [
    { id: 'count', title: 'Times', value: ({ count }) => count, isNumber: true },
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
  ]
}

function whoColumns<Row extends { readonly principal: EdgeItem['principal'] }>(): Column<Row>[] {
  return [
    {
      id: 'who',
      title: 'Who',
      value: ({ principal }) => principalName(principal),
      cell: ({ principal }) => <PrincipalName of={principal} />,
    },
    {
      id: 'kind',
      title: 'Kind',
      value: ({ principal }) => kindWords(principal.kind),
      isFacet: true,
    },
  ]
}

/** Who became a role. `by`: what stands first. */
export function edgeColumns(by: 'who' | 'role'): Column<EdgeItem>[] {
  const role: Column<EdgeItem> = {
    id: 'role',
    title: 'Role',
    value: (row) => row.role,
    cell: (row) => <RoleName arn={row.role} />,
  }
  return [
    ...(by === 'who' ? whoColumns<EdgeItem>() : [role]),
    {
      id: 'via',
      title: 'Through',
      value: ({ via }) => viaText(via),
      cell: ({ via }) =>
        via.length === 0 ? <span class="dim">directly</span> : <Path via={via} />,
    },
    ...seenColumns<EdgeItem>(),
    {
      id: 'proof',
      title: 'Proof',
      value: ({ proof }) => proof,
      cell: ({ proof }) => <ProofMark of={proof} />,
      isFacet: true,
    },
  ]
}

export function attemptColumns(by: 'who' | 'role'): Column<AttemptItem>[] {
  const role: Column<AttemptItem> = {
    id: 'role',
    title: 'Role',
    value: (row) => row.role,
    cell: (row) =>
      row.role === null ? <span class="dim">not recorded</span> : <RoleName arn={row.role} />,
  }
  return [
    ...(by === 'who' ? whoColumns<AttemptItem>() : [role]),
    {
      id: 'via',
      title: 'Through',
      value: ({ via }) => viaText(via),
      cell: ({ via }) =>
        via.length === 0 ? <span class="dim">directly</span> : <Path via={via} />,
    },
    { id: 'action', title: 'Call', value: ({ action }) => action, isFacet: true },
    { id: 'error', title: 'Error', value: ({ error }) => error, isFacet: true },
    ...seenColumns<AttemptItem>(),
  ]
}

export function touchColumns(by: 'who' | 'resource'): Column<TouchItem>[] {
  const resource: Column<TouchItem> = {
    id: 'resource',
    title: 'On',
    value: (row) => row.resource,
    cell: (row) =>
      row.resource === null ? (
        <span class="dim">no resource named</span>
      ) : (
        <a href={resourceHref(row.resource)}>
          <Text>{row.resource}</Text>
        </a>
      ),
  }
  return [
    ...(by === 'who' ? whoColumns<TouchItem>().slice(0, 1) : []),
    {
      id: 'role',
      title: 'As role',
      value: (row) => row.role,
      cell: (row) =>
        row.role === null ? <span class="dim">own credentials</span> : <RoleName arn={row.role} />,
    },
    { id: 'action', title: 'Action', value: ({ action }) => action, isFacet: true },
    ...(by === 'resource' ? [resource] : []),
    ...seenColumns<TouchItem>(),
  ]
}

export function findingColumns(): Column<Finding>[] {
  const rank = ['critical', 'high', 'medium', 'low']
  return [
    {
      id: 'severity',
      title: 'Severity',
      value: ({ severity }) => rank.indexOf(severity),
      cell: ({ severity }) => <SeverityMark of={severity} />,
    },
    {
      id: 'title',
      title: 'What happened',
      value: ({ title }) => title,
      cell: ({ title }) => (
        <b class="wrap">
          <Text>{title}</Text>
        </b>
      ),
    },
    { id: 'subject', title: 'Subject', value: ({ subject }) => subject },
    { id: 'rule', title: 'Rule', value: ({ rule }) => rule, isFacet: true },
    {
      id: 'last',
      title: 'Last',
      value: ({ lastSeen }) => lastSeen,
      cell: ({ lastSeen }) => <Time at={lastSeen} />,
    },
    { id: 'count', title: 'Times', value: ({ count }) => count, isNumber: true },
    {
      id: 'status',
      title: 'Status',
      value: ({ status }) => status,
      cell: ({ status }) => <StatusMark of={status} />,
      isFacet: true,
    },
  ]
}

export const edgeKey = ({ principal, role, via }: EdgeItem): string =>
  [principal.kind, principal.id, ...via, role].join(' ')
export const attemptKey = ({ principal, role, via, action, error, outcome }: AttemptItem): string =>
  [outcome, principal.kind, principal.id, ...via, role, action, error].join(' ')
export const touchKey = ({ outcome, principal, role, action, resource }: TouchItem): string =>
  [outcome, principal.kind, principal.id, role, action, resource].join(' ')
