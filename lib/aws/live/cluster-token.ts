import type { STSClient } from '@aws-sdk/client-sts'

/** What the SDK's signer can do beside signing, which its type does not say. */
interface Presigner {
  presign(
    request: {
      readonly method: string
      readonly protocol: string
      readonly hostname: string
      readonly path: string
      readonly query: Readonly<Record<string, string>>
      readonly headers: Readonly<Record<string, string>>
    },
    options: {
      readonly expiresIn: number
      readonly signingRegion: string
      readonly signingService: string
    },
  ): Promise<{ readonly query?: Readonly<Record<string, unknown>> }>
}

/**
 * A token for the API of a cluster, as `aws eks get-token` makes it: a signed question who we are, which the cluster puts to STS. It
 * is good for 15 minutes. https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export async function clusterToken(
  sts: STSClient,
  cluster: string,
  region: string,
): Promise<string> {
  const { url } = sts.config.endpointProvider({
    Region: region,
    UseDualStack: false,
    UseFIPS: false,
    UseGlobalEndpoint: false,
  })
  const signer = (await sts.config.signer()) as unknown as Presigner
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: url.hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.hostname, 'x-k8s-aws-id': cluster },
    },
    { expiresIn: 60, signingRegion: region, signingService: 'sts' },
  )
  const asked = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  const signed = `https://${url.hostname}/?${asked.join('&')}`
  return `k8s-aws-v1.${Buffer.from(signed).toString('base64url')}`
}
