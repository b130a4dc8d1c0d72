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
  namedSubjects,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'

export const subWildcardLiteral: Check = {
  id: 'sub-wildcard-literal',
  title: 'Wildcard under StringEquals never matches',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'The trust admits nobody as it stands, and the usual repair, StringLike, admits far too many.',
  blindSpots: 'Another statement may admit the ServiceAccount; then nothing is broken.',
  runbook: [
    'Read who was refused `subject` in the last 24 hours: podtrail who ROLE --since 24h.',
    'Apply `fix`, which names the ServiceAccounts that are meant, instead of changing the operator.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    const found = clusterTrusts(world.declared)
    const literal = [...found].filter(({ trust }) => literalsOf(trust).length > 0)
    for (const { role, trusts } of byRole(literal)) {
      const values = [...new Set(trusts.flatMap(literalsOf))]
      const pins = trusts.map((trust) => {
        const { subjects, audiences } = pinFor(world, role, trust)
        const named = namedSubjects(trust).map(({ subject }) => subject)
        return [
          trust,
          { subjects: [...new Set([...subjects, ...named])].sort(), audiences },
        ] as const
      })
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} compares the subject with ${listed(values)} as plain text: no token ever matches`,
        declared: `${trusts.map(statementWords).join(', ')}: StringEquals sub ${listed(values)}`,
        observed: useWords(world.observed, role),
        fix: pinned(role, new Map(pins)),
      })
    }
  },

  examples: [
    deviates('a pattern under StringEquals', equals('system:serviceaccount:testing:*')),
    deviates('one of two', equals(['system:serviceaccount:testing:test-sa', 'system:*'])),
    complies('a plain name', equals('system:serviceaccount:testing:test-sa')),
    complies(
      'a pattern under StringLike',
      sample({
        trust: trustOf(
          clusterStatement({
            StringLike: { sub: 'system:serviceaccount:testing:*' },
            StringEquals: { aud: 'sts.amazonaws.com' },
          }),
        ),
      }),
    ),
  ],
}

function equals(sub: string | readonly string[]) {
  return sample({
    trust: trustOf(clusterStatement({ StringEquals: { aud: 'sts.amazonaws.com', sub } })),
  })
}

function literalsOf({ subjects }: WebIdentityTrust): string[] {
  return subjects.filter(isExact).flatMap(({ values }) => values.filter(hasWildcard))
}
