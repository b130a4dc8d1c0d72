import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { type Change, keyOfCluster } from '../fix.ts'
import { ROLE, sample, samplePod } from '../sample.ts'
import { accountWords, listed } from '../users.ts'
import type { Cluster } from '../world.ts'

export const serviceAccountSharedByWorkloads: Check = {
  id: 'service-account-shared-by-workloads',
  title: 'ServiceAccount with a role is shared by several workloads',
  severity: 'low',
  attack: ['T1078.004'],
  why: 'Every one of them gets the role, and CloudTrail cannot tell which of them used it.',
  blindSpots: 'Only pods that run now are seen; a job that starts at night is not.',
  runbook: [
    'Read what the ServiceAccount did in the last 90 days, and which of the workloads can have done it: podtrail what NAMESPACE/NAME --since 90d.',
    'Give the others a ServiceAccount of their own as `fix` says; without a role unless they need one.',
  ],
  needs: ['pods', 'service-accounts', 'associations'],

  *inspect({ declared }) {
    for (const cluster of declared.clusters)
      for (const [, pods] of Map.groupBy(
        cluster.pods.items,
        ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,
      )) {
        const { namespace, serviceAccount } = pods[0]!
        // `default` is for default-service-account.
        if (serviceAccount === 'default') continue
        const workloads = [...new Set(pods.map(({ workload }) => workload))].sort()
        const role = roleOf(cluster, namespace, serviceAccount)
        if (workloads.length < 2 || role === null) continue
        yield deviation({
          subject: `${cluster.called}/${namespace}/${serviceAccount}`,
          title: `${accountWords(cluster, namespace, serviceAccount)} has ${role} and is shared by ${listed(workloads)}`,
          declared: `used by ${listed(workloads)}`,
          fix: workloads.slice(1).flatMap((workload): Change[] => {
            const own = workload.slice(workload.indexOf('/') + 1).toLowerCase()
            const name =
              own === serviceAccount || cluster.serviceAccount(namespace, own) !== undefined
                ? `${own}-sa`
                : own
            const where = { cluster: keyOfCluster(cluster), namespace }
            return [
              { kind: 'create-service-account', ...where, serviceAccount: name, role: null },
              { kind: 'use-service-account', ...where, workload, serviceAccount: name },
            ]
          }),
        })
      }
  },

  examples: [
    deviates(
      'two deployments',
      sample({
        pods: [samplePod(), samplePod({ name: 'report-1', workload: 'CronJob/report' })],
      }),
    ),
    complies(
      'two pods of one deployment',
      sample({ pods: [samplePod(), samplePod({ name: 'b' })] }),
    ),
    complies(
      'shared, but without a role',
      sample({
        serviceAccount: { role: null },
        role: { arn: ROLE },
        pods: [samplePod(), samplePod({ name: 'report-1', workload: 'CronJob/report' })],
      }),
    ),
    couldNotLook(
      'pods not read',
      sample({ cluster: { pods: { items: [], missing: 'no output' } } }),
    ),
  ],
}

function roleOf(cluster: Cluster, namespace: string, name: string): string | null {
  const annotated = cluster.serviceAccount(namespace, name)?.role ?? null
  if (annotated !== null) return annotated
  const [association] = cluster.associationsOf(namespace, name)
  return association === undefined ? null : (association.detail?.role ?? 'a role')
}
