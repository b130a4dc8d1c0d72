import type { JSX } from 'preact'
import type { PrincipalItem, PrincipalList } from '../../lib/graph/answer-principals.ts'
import type { RoleItem, RoleList } from '../../lib/graph/answer-roles.ts'
import { apiUrl } from '../api/client.ts'
import type { SearchResult } from '../api/types.ts'
import { useAll } from '../api/use-all.ts'
import { useAnswer } from '../api/use-answer.ts'
import { go, hereWith, pageHref, useHere } from '../app/location.ts'
import { principalHref, roleHref } from '../app/paths.ts'
import { useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { Badge, SeverityMark } from '../parts/marks.tsx'
import { PrincipalName, RoleName, Text, Where } from '../parts/names.tsx'
import { PageHead } from '../parts/panel.tsx'
import type { Column } from '../parts/rows.ts'
import { Empty } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { counted, kindWords, principalName } from '../parts/text.ts'
import { Time } from '../parts/time.tsx'

/** Whatever somebody has in hand, and everything there is. */
export function SearchPage(): JSX.Element {
  const { params } = useHere()
  const q = params.get('q') ?? ''
  const show = params.get('show') === 'roles' ? 'roles' : 'principals'
  return (
    <>
      <PageHead kind="Search" title="Find anything" />
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault()
          go(hereWith({ q: String(new FormData(event.currentTarget).get('q') ?? '').trim() }))
        }}
      >
        <input
          name="q"
          key={q}
          defaultValue={q}
          aria-label="Find or paste anything"
          placeholder="key id, ARN, session, address, event id, namespace/serviceaccount, account …"
          autocomplete="off"
        />
        <button type="submit" class="primary">
          Find
        </button>
      </form>
      {q === '' ? (
        <>
          <nav class="choice tabs" aria-label="What is listed">
            <a
              href={hereWith({ show: null, sort: null, f: null })}
              aria-current={show === 'principals' ? 'true' : undefined}
            >
              Identities
            </a>
            <a
              href={hereWith({ show: 'roles', sort: null, f: null })}
              aria-current={show === 'roles' ? 'true' : undefined}
            >
              Roles
            </a>
          </nav>
          {show === 'principals' ? <Principals /> : <Roles />}
        </>
      ) : (
        <Hits q={q} />
      )}
    </>
  )
}

function Hits({ q }: { q: string }): JSX.Element {
  const asked = useAnswer<SearchResult>('/search', { q })
  return (
    <Answered to={asked} what="Looking everywhere">
      {(answer) =>
        answer.items.length === 0 ? (
          <Empty
            title="Nothing in the store goes by that name"
            isTimed={false}
            action={
              <a class="button" href={hereWith({ q: null })}>
                List everything
              </a>
            }
          >
            podtrail knows key ids, sessions, addresses and events of recorded calls, roles,
            principals, accounts, clusters and resources.
          </Empty>
        ) : (
          <ul class="hits">
            {answer.items.map((hit) => (
              <li key={`${hit.type} ${hit.id}`}>
                <a href={pageHref(hit.path)}>
                  <span class="type">{hit.type}</span>
                  <b>
                    <Text>{hit.label}</Text>
                  </b>
                  <span class="dim">
                    <Text>{hit.detail}</Text>
                  </span>
                </a>
              </li>
            ))}
            {answer.truncated && <li class="dim">There are more: type more of the name.</li>}
          </ul>
        )
      }
    </Answered>
  )
}

function Principals(): JSX.Element {
  const { window, cluster, namespace, isReady } = useScope()
  const query = { ...window, cluster, namespace }
  const asked = useAll<PrincipalList>(isReady ? '/principals' : null, query)
  return (
    <Answered to={asked}>
      {(answer) => (
        <Table
          caption="Identities"
          rows={answer.items.toSorted(byWeight)}
          columns={PRINCIPALS}
          rowKey={({ principal }) => `${principal.kind} ${principal.id}`}
          href={({ principal }) => principalHref(principal)}
          total={answer.total.items}
          exportUrl={apiUrl('/principals', query)}
          empty={<Empty title="Nobody assumed a role in this time" />}
        />
      )}
    </Answered>
  )
}

function Roles(): JSX.Element {
  const { window, account, isReady } = useScope()
  const query = { ...window, account }
  const asked = useAll<RoleList>(isReady ? '/roles' : null, query)
  return (
    <Answered to={asked}>
      {(answer) => (
        <Table
          caption="Roles"
          rows={answer.items.toSorted(byWeight)}
          columns={ROLES}
          rowKey={({ role }) => role}
          href={({ role }) => roleHref(role)}
          total={answer.total.items}
          exportUrl={apiUrl('/roles', query)}
          empty={<Empty title="No role was assumed in this time" />}
        />
      )}
    </Answered>
  )
}

/** What has findings first, then what is used most. */
function byWeight(a: PrincipalItem | RoleItem, b: PrincipalItem | RoleItem): number {
  return b.findings - a.findings || b.count - a.count
}

const FINDINGS: Column<PrincipalItem | RoleItem> = {
  id: 'findings',
  title: 'Findings',
  value: ({ findings }) => findings,
  cell: ({ findings, worst }) =>
    findings === 0 || worst === null ? (
      <span class="dim">none</span>
    ) : (
      <span title={counted(findings, 'open finding')}>
        {findings} <SeverityMark of={worst} />
      </span>
    ),
}
const SEEN: readonly Column<PrincipalItem | RoleItem>[] = [
  { id: 'count', title: 'Times', value: ({ count }) => count, isNumber: true },
  { id: 'refused', title: 'Refused', value: ({ refused }) => refused, isNumber: true },
  {
    id: 'first',
    title: 'First',
    value: ({ firstSeen }) => firstSeen,
    cell: ({ firstSeen }) => <Time at={firstSeen} seconds={false} />,
  },
  {
    id: 'last',
    title: 'Last',
    value: ({ lastSeen }) => lastSeen,
    cell: ({ lastSeen }) => <Time at={lastSeen} seconds={false} />,
  },
  FINDINGS,
]
const PRINCIPALS: readonly Column<PrincipalItem>[] = [
  {
    id: 'who',
    title: 'Who',
    value: ({ principal }) => principalName(principal),
    cell: ({ principal }) => <PrincipalName of={principal} />,
  },
  { id: 'kind', title: 'Kind', value: ({ principal }) => kindWords(principal.kind), isFacet: true },
  {
    id: 'cluster',
    title: 'Cluster',
    value: ({ principal }) => principal.cluster,
    cell: ({ principal: { cluster } }) =>
      cluster === null ? <span class="dim">–</span> : <Where>{cluster}</Where>,
    isFacet: true,
  },
  { id: 'roles', title: 'Roles', value: ({ roles }) => roles, isNumber: true },
  { id: 'accounts', title: 'Accounts', value: ({ accounts }) => accounts.join(' ') },
  ...SEEN,
]
const ROLES: readonly Column<RoleItem>[] = [
  {
    id: 'role',
    title: 'Role',
    value: ({ role }) => role,
    cell: ({ role }) => <RoleName arn={role} account={false} />,
  },
  {
    id: 'account',
    title: 'Account',
    value: ({ account }) => account,
    cell: ({ account, isOutside }) => (
      <>
        {account} {isOutside && <Badge kind="ext">EXT</Badge>}
      </>
    ),
    isFacet: true,
  },
  { id: 'principals', title: 'Principals', value: ({ principals }) => principals, isNumber: true },
  {
    id: 'hops',
    title: 'Hops',
    value: ({ hops }) => hops?.[1] ?? null,
    cell: ({ hops }) =>
      hops === null ? (
        <span class="dim">only refused</span>
      ) : hops[0] === hops[1] ? (
        hops[0]
      ) : (
        `${hops[0]} to ${hops[1]}`
      ),
    isNumber: true,
  },
  {
    id: 'declared',
    title: 'Declared',
    value: ({ isDeclared }) => (isDeclared === null ? 'not known' : isDeclared ? 'yes' : 'no'),
    isFacet: true,
  },
  ...SEEN,
]
