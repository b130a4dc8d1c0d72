import { parseArn } from '../../identity/arn.ts'
import type { Fact } from '../snapshot.ts'
import { listOf, objectOf, type Place, type Reading, textOf, textsOf } from './json.ts'

/**
 * `aws iam list-open-id-connect-providers` and `get-open-id-connect-provider`
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
 */
export function readProviders(output: Record<string, unknown>, place: Place): Reading | null {
  const list = output['OpenIDConnectProviderList']
  if (Array.isArray(list)) {
    const arns = listOf(list).flatMap((entry) => textOf(objectOf(entry)['Arn']) ?? [])
    const byAccount = Map.groupBy(arns, (arn) => parseArn(arn)?.account ?? '')
    if (byAccount.has('')) return 'it names a provider by something that is no ARN'
    if (byAccount.size === 0) {
      if (place.account === null)
        return 'an empty list of OIDC providers names no account: put it into a folder named after the account'
      byAccount.set(place.account, [])
    }
    return [...byAccount].map(
      ([account, items]): Fact => ({
        kind: 'providers',
        account,
        part: { items, missing: null },
      }),
    )
  }
  const url = textOf(output['Url'])
  if (url === null || !Array.isArray(output['ClientIDList'])) return null
  return [
    {
      kind: 'provider',
      account: place.account,
      issuer: url.replace(/^https:\/\//i, ''),
      audiences: textsOf(output['ClientIDList']),
    },
  ]
}
