import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { clusterStatement, sample, trustOf } from '../sample.ts'
import { pinned } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  admitsNobody,
  byRole,
  listed,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { World } from '../world.ts'

export const subMissing: Check = {
  id: 'sub-missing',
  title: 'Trust does not say which ServiceAccount',
  severity: 'critical',
  attack: ['T1078.004', 'T1528'],
  why: 'Any ServiceAccount of the cluster, also one that an attacker makes, may assume the role.',
  blindSpots:
    'A condition on something else, such as an address, narrows the trust and is not weighed here.',
  runbook: [
    'Read who used `subject` in the last 90 days: podtrail who ROLE --since 90d.',
    'Apply `fix` within a day; ServiceAccounts that were not seen in `observed` lose the role.',
    'Look for AccessDenied on the role in the hour after: podtrail who ROLE --since 1h.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const { role, trusts } of byRole(open(world))) {
      const providers = [...new Set(trusts.map(({ issuer }) => issuer))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} lets every identity of ${listed(providers)} in: there is no condition on the subject`,
        declared: `${trusts.map(statementWords).join(', ')}: no condition on ${trusts[0]!.issuer}:sub`,
        observed: useWords(world.observed, role),
        fix: pinned(role, new Map(trusts.map((trust) => [trust, pinFor(world, role, trust)]))),
      })
    }
  },

  examples: [
    deviates(
      'audience only',
      sample({ trust: trustOf(clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com' } })) }),
    ),
    deviates(
      'only that there is a subject',
      sample({
        trust: trustOf(
          clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com' }, Null: { sub: 'false' } }),
        ),
      }),
    ),
    complies('subject and audience', sample()),
    couldNotLook('roles not read', sample({ role: null, account: { rolesMissing: 'no output' } })),
  ],
}

function* open({ declared }: World) {
  for (const role of declared.roles)
    for (const trust of role.webIdentity)
      if (trust.provider !== '*' && !admitsNobody(trust) && !trust.subjects.some(narrows))
        yield { role, trust }
}

function narrows({ form }: WebIdentityTrust['subjects'][number]): boolean {
  return form !== 'presence'
}
