import type { ServiceAccount } from '../snapshot.ts'
import { clusterOfPlace, type Place, type Reading } from './json.ts'
import { cutList, listedAs, NO_CLUSTER } from './kubernetes.ts'

/**
 * `kubectl get serviceaccounts -A -o json`
 * Annotations: https://github.com/aws/amazon-eks-pod-identity-webhook
 */
export function readServiceAccounts(output: Record<string, unknown>, place: Place): Reading | null {
  const listed = listedAs('ServiceAccount', /service.?account|^sa\b/i, output, place)
  if (listed === null) return null
  const cluster = clusterOfPlace(place)
  if (cluster === null) return NO_CLUSTER
  const items = listed.map(
    ({ namespace, name, annotations }): ServiceAccount => ({
      namespace,
      name,
      role: annotations['eks.amazonaws.com/role-arn'] || null,
      audience: annotations['eks.amazonaws.com/audience'] || null,
    }),
  )
  const missing = cutList(output, 'serviceaccounts')
  return [{ kind: 'service-accounts', cluster, part: { items, missing } }]
}
