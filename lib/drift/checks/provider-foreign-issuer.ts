import { type Check, complies, deviates, deviation } from '../check.ts'
import { ACCOUNT, ISSUER, sample, sampleProvider } from '../sample.ts'
import { isClusterIssuer, listed } from '../users.ts'

export const providerForeignIssuer: Check = {
  id: 'provider-foreign-issuer',
  title: 'OIDC provider of an issuer that is not ours',
  severity: 'medium',
  attack: ['T1098', 'T1199'],
  why: 'Whoever holds the keys of that issuer can make a token for any subject, and with it any role that trusts it.',
  blindSpots: 'Whether a known issuer is still in the same hands cannot be seen from AWS.',
  runbook: [
    'Ask who registered it and why: podtrail touched PROVIDER-ARN, in the 90 days before `firstSeen`.',
    'Is it a cluster of ours outside EKS? Put its issuer into podtrail.yaml (clusters), today.',
    'Is it a service such as a CI system, and wanted? Approve the finding; else delete the provider as `fix` says.',
  ],
  needs: ['providers'],

  *inspect({ declared }) {
    for (const { arn, issuer } of declared.providers) {
      if (isClusterIssuer(declared, issuer)) continue
      const trusting = declared.roles
        .filter(({ webIdentity }) => webIdentity.some(({ provider }) => provider === arn))
        .map(({ name }) => name)
      yield deviation({
        subject: arn,
        title: `${issuer} is neither an EKS cluster nor in the settings${trusting.length === 0 ? '' : `; trusted by ${listed(trusting)}`}`,
        declared: `provider ${arn}`,
        fix: [{ kind: 'delete-provider', provider: arn }],
      })
    }
  },

  examples: [
    deviates('a bucket as issuer', withIssuer('oidc-bucket.s3.us-west-2.amazonaws.com')),
    deviates('looks like EKS, and is not', withIssuer(`${ISSUER}.example.com`)),
    complies('an EKS cluster', sample()),
  ],
}

function withIssuer(issuer: string) {
  const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`
  return sample({ providers: [sampleProvider({ arn, issuer })] })
}
