import { type Check, complies, deviates, deviation } from '../check.ts'
import { POD_IDENTITY_STATEMENT, sample, sampleAssociation, trustOf } from '../sample.ts'
import { mapped } from '../trust-edit.ts'
import type { Restriction } from '../trust-policy.ts'
import {
  associatedWith,
  isPodIdentity,
  listed,
  notDescribed,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { Role, World } from '../world.ts'

export const podIdentityTrustOpen: Check = {
  id: 'pod-identity-trust-open',
  title: 'Role trusts Pod Identity of any cluster',
  severity: 'medium',
  attack: ['T1098.003', 'T1078.004'],
  why: 'Who may create an association in any cluster of the account gives the role to a pod of their own.',
  blindSpots: 'iam:PassRole may keep them from it; that is not looked at.',
  runbook: [
    'Read who made associations in the last 90 days: podtrail touched CLUSTER-ARN --since 90d.',
    'Apply `fix`, which names the clusters that have an association with the role now.',
  ],
  needs: ['trusts', 'associations'],

  *inspect(world) {
    yield* notDescribed(world.declared)
    for (const role of world.declared.roles) {
      const open = role.principals.filter(
        ({ trusted, actions, restrictions }) =>
          isPodIdentity(trusted) &&
          actions.includes('sts:AssumeRole') &&
          !restrictions.some(narrows),
      )
      if (open.length === 0) continue
      const clusters = [
        ...new Set(
          associatedWith(world.declared, role.arn).flatMap(({ cluster }) => cluster.arn ?? []),
        ),
      ].sort()
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts pods.eks.amazonaws.com without saying for which cluster, namespace or ServiceAccount`,
        declared: `${open.map(statementWords).join(', ')}; associated in ${clusters.length === 0 ? 'no cluster' : listed(clusters)}`,
        observed: useWords(world.observed, role),
        fix: fixOf(world, role, new Set(open.map(({ statement }) => statement)), clusters),
      })
    }
  },

  examples: [
    deviates(
      'as the guide of EKS has it',
      sample({
        trust: trustOf({ ...POD_IDENTITY_STATEMENT, Condition: {} }),
        associations: [sampleAssociation()],
      }),
    ),
    deviates(
      'nobody is associated',
      sample({ trust: trustOf({ ...POD_IDENTITY_STATEMENT, Condition: {} }) }),
    ),
    complies('one cluster only', sample({ trust: trustOf(POD_IDENTITY_STATEMENT) })),
    complies(
      'one namespace only',
      sample({
        trust: trustOf({
          ...POD_IDENTITY_STATEMENT,
          Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'testing' } },
        }),
      }),
    ),
    complies('no Pod Identity', sample()),
  ],
}

/** https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
function narrows({ key, negated, passesWhenAbsent, values }: Restriction): boolean {
  return (
    !negated &&
    !passesWhenAbsent &&
    /^aws:(?:sourcearn|sourceaccount|requesttag\/.+)$/i.test(key) &&
    values.every((value) => value !== '*')
  )
}

function fixOf(
  { declared }: World,
  role: Role,
  open: ReadonlySet<number>,
  clusters: readonly string[],
) {
  const arns = clusters.length > 0 ? clusters : declared.clusters.flatMap(({ arn }) => arn ?? [])
  return mapped(role, (statement) => {
    if (!open.has(statement.index)) return statement
    const condition =
      arns.length > 0
        ? { operator: 'ArnEquals', key: 'aws:SourceArn', values: arns }
        : { operator: 'StringEquals', key: 'aws:SourceAccount', values: [role.account] }
    const { operator, ...rest } = condition
    const name = operator as 'ArnEquals' | 'StringEquals'
    return {
      ...statement,
      conditions: [
        ...statement.conditions,
        { ...rest, operator: { text: name, name, quantifier: null, ifExists: false } },
      ],
    }
  })
}
