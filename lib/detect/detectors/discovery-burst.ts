import { isDiscovery, serviceOf } from '../actions.ts'
import { isAddOnWork } from '../add-ons.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { bySubject } from '../group.ts'
import { CHECKOUT, called, minutes, pod, REPORTS, role, THEN, usualAnd } from '../sample.ts'
import { FRESH } from '../use.ts'
import { counted, listed, Who } from '../words.ts'

const DAY = 86_400
const AROUND = [
  'sts:GetCallerIdentity',
  'iam:ListRoles',
  'iam:ListUsers',
  's3:ListBuckets',
  'ec2:DescribeInstances',
  'lambda:ListFunctions20150331',
  'secretsmanager:ListSecrets',
]

export const discoveryBurst: Detector = {
  id: 'discovery-burst',
  title: 'Workload looks around in the account',
  severity: 'medium',
  attack: ['T1580', 'T1087.004', 'T1526', 'T1069.003'],
  why: 'A service knows the names of what it works with. Who lists users, roles, buckets and secrets wants to find out where they are.',
  blindSpots:
    'Fewer new listings than the threshold in a day stay below it. A workload that lists much by nature, such as an inventory, has nothing new to list.',
  runbook: [
    'See the order and the times: podtrail what NS/SA --since 1d.',
    'Compare the program in `evidence` with the workload’s, and `networks` with its usual ones, for the day of `firstSeen`.',
    'If no deployment explains it, revoke the sessions of `role` now.',
  ],
  settings: {
    actions: {
      default: 6,
      min: 2,
      max: 1000,
      about: 'different listings, never made before, within a day',
    },
    services: { default: 3, min: 1, max: 100, about: 'services that they belong to' },
  },

  *look({ hour, memory, setting }) {
    const since = hour.hour * 3600 - DAY
    const fresh = hour.calls.filter(
      (use) =>
        (use.fresh & (FRESH.action | FRESH.refusal)) !== 0 &&
        isDiscovery(use.action) &&
        (use.who.principal.kind === 'workload' || use.who.principal.kind === 'node') &&
        !isAddOnWork(use.who.principal, use.action) &&
        memory.isLearned(use.who, use.first),
    )
    const isOver = (actions: readonly string[]): boolean =>
      actions.length >= setting('actions') &&
      new Set(actions.map(serviceOf)).size >= setting('services')
    for (const uses of bySubject(fresh)) {
      const { who, first } = uses[0]!
      // What an instance does is known of its role; a new instance has done nothing yet.
      if (who.principal.kind === 'node' && !who.isGrown(first)) continue
      const before = [
        ...new Set([...who.actions.newSince(since), ...who.refusals.newSince(since)]),
      ].filter((action) => isDiscovery(action) && !isAddOnWork(who.principal, action))
      const all = [...new Set([...before, ...uses.map(({ action }) => action)])].sort()
      if (!isOver(all) || isOver(before)) continue
      yield {
        subject: who.principal.id,
        occurrence: String(hour.hour),
        severity: !who.isGrown(first)
          ? 'low'
          : all.length >= 2 * setting('actions')
            ? 'high'
            : 'medium',
        title: `${Who(who.principal)} looked around: ${counted(all.length, 'listing')} that it never made, such as ${listed(all, 3)}`,
        normal: `In all the time before it made ${counted(who.actions.names().filter(isDiscovery).length - before.length, 'different listing')}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'who am I, and what is here',
      () =>
        usualAnd(
          ...AROUND.map((action, index) =>
            called(CHECKOUT, role('checkout'), action, { at: THEN + minutes(index) }),
          ),
        ),
      'medium',
    ),
    fires(
      'slowly, over the day',
      () =>
        usualAnd(
          ...AROUND.map((action, index) =>
            called(CHECKOUT, role('checkout'), action, { at: THEN - minutes(150 * index) }),
          ),
        ),
      'medium',
    ),
    fires(
      'a new service',
      () =>
        usualAnd(
          ...AROUND.map((action) => called(pod('shop', 'inventory'), role('inventory'), action)),
        ),
      'low',
    ),
    quiet('a new version lists more of its own service', () =>
      usualAnd(
        ...[
          'athena:ListWorkGroups',
          'athena:ListDataCatalogs',
          'athena:ListNamedQueries',
          'athena:ListQueryExecutions',
          'athena:ListEngineVersions',
          'athena:ListTagsForResource',
        ].map((action) => called(REPORTS, role('reports'), action, { client: 'boto' })),
      ),
    ),
    quiet('an add-on describes what it manages', () =>
      usualAnd(
        ...[
          'ec2:DescribeInstances',
          'ec2:DescribeSubnets',
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeTags',
          'eks:DescribeNodegroup',
          'ec2:DescribeImages',
          'ec2:DescribeLaunchTemplateVersions',
        ].map((action) =>
          called(pod('kube-system', 'cluster-autoscaler'), role('autoscaler'), action),
        ),
      ),
    ),
  ],
}
