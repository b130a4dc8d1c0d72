import { type Check, complies, deviates, deviation } from '../check.ts'
import {
  clusterStatement,
  OTHER_ISSUER,
  OTHER_PROVIDER,
  PROVIDER,
  SUBJECT,
  sample,
  trustOf,
} from '../sample.ts'
import { pinned } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import { byRole, listed, pinFor, roleWords, statementWords, useWords } from '../users.ts'
import type { Role, World } from '../world.ts'

export const issuerConditionMismatch: Check = {
  id: 'issuer-condition-mismatch',
  title: 'Condition names another issuer than the provider',
  severity: 'high',
  attack: ['T1078.004'],
  why: 'The condition never matches a token of the trusted cluster, so pods are refused, or with IfExists everybody is let in.',
  blindSpots:
    'Two clusters with the same issuer text in other letters are told apart by IAM, not here.',
  runbook: [
    'Compare the issuer of the key with that of the provider in `declared`; was the cluster rebuilt in the last 90 days?',
    'Apply `fix`; look for AccessDenied on the role in the hour after: podtrail who ROLE --since 1h.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const { role, trusts } of byRole(mismatched(world))) {
      const foreign = [...new Set(trusts.flatMap((trust) => foreignTo(role, trust)))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts ${trusts[0]!.issuer}, but its condition is about ${listed(foreign)}`,
        declared: `${trusts.map(statementWords).join(', ')}: provider ${trusts[0]!.issuer}, condition on ${listed(foreign)}`,
        observed: useWords(world.observed, role),
        fix: pinned(
          role,
          new Map(
            trusts.map((trust) => {
              const pin = pinFor(world, role, trust)
              // Whom the condition was meant for, where nobody is known to use the role.
              const meant = trust.foreignClaims
                .filter(({ claim, form }) => claim === 'sub' && form === 'exact')
                .flatMap(({ values }) => values)
              return [trust, pin.subjects.length > 0 ? pin : { ...pin, subjects: meant }]
            }),
          ),
        ),
      })
    }
  },

  examples: [
    deviates(
      'the issuer of the cluster before',
      sample({
        trust: trustOf(
          clusterStatement(
            { StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT } },
            { keyIssuer: OTHER_ISSUER },
          ),
        ),
      }),
    ),
    complies('the same issuer', sample()),
    complies(
      'two providers, and a condition on each',
      sample({
        trust: trustOf({
          Effect: 'Allow',
          Principal: { Federated: [PROVIDER, OTHER_PROVIDER] },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEqualsIfExists: {
              [`${PROVIDER.split('oidc-provider/')[1]}:sub`]: SUBJECT,
              [`${OTHER_ISSUER}:sub`]: SUBJECT,
            },
          },
        }),
      }),
    ),
  ],
}

function* mismatched({ declared }: World) {
  for (const role of declared.roles)
    for (const trust of role.webIdentity)
      if (trust.provider !== '*' && foreignTo(role, trust).length > 0) yield { role, trust }
}

/** Issuers of conditions that none of the statement's providers has. */
function foreignTo(role: Role, { statement, foreignClaims }: WebIdentityTrust): string[] {
  const own = role.webIdentity
    .filter((other) => other.statement === statement)
    .map(({ issuer }) => issuer.toLowerCase())
  return [
    ...new Set(
      foreignClaims
        .map(({ issuer }) => issuer)
        .filter((issuer) => !own.includes(issuer.toLowerCase())),
    ),
  ]
}
