import { type Check, complies, deviates, deviation } from '../check.ts'
import { HEALTHY_STATEMENT, sample, trustOf } from '../sample.ts'
import { mapped, withoutEntries } from '../trust-edit.ts'
import type { Trusted } from '../trust-policy.ts'
import { isWorkloadRole, listed, roleWords, useWords } from '../users.ts'

export const mixedHumanAndWorkload: Check = {
  id: 'mixed-human-and-workload',
  title: 'One role for people and for workloads',
  severity: 'low',
  attack: ['T1078.004'],
  why: 'What a person does looks like what the pod does, and each has the rights of both.',
  blindSpots:
    'A person who comes through another role, or through a whole account, is not noticed.',
  runbook: [
    'Read who used it in the last 90 days, people and pods apart: podtrail who ROLE --since 90d.',
    'Give people a role of their own, then take them out of this one as `fix` says, this week.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      if (!isWorkloadRole(world.declared, role)) continue
      const people = [...new Set(role.principals.flatMap(({ trusted }) => personOf(trusted) ?? []))]
      if (people.length === 0) continue
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} is for a workload and for people: ${listed(people)}`,
        declared: `trusts a workload, and ${listed(people)}`,
        observed: useWords(world.observed, role),
        fix: mapped(role, (statement) =>
          withoutEntries(statement, ({ value }) => people.includes(value)),
        ),
      })
    }
  },

  examples: [
    deviates(
      'a SAML provider too',
      withTrusted(
        { Federated: 'arn:aws:iam::111122223333:saml-provider/idp' },
        'sts:AssumeRoleWithSAML',
      ),
    ),
    deviates('an IAM user too', withTrusted({ AWS: 'arn:aws:iam::111122223333:user/ana' })),
    deviates(
      'a permission set too',
      withTrusted({
        AWS: 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b',
      }),
    ),
    complies('another role', withTrusted({ AWS: 'arn:aws:iam::111122223333:role/other' })),
    complies('workload only', sample()),
  ],
}

function withTrusted(Principal: object, Action = 'sts:AssumeRole') {
  return sample({ trust: trustOf(HEALTHY_STATEMENT, { Effect: 'Allow', Principal, Action }) })
}

/** The principal as written, if people come by it. */
function personOf(trusted: Trusted): string | null {
  if (trusted.kind === 'saml') return trusted.provider
  if (trusted.kind !== 'principal') return null
  return /:user\/|:federated-user\/|\/AWSReservedSSO_/.test(trusted.arn) ? trusted.arn : null
}
