import { MARK } from '../../graph/signals.ts'
import { type Detector, fires, type Now, quiet } from '../detector.ts'
import { distinct, grouped } from '../group.ts'
import { networkKey, networkKind } from '../network.ts'
import {
  ADA,
  called,
  GATEWAY,
  hours,
  issued,
  OFFICE,
  role,
  START,
  someone,
  THEN,
  usualAnd,
} from '../sample.ts'
import { isByService, type Use } from '../use.ts'
import { listed, Who } from '../words.ts'

const ROBOT = someone('iam-user', 'arn:aws:iam::111122223333:user/image-robot', {
  name: 'image-robot',
  account: '111122223333',
})

export const staticKeyFromCluster: Detector = {
  id: 'static-key-from-cluster',
  title: 'Long-lived key used from inside a cluster',
  severity: 'medium',
  attack: ['T1552.001', 'T1078.004'],
  why: 'A key of a user in a pod was put into an image, a Secret or an environment variable. It does not expire, anybody who reads it once has it for good, and no ServiceAccount says who used it.',
  blindSpots:
    'Where people and pods leave through one address they cannot be told apart, and nothing is said. Pods that call through addresses that say nothing are not seen.',
  runbook: [
    'Find the pod: look for the key id of the user in Secrets, ConfigMaps and images of the cluster, those of the day of `firstSeen` first.',
    'Give its ServiceAccount a role with what the user did in the last 30 days: podtrail policy NS/SA.',
    'Then deactivate the key; delete it after a week without a call.',
  ],

  *look(now) {
    const suspects = now.hour.calls.filter((use) => clusterOf(use, now) !== null)
    for (const uses of grouped(suspects, (use) => `${use.who.key}\n${clusterOf(use, now)}`)) {
      const use = uses[0]!
      const { who } = use
      const cluster = clusterOf(use, now)!
      yield {
        subject: `${who.principal.id} from ${cluster}`,
        severity: now.memory.isOld(now.memory.first, use.first) ? 'medium' : 'low',
        title: `A long-lived key of ${Who(who.principal)} was used from inside cluster ${cluster}: ${listed(
          distinct(uses, ({ action }) => action),
          3,
        )}`,
        normal: 'Pods get keys that expire, through their ServiceAccounts.',
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'a user’s key in an image',
      () =>
        usualAnd(
          called(ROBOT, '', 's3:PutObject', {
            marks: MARK.longLived,
            network: GATEWAY,
            client: 'boto',
          }),
        ),
      'medium',
    ),
    fires(
      'there before podtrail was',
      () => ({
        ...usualAnd(
          called(ROBOT, '', 's3:PutObject', { marks: MARK.longLived, at: START + hours(30) }),
        ),
        since: START,
      }),
      'low',
    ),
    quiet('from the office', () =>
      usualAnd(called(ROBOT, '', 's3:PutObject', { marks: MARK.longLived, network: OFFICE })),
    ),
    quiet('people leave through the same gateway', () =>
      usualAnd(
        issued(ADA, role('admin'), { network: GATEWAY, at: THEN - hours(30), client: 'console' }),
        called(ROBOT, '', 's3:PutObject', { marks: MARK.longLived, network: GATEWAY }),
      ),
    ),
    quiet('a session of the user', () =>
      usualAnd(called(ROBOT, '', 's3:PutObject', { network: GATEWAY })),
    ),
  ],
}

/** The cluster that the call came out of; null for none, or where people come from there too. */
function clusterOf(use: Use, { memory }: Now): string | null {
  if (use.who.principal.kind !== 'iam-user' || (use.marks & MARK.longLived) === 0) return null
  if (isByService(use) || networkKind(use.network) === 'silent') return null
  const name = networkKey(use.network)
  if (memory.humanNetworks.has(name)) return null
  const here = [...memory.clusters.values()].filter(({ networks }) => networks.has(name))
  return here.map((cluster) => cluster.name).sort()[0] ?? null
}
