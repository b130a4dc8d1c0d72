import type { Principal } from '../model.ts'
import { parseArn, roleName } from './arn.ts'

/** `payments/checkout`, a person's or a user's name, or whatever names the principal best. */
export function whoOf({ kind, id, namespace, serviceAccount, name, account }: Principal): string {
  switch (kind) {
    case 'workload':
      return name === null
        ? `${namespace}/${serviceAccount}`
        : `${namespace}/${serviceAccount} (${name})`
    case 'role':
      return `role ${roleAt(id)}`
    case 'root':
      return `root of ${account ?? id}`
    case 'account':
      return `account ${id}`
    case 'node':
      return `node ${id}`
    case 'web-identity':
    case 'saml':
    case 'identity-center':
    case 'iam-user':
      return name ?? id
    case 'aws-service':
      return id
  }
}

/** Name of the cluster as far as it is known, or what kind of principal it is. */
export function placeOf({ kind, cluster, account }: Principal): string {
  if (kind !== 'workload') return account === null ? kind : `${kind} ${account}`
  const arn = parseArn(cluster ?? '')
  return arn === null ? (cluster ?? '?') : arn.resource.replace(/^cluster\//, '')
}

/** `ledger-writer@222233334444`. */
export function roleAt(arn: string): string {
  const account = parseArn(arn)?.account
  return account === undefined ? arn : `${roleName(arn)}@${account}`
}
