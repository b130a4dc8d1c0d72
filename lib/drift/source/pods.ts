import type { Pod } from '../snapshot.ts'
import { clusterOfPlace, listOf, objectOf, type Place, type Reading, textOf } from './json.ts'
import { cutList, type Listed, listedAs, NO_CLUSTER } from './kubernetes.ts'

/** `kubectl get pods -A -o json`. Only the names of environment variables are looked at, never their values. */
export function readPods(output: Record<string, unknown>, place: Place): Reading | null {
  const listed = listedAs('Pod', /pod(?!.?identity)/i, output, place)
  if (listed === null) return null
  const cluster = clusterOfPlace(place)
  if (cluster === null) return NO_CLUSTER
  const items = listed.filter(({ object }) => !isDone(object)).map(podOf)
  return [{ kind: 'pods', cluster, part: { items, missing: cutList(output, 'pods') } }]
}

/** A pod that has run to its end uses nothing any more. */
function isDone(pod: Record<string, unknown>): boolean {
  const phase = objectOf(pod['status'])['phase']
  return phase === 'Succeeded' || phase === 'Failed'
}

function podOf({ namespace, name, labels, object }: Listed): Pod {
  const spec = objectOf(object['spec'])
  const containers = [...listOf(spec['containers']), ...listOf(spec['initContainers'])].map(
    objectOf,
  )
  return {
    namespace,
    name,
    serviceAccount: textOf(spec['serviceAccountName']) ?? 'default',
    workload: ownerOf(object, name, labels),
    // https://docs.aws.amazon.com/eks/latest/userguide/fargate.html
    onFargate:
      spec['schedulerName'] === 'fargate-scheduler' ||
      'eks.amazonaws.com/fargate-profile' in labels ||
      (textOf(spec['nodeName'])?.startsWith('fargate-') ?? false),
    labels,
    keyVariables: containers.flatMap((container) =>
      listOf(container['env'])
        .map(objectOf)
        .some(({ name: variable }) => variable === 'AWS_ACCESS_KEY_ID')
        ? [textOf(container['name']) ?? '?']
        : [],
    ),
  }
}

/** A ReplicaSet is known by its Deployment, and a Job by its CronJob, whose names they extend. */
function ownerOf(
  object: Record<string, unknown>,
  name: string,
  labels: Record<string, string>,
): string {
  const owners = listOf(objectOf(object['metadata'])['ownerReferences']).map(objectOf)
  const owner = owners.find((one) => one['controller'] === true) ?? owners[0]
  const kind = textOf(owner?.['kind'])
  const ownerName = textOf(owner?.['name'])
  if (kind === null || ownerName === null || kind === 'Node') return `Pod/${name}`
  const hash = labels['pod-template-hash']
  if (kind === 'ReplicaSet' && hash !== undefined && ownerName.endsWith(`-${hash}`))
    return `Deployment/${ownerName.slice(0, -hash.length - 1)}`
  if (kind === 'Job' && /-\d{8,10}$/.test(ownerName))
    return `CronJob/${ownerName.replace(/-\d{8,10}$/, '')}`
  return `${kind}/${ownerName}`
}
