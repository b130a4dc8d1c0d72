import { type Check, complies, couldNotLook, deviates, deviation } from '../check.ts'
import {
  ACCOUNT,
  OTHER_ISSUER,
  OTHER_PROVIDER,
  sample,
  sampleProvider,
  staging,
} from '../sample.ts'
import { isEksIssuer, listed } from '../users.ts'

export const providerOrphaned: Check = {
  id: 'provider-orphaned',
  title: 'OIDC provider of a cluster that is not there',
  severity: 'medium',
  attack: ['T1098', 'T1078.004'],
  why: 'Roles keep trusting an issuer that nobody watches any more, and tokens made before are good until they expire.',
  blindSpots: 'A cluster in an account or region that was not read looks like one that is gone.',
  runbook: [
    'Search the regions and accounts that are not in `podtrail snapshot` for the issuer, today.',
    'Read who used roles through it in the last 90 days: podtrail graph --cluster ISSUER --since 90d.',
    'Take it out of the trusts that name it, then delete it as `fix` says.',
  ],
  needs: ['providers', 'issuers'],

  *inspect({ declared }) {
    // Any cluster without a known issuer may be the one.
    const isComplete =
      declared.clusters.length > 0 &&
      declared.clusters.every(({ issuer, undescribed }) => issuer !== null || undescribed === null)
    if (!isComplete) return
    for (const { arn, issuer } of declared.providers) {
      if (!isEksIssuer(issuer) || declared.cluster(issuer) !== undefined) continue
      const trusting = declared.roles
        .filter(({ webIdentity }) => webIdentity.some(({ provider }) => provider === arn))
        .map(({ name }) => name)
      yield deviation({
        subject: arn,
        title: `no cluster has the issuer ${issuer}${trusting.length === 0 ? '' : `, which ${listed(trusting)} still trust`}`,
        declared: `provider ${arn}`,
        fix: [{ kind: 'delete-provider', provider: arn }],
      })
    }
  },

  examples: [
    deviates(
      'left over',
      sample({ providers: [sampleProvider({ arn: OTHER_PROVIDER, issuer: OTHER_ISSUER })] }),
    ),
    complies('one provider, one cluster', sample()),
    complies(
      'two of each',
      sample({
        providers: [sampleProvider({ arn: OTHER_PROVIDER, issuer: OTHER_ISSUER })],
        clusters: [staging()],
      }),
    ),
    couldNotLook(
      'a cluster that was not described may be it',
      sample({
        providers: [sampleProvider({ arn: OTHER_PROVIDER, issuer: OTHER_ISSUER })],
        clusters: [staging({ arn: null, issuer: null, undescribed: 'no output' })],
      }),
    ),
    couldNotLook(
      'it may be one of a region whose clusters could not be listed',
      sample({
        providers: [sampleProvider({ arn: OTHER_PROVIDER, issuer: OTHER_ISSUER })],
        unlisted: [{ account: ACCOUNT, region: 'eu-west-1', reason: 'access denied' }],
      }),
    ),
  ],
}
