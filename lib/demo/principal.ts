import type { Workload } from './world.ts'

type PrincipalKind =
  | 'workload'
  | 'web-identity'
  | 'saml'
  | 'identity-center'
  | 'iam-user'
  | 'root'
  | 'aws-service'
  | 'node'
  | 'role'
  | 'account'

/** Who starts a chain. `id` is unique within its kind. */
export interface Principal {
  kind: PrincipalKind
  id: string
  /** A workload's cluster, always by issuer, also when Pod Identity shows only the EKS ARN. */
  cluster?: string
  /** Absent for an issuer that nobody knows. */
  clusterName?: string
  namespace?: string
  serviceAccount?: string
  name?: string
  account?: string
  /** web-identity only: what the token says. */
  issuer?: string
  subject?: string
}

/** `<issuer>/<namespace>/<serviceAccount>`. */
export function workloadPrincipal({ cluster, namespace, serviceAccount }: Workload): Principal {
  return {
    kind: 'workload',
    id: `${cluster.issuer}/${namespace}/${serviceAccount}`,
    cluster: cluster.issuer,
    ...(cluster.name === undefined ? {} : { clusterName: cluster.name }),
    namespace,
    serviceAccount,
  }
}

/** `<issuer host>/<sub>`. */
export function webIdentityPrincipal(issuer: string, subject: string): Principal {
  return { kind: 'web-identity', id: `${issuer}/${subject}`, name: subject, issuer, subject }
}

/** A person of the company's own SAML provider, by the provider's ARN and the user name. */
export function samlPrincipal(providerArn: string, user: string, account: string): Principal {
  return { kind: 'saml', id: `${providerArn}/${user}`, name: user, account }
}

/** A person of IAM Identity Center, the same in every account. */
export function identityCenterPrincipal(user: string): Principal {
  return { kind: 'identity-center', id: user, name: user }
}

/** By ARN. */
export function iamUserPrincipal(account: string, path: string, name: string): Principal {
  return { kind: 'iam-user', id: `arn:aws:iam::${account}:user${path}${name}`, name, account }
}

/** The owner of an account. */
export function rootPrincipal(account: string): Principal {
  return { kind: 'root', id: `arn:aws:iam::${account}:root`, account }
}

/** An AWS service that assumes a role for itself or for a function. */
export function servicePrincipal(service: string): Principal {
  return { kind: 'aws-service', id: service, name: service }
}

/** An EC2 instance, by instance id. */
export function nodePrincipal(instance: string, account: string): Principal {
  return { kind: 'node', id: instance, name: instance, account }
}

/** A role session of which only the role is known. */
export function rolePrincipal(arn: string, account: string): Principal {
  return { kind: 'role', id: arn, name: arn.slice(arn.lastIndexOf('/') + 1), account }
}

/** A caller of which only the account is known. */
export function accountPrincipal(account: string): Principal {
  return { kind: 'account', id: account, account }
}
