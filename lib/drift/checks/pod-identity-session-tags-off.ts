import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { keyOfCluster } from '../fix.ts'
import { sample, sampleAssociation } from '../sample.ts'
import { accountWords, notDescribed } from '../users.ts'

export const podIdentitySessionTagsOff: Check = {
  id: 'pod-identity-session-tags-off',
  title: 'Pod Identity association without session tags',
  severity: 'medium',
  attack: ['T1562.008'],
  why: 'CloudTrail then names neither namespace nor ServiceAccount, so what the pods do cannot be told from what others do.',
  blindSpots: 'With a target role the external id of the second call still names the workload.',
  runbook: [
    'Read who turned them off: podtrail touched CLUSTER-ARN, in the 90 days before `firstSeen`.',
    'Is it because of the limit on packed policies? Else apply `fix`, today.',
  ],
  needs: ['associations'],

  *inspect({ declared }) {
    yield* notDescribed(declared)
    for (const cluster of declared.clusters)
      for (const { id, namespace, serviceAccount, detail } of cluster.associations.items) {
        if (detail?.sessionTagsOff !== true) continue
        yield deviation({
          subject: `${cluster.called}/${id}`,
          title: `${accountWords(cluster, namespace, serviceAccount)} gets ${detail.role} without session tags: CloudTrail does not say who it is`,
          declared: `association ${id}: disableSessionTags`,
          fix: [
            {
              kind: 'set-association',
              cluster: keyOfCluster(cluster),
              association: id,
              role: detail.role,
              sessionTagsOff: false,
            },
          ],
        })
      }
  },

  examples: [
    deviates('off', sample({ associations: [sampleAssociation({}, { sessionTagsOff: true })] })),
    complies('on', sample({ associations: [sampleAssociation()] })),
    complies('no associations', sample()),
    couldNotLook(
      'only listed',
      sample({ associations: [{ ...sampleAssociation(), detail: null }] }),
    ),
  ],
}
