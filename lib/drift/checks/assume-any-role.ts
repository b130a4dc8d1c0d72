import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import type { Change } from '../fix.ts'
import { assumesAny, type Grant, grantsOf } from '../policy.ts'
import { ROLE, roleArn, sample, sampleEdge } from '../sample.ts'
import { isWorkloadRole, listed, roleWords } from '../users.ts'
import type { Role, World } from '../world.ts'

export const assumeAnyRole: Check = {
  id: 'assume-any-role',
  title: 'Workload may assume any role',
  severity: 'high',
  attack: ['T1550.001', 'T1068'],
  why: 'The pod reaches every role that trusts its account, in all accounts.',
  blindSpots: 'A permissions boundary or an organization policy may refuse it.',
  runbook: [
    'Read which roles it went on to in the last 90 days: podtrail graph --since 90d.',
    'Apply `fix`, which names those roles; look for AccessDenied in the hour after: podtrail what NAMESPACE/NAME --since 1h.',
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
      const wide = grants.filter(assumesAny)
      if (wide.length === 0) continue
      const next = nextRoles(world, role)
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} may assume any role (${listed([...new Set(wide.map(({ policy }) => policy.name))])})`,
        declared: `sts:AssumeRole on ${listed([...new Set(wide.flatMap(({ resources }) => resources))])}`,
        observed:
          next.length === 0 ? 'it was not seen going on to any' : `went on to ${listed(next)}`,
        fix: fixOf(role, wide, next),
      })
    }
  },

  examples: [
    deviates('on everything', withGrant('sts:AssumeRole', '*')),
    deviates('on all roles of all accounts', withGrant(['sts:*'], 'arn:aws:iam::*:role/*')),
    complies('on one role', withGrant('sts:AssumeRole', roleArn('next'))),
    complies('on roles of a path', withGrant('sts:AssumeRole', 'arn:aws:iam::*:role/reports/*x')),
    couldNotLook(
      'the text of a policy was not read',
      sample({
        role: {
          policies: [{ name: 'own', arn: 'arn:aws:iam::111122223333:policy/own', document: null }],
        },
      }),
    ),
  ],
}

function withGrant(Action: unknown, Resource: unknown) {
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } }
  return sample({
    role: { policies: [{ name: 'hops', arn: null, document }] },
    edges: [sampleEdge(), sampleEdge({ role: roleArn('next'), hop: 2, via: [ROLE] })],
  })
}

function nextRoles({ observed }: World, role: Role): string[] {
  const next = observed.edges.filter(({ via }) => via.at(-1) === role.arn).map((edge) => edge.role)
  return [...new Set(next)].sort()
}

/** The policies without the wide statements, and one that names the roles that were used. */
function fixOf(role: Role, wide: readonly Grant[], next: readonly string[]): Change[] {
  const changes: Change[] = []
  for (const policy of new Set(wide.map((grant) => grant.policy))) {
    changes.push({ kind: 'detach-policy', role: role.arn, policy })
    const rest = restOf(policy.document)
    if (rest !== null)
      changes.push({
        kind: 'put-policy',
        role: role.arn,
        name: policy.arn === null ? policy.name : `${policy.name}-without-assume-role`,
        document: rest,
      })
  }
  if (next.length > 0)
    changes.push({
      kind: 'put-policy',
      role: role.arn,
      name: 'assume-roles',
      document: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: next }],
      },
    })
  return changes
}

/** The document without the statements that let any role be assumed; null where nothing is left. */
function restOf(document: unknown): object | null {
  if (typeof document !== 'object' || document === null) return null
  const { Statement: statement } = document as { Statement?: unknown }
  const statements = (Array.isArray(statement) ? statement : [statement]) as object[]
  const rest = statements.filter(
    (one) =>
      !grantsOf([{ name: '', arn: null, document: { Statement: [one] } }]).grants.some(assumesAny),
  )
  return rest.length === 0 ? null : { ...document, Statement: rest }
}
