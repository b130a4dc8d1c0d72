import type { Check, Deviation, Need, Unread } from './check.ts'
import { unread } from './check.ts'
import { clusterParts, type PartOf, type World } from './world.ts'

/** What one check says: `deviates` and what could not be looked at may both be. */
export interface CheckAnswer {
  readonly check: Check
  readonly answer: 'complies' | 'deviates' | 'could-not-look'
  readonly findings: readonly Deviation[]
  readonly unread: readonly Unread[]
}

/** Asks every check. One that breaks could not look; the others still do. */
export function runChecks(checks: readonly Check[], world: World): CheckAnswer[] {
  const missing = new Map<Need, readonly Unread[]>()
  return checks.map((check) => {
    const findings = new Map<string, Deviation>()
    const notRead = new Map<string, Unread>()
    const note = (one: Unread) => notRead.set(`${one.subject}\n${one.reason}`, one)
    for (const need of check.needs) {
      let parts = missing.get(need)
      if (parts === undefined) {
        parts = missingOf(need, world)
        missing.set(need, parts)
      }
      parts.forEach(note)
    }
    for (const result of check.inspect(world))
      if (result.kind === 'unread') note(result)
      else if (!findings.has(result.subject)) findings.set(result.subject, result)
    const answer = findings.size > 0 ? 'deviates' : notRead.size > 0 ? 'could-not-look' : 'complies'
    return { check, answer, findings: [...findings.values()], unread: [...notRead.values()] }
  })
}

function missingOf(need: Need, world: World): Unread[] {
  const { declared, observed } = world
  const ofParts = (parts: readonly PartOf[]): Unread[] =>
    parts.flatMap(({ subject, missing }) => (missing === null ? [] : [unread(subject, missing)]))
  const noCluster =
    declared.clusters.length === 0
      ? [unread('clusters', 'no cluster is known: save the output of "aws eks describe-cluster"')]
      : []
  const ofClusters = (part: Parameters<typeof clusterParts>[1]): Unread[] => [
    ...noCluster,
    ...ofParts(clusterParts(declared, part)),
  ]
  switch (need) {
    case 'trusts':
      return [
        ...noAccount(world),
        ...ofParts(declared.roleParts),
        ...declared.roles.flatMap(({ arn, policy }) =>
          policy.kind === 'policy'
            ? []
            : [
                unread(
                  `role ${arn}`,
                  `its trust policy cannot be read: ${policy.reason}${policy.at === '' ? '' : ` at ${policy.at}`}`,
                ),
              ],
        ),
      ]
    case 'policies':
      return [...noAccount(world), ...ofParts(declared.roleParts)]
    case 'providers':
      return [...noAccount(world), ...ofParts(declared.providerParts)]
    case 'issuers':
      return [
        ...noCluster,
        ...ofParts(
          declared.clusters.map(({ called, undescribed, issuer }) => ({
            subject: `cluster ${called}`,
            missing: issuer === null ? undescribed : null,
          })),
        ),
      ]
    case 'associations':
      return ofClusters('associations')
    case 'fargate-profiles':
      return ofClusters('fargateProfiles')
    case 'service-accounts':
      return ofClusters('serviceAccounts')
    case 'pods':
      return ofClusters('pods')
    case 'observed':
      return observed.seen.size === 0
        ? [unread('CloudTrail', 'no event of this window is stored')]
        : []
  }
}

function noAccount({ declared }: World): Unread[] {
  return declared.accounts.size === 0
    ? [
        unread(
          'accounts',
          'no account is known: save the output of "aws iam get-account-authorization-details"',
        ),
      ]
    : []
}
