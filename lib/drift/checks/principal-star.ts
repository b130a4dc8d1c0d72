import { type Check, complies, deviates, deviation } from '../check.ts'
import {
  HEALTHY_STATEMENT,
  ROLE,
  roleArn,
  sample,
  sampleEdge,
  sampleRole,
  trustOf,
} from '../sample.ts'
import { mapped, statementJson } from '../trust-edit.ts'
import type { Restriction } from '../trust-policy.ts'
import { callerRole, edgesOf, roleWords, statementWords, useWords } from '../users.ts'
import type { Role, World } from '../world.ts'

export const principalStar: Check = {
  id: 'principal-star',
  title: 'Trust is open to everyone',
  severity: 'critical',
  attack: ['T1098', 'T1199'],
  why: 'Any AWS account in the world may assume the role.',
  blindSpots: 'A resource control policy of the organization may still refuse strangers.',
  runbook: [
    'Read now who assumed it in the last 90 days, and from where: podtrail who ROLE --since 90d.',
    'Apply `fix` at once, then read what each unknown session did in the 12 hours after it was issued: podtrail trace KEY.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      const open = [
        ...role.principals.filter(
          ({ trusted, restrictions }) =>
            (trusted.kind === 'everyone' || trusted.kind === 'everyone-except') &&
            !restrictions.some(narrows),
        ),
        ...role.webIdentity.filter(
          ({ provider, subjects, restrictions }) =>
            provider === '*' && subjects.length === 0 && !restrictions.some(narrows),
        ),
      ]
      if (open.length === 0) continue
      const statements = new Set(open.map(({ statement }) => statement))
      yield deviation({
        subject: role.arn,
        title: `everyone may assume ${roleWords(role.arn)}`,
        declared: `${[...new Set(open.map(statementWords))].join(', ')}: any principal, and no condition on who it is`,
        observed: useWords(world.observed, role),
        fix: mapped(role, (statement) => {
          if (!statements.has(statement.index)) return statement
          const callers = knownCallers(world, role)
          return callers.length === 0
            ? null
            : statementJson({
                ...statement,
                principals: {
                  element: 'Principal',
                  entries: callers.map((value) => ({ type: 'AWS', value })),
                },
              })
        }),
      })
    }
  },

  examples: [
    deviates('a star', withPrincipal('*')),
    deviates('a star of AWS', withPrincipal({ AWS: '*' })),
    deviates('everyone but one', notPrincipal()),
    deviates(
      'a star, and an external id, which is no secret',
      withPrincipal('*', { StringEquals: { 'sts:ExternalId': '1' } }),
    ),
    complies(
      'only the organization',
      withPrincipal('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1' } }),
    ),
    complies('one role', withPrincipal({ AWS: roleArn('caller') })),
  ],
}

function withPrincipal(Principal: unknown, Condition?: object) {
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }
  return sample({
    roles: [
      sampleRole({
        arn: roleArn('open'),
        trust: trustOf(Condition === undefined ? statement : { ...statement, Condition }),
      }),
    ],
    edges: [sampleEdge(), sampleEdge({ role: roleArn('open'), hop: 2, via: [ROLE] })],
  })
}

function notPrincipal() {
  const trust = trustOf(HEALTHY_STATEMENT, {
    Effect: 'Allow',
    NotPrincipal: { AWS: roleArn('x') },
    Action: 'sts:AssumeRole',
  })
  return sample({ roles: [sampleRole({ arn: roleArn('open'), trust })] })
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function narrows({ key, negated, passesWhenAbsent, values }: Restriction): boolean {
  return (
    !negated &&
    !passesWhenAbsent &&
    /^aws:(?:principal(?:arn|account|orgid|orgpaths|tag\/.+)|source(?:arn|account|orgid|orgpaths|vpc|vpce))$/i.test(
      key,
    ) &&
    values.every((value) => !/^\*+$/.test(value))
  )
}

/** Roles of accounts in scope that were seen assuming it. */
function knownCallers({ declared, observed }: World, role: Role): string[] {
  const callers = edgesOf(observed, role.arn).flatMap((edge) => callerRole(edge) ?? [])
  return [...new Set(callers)].filter((arn) => declared.role(arn) !== undefined).sort()
}
