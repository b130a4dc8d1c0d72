import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { type Change, keyOfCluster } from '../fix.ts'
import { sample, sampleAssociation, samplePod } from '../sample.ts'
import type { Pod } from '../snapshot.ts'
import { glob, matches } from '../trust/glob.ts'
import { webIdentityStatement } from '../trust-edit.ts'
import { listed, subjectOf } from '../users.ts'
import type { Cluster } from '../world.ts'

export const fargatePodWithoutRole: Check = {
  id: 'fargate-pod-without-role',
  title: 'Pod on Fargate without a role',
  severity: 'low',
  attack: ['T1552.001'],
  why: 'There is no node to inherit from and no Pod Identity, so it has no AWS access, and the way out is often a static key.',
  blindSpots: 'A pod that needs no AWS needs no role.',
  runbook: [
    'Does it call AWS? Look for "Unable to locate credentials" in its logs of the last hour: kubectl logs.',
    'Give its ServiceAccount a role by annotation as `fix` says, and restart it; else approve the finding.',
  ],
  needs: ['pods', 'service-accounts', 'associations', 'fargate-profiles'],

  *inspect({ declared }) {
    for (const cluster of declared.clusters) {
      if (cluster.serviceAccounts.missing !== null) continue
      const pods = cluster.pods.items.filter(
        (pod) =>
          // Its pods, such as CoreDNS, belong to the cluster.
          pod.namespace !== 'kube-system' &&
          isOnFargate(cluster, pod) &&
          (cluster.serviceAccount(pod.namespace, pod.serviceAccount)?.role ?? null) === null,
      )
      const bySubject = Map.groupBy(pods, (pod) => `${pod.namespace}/${pod.serviceAccount}`)
      for (const [name, own] of bySubject) {
        const { namespace, serviceAccount } = own[0]!
        const workloads = [...new Set(own.map(({ workload }) => workload))].sort()
        const isAssociated = cluster.associationsOf(namespace, serviceAccount).length > 0
        yield deviation({
          subject: `${cluster.called}/${name}`,
          title: `${listed(workloads)} in ${namespace} of ${cluster.called} run on Fargate, and ServiceAccount ${name} has no role${isAssociated ? '; Pod Identity does not work on Fargate' : ''}`,
          ...(isAssociated ? { severity: 'medium' as const } : {}),
          declared: `no annotation${isAssociated ? ', but an association' : ''}; ${own.length} pods on Fargate`,
          fix: fixOf(cluster, namespace, serviceAccount),
        })
      }
    }
  },

  examples: [
    deviates(
      'no annotation',
      sample({ serviceAccount: { role: null }, pods: [samplePod({ onFargate: true })] }),
    ),
    deviates(
      'Pod Identity',
      sample({
        serviceAccount: { role: null },
        pods: [samplePod({ onFargate: true })],
        associations: [sampleAssociation()],
      }),
    ),
    deviates(
      'a profile fits it',
      sample({
        serviceAccount: { role: null },
        fargateProfiles: [
          {
            name: 'testing',
            executionRole: 'arn:aws:iam::111122223333:role/fargate',
            selectors: [{ namespace: 'test*', labels: {} }],
          },
        ],
      }),
    ),
    complies('annotated', sample({ pods: [samplePod({ onFargate: true })] })),
    complies('on a node', sample({ serviceAccount: { role: null } })),
    complies(
      'CoreDNS',
      sample({
        pods: [samplePod({ namespace: 'kube-system', serviceAccount: 'coredns', onFargate: true })],
      }),
    ),
    couldNotLook(
      'pods not read',
      sample({ cluster: { pods: { items: [], missing: 'no output' } } }),
    ),
  ],
}

/** https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html#fargate-profile-components */
function isOnFargate({ fargateProfiles }: Cluster, { onFargate, namespace, labels }: Pod): boolean {
  return (
    onFargate ||
    fargateProfiles.items.some(({ selectors }) =>
      selectors.some(
        (selector) =>
          fits(selector.namespace, namespace) &&
          Object.entries(selector.labels).every(([key, value]) => fits(value, labels[key] ?? '')),
      ),
    )
  )
}

function fits(pattern: string, text: string): boolean {
  return matches(glob(pattern, true), text)
}

function fixOf(cluster: Cluster, namespace: string, serviceAccount: string): Change[] {
  const where = { cluster: keyOfCluster(cluster), namespace, serviceAccount }
  const account = cluster.account ?? 'ACCOUNT'
  const role = `arn:aws:iam::${account}:role/${namespace}-${serviceAccount}`
  const issuer = cluster.issuer ?? 'ISSUER'
  const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`
  const statement = webIdentityStatement(provider, issuer, [subjectOf(namespace, serviceAccount)])
  const isThere = cluster.serviceAccount(namespace, serviceAccount) !== undefined
  return [
    {
      kind: 'create-role',
      role,
      document: { Version: '2012-10-17', Statement: [statement] },
    },
    isThere
      ? { kind: 'annotate', ...where, role }
      : { kind: 'create-service-account', ...where, role },
  ]
}
