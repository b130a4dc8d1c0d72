import type { Fact } from '../snapshot.ts'
import {
  clusterOfPlace,
  clusterRef,
  cutOf,
  isObject,
  listOf,
  objectOf,
  type Place,
  type Reading,
  textOf,
} from './json.ts'

/**
 * `aws eks list-pod-identity-associations` and `describe-pod-identity-association`
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_PodIdentityAssociation.html
 */
export function readPodIdentity(output: Record<string, unknown>, place: Place): Reading | null {
  if (Array.isArray(output['associations'])) return listed(output, place)
  const association = output['association']
  if (!isObject(association) || textOf(association['associationId']) === null) return null
  const cluster = refOf(association, place)
  const named = namesOf(association)
  const role = textOf(association['roleArn'])
  if (cluster === null || named === null || role === null)
    return 'the association lacks its cluster, ServiceAccount or role'
  return [
    {
      kind: 'association',
      cluster,
      association: {
        ...named,
        detail: {
          role,
          targetRole: textOf(association['targetRoleArn']),
          sessionTagsOff: association['disableSessionTags'] === true,
          externalId: textOf(association['externalId']),
        },
      },
    },
  ]
}

function listed(output: Record<string, unknown>, place: Place): Reading {
  const entries = listOf(output['associations']).map(objectOf)
  const missing = cutOf(output, 'aws eks list-pod-identity-associations')
  if (entries.length === 0) {
    const cluster = clusterOfPlace(place)
    if (cluster === null)
      return 'an empty list of associations names no cluster: put it into a folder named after the cluster'
    return [{ kind: 'associations', cluster, part: { items: [], missing } }]
  }
  const facts: Fact[] = []
  for (const entry of entries) {
    const cluster = refOf(entry, place)
    const named = namesOf(entry)
    if (cluster === null || named === null)
      return 'an association lacks its cluster, its id or its ServiceAccount'
    facts.push({ kind: 'associations', cluster, part: { items: [named], missing } })
  }
  return facts
}

function refOf(entry: Record<string, unknown>, place: Place) {
  return clusterRef(textOf(entry['clusterName']), textOf(entry['associationArn']), place)
}

function namesOf(entry: Record<string, unknown>) {
  const id = textOf(entry['associationId'])
  const namespace = textOf(entry['namespace'])
  const serviceAccount = textOf(entry['serviceAccount'])
  return id === null || namespace === null || serviceAccount === null
    ? null
    : { id, namespace, serviceAccount }
}
