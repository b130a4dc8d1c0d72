import { type Check, complies, couldNotLook, deviates, deviation, unread } from '../check.ts'
import { sample } from '../sample.ts'
import { STS_AUDIENCE } from '../trust-edit.ts'
import { isClusterIssuer, isReadOf, listed } from '../users.ts'
import type { Declared } from '../world.ts'

export const providerAudience: Check = {
  id: 'provider-audience',
  title: 'OIDC provider does not accept exactly what pods ask with',
  severity: 'medium',
  attack: ['T1528'],
  why: 'Without sts.amazonaws.com every pod of the cluster is refused; with more, tokens made for other services are accepted.',
  blindSpots: 'Roles that check the audience themselves are safe from the extra ones.',
  runbook: [
    'Compare the client ids in `declared` with "sts.amazonaws.com": some guides have people enter "amazonaws.com".',
    'Read who was refused in the cluster in the last 24 hours: podtrail graph --cluster NAME --since 24h; then apply `fix`.',
  ],
  needs: ['providers', 'service-accounts', 'issuers'],

  *inspect({ declared }) {
    for (const { arn, issuer, audiences } of declared.providers) {
      if (!isClusterIssuer(declared, issuer)) continue
      if (audiences === null) {
        yield unread(
          arn,
          `no output of "aws iam get-open-id-connect-provider" of ${arn}, so its client ids are not known`,
        )
        continue
      }
      // A ServiceAccount that was not read may ask for one.
      const isRead = isReadOf(declared, issuer)
      const extra = isRead
        ? audiences.filter((audience) => !isAsked(declared, issuer, audience))
        : []
      const isRefusing = !audiences.includes(STS_AUDIENCE)
      if (!isRefusing && extra.length === 0) continue
      yield deviation({
        subject: arn,
        title: isRefusing
          ? `the provider of ${issuer} does not accept sts.amazonaws.com${audiences.length === 0 ? '' : `, but ${listed(audiences)}`}`
          : `the provider of ${issuer} also accepts ${listed(extra)}`,
        ...(isRefusing ? { severity: 'high' as const } : {}),
        declared: `client ids: ${audiences.length === 0 ? 'none' : listed(audiences)}`,
        fix: [
          {
            kind: 'set-audiences',
            provider: arn,
            add: isRefusing ? [STS_AUDIENCE] : [],
            remove: extra,
          },
        ],
      })
    }
  },

  examples: [
    deviates('as some guides say', sample({ provider: { audiences: ['amazonaws.com'] } })),
    deviates('one too many', sample({ provider: { audiences: ['sts.amazonaws.com', 'vault'] } })),
    deviates('none', sample({ provider: { audiences: [] } })),
    complies('as pods ask', sample()),
    complies(
      'one more, which a ServiceAccount asks for',
      sample({
        provider: { audiences: ['sts.amazonaws.com', 'internal'] },
        serviceAccount: { audience: 'internal' },
      }),
    ),
    couldNotLook('only listed', sample({ provider: { audiences: null } })),
  ],
}

function isAsked(declared: Declared, issuer: string, audience: string): boolean {
  return (
    audience === STS_AUDIENCE ||
    (declared
      .cluster(issuer)
      ?.serviceAccounts.items.some((serviceAccount) => serviceAccount.audience === audience) ??
      false)
  )
}
