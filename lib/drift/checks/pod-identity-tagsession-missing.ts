import { type Check, complies, deviates, deviation } from '../check.ts'
import { POD_IDENTITY_STATEMENT, sample, sampleAssociation, trustOf } from '../sample.ts'
import { mapped } from '../trust-edit.ts'
import {
  associatedWith,
  isPodIdentity,
  notDescribed,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'

export const podIdentityTagsessionMissing: Check = {
  id: 'pod-identity-tagsession-missing',
  title: 'Role trusts Pod Identity without sts:TagSession',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'EKS tags every session, so the pods get AccessDenied, or session tags are turned off and with them the names in CloudTrail.',
  blindSpots: 'Whether a condition on the tags would refuse them is not looked at.',
  runbook: [
    'Read who was refused the role in the last 24 hours: podtrail who ROLE --since 24h.',
    'Apply `fix`; pods get credentials at their next try, within minutes.',
  ],
  needs: ['trusts', 'associations'],

  *inspect(world) {
    // An association that was not read may have session tags off.
    const isRead = world.declared.clusters.every(
      ({ associations }) =>
        associations.missing === null && associations.items.every(({ detail }) => detail !== null),
    )
    if (!isRead) {
      yield* notDescribed(world.declared)
      return
    }
    for (const role of world.declared.roles) {
      const own = role.principals.filter(({ trusted }) => isPodIdentity(trusted))
      const assuming = own.filter(({ actions }) => actions.includes('sts:AssumeRole'))
      const isTagging = own.some(({ actions }) => actions.includes('sts:TagSession'))
      if (assuming.length === 0 || isTagging) continue
      const associations = associatedWith(world.declared, role.arn)
      // Without session tags there is nothing to allow.
      const isTagless =
        associations.length > 0 &&
        associations.every(({ association }) => association.detail?.sessionTagsOff === true)
      if (isTagless) continue
      const statements = new Set(assuming.map(({ statement }) => statement))
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} lets Pod Identity assume it, but not tag the session: every pod is refused`,
        declared: `${assuming.map(statementWords).join(', ')}: sts:AssumeRole without sts:TagSession`,
        observed: useWords(world.observed, role),
        fix: mapped(role, (statement) =>
          statements.has(statement.index)
            ? {
                ...statement,
                actions: {
                  ...statement.actions,
                  patterns: [...statement.actions.patterns, 'sts:TagSession'],
                },
              }
            : statement,
        ),
      })
    }
  },

  examples: [
    deviates(
      'only AssumeRole',
      sample({ trust: trustOf({ ...POD_IDENTITY_STATEMENT, Action: 'sts:AssumeRole' }) }),
    ),
    complies('both', sample({ trust: trustOf(POD_IDENTITY_STATEMENT) })),
    complies(
      'each in a statement of its own',
      sample({
        trust: trustOf(
          { ...POD_IDENTITY_STATEMENT, Action: 'sts:AssumeRole' },
          { ...POD_IDENTITY_STATEMENT, Action: 'sts:TagSession' },
        ),
      }),
    ),
    complies(
      'session tags are off',
      sample({
        trust: trustOf({ ...POD_IDENTITY_STATEMENT, Action: 'sts:AssumeRole' }),
        associations: [sampleAssociation({}, { sessionTagsOff: true })],
      }),
    ),
  ],
}
