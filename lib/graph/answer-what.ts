import type { Clusters } from '../identity/clusters.ts'
import { parseServiceAccountSubject } from '../identity/workload.ts'
import type { Principal } from '../model.ts'
import type { PrincipalFilter, Questions } from '../ports.ts'
import { type Asked, frameOf, type Known, type Unknown } from './answer.ts'
import { type EdgeList, edgeList } from './edge-list.ts'
import { attemptRows, edgeRows, touchRows } from './edges.ts'
import { nearest } from './nearest.ts'

export interface WhatAsked extends Asked {
  /** `namespace/serviceaccount`, `cluster/namespace/serviceaccount`, a token's subject, or the id of any principal. */
  readonly principal: string
  /** Name, issuer or ARN of the cluster that is meant. */
  readonly cluster?: string
  readonly failed?: boolean
  /** Also what it did with the roles. */
  readonly activity?: boolean
}

/** Which roles a workload used, and what it did with them. Workloads of one name in several clusters are all meant, unless one is named. */
export async function answerWhat(
  store: Pick<Questions, 'principals' | 'edges' | 'attempts' | 'activity' | 'extent' | 'coverage'>,
  asked: WhatAsked,
  { clusters, ...known }: Known,
): Promise<EdgeList | Unknown> {
  const frame = await frameOf(store, asked, known)
  const meant = await principalsMeant(store, asked, clusters)
  const about = { principals: meant }
  const edges = await store.edges(about, frame.window)
  const attempts = await store.attempts(about, frame.window)
  const activity = asked.activity === true ? await store.activity(about, frame.window) : null
  const isSilent = edges.length + attempts.length + (activity?.length ?? 0) === 0
  if (isSilent && !frame.empty && !(await hasDoneAnything(store, meant))) {
    const all = await store.principals({ kind: 'workload' })
    const names = all
      .filter((one) => asked.cluster === undefined || clusters.isOf(one, asked.cluster))
      .map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`)
    const suggestions = nearest(asked.principal, names)
    return { kind: 'Unknown', what: 'workload', text: asked.principal, suggestions }
  }
  const rows = {
    edges: edgeRows(edges, clusters, 'by-principal'),
    attempts: attemptRows(attempts, clusters, 'by-principal'),
    ...(activity === null
      ? {}
      : { activity: touchRows('activity', activity, clusters, asked.failed === true) }),
  }
  const ids = [...new Set(meant.map((principal) => clusters.named(principal).id))].sort()
  return edgeList(frame, { principals: ids }, rows, asked, ['what', ids])
}

/** Every principal that the text may mean. */
export async function principalsMeant(
  store: Pick<Questions, 'principals'>,
  asked: { readonly principal: string; readonly cluster?: string },
  clusters: Clusters,
): Promise<Principal[]> {
  for (const { filter, cluster } of readings(asked.principal)) {
    const inCluster = asked.cluster ?? cluster
    const named = await store.principals(filter)
    const meant = named.filter((one) => inCluster === undefined || clusters.isOf(one, inCluster))
    if (meant.length > 0) return meant
  }
  return []
}

/** A principal that later facts have explained away may still be listed, but nothing is said of it any more. */
async function hasDoneAnything(
  store: Pick<Questions, 'edges' | 'attempts' | 'activity' | 'extent'>,
  principals: readonly Principal[],
): Promise<boolean> {
  const everything = await store.extent()
  if (principals.length === 0 || everything === null) return false
  const about = { principals }
  return (
    (await store.edges(about, everything)).length > 0 ||
    (await store.attempts(about, everything)).length > 0 ||
    (await store.activity(about, everything)).length > 0
  )
}

/** What the text may mean, the likeliest first. */
function readings(text: string): { filter: PrincipalFilter; cluster?: string }[] {
  const subject = parseServiceAccountSubject(text)
  if (subject !== null) return [{ filter: { kind: 'workload', ...subject } }]
  const whole: { filter: PrincipalFilter; cluster?: string } = { filter: { id: text } }
  const parts = text.split('/')
  if (parts.length < 2 || parts.some((part) => part === '')) return [whole]
  const [namespace, serviceAccount] = parts.slice(-2) as [string, string]
  const filter: PrincipalFilter = { kind: 'workload', namespace, serviceAccount }
  const cluster = parts.slice(0, -2).join('/')
  return [cluster === '' ? { filter } : { filter, cluster }, whole]
}
