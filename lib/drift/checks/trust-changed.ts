import { timestamp } from '../../graph/timestamp.ts'
import type { Principal } from '../../model.ts'
import { type Check, complies, deviates, deviation, unread } from '../check.ts'
import {
  clusterStatement,
  HEALTHY_STATEMENT,
  ROLE,
  SUBJECT,
  sample,
  samplePrincipal,
  trustOf,
} from '../sample.ts'
import type { DeclaredProvider } from '../snapshot.ts'
import type { Trusted } from '../trust-policy.ts'
import { listed, roleWords } from '../users.ts'
import type { Role, World } from '../world.ts'
import { changedTrusts } from '../world.ts'

export const trustChanged: Check = {
  id: 'trust-changed',
  title: 'Trust is not the approved one',
  severity: 'medium',
  attack: ['T1098'],
  why: 'A changed trust is the quietest way to keep a way in.',
  blindSpots:
    'A change that was undone before the next snapshot leaves its mark in CloudTrail only.',
  runbook: [
    'Read who changed it (`observed`), and what that principal did in the hour around: podtrail what PRINCIPAL.',
    'Read who assumed it first after the change, and from where: podtrail who ROLE --from TIME-OF-THE-CHANGE.',
    'Wanted? podtrail snapshot --approve; else put the approved trust back as `fix` says, now.',
  ],
  needs: ['trusts', 'providers'],

  *inspect(world) {
    const { declared, approved } = world
    if (approved === null) return
    for (const arn of changedTrusts(declared.snapshot, approved.snapshot)) {
      const role = declared.role(arn)
      const before = approved.role(arn)
      // A role that is new was not changed; who may assume it is for the other checks.
      if (role === undefined || before === undefined) continue
      const wider = addedTo(before, role)
      yield deviation({
        subject: arn,
        title: `the trust of ${roleWords(arn)} was changed${wider.length === 0 ? '' : `: it now admits ${listed(wider)}`}`,
        ...(wider.length > 0 ? { severity: 'high' as const } : {}),
        declared: JSON.stringify(role.trust),
        observed: historyOf(world, role),
        approved: JSON.stringify(before.trust),
        fix: [{ kind: 'set-trust', role: arn, document: before.trust }],
      })
    }
    yield* changedProviders(world)
  },

  examples: [
    deviates(
      'a second subject',
      sample({
        trust: trustOf(
          clusterStatement({
            StringEquals: { aud: 'sts.amazonaws.com', sub: [SUBJECT, 'system:serviceaccount:x:y'] },
          }),
        ),
        approvedTrust: trustOf(HEALTHY_STATEMENT),
        observed: {
          trustChanges: [
            {
              role: ROLE,
              at: 1_795_000_000,
              by: [samplePrincipal({ kind: 'iam-user', id: 'ana', name: 'ana' })],
              isCertain: true,
              firstUse: null,
            },
          ],
        },
      }),
    ),
    deviates('narrower', sample({ approvedTrust: trustOf(clusterStatement({})) })),
    complies('as approved', sample({ approvedTrust: trustOf(HEALTHY_STATEMENT) })),
    complies('there is nothing to compare with', sample()),
  ],
}

/** Who is trusted now and was not: principals, and subjects or patterns of issuers. */
function addedTo(before: Role, now: Role): string[] {
  const known = new Set(admittedBy(before))
  return admittedBy(now).filter((one) => !known.has(one))
}

function admittedBy({ webIdentity, principals }: Role): string[] {
  const tokens = webIdentity.flatMap(({ issuer, subjects }) =>
    subjects.length === 0
      ? [`all of ${issuer}`]
      : subjects.flatMap(({ values, form }) =>
          values.map((value) => (form === 'negated' ? `not ${value}` : `${value} of ${issuer}`)),
        ),
  )
  const others = principals.map(({ trusted }) => trustedWords(trusted))
  return [...new Set([...tokens, ...others])]
}

function trustedWords(trusted: Trusted): string {
  switch (trusted.kind) {
    case 'everyone':
    case 'everyone-except':
      return 'everyone'
    case 'account':
      return `account ${trusted.account}`
    case 'principal':
      return trusted.arn
    case 'deleted':
      return trusted.uniqueId
    case 'service':
      return trusted.service
    case 'saml':
      return trusted.provider
    case 'other':
      return trusted.value
  }
}

/** Who changed it, and the first use after that. */
function historyOf({ observed }: World, role: Role): string | null {
  const change = observed.trustChanges.find((one) => one.role === role.arn)
  if (change === undefined)
    return observed.seen.has(role.account) ? 'the change is not in the logs that are stored' : null
  const { at, by, isCertain, firstUse } = change
  const who = [...new Set(by.map(nameOf))]
  const doubt = isCertain
    ? ''
    : ' (who changed a trust in the account; the record does not say which)'
  const use =
    firstUse === null
      ? 'not used since'
      : `first used ${timestamp(firstUse.at)} by ${nameOf(firstUse.by)}`
  return `changed ${timestamp(at)} by ${listed(who)}${doubt}; ${use}`
}

function nameOf({ kind, id, name, namespace, serviceAccount }: Principal): string {
  return kind === 'workload' ? `${namespace}/${serviceAccount}` : (name ?? id)
}

/** Client ids of a provider are part of what is trusted. */
function* changedProviders({ declared, approved }: World) {
  for (const now of declared.providers) {
    const before = approved?.provider(now.arn)
    if (before === undefined || before.audiences === null) continue
    if (now.audiences === null) {
      yield unread(now.arn, `no output of "aws iam get-open-id-connect-provider" of ${now.arn}`)
      continue
    }
    const add = minus(before, now)
    const remove = minus(now, before)
    if (add.length + remove.length === 0) continue
    yield deviation({
      subject: now.arn,
      title: `the client ids of the provider of ${now.issuer} were changed`,
      declared: listed(now.audiences),
      approved: listed(before.audiences),
      fix: [{ kind: 'set-audiences', provider: now.arn, add, remove }],
    })
  }
}

function minus(a: DeclaredProvider, b: DeclaredProvider): string[] {
  return (a.audiences ?? []).filter((audience) => b.audiences?.includes(audience) !== true)
}
