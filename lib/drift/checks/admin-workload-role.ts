import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { grantsOf, isAdmin } from '../policy.ts'
import { sample } from '../sample.ts'
import { isWorkloadRole, listed, roleWords, useWords } from '../users.ts'

export const adminWorkloadRole: Check = {
  id: 'admin-workload-role',
  title: 'Workload is administrator of the account',
  severity: 'critical',
  attack: ['T1078.004', 'T1098'],
  why: 'A flaw in the pod is a flaw in the whole account.',
  blindSpots:
    'Rights that lead to administrator only in steps, such as iam:PassRole, are not followed.',
  runbook: [
    'Read what it did in the last 90 days: podtrail what NAMESPACE/NAME --since 90d.',
    'Write the policy that is enough: podtrail policy NAMESPACE/NAME; then apply `fix`, this week.',
  ],
  needs: ['trusts', 'policies'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      if (!isWorkloadRole(world.declared, role)) continue
      const { grants, unread: texts } = grantsOf(role.policies)
      for (const policy of texts)
        yield unread(
          `role ${role.arn}`,
          `the text of policy ${policy.name} is not in the output of "aws iam get-account-authorization-details" (Policies)`,
        )
      const policies = [...new Set(grants.filter(isAdmin).map(({ policy }) => policy))]
      if (policies.length === 0) continue
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} is for a workload and may do everything (${listed(policies.map(({ name }) => name))})`,
        declared: `policies ${listed(policies.map(({ name }) => name))}`,
        observed: useWords(world.observed, role),
        fix: policies.map((policy) => ({ kind: 'detach-policy', role: role.arn, policy })),
      })
    }
  },

  examples: [
    deviates('AdministratorAccess', attached('arn:aws:iam::aws:policy/AdministratorAccess', null)),
    deviates('a policy of its own', attached(null, { Action: '*', Resource: '*' })),
    deviates('everything in IAM', attached(null, { Action: ['iam:*'], Resource: '*' })),
    deviates(
      'everything but one service',
      attached(null, { NotAction: 'organizations:*', Resource: '*' }),
    ),
    complies('one service', attached(null, { Action: 's3:*', Resource: '*' })),
    complies(
      'everything on one bucket',
      attached(null, { Action: '*', Resource: 'arn:aws:s3:::x' }),
    ),
    couldNotLook(
      'the text of a policy was not read',
      attached('arn:aws:iam::111122223333:policy/own', null),
    ),
  ],
}

function attached(arn: string | null, statement: object | null) {
  const document = statement === null ? null : { Statement: [{ Effect: 'Allow', ...statement }] }
  return sample({ role: { policies: [{ name: 'p', arn, document }] } })
}
