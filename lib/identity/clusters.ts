import type { Principal } from '../model.ts'
import { parseArn } from './arn.ts'

/** What one cluster goes by: the settings and each snapshot may have its own name for it. */
export interface ClusterNames {
  readonly name: string
  readonly issuer?: string | undefined
  readonly arn?: string | undefined
}

/** What is known of clusters: issuer and EKS ARN are aliases of one cluster, and answers call it by its name. */
export interface Clusters {
  /** The principal under the name of its cluster; unchanged where the cluster is not known. */
  named(principal: Principal): Principal
  /** Whether `text` (a name, an issuer or an ARN) means the cluster of the principal. */
  isOf(principal: Principal, text: string): boolean
}

/** Of two that disagree, the first counts; two clusters of one name are told apart by their accounts, and regions. */
export function clustersOf(all: readonly ClusterNames[]): Clusters {
  const byAlias = new Map<string, ClusterNames>()
  const known: ClusterNames[] = []
  for (const names of all) {
    const { issuer, arn } = names
    const same = [issuer, arn].flatMap((alias) => byAlias.get(alias ?? '') ?? [])[0]
    const cluster = same ?? { ...names, name: freeName(names, byAlias) }
    if (same === undefined) known.push(cluster)
    for (const alias of [cluster.name, issuer, arn])
      if (alias !== undefined && !byAlias.has(alias)) byAlias.set(alias, cluster)
  }

  // EKS cuts the cluster's name to ten characters in the names of Pod Identity sessions, see `workloadOfSessionName`.
  const byCutName = Map.groupBy(known, ({ arn = '' }) => {
    const { account, resource } = parseArn(arn) ?? { account: '', resource: '' }
    return `${account}/${resource.replace(/^cluster\//, '').slice(0, 10)}`
  })
  for (const [cut, [cluster, another]] of byCutName)
    if (cluster !== undefined && another === undefined && !byAlias.has(cut))
      byAlias.set(cut, cluster)

  function named(principal: Principal): Principal {
    const { kind, cluster: alias, namespace, serviceAccount } = principal
    const cluster = kind === 'workload' && alias !== null ? byAlias.get(alias) : undefined
    if (cluster === undefined) return principal
    return {
      ...principal,
      id: `${cluster.name}/${namespace}/${serviceAccount}`,
      cluster: cluster.name,
      account: parseArn(cluster.arn ?? '')?.account ?? null,
    }
  }

  function isOf({ cluster: alias }: Principal, text: string): boolean {
    if (alias === null) return false
    const asked = text.replace(/^https:\/\//, '')
    if (alias === asked || alias.endsWith(`:cluster/${asked}`)) return true
    const cluster = byAlias.get(asked)
    return cluster !== undefined && cluster === byAlias.get(alias)
  }

  return { named, isOf }
}

function freeName({ name, arn }: ClusterNames, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name
  const { account, region } = parseArn(arn ?? '') ?? {}
  if (account === undefined) return name
  const ofAccount = `${name}@${account}`
  return taken.has(ofAccount) ? `${ofAccount}.${region}` : ofAccount
}
