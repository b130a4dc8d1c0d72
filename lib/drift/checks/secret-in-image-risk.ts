import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { keyOfCluster } from '../fix.ts'
import { NOTHING_OBSERVED } from '../observed.ts'
import { sample, samplePod, samplePrincipal } from '../sample.ts'
import { listed } from '../users.ts'

export const secretInImageRisk: Check = {
  id: 'secret-in-image-risk',
  title: 'Static access key in use from the cluster',
  severity: 'high',
  attack: ['T1552.001', 'T1078.004'],
  why: 'A key in an image or a variable does not expire, and everybody who can read the image or the pod has it.',
  blindSpots:
    'A key that leaves from another address than the settings know, or is used by a person on the same network, is not told apart.',
  runbook: [
    'Read what the user did from the address in the last 90 days: podtrail what USER-ARN --since 90d.',
    'Find the pod: `subject`, or the addresses of the nodes at `lastSeen`; give it a role, then deactivate the key as `fix` says.',
  ],
  needs: ['pods', 'observed'],

  *inspect({ declared, observed }) {
    for (const cluster of declared.clusters) {
      const pods = cluster.pods.items.filter(({ keyVariables }) => keyVariables.length > 0)
      const byWorkload = Map.groupBy(pods, ({ namespace, workload }) => `${namespace}/${workload}`)
      for (const own of byWorkload.values()) {
        const { namespace, workload, keyVariables } = own[0]!
        yield deviation({
          subject: `${cluster.called}/${namespace}/${workload}`,
          title: `${workload} in ${namespace} of ${cluster.called} has AWS_ACCESS_KEY_ID in its environment (${listed(keyVariables)})`,
          declared: `AWS_ACCESS_KEY_ID in ${listed(keyVariables)}`,
          fix: [
            { kind: 'remove-key-variables', cluster: keyOfCluster(cluster), namespace, workload },
          ],
        })
      }
    }
    if (observed.staticKeysMissing !== null && observed.seen.size > 0)
      yield unread('static keys', observed.staticKeysMissing)
    for (const uses of Map.groupBy(observed.staticKeys, ({ user }) => user.id).values()) {
      const { user } = uses[0]!
      const networks = [...new Set(uses.map(({ network }) => network))].sort()
      const count = uses.reduce((sum, use) => sum + use.count, 0)
      yield deviation({
        subject: user.id,
        title: `the static key of ${user.name ?? user.id} was used ${count} times from ${listed(networks)}, where pods call from`,
        declared: null,
        observed: `${count} calls from ${listed(networks)}`,
        fix: [{ kind: 'deactivate-keys', user: user.id }],
        firstSeen: Math.min(...uses.map(({ firstSeen }) => firstSeen)),
        lastSeen: Math.max(...uses.map(({ lastSeen }) => lastSeen)),
      })
    }
  },

  examples: [
    deviates('seen', sample({ observed: { staticKeys: [keyUse()] } })),
    deviates('in the environment', sample({ pods: [samplePod({ keyVariables: ['app'] })] })),
    complies('neither', sample()),
    couldNotLook(
      'addresses are not known',
      sample({ observed: { staticKeysMissing: 'no network in the settings' } }),
    ),
    couldNotLook('nothing was seen', sample({ observed: NOTHING_OBSERVED })),
  ],
}

function keyUse() {
  return {
    user: samplePrincipal({
      kind: 'iam-user',
      id: 'arn:aws:iam::111122223333:user/legacy',
      name: 'legacy',
      account: '111122223333',
    }),
    network: '198.51.100.10',
    count: 12,
    firstSeen: 1_795_000_000,
    lastSeen: 1_795_100_000,
  }
}
