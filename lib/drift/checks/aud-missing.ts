import { type Check, complies, deviates, deviation } from '../check.ts'
import { clusterStatement, SUBJECT, sample, trustOf } from '../sample.ts'
import { pinned } from '../trust-edit.ts'
import {
  admitsNobody,
  audiencesFor,
  byRole,
  clusterTrusts,
  isExact,
  namedSubjects,
  pinFor,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'

export const audMissing: Check = {
  id: 'aud-missing',
  title: 'Trust does not check the audience',
  severity: 'medium',
  attack: ['T1528'],
  why: 'A token that was made for something else, such as Vault, can be traded for the role by whoever receives it.',
  blindSpots:
    'The provider only lets its own client ids through; if that is one, little is gained.',
  runbook: [
    'Read the client ids of the provider in `declared`: aws iam get-open-id-connect-provider, now.',
    'Apply `fix`; look for AccessDenied on the role in the hour after: podtrail who ROLE --since 1h.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    const found = [...clusterTrusts(world.declared)]
    const open = found.filter(
      ({ trust }) =>
        !admitsNobody(trust) && trust.audiences.every(({ form }) => form === 'presence'),
    )
    for (const { role, trusts } of byRole(open))
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} does not check what the token was made for (aud)`,
        declared: `${trusts.map(statementWords).join(', ')}: no condition on ${trusts[0]!.issuer}:aud`,
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
  },

  examples: [
    deviates(
      'subject only',
      sample({ trust: trustOf(clusterStatement({ StringEquals: { sub: SUBJECT } })) }),
    ),
    complies('subject and audience', sample()),
    complies(
      'audience under StringLike',
      sample({
        trust: trustOf(
          clusterStatement({
            StringLike: { aud: 'sts.amazonaws.com' },
            StringEquals: { sub: SUBJECT },
          }),
        ),
      }),
    ),
  ],
}
