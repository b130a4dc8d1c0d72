import { listOf, objectOf } from '../../lib/drift/source/json.ts'
import type { Company } from '../drift/company-with-defects.ts'
import { type Answering, type Call, gone, json, type Reply, xml } from './front.ts'
import { KubernetesApi } from './kubernetes-api.ts'

const PAGE_SIZE = 7

/** The saved state of a company, answered as AWS and its clusters would. `own`: the account of whoever asks. */
export class CompanyAsAws {
  readonly #files: ReadonlyMap<string, Record<string, unknown>>
  readonly #own: string
  readonly #keysOf: (account: string) => string
  readonly clusters = new Map<string, KubernetesApi>()

  constructor({ files }: Pick<Company, 'files'>, own: string, keysOf: (account: string) => string) {
    this.#files = files as ReadonlyMap<string, Record<string, unknown>>
    this.#own = own
    this.#keysOf = keysOf
  }

  async start(): Promise<this> {
    for (const path of this.#files.keys()) {
      const name = /^([^/]+)\/cluster\.json$/.exec(path)?.[1]
      if (name === undefined) continue
      const of = (file: string) => listOf(this.#files.get(`${name}/${file}`)?.['items']) as object[]
      const api = new KubernetesApi(name, of('serviceaccounts.json'), of('pods.json'))
      api.pageSize = PAGE_SIZE
      this.clusters.set(name, await api.start())
    }
    return this
  }

  async stop(): Promise<void> {
    await Promise.all([...this.clusters.values()].map((api) => api.stop()))
  }

  readonly answering: Answering = (call) => {
    if (call.service === 'sts') return this.#sts(call)
    if (call.service === 'iam') return this.#iam(call)
    return this.#eks(call)
  }

  #sts(call: Call): Reply {
    if (call.action === 'GetCallerIdentity') {
      const Arn = `arn:aws:sts::${this.#own}:assumed-role/podtrail-drift/run`
      return xml(call, { Arn, UserId: 'AROASYNTHETIC:run', Account: this.#own })
    }
    const account = call.given.get('RoleArn')!.split(':')[4]!
    return xml(call, {
      Credentials: {
        AccessKeyId: this.#keysOf(account),
        SecretAccessKey: 'synthetic',
        SessionToken: 'synthetic',
        Expiration: '2100-01-01T00:00:00Z',
      },
    })
  }

  #iam(call: Call): Reply {
    const files = [...this.#files].filter(([path]) => path.startsWith(`${call.account}/`))
    if (call.action === 'GetAccountAuthorizationDetails') {
      const [, details] = files.find(([path]) => path.endsWith('authorization-details.json'))!
      const roles = listOf(details['RoleDetailList'])
      const from = Number(call.given.get('Marker') ?? 0)
      const to = from + PAGE_SIZE
      return xml(call, {
        RoleDetailList: roles.slice(from, to).map((role) => encoded(role)),
        Policies: listOf(details['Policies']),
        IsTruncated: to < roles.length,
        ...(to < roles.length ? { Marker: String(to) } : {}),
      })
    }
    const list = files.find(([path]) => path.endsWith('oidc-providers.json'))![1]
    if (call.action === 'ListOpenIDConnectProviders') return xml(call, list)
    const arn = call.given.get('OpenIDConnectProviderArn')!
    const found = files.find(
      ([, file]) => typeof file['Url'] === 'string' && arn.endsWith(`/${file['Url']}`),
    )
    return found === undefined ? gone(call) : xml(call, found[1])
  }

  #eks(call: Call): Reply {
    const file = (path: string) => this.#files.get(path)
    const cluster = call.given.get('cluster')
    const inCluster = [...this.#files].filter(([path]) => path.startsWith(`${cluster}/`))
    const described = (what: string, field: string): Reply => {
      const found = inCluster.find(
        ([, output]) => objectOf(output[what])[field] === call.given.get('name'),
      )
      return found === undefined ? gone(call) : json(found[1])
    }
    switch (call.action) {
      case 'ListClusters': {
        const names = [...this.clusters.keys()].filter((name) =>
          String(objectOf(file(`${name}/cluster.json`)!['cluster'])['arn']).startsWith(
            `arn:aws:eks:${call.region}:${call.account}:`,
          ),
        )
        const from = Number(call.given.get('nextToken') ?? 0)
        const next = from + 1 < names.length ? { nextToken: String(from + 1) } : {}
        return json({ clusters: names.slice(from, from + 1), ...next })
      }
      case 'DescribeCluster': {
        const output = file(`${cluster}/cluster.json`)
        if (output === undefined) return gone(call)
        const { description } = this.clusters.get(cluster!)!
        return json({ cluster: { ...objectOf(output['cluster']), ...description } })
      }
      case 'ListPodIdentityAssociations': {
        const all = listOf(file(`${cluster}/associations.json`)!['associations'])
        const from = Number(call.given.get('nextToken') ?? 0)
        const next = from + 2 < all.length ? { nextToken: String(from + 2) } : {}
        return json({ associations: all.slice(from, from + 2), ...next })
      }
      case 'DescribePodIdentityAssociation':
        return described('association', 'associationId')
      case 'ListFargateProfiles':
        return json(file(`${cluster}/fargate-profiles.json`))
      case 'DescribeFargateProfile':
        return described('fargateProfile', 'fargateProfileName')
      case 'ListNodegroups':
        return json({ nodegroups: [] })
      default:
        return gone(call)
    }
  }
}

/** IAM answers with policies in URL encoding; the AWS CLI prints them decoded. */
function encoded(role: unknown): object {
  const { RolePolicyList, AssumeRolePolicyDocument, ...rest } = objectOf(role)
  const text = (document: unknown) => encodeURIComponent(JSON.stringify(document))
  return {
    ...rest,
    AssumeRolePolicyDocument: text(AssumeRolePolicyDocument),
    RolePolicyList: listOf(RolePolicyList)
      .map(objectOf)
      .map((policy) => ({ ...policy, PolicyDocument: text(policy['PolicyDocument']) })),
  }
}
