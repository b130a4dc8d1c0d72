import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { clusterStatement, SUBJECT, sample, trustOf } from '../sample.ts'
import { withoutSubjects } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  byRole,
  clusterTrusts,
  listed,
  namedSubjects,
  roleWords,
  statementWords,
} from '../users.ts'
import type { Declared } from '../world.ts'

export const trustedServiceAccountMissing: Check = {
  id: 'trusted-service-account-missing',
  title: 'Trusted ServiceAccount does not exist',
  severity: 'medium',
  attack: ['T1098', 'T1136'],
  why: 'Whoever may create a ServiceAccount of that name, or the namespace that is gone, takes the role over.',
  blindSpots: 'One that exists only while a job runs looks like one that is gone.',
  runbook: [
    'Read when it was last seen: podtrail what NAMESPACE/NAME --since 90d.',
    'Ask the owner of the namespace whether it comes back, this week; else take it out of the trust as `fix` says.',
  ],
  needs: ['trusts', 'service-accounts', 'issuers'],

  *inspect({ declared }) {
    const found = [...clusterTrusts(declared)].filter(
      ({ trust }) => missingIn(declared, trust).length > 0,
    )
    for (const { role, trusts } of byRole(found)) {
      const missing = [...new Set(trusts.flatMap((trust) => missingIn(declared, trust)))]
      const cluster = declared.cluster(trusts[0]!.issuer)!
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts ${listed(missing)}, which ${cluster.called} does not have`,
        declared: `${trusts.map(statementWords).join(', ')}: ${listed(missing)}`,
        fix: withoutSubjects(
          role,
          new Map(trusts.map((trust) => [trust, new Set(missingIn(declared, trust))])),
        ),
      })
    }
  },

  examples: [
    deviates('gone', sample({ serviceAccount: null })),
    deviates(
      'one of two',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: [SUBJECT, 'system:serviceaccount:retired:batch'],
            },
          }),
        ),
      }),
    ),
    complies('it is there', sample()),
    couldNotLook(
      'ServiceAccounts not read',
      sample({ cluster: { serviceAccounts: { items: [], missing: 'no output' } } }),
    ),
  ],
}

function missingIn(declared: Declared, trust: WebIdentityTrust): string[] {
  const cluster = declared.cluster(trust.issuer)
  if (cluster === undefined || cluster.serviceAccounts.missing !== null) return []
  return namedSubjects(trust)
    .filter(
      ({ namespace, serviceAccount }) =>
        cluster.serviceAccount(namespace, serviceAccount) === undefined,
    )
    .map(({ subject }) => subject)
}
