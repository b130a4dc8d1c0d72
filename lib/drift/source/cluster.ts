import { clusterRef, objectOf, type Place, type Reading, textOf, textsOf } from './json.ts'

/**
 * `aws eks describe-cluster` and `list-clusters`
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
 */
export function readCluster(output: Record<string, unknown>, place: Place): Reading | null {
  if (Array.isArray(output['clusters']))
    return textsOf(output['clusters']).map((name) => ({
      kind: 'cluster-name',
      cluster: { name, account: place.account, region: place.region ?? null },
    }))
  const cluster = objectOf(output['cluster'])
  const arn = textOf(cluster['arn'])
  if (arn === null || !arn.includes(':cluster/')) return null
  const ref = clusterRef(textOf(cluster['name']), arn, place)
  if (ref === null) return 'the cluster has no name'
  const issuer = textOf(objectOf(objectOf(cluster['identity'])['oidc'])['issuer'])
  return [
    {
      kind: 'cluster',
      cluster: ref,
      arn,
      issuer: issuer?.replace(/^https:\/\//i, '').replace(/\/$/, '') ?? null,
    },
  ]
}
