import { parseArn } from '../../identity/arn.ts'
import { type Check, complies, deviates, deviation } from '../check.ts'
import { roleArn, sample, sampleRole, trustOf } from '../sample.ts'
import { mapped, withoutEntries } from '../trust-edit.ts'
import type { PrincipalTrust } from '../trust-policy.ts'
import { listed, roleWords, statementWords, useWords } from '../users.ts'
import type { World } from '../world.ts'

export const externalAccount: Check = {
  id: 'external-account',
  title: 'Trust of an account that is not in scope',
  severity: 'medium',
  attack: ['T1199'],
  why: 'What happens to that account happens to the role, and its logs are not ours.',
  blindSpots:
    'An account of ours that is in neither the snapshot nor the settings counts as external.',
  runbook: [
    'Is the account ours? Put it into podtrail.yaml (accounts), today.',
    'Read who of it used the role in the last 90 days: podtrail who ROLE --since 90d.',
    'Is it a vendor, and wanted? Ask for an external id, and approve the finding; else apply `fix`.',
  ],
  needs: ['trusts'],

  *inspect(world) {
    for (const role of world.declared.roles) {
      const external = role.principals.filter(
        (trust) => externalIn(world, trust) !== null && trust.actions.includes('sts:AssumeRole'),
      )
      if (external.length === 0) continue
      const accounts = [...new Set(external.map((trust) => externalIn(world, trust)!))]
      const isGuarded = external.every(({ restrictions }) =>
        restrictions.some(({ key, negated }) => !negated && /^sts:externalid$/i.test(key)),
      )
      yield deviation({
        subject: role.arn,
        title: `${roleWords(role.arn)} trusts account ${listed(accounts)}, which is not in scope${isGuarded ? '' : ', without an external id'}`,
        ...(isGuarded ? {} : { severity: 'high' as const }),
        declared: `${external.map(statementWords).join(', ')}: account ${listed(accounts)}`,
        observed: useWords(world.observed, role),
        fix: mapped(role, (statement) =>
          withoutEntries(
            statement,
            ({ type, value }) =>
              type === 'AWS' && accounts.includes(parseArn(value)?.account ?? value),
          ),
        ),
      })
    }
  },

  examples: [
    deviates('a whole account', withTrusted('arn:aws:iam::999900001111:root')),
    deviates('a role of it', withTrusted(roleArn('theirs', '999900001111'))),
    deviates(
      'with an external id',
      withTrusted('999900001111', { StringEquals: { 'sts:ExternalId': '7f3a' } }),
    ),
    complies('an account in scope', withTrusted(roleArn('ours'))),
  ],
}

function withTrusted(AWS: string, Condition: object = {}) {
  const trust = trustOf({
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'sts:AssumeRole',
    Condition,
  })
  return sample({ roles: [sampleRole({ arn: roleArn('shared'), trust })] })
}

function externalIn({ declared }: World, { trusted }: PrincipalTrust): string | null {
  if (trusted.kind !== 'account' && trusted.kind !== 'principal') return null
  return declared.accounts.has(trusted.account) ? null : trusted.account
}
