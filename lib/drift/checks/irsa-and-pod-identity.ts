import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { keyOfCluster } from '../fix.ts'
import { roleArn, sample, sampleAssociation } from '../sample.ts'
import { accountWords, notDescribed } from '../users.ts'

export const irsaAndPodIdentity: Check = {
  id: 'irsa-and-pod-identity',
  title: 'ServiceAccount has one role by annotation and another by Pod Identity',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'Which of the two a pod gets depends on its SDK, so a review of one of them says nothing.',
  blindSpots: 'Credentials in the pod itself come before both, and are for secret-in-image-risk.',
  runbook: [
    'Read which of the two was used in the last 7 days: podtrail what NAMESPACE/NAME --since 7d.',
    'Keep one of them as `fix` says, and restart the pods.',
  ],
  needs: ['service-accounts', 'associations'],

  *inspect({ declared }) {
    yield* notDescribed(declared)
    for (const cluster of declared.clusters)
      for (const { namespace, name, role } of cluster.serviceAccounts.items) {
        if (role === null) continue
        for (const { detail } of cluster.associationsOf(namespace, name)) {
          const who = accountWords(cluster, namespace, name)
          if (detail === null || detail.role === role) continue
          yield deviation({
            subject: `${cluster.called}/${namespace}/${name}`,
            title: `${who} has ${role} by annotation and ${detail.role} by Pod Identity`,
            declared: `annotation ${role}; association ${detail.role}`,
            fix: [
              {
                kind: 'annotate',
                cluster: keyOfCluster(cluster),
                namespace,
                serviceAccount: name,
                role: null,
              },
            ],
          })
        }
      }
  },

  examples: [
    deviates(
      'two roles',
      sample({ associations: [sampleAssociation({}, { role: roleArn('other') })] }),
    ),
    complies('the same role both ways', sample({ associations: [sampleAssociation()] })),
    complies('annotation only', sample()),
    couldNotLook(
      'the association was only listed',
      sample({ associations: [{ ...sampleAssociation(), detail: null }] }),
    ),
  ],
}
