import { parseArn, roleName } from '../identity/arn.ts'
import { parseServiceAccountSubject } from '../identity/workload.ts'
import type { Principal } from '../model.ts'
import type { Questions, Workbench } from '../ports.ts'
import { callerRef } from '../session/refs.ts'
import { type Answer, type Asked, frameOf, type Known } from './answer.ts'
import { compare } from './order.ts'
import { accountId, clusterId, namespaceId } from './picture.ts'

/** One thing that goes by what was typed or pasted. */
export interface SearchHit {
  readonly type:
    | 'role'
    | 'workload'
    | 'principal'
    | 'session'
    | 'event'
    | 'network'
    | 'resource'
    | 'account'
    | 'cluster'
    | 'namespace'
    | 'finding'
  readonly id: string
  readonly label: string
  readonly detail: string
  /** Where the dashboard shows it. */
  readonly path: string
}

export interface SearchResult extends Omit<Answer<'SearchResult', SearchHit>, 'next'> {
  /** There are more than are shown. */
  readonly truncated: boolean
}

const HITS_MAX = 40
/** Sessions are only counted as far as it takes to say that there are several. */
const SESSIONS_MAX = 20

/** What the text may mean, by its shape and by what is stored; exact names first. */
export async function answerSearch(
  store: Pick<Questions, 'principals' | 'roles' | 'find' | 'activity' | 'extent' | 'coverage'> &
    Pick<Workbench, 'sightings'>,
  q: string,
  asked: Asked,
  { clusters, ...known }: Known,
): Promise<SearchResult> {
  const frame = await frameOf(store, asked, known)
  const text = q.trim()
  const hits: SearchHit[] = []
  const sessions = await sessionHit(store, text)
  if (sessions !== null) hits.push(sessions)
  const resource = await resourceHit(store, text)
  if (resource !== null) hits.push(resource)
  const subject = parseServiceAccountSubject(text)
  const part = (
    subject === null ? text : `${subject.namespace}/${subject.serviceAccount}`
  ).toLowerCase()
  const role = roleName(text).toLowerCase()
  for (const arn of await store.roles('*'))
    if (arn.toLowerCase().includes(part) || roleName(arn).toLowerCase() === role)
      hits.push(roleHit(arn))
  const principals = (await store.principals({})).map((one) => clusters.named(one))
  const places = new Map<string, SearchHit>()
  const seen = new Set<string>()
  for (const one of principals) {
    for (const hit of placesOf(one))
      if (hit.label.toLowerCase().includes(part)) places.set(hit.id, hit)
    if (!`${one.id}\n${one.name ?? ''}`.toLowerCase().includes(part) || seen.has(one.kind + one.id))
      continue
    seen.add(one.kind + one.id)
    hits.push(principalHit(one))
  }
  hits.push(...places.values())
  const accounts = new Set([
    ...(await store.roles('*')).map(accountOf),
    ...known.accounts,
    ...principals.map(({ account }) => account ?? ''),
  ])
  for (const account of [...accounts].sort(compare))
    if (/^\d{4,12}$/.test(text) && account.includes(text)) hits.push(accountHit(account))
  const rank = ({ id, label }: SearchHit): number =>
    id === text || label === text ? 0 : label.toLowerCase().startsWith(part) ? 1 : 2
  const sorted = hits
    .map((hit, index) => ({ hit, index }))
    .sort((a, b) => rank(a.hit) - rank(b.hit) || a.index - b.index)
    .map(({ hit }) => hit)
  return {
    apiVersion: 'podtrail/v1',
    kind: 'SearchResult',
    window: frame.shown,
    coverage: frame.coverage,
    items: sorted.slice(0, HITS_MAX),
    truncated: sorted.length > HITS_MAX,
  }
}

const accountOf = (arn: string): string => parseArn(arn)?.account ?? ''

async function sessionHit(
  store: Pick<Questions, 'find'> & Pick<Workbench, 'sightings'>,
  text: string,
): Promise<SearchHit | null> {
  const found = await store.find(text, SESSIONS_MAX)
  const ref = callerRef(text)
  const used = found.length > 0 ? [] : ((await store.sightings([ref])).get(ref) ?? [])
  const count = found.length + used.length
  if (count === 0) return null
  const many = count >= SESSIONS_MAX ? `${SESSIONS_MAX} or more sessions` : `${count} sessions`
  return {
    type: typeOf(text),
    id: text,
    label: text,
    detail: count === 1 ? `a session of ${roleName((found[0] ?? used[0])!.role)}` : many,
    path: pathTo('/sessions', 'q', text),
  }
}

function typeOf(text: string): 'event' | 'network' | 'session' {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return 'event'
  return /^vpce-|^[\d.]+$|^[0-9a-f]*:[0-9a-f:]+$/i.test(text) ? 'network' : 'session'
}

async function resourceHit(
  store: Pick<Questions, 'activity' | 'extent'>,
  text: string,
): Promise<SearchHit | null> {
  const arn = parseArn(text)
  const resource = arn === null ? `arn:aws:s3:::${text}` : text
  const extent = await store.extent()
  if (extent === null || arn?.service === 'iam' || arn?.service === 'sts') return null
  const sums = await store.activity({ resources: [resource] }, extent)
  if (sums.length === 0) return null
  return {
    type: 'resource',
    id: resource,
    label: parseArn(resource)?.resource ?? resource,
    detail: resource,
    path: pathTo('/resources', 'arn', resource),
  }
}

function roleHit(arn: string): SearchHit {
  return {
    type: 'role',
    id: arn,
    label: roleName(arn),
    detail: `account ${accountOf(arn)}`,
    path: pathTo('/roles', 'arn', arn),
  }
}

function principalHit({
  kind,
  id,
  cluster,
  namespace,
  serviceAccount,
  name,
}: Principal): SearchHit {
  if (kind === 'workload' && cluster !== null && namespace !== null && serviceAccount !== null)
    return {
      type: 'workload',
      id,
      label: `${namespace}/${serviceAccount}`,
      detail: cluster,
      path: `/identities/${[cluster, namespace, serviceAccount].map(encodeURIComponent).join('/')}`,
    }
  return {
    type: 'principal',
    id,
    label: name ?? id,
    detail: kind,
    path: pathTo('/principals', 'id', id),
  }
}

function placesOf({ cluster, namespace }: Principal): SearchHit[] {
  if (cluster === null) return []
  const hit = (
    type: 'cluster' | 'namespace',
    id: string,
    label: string,
    detail: string,
  ): SearchHit => ({ type, id, label, detail, path: pathTo('/graph', 'focus', id) })
  return [
    hit('cluster', clusterId(cluster), cluster, 'cluster'),
    ...(namespace === null
      ? []
      : [hit('namespace', namespaceId(cluster, namespace), namespace, `namespace of ${cluster}`)]),
  ]
}

function accountHit(account: string): SearchHit {
  return {
    type: 'account',
    id: account,
    label: account,
    detail: 'AWS account',
    path: pathTo('/graph', 'focus', accountId(account)),
  }
}

function pathTo(page: string, parameter: string, value: string): string {
  return `${page}?${parameter}=${encodeURIComponent(value)}`
}
