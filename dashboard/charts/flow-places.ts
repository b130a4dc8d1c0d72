import type { Flow as Reached } from '../../lib/graph/answer-overview.ts'
import type { Flow, FlowNode } from './bands.ts'
import { accountId, clusterId, namespaceId } from './ids.ts'

export interface FlowPlaces {
  readonly nodes: readonly FlowNode[]
  readonly flows: readonly Flow[]
}

/** Ways out of a cluster's own account that are drawn. */
const OUT_MAX = 24

/**
 * What is worth looking at: each way into an account that is not the cluster's own stands by itself; namespaces that stay at home
 * are one. Home is the account that most of a cluster goes to.
 */
export function flowPlaces(reached: readonly Reached[]): FlowPlaces {
  const homes = homesOf(reached)
  const out = reached
    .filter(({ cluster, account }) => account !== homes.get(cluster))
    .slice(0, OUT_MAX)
  const isOut = new Set(out.map(({ cluster, namespace }) => namespaceId(cluster, namespace)))
  const nodes = new Map<string, FlowNode>()
  const flows = new Map<string, { from: string; to: string; count: number; isOut: boolean }>()
  const quiet = Map.groupBy(
    reached.filter(
      (one) =>
        one.account === homes.get(one.cluster) &&
        !isOut.has(namespaceId(one.cluster, one.namespace)),
    ),
    ({ cluster }) => cluster,
  )
  const add = (from: string, to: string, count: number, leaves: boolean): void => {
    const key = `${from}\n${to}`
    const known = flows.get(key)
    if (known === undefined) flows.set(key, { from, to, count, isOut: leaves })
    else {
      known.count += count
      known.isOut ||= leaves
    }
  }
  const put = (one: Reached, middle: FlowNode, leaves: boolean): void => {
    const cluster = clusterId(one.cluster)
    const account = accountId(one.account)
    nodes.set(cluster, { id: cluster, label: one.cluster, rank: 0 })
    nodes.set(middle.id, middle)
    nodes.set(account, {
      id: account,
      label: one.isOutside ? `${one.account} EXT` : one.account,
      rank: 2,
    })
    add(cluster, middle.id, one.count, false)
    add(middle.id, account, one.count, leaves)
  }
  for (const one of reached) {
    const id = namespaceId(one.cluster, one.namespace)
    const isHome = one.account === homes.get(one.cluster)
    if (isOut.has(id) && (isHome || out.includes(one)))
      put(one, { id, label: one.namespace, rank: 1 }, !isHome)
  }
  for (const [cluster, some] of quiet) {
    const names = new Set(some.map(({ namespace }) => namespace))
    const label = names.size === 1 ? some[0]!.namespace : `${names.size} namespaces`
    for (const one of some) put(one, { id: `${clusterId(cluster)}#quiet`, label, rank: 1 }, false)
  }
  return { nodes: [...nodes.values()], flows: [...flows.values()] }
}

function homesOf(reached: readonly Reached[]): Map<string, string> {
  const homes = new Map<string, string>()
  for (const [cluster, some] of Map.groupBy(reached, (one) => one.cluster)) {
    const sums = new Map<string, number>()
    for (const { account, workloads } of some)
      sums.set(account, (sums.get(account) ?? 0) + workloads)
    homes.set(cluster, [...sums].reduce((most, one) => (one[1] > most[1] ? one : most))[0])
  }
  return homes
}
