import { type Check, complies, deviates, deviation } from '../check.ts'
import { type Change, keyOfCluster } from '../fix.ts'
import {
  clusterStatement,
  sample,
  sampleAssociation,
  samplePod,
  sampleServiceAccount,
  trustOf,
} from '../sample.ts'
import { mapped } from '../trust-edit.ts'
import { accountWords, subjectOf } from '../users.ts'
import type { Cluster, Declared } from '../world.ts'

export const defaultServiceAccount: Check = {
  id: 'default-service-account',
  title: 'The default ServiceAccount has a role',
  severity: 'high',
  attack: ['T1078.001', 'T1610'],
  why: 'Every pod of the namespace that names no ServiceAccount gets the role, also the next one.',
  blindSpots: 'A namespace with one workload only loses little by it, until it gets a second.',
  runbook: [
    'Read what it did in the last 90 days: podtrail what NAMESPACE/default --since 90d.',
    'List the pods that use it now: kubectl get pods -n NAMESPACE; give them a ServiceAccount of their own as `fix` says.',
  ],
  needs: ['service-accounts', 'associations'],

  *inspect({ declared }) {
    for (const cluster of declared.clusters) {
      const names = new Set([
        ...cluster.serviceAccounts.items
          .filter(({ name, role }) => name === 'default' && role !== null)
          .map(({ namespace }) => namespace),
        ...cluster.associations.items
          .filter(({ serviceAccount }) => serviceAccount === 'default')
          .map(({ namespace }) => namespace),
      ])
      for (const namespace of [...names].sort()) {
        const role = cluster.serviceAccount(namespace, 'default')?.role ?? null
        const associations = cluster.associationsOf(namespace, 'default')
        const pods = cluster.podsOf(namespace, 'default').length
        const what = role ?? associations[0]?.detail?.role ?? 'a role'
        yield deviation({
          subject: `${cluster.called}/${namespace}/default`,
          title: `${accountWords(cluster, namespace, 'default')} has ${what}: every pod without a ServiceAccount of its own gets it`,
          declared: `${role === null ? 'association with' : 'annotation'} ${what}; ${pods} pods use it`,
          fix: fixOf(declared, cluster, namespace),
        })
      }
    }
  },

  examples: [
    deviates(
      'annotated',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: 'system:serviceaccount:testing:default',
            },
          }),
        ),
        serviceAccount: { name: 'default' },
        pods: [samplePod({ serviceAccount: 'default' })],
      }),
    ),
    deviates(
      'associated',
      sample({ associations: [sampleAssociation({ serviceAccount: 'default' })] }),
    ),
    complies('another one', sample()),
    complies(
      'default without a role',
      sample({ serviceAccounts: [sampleServiceAccount({ name: 'default', role: null })] }),
    ),
  ],
}

function fixOf(declared: Declared, cluster: Cluster, namespace: string): Change[] {
  const where = { cluster: keyOfCluster(cluster), namespace }
  const arn = cluster.serviceAccount(namespace, 'default')?.role ?? null
  const pods = cluster.podsOf(namespace, 'default')
  const [first] = pods
  const own =
    first === undefined ? namespace : first.workload.slice(first.workload.indexOf('/') + 1)
  const name = cluster.serviceAccount(namespace, own) === undefined ? own : `${own}-sa`
  const role = arn === null ? undefined : declared.role(arn)
  const from = subjectOf(namespace, 'default')
  const to = subjectOf(namespace, name)
  return [
    { kind: 'create-service-account', ...where, serviceAccount: name, role: arn },
    ...(arn === null
      ? []
      : [{ kind: 'annotate' as const, ...where, serviceAccount: 'default', role: null }]),
    ...(role === undefined
      ? []
      : mapped(role, (statement) => ({
          ...statement,
          conditions: statement.conditions.map((condition) => ({
            ...condition,
            values: condition.values.map((value) => (value === from ? to : value)),
          })),
        }))),
    ...cluster.associationsOf(namespace, 'default').flatMap((association): Change[] => [
      {
        kind: 'delete-association',
        cluster: keyOfCluster(cluster),
        association: association.id,
      },
      ...(association.detail === null
        ? []
        : [
            {
              kind: 'create-association' as const,
              ...where,
              serviceAccount: name,
              role: association.detail.role,
            },
          ]),
    ]),
    ...[...new Set(pods.map(({ workload }) => workload))].map((workload) => ({
      kind: 'use-service-account' as const,
      ...where,
      workload,
      serviceAccount: name,
    })),
  ]
}
