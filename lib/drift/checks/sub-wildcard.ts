import { type Check, complies, deviates, deviation } from '../check.ts'
import { clusterStatement, sample, trustOf } from '../sample.ts'
import { pinned } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  byRole,
  clusterTrusts,
  hasWildcard,
  isExact,
  listed,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { World } from '../world.ts'

export const subWildcard: Check = {
  id: 'sub-wildcard',
  title: 'Trust admits ServiceAccounts by a pattern',
  severity: 'high',
  attack: ['T1078.004', 'T1098'],
  why: 'Who may create a ServiceAccount, or a namespace, that fits the pattern gets the role.',
  blindSpots: 'Whether the cluster lets anybody create such a name is not looked at.',
  runbook: [
    'Read which ServiceAccounts used `subject` in the last 90 days: podtrail who ROLE --since 90d.',
    'Apply `fix`, which names them one by one, within a week; within a day if the namespace is open.',
    'Look for AccessDenied on the role in the hour after: podtrail who ROLE --since 1h.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const { role, trusts } of byRole(broad(world))) {
      const patterns = [...new Set(trusts.flatMap(patternsOf))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} admits subjects by pattern: ${listed(patterns)}`,
        ...(patterns.some(isAnyNamespace) ? { severity: 'critical' as const } : {}),
        declared: `${trusts.map(statementWords).join(', ')}: sub ${listed(patterns)}`,
        observed: useWords(world.observed, role),
        fix: pinned(role, new Map(trusts.map((trust) => [trust, pinFor(world, role, trust)]))),
      })
    }
  },

  examples: [
    deviates('any name in the namespace', like('system:serviceaccount:testing:*')),
    deviates('the name in any namespace', like('system:serviceaccount:*:test-sa')),
    deviates(
      'everyone but one',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: { aud: 'sts.amazonaws.com' },
            StringNotEquals: { sub: 'system:serviceaccount:kube-system:default' },
          }),
        ),
      }),
    ),
    complies('StringLike without a wildcard', like('system:serviceaccount:testing:test-sa')),
    complies(
      'a pattern, and the exact name beside it',
      sample({
        trust: trustOf(
          clusterStatement({
            StringLike: { sub: 'system:serviceaccount:testing:*' },
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: 'system:serviceaccount:testing:test-sa',
            },
          }),
        ),
      }),
    ),
  ],
}

function like(sub: string) {
  return sample({
    trust: trustOf(
      clusterStatement({ StringLike: { sub }, StringEquals: { aud: 'sts.amazonaws.com' } }),
    ),
  })
}

function* broad({ declared }: World) {
  for (const found of clusterTrusts(declared)) {
    const { subjects } = found.trust
    if (!subjects.some(isExact) && patternsOf(found.trust).length > 0) yield found
  }
}

/** The values that let more than one subject in. */
function patternsOf({ subjects }: WebIdentityTrust): string[] {
  return subjects.flatMap(({ form, values }) => {
    if (form === 'pattern') return values.filter(hasWildcard)
    if (form === 'negated' || form === 'other') return values.map((value) => `not ${value}`)
    return []
  })
}

function isAnyNamespace(pattern: string): boolean {
  const namespace = /^system:serviceaccount:([^:]*)/.exec(pattern)?.[1]
  return namespace === undefined || hasWildcard(namespace)
}
