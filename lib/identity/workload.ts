import type { Principal, Tags } from '../model.ts'
import { partitionOfRegion } from '../source/region.ts'
import { formatArn, parseArn } from './arn.ts'

/** A Kubernetes workload. `cluster` is an issuer (host and path), an EKS ARN, or a name once known; '?' stands for a part the record does not say. */
export function workload(cluster: string, namespace: string, serviceAccount: string): Principal {
  return {
    kind: 'workload',
    id: `${cluster}/${namespace}/${serviceAccount}`,
    cluster,
    namespace,
    serviceAccount,
    name: null,
    account: parseArn(cluster)?.account ?? null,
  }
}

/**
 * Namespace and name of a ServiceAccount subject. Neither can contain a colon (both are DNS names), so more colons mean something else.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
 */
export function parseServiceAccountSubject(
  subject: string,
): { namespace: string; serviceAccount: string } | null {
  const match = /^system:serviceaccount:([^:/\s]+):([^:/\s]+)$/.exec(subject)
  return match === null ? null : { namespace: match[1]!, serviceAccount: match[2]! }
}

/** Whether it can be the name of a namespace or ServiceAccount, so that a workload's id can be read in one way only. */
function isName(text: string | undefined): text is string {
  return text !== undefined && /^[^:/\s]+$/.test(text)
}

/**
 * Issuer host and path of an OIDC provider, as CloudTrail names it: a provider ARN, or the bare name of a built-in provider.
 * The ARN's account is left out: one issuer can be registered in many accounts and is still one cluster.
 */
export function issuerOf(provider: string): string {
  const marker = ':oidc-provider/'
  const at = provider.indexOf(marker)
  return at < 0 ? provider : provider.slice(at + marker.length)
}

/**
 * The workload in EKS Pod Identity's session tags.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export function workloadOfTags(tags: Tags | null): Principal | null {
  if (tags === null) return null
  const cluster = tags['eks-cluster-arn'] ?? tags['eks-cluster-name']
  const namespace = tags['kubernetes-namespace']
  const serviceAccount = tags['kubernetes-service-account']
  if (!cluster || !isName(namespace) || !isName(serviceAccount)) return null
  return workload(cluster, namespace, serviceAccount)
}

/**
 * The workload in the external id that EKS sends to a target role when session tags are off:
 * `region/account/cluster/namespace/serviceaccount`.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
export function workloadOfExternalId(externalId: string): Principal | null {
  const parts = externalId.split('/')
  if (parts.length !== 5 || parts.some((part) => part === '')) return null
  const [region, account, cluster, namespace, serviceAccount] = parts as [
    string,
    string,
    string,
    string,
    string,
  ]
  if (!/^\d{12}$/.test(account) || !/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region)) return null
  const arn = formatArn({
    partition: partitionOfRegion(region),
    service: 'eks',
    region,
    account,
    resource: `cluster/${cluster}`,
  })
  return workload(arn, namespace, serviceAccount)
}

const LONG_POD =
  /^eks-(.{1,10})-.{10}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SHORT_POD =
  /^eks-(.{1,10})-.{1,9}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * What is left when tags are off and no target role is used: `eks-<cluster>-<pod>-<uuid>`, each name cut to 10 characters.
 * Neither namespace nor ServiceAccount can be told from it. Seen in aws-samples/amazon-eks-security-immersion-day.
 */
export function workloadOfSessionName(sessionName: string, account: string): Principal | null {
  // Both names may hold hyphens. A pod's is nearly always longer than ten characters, so it is looked for at its full length first.
  const match = LONG_POD.exec(sessionName) ?? SHORT_POD.exec(sessionName)
  return match === null ? null : { ...workload(`${account}/${match[1]!}`, '?', '?'), account }
}

/** Whether a workload, as records have it, came with a token of its cluster's issuer; else with EKS Pod Identity, which names the cluster. */
export function cameWithToken({ cluster }: Pick<Principal, 'cluster'>): boolean {
  return cluster !== null && !cluster.startsWith('arn:') && cluster.includes('.')
}
