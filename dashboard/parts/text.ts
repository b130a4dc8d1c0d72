export { visible } from '../../lib/text/visible.ts'

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Account of an ARN; '' where it has none. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}

/** The last part of a role's ARN. */
export function shortRole(arn: string): string {
  const resource = arn.split(':').slice(5).join(':')
  return resource.startsWith('role/') ? resource.slice(resource.lastIndexOf('/') + 1) : arn
}

/** What people call a principal; `where` is its cluster or account. */
export function principalName(principal: {
  readonly kind: string
  readonly id: string
  readonly namespace: string | null
  readonly serviceAccount: string | null
  readonly name: string | null
}): string {
  const { kind, id, namespace, serviceAccount, name } = principal
  if (kind === 'workload' && namespace !== null) return `${namespace}/${serviceAccount}`
  return name ?? shortRole(id)
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  workload: 'ServiceAccount',
  'web-identity': 'web identity',
  saml: 'SAML user',
  'identity-center': 'Identity Center user',
  'iam-user': 'IAM user',
  root: 'root user',
  'aws-service': 'AWS service',
  node: 'node',
  role: 'role session',
  account: 'account',
}

export function kindWords(kind: string): string {
  return KIND_WORDS[kind] ?? kind
}
