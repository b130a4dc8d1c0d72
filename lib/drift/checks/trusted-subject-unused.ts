import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { daysSeen } from '../observed.ts'
import {
  ACCOUNT,
  clusterStatement,
  SUBJECT,
  sample,
  sampleServiceAccount,
  trustOf,
} from '../sample.ts'
import { withoutSubjects } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import {
  byRole,
  clusterTrusts,
  listed,
  namedSubjects,
  observedSubjects,
  roleWords,
  statementWords,
  useWords,
} from '../users.ts'
import type { Role, World } from '../world.ts'
import { isUnused } from './role-unused.ts'

/** Days without use after which a trust counts as unused. */
const SUBJECT_UNUSED_DAYS = 30
const DAY = 86_400

export const trustedSubjectUnused: Check = {
  id: 'trusted-subject-unused',
  title: 'Trusted ServiceAccount does not use the role',
  severity: 'low',
  attack: ['T1078.004'],
  why: 'Who takes the ServiceAccount over gets a role that nobody would miss.',
  blindSpots:
    'What runs less than once in 30 days, and calls in a gap of the logs, look like no use.',
  runbook: [
    'Is there a gap in the logs? podtrail coverage --since 30d.',
    'Read when it was last seen: podtrail what NAMESPACE/NAME --since 90d; ask its owner, then apply `fix` within a month.',
  ],
  needs: ['trusts', 'observed', 'service-accounts', 'issuers'],

  *inspect(world) {
    const found = []
    const short = new Set<string>()
    for (const { role, trust } of clusterTrusts(world.declared)) {
      if (namedSubjects(trust).length === 0) continue
      if (daysSeen(world.observed, role.account) < SUBJECT_UNUSED_DAYS) short.add(role.account)
      else if (!isUnused(world, role) && unusedIn(world, role, trust).length > 0)
        found.push({ role, trust })
    }
    for (const account of [...short].sort())
      yield unread(
        `account ${account}`,
        `fewer than ${SUBJECT_UNUSED_DAYS} days of CloudTrail of account ${account} are stored, too few to call anything unused`,
      )
    for (const { role, trusts } of byRole(found)) {
      const unused = [...new Set(trusts.flatMap((trust) => unusedIn(world, role, trust)))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts ${listed(unused)}, not seen using it in ${SUBJECT_UNUSED_DAYS} days`,
        declared: `${trusts.map(statementWords).join(', ')}: ${listed(unused)}`,
        observed: useWords(world.observed, role),
        fix: withoutSubjects(
          role,
          new Map(trusts.map((trust) => [trust, new Set(unusedIn(world, role, trust))])),
        ),
      })
    }
  },

  examples: [
    deviates(
      'one of two',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: {
              aud: 'sts.amazonaws.com',
              sub: [SUBJECT, 'system:serviceaccount:testing:batch'],
            },
          }),
        ),
        serviceAccounts: [sampleServiceAccount({ name: 'batch', role: null })],
      }),
    ),
    complies('used yesterday', sample()),
    complies('a new role', sample({ edges: [], role: { createdAt: Number.MAX_SAFE_INTEGER } })),
    couldNotLook('nothing was seen of the account', sample({ observed: { seen: new Map() } })),
    couldNotLook(
      'only three days were seen',
      sample({
        observed: { seen: new Map([[ACCOUNT, { from: 1_795_154_400, to: 1_795_413_540 }]]) },
      }),
    ),
  ],
}

function unusedIn({ declared, observed }: World, role: Role, trust: WebIdentityTrust): string[] {
  const since = observed.window.to - SUBJECT_UNUSED_DAYS * DAY
  if (role.createdAt !== null && role.createdAt > since) return []
  const cluster = declared.cluster(trust.issuer)
  const used = new Set(observedSubjects(observed, role.arn, trust.issuer, since))
  return namedSubjects(trust)
    .filter(
      ({ subject, namespace, serviceAccount }) =>
        !used.has(subject) &&
        // One that does not exist is for trusted-service-account-missing.
        cluster?.serviceAccount(namespace, serviceAccount) !== undefined,
    )
    .map(({ subject }) => subject)
}
