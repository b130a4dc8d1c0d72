import { type Check, complies, deviates, deviation } from '../check.ts'
import { clusterStatement, SUBJECT, sample, trustOf } from '../sample.ts'
import { pinned, STS_AUDIENCE } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  audiencesFor,
  byRole,
  clusterTrusts,
  isExact,
  isReadOf,
  listed,
  namedSubjects,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { Role, World } from '../world.ts'

export const audUnexpected: Check = {
  id: 'aud-unexpected',
  title: 'Trust expects another audience than the tokens have',
  severity: 'medium',
  attack: ['T1528'],
  why: 'Pods ask with sts.amazonaws.com and are refused, or tokens made for another service are accepted.',
  blindSpots:
    'A token that is projected into a pod by hand, with an audience of its own, is not looked at.',
  runbook: [
    'Compare the value in `declared` with the annotation eks.amazonaws.com/audience of the ServiceAccount, now.',
    'Read who was refused the role in the last 24 hours: podtrail who ROLE --since 24h; then apply `fix`.',
  ],
  needs: ['trusts', 'service-accounts', 'issuers'],

  *inspect(world) {
    const found = [...clusterTrusts(world.declared)]
    const odd = found.filter(({ role, trust }) => unexpectedIn(world, role, trust).length > 0)
    for (const { role, trusts } of byRole(odd)) {
      const values = [...new Set(trusts.flatMap((trust) => unexpectedIn(world, role, trust)))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} accepts the audience ${listed(values)}, which none of its ServiceAccounts asks for`,
        declared: `${trusts.map(statementWords).join(', ')}: aud ${listed(values)}`,
        observed: useWords(world.observed, role),
        fix: pinned(
          role,
          new Map(
            trusts.map((trust) => {
              const named = trust.subjects.every(isExact)
                ? namedSubjects(trust).map(({ subject }) => subject)
                : []
              const subjects = named.length > 0 ? named : pinFor(world, role, trust).subjects
              return [trust, { subjects, audiences: audiencesFor(world, role, trust.issuer) }]
            }),
          ),
        ),
      })
    }
  },

  examples: [
    deviates('what the guides have people enter', audienceIs('amazonaws.com')),
    deviates('one too many', audienceIs(['sts.amazonaws.com', 'vault'])),
    deviates(
      'any',
      sample({
        trust: trustOf(
          clusterStatement({ StringLike: { aud: '*' }, StringEquals: { sub: SUBJECT } }),
        ),
      }),
    ),
    complies('as usual', audienceIs('sts.amazonaws.com')),
    complies(
      'another one, which the ServiceAccount asks for',
      sample({
        trust: trustOf(clusterStatement({ StringEquals: { aud: 'internal', sub: SUBJECT } })),
        serviceAccount: { audience: 'internal' },
      }),
    ),
  ],
}

function audienceIs(aud: string | readonly string[]) {
  return sample({ trust: trustOf(clusterStatement({ StringEquals: { aud, sub: SUBJECT } })) })
}

function unexpectedIn(world: World, role: Role, trust: WebIdentityTrust): string[] {
  // A ServiceAccount that was not read may ask for it.
  if (!isReadOf(world.declared, trust.issuer)) return []
  const expected = new Set([STS_AUDIENCE, ...audiencesFor(world, role, trust.issuer)])
  const { audiences } = trust
  const values = (form: (typeof audiences)[number]['form']) =>
    audiences.filter((test) => test.form === form).flatMap((test) => test.values)
  const exact = audiences.filter(isExact)
  if (exact.length > 0)
    return exact.flatMap((test) => test.values).filter((one) => !expected.has(one))
  return [
    ...values('pattern'),
    ...[...values('negated'), ...values('other')].map((one) => `not ${one}`),
  ]
}
