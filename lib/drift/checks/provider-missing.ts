import { parseArn } from '../../identity/arn.ts'
import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import { clusterStatement, OTHER_ISSUER, ROLE, SUBJECT, sample, trustOf } from '../sample.ts'
import { STS_AUDIENCE, settled, statementJson, withoutEntries } from '../trust-edit.ts'
import type { WebIdentityTrust } from '../trust-policy.ts'
import { listed, roleWords, statementWords, useWords } from '../users.ts'
import type { Role, World } from '../world.ts'

export const providerMissing: Check = {
  id: 'provider-missing',
  title: 'Trusted OIDC provider does not exist',
  severity: 'high',
  attack: ['T1098'],
  why: 'Pods get "No OpenIDConnect provider found"; and whoever registers the issuer later gets the role.',
  blindSpots: 'A provider that exists with a wrong issuer or thumbprint is not noticed here.',
  runbook: [
    'Read who deleted the provider: podtrail touched PROVIDER-ARN, in the days before `firstSeen`.',
    'Does the cluster still exist? Then create the provider as `fix` says, today; else take it out of the trust.',
  ],
  needs: ['trusts', 'providers'],

  *inspect(world) {
    const { declared } = world
    for (const role of declared.roles) {
      const dead = role.webIdentity.filter((trust) => isDead(world, role, trust))
      if (dead.length === 0) continue
      const names = [...new Set(dead.map(({ provider }) => provider))]
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts ${listed(names)}, which account ${role.account} does not have`,
        declared: `${dead.map(statementWords).join(', ')}: ${listed(names)}`,
        observed: useWords(world.observed, role),
        fix: fixOf(world, role, dead),
      })
    }
  },

  examples: [
    deviates('never made', sample({ provider: null })),
    deviates(
      'of a cluster that is gone',
      sample({
        trust: trustOf(
          clusterStatement(
            { StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT } },
            { issuer: OTHER_ISSUER },
          ),
        ),
      }),
    ),
    deviates(
      'of another account',
      sample({
        trust: trustOf(
          clusterStatement(
            { StringEquals: { aud: 'sts.amazonaws.com', sub: SUBJECT } },
            { provider: `arn:aws:iam::222233334444:oidc-provider/${OTHER_ISSUER}` },
          ),
        ),
      }),
    ),
    complies('it exists', sample()),
    couldNotLook(
      'providers not listed',
      sample({ provider: null, account: { providersMissing: 'no output' }, role: { arn: ROLE } }),
    ),
  ],
}

function isDead({ declared }: World, role: Role, { provider }: WebIdentityTrust): boolean {
  const arn = parseArn(provider)
  // `accounts.google.com` and the like are built in.
  if (arn === null) return false
  if (arn.account !== role.account) return true
  const account = declared.snapshot.accounts.find((one) => one.account === role.account)
  if (account === undefined || account.providers.missing !== null) return false
  return declared.provider(provider) === undefined
}

function fixOf({ declared }: World, role: Role, dead: readonly WebIdentityTrust[]) {
  if (role.policy.kind !== 'policy') return []
  const living = dead.filter(({ issuer }) => declared.cluster(issuer) !== undefined)
  if (living.length === dead.length && living.every(({ provider }) => isOwn(provider, role)))
    return [...new Set(living.map(({ issuer }) => issuer))].map((issuer) => ({
      kind: 'create-provider' as const,
      account: role.account,
      issuer,
      audiences: [STS_AUDIENCE],
    }))
  const gone = new Set(dead.map(({ provider }) => provider))
  const statements = role.policy.statements.flatMap((statement) => {
    const left = withoutEntries(
      statement,
      ({ type, value }) => type === 'Federated' && gone.has(value),
    )
    return left === null ? [] : [statementJson(left)]
  })
  return settled(role, statements)
}

function isOwn(provider: string, role: Role): boolean {
  return parseArn(provider)?.account === role.account
}
