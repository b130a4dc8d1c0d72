import { parseArn } from '../../identity/arn.ts'
import { type Check, complies, deviates, deviation } from '../check.ts'
import { assumesNamed, grantsOf } from '../policy.ts'
import {
  ACCOUNT,
  ROLE,
  roleArn,
  sample,
  sampleAssociation,
  sampleEdge,
  sampleRole,
  TARGET_ACCOUNT,
  trustOf,
} from '../sample.ts'
import { mapped, statementJson } from '../trust-edit.ts'
import {
  edgesOf,
  isWorkloadRole,
  listed,
  notDescribed,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { Declared, Role, World } from '../world.ts'

export const chainTargetOpen: Check = {
  id: 'chain-target-open',
  title: 'Target of a role chain trusts a whole account',
  severity: 'high',
  attack: ['T1550.001', 'T1078.004'],
  why: 'Any principal of that account whose own policy allows it gets where only one workload should get.',
  blindSpots: 'Whether other principals of the account have such a policy is not looked at.',
  runbook: [
    'Read who used it in the last 90 days, and through which role: podtrail who ROLE --since 90d.',
    'Apply `fix`, which names those roles; look for AccessDenied in the hour after: podtrail who ROLE --since 1h.',
  ],
  needs: ['trusts', 'associations'],

  *inspect(world) {
    yield* notDescribed(world.declared)
    const callers = callersOf(world)
    for (const role of world.declared.roles) {
      const from = callers.get(role.arn)
      if (from === undefined) continue
      const open = role.principals.filter(
        ({ trusted, actions, restrictions }) =>
          trusted.kind === 'account' &&
          // Another one is for external-account.
          world.declared.accounts.has(trusted.account) &&
          actions.includes('sts:AssumeRole') &&
          !restrictions.some(
            ({ negated, passesWhenAbsent, key }) =>
              !negated && !passesWhenAbsent && NARROWING.test(key),
          ),
      )
      if (open.length === 0) continue
      const accounts = [
        ...new Set(
          open.flatMap(({ trusted }) => (trusted.kind === 'account' ? [trusted.account] : [])),
        ),
      ]
      const statements = new Set(open.map(({ statement }) => statement))
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} is a second hop for ${listed([...from].map(roleWords))}, and trusts all of account ${listed(accounts)}`,
        declared: `${open.map(statementWords).join(', ')}: all of account ${listed(accounts)}`,
        observed: useWords(world.observed, role),
        fix: mapped(role, (statement) => {
          if (!statements.has(statement.index)) return statement
          const kept = statement.principals.entries.filter(
            ({ type, value }) => type !== 'AWS' || !accounts.includes(accountIn(value)),
          )
          const named = [...from]
            .filter((arn) => accounts.includes(parseArn(arn)?.account ?? ''))
            .map((value) => ({ type: 'AWS' as const, value }))
          if (kept.length + named.length === 0) return null
          return statementJson({
            ...statement,
            principals: { element: 'Principal', entries: [...kept, ...named] },
          })
        }),
      })
    }
  },

  examples: [
    deviates('seen as second hop', withTarget({}, { edges: [sampleEdge(), secondHop()] })),
    deviates(
      'target role of an association',
      withTarget(
        {},
        { associations: [sampleAssociation({}, { targetRole: target(), role: ROLE })] },
      ),
    ),
    complies('nobody chains to it', withTarget({}, {})),
    complies(
      'with an external id',
      withTarget(
        {
          Condition: { StringEquals: { 'sts:ExternalId': 'us-west-2/x/prod-eks/testing/test-sa' } },
        },
        { edges: [sampleEdge(), secondHop()] },
      ),
    ),
    complies(
      'one role only',
      withTarget({ Principal: { AWS: ROLE } }, { edges: [sampleEdge(), secondHop()] }),
    ),
  ],
}

/** Conditions that say who of the account it is. */
const NARROWING =
  /^(?:sts:externalid|aws:principalarn|aws:userid|aws:principaltag\/.+|aws:requesttag\/.+)$/i

function target(): string {
  return roleArn('reports-reader', TARGET_ACCOUNT)
}

function secondHop() {
  return sampleEdge({ role: target(), hop: 2, via: [ROLE] })
}

function withTarget(statement: object, different: Parameters<typeof sample>[0]) {
  const trust = trustOf({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...statement,
  })
  return sample({
    accounts: [
      {
        account: TARGET_ACCOUNT,
        roles: { items: [sampleRole({ arn: target(), trust })], missing: null },
        providers: { items: [], missing: null },
      },
    ],
    ...different,
  })
}

function accountIn(value: string): string {
  return parseArn(value)?.account ?? value
}

/** Roles that workloads come from, by the role that they go on to: seen, associated, or allowed by name. */
function callersOf({ declared, observed }: World): Map<string, Set<string>> {
  const callers = new Map<string, Set<string>>()
  const add = (to: string, from: string) =>
    callers.set(to, (callers.get(to) ?? new Set<string>()).add(from))
  for (const role of declared.roles)
    for (const { hop, via, principal } of edgesOf(observed, role.arn))
      if (hop > 1 && via.length > 0 && principal.kind === 'workload') add(role.arn, via.at(-1)!)
  for (const cluster of declared.clusters)
    for (const { detail } of cluster.associations.items)
      if (detail !== null && detail.targetRole !== null) add(detail.targetRole, detail.role)
  for (const role of declared.roles)
    if (isWorkloadRole(declared, role)) for (const to of namedIn(declared, role)) add(to, role.arn)
  return callers
}

function namedIn(declared: Declared, role: Role): string[] {
  return grantsOf(role.policies)
    .grants.flatMap(assumesNamed)
    .filter((arn) => declared.role(arn) !== undefined)
}
