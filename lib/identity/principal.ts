import type { Identity, Principal, PrincipalKind, Proof, Sighting } from '../model.ts'
import { parseArn } from './arn.ts'
import {
  issuerOf,
  parseServiceAccountSubject,
  workload,
  workloadOfExternalId,
  workloadOfSessionName,
  workloadOfTags,
} from './workload.ts'

/** A role session as a record names it: the caller of a call, or of a further role assumption. */
export interface SessionRef {
  /** Access key id; '' where a service acts for the session, and in the target account's copy of a call. */
  readonly key: string
  /** `AROA…`. */
  readonly roleId: string
  readonly sessionName: string
  /** Role ARN with its path; '' where only the role id is known. */
  readonly role: string
  readonly account: string
  readonly issuedAt: number | null
  readonly fromInstance: boolean
}

/** Who made a call: a principal that the record names itself, or a role session that has to be followed. */
export type Caller =
  | { readonly kind: 'principal'; readonly principal: Principal; readonly proof: Proof }
  | { readonly kind: 'session'; readonly session: SessionRef }

/**
 * Who made a call, as far as its own record says.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function whoCalled(identity: Identity): Caller {
  const { type } = identity
  if (type === 'AssumedRole') return sessionOf(identity)
  const { account, arn, principalId, userName, provider, invokedBy } = identity
  switch (type) {
    case 'AWSAccount':
      return principalId.startsWith('AROA') && principalId.includes(':')
        ? sessionOf(identity)
        : named('account', account, { account })
    case 'IAMUser':
    case 'FederatedUser':
      return arn === ''
        ? named('iam-user', `${account}/${userName || principalId}`, {
            account,
            name: userName || principalId,
          })
        : named('iam-user', arn, { account: accountOf(arn), name: lastSegment(arn) })
    case 'Root':
      return named('root', arn || account, { account: arn === '' ? account : accountOf(arn) })
    case 'WebIdentityUser':
      return webIdentity(provider, userName)
    case 'SAMLUser':
      return named('saml', `${provider}/${userName}`, { name: userName })
    case 'IdentityCenterUser': {
      const user = principalId || userName
      return user === ''
        ? named('account', account, { account })
        : named('identity-center', user, { name: user })
    }
    default:
      return invokedBy === ''
        ? named('account', account, { account })
        : named('aws-service', invokedBy, {})
  }
}

/** Who called STS for this session. `pods.eks.amazonaws.com` and `ec2.amazonaws.com` speak for a workload and for an instance. */
export function whoAssumed(sighting: Sighting): Caller {
  const { identity } = sighting
  switch (sighting.action) {
    case 'AssumeRoleWithWebIdentity':
      return webIdentity(
        sighting.provider || identity.provider,
        sighting.subject || identity.userName,
      )
    case 'AssumeRoleWithSAML': {
      const user = sighting.subject || identity.userName || sighting.sessionName
      // Permission sets become roles under this path: https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
      return sighting.role.includes(':role/aws-reserved/sso.amazonaws.com/')
        ? named('identity-center', user, { name: user })
        : named('saml', `${sighting.provider || identity.provider}/${user}`, { name: user })
    }
    case 'AssumeRole':
      if (identity.type !== 'AWSService') return whoCalled(identity)
      if (identity.invokedBy === 'pods.eks.amazonaws.com') return podIdentity(sighting)
      if (identity.invokedBy === 'ec2.amazonaws.com' && isInstanceId(sighting.sessionName))
        return node(sighting.sessionName, accountOf(sighting.role))
      return whoCalled(identity)
  }
}

/** An EC2 instance; its id is the session name that EC2 gives. */
export function node(instanceId: string, account: string): Caller & { kind: 'principal' } {
  return named('node', instanceId, { account })
}

export function isInstanceId(text: string): boolean {
  return /^i-[0-9a-f]{8,17}$/.test(text)
}

/** The start of a chain that is not known: the role of its first known session, or only its account. */
export function unknownStart(session: SessionRef): Principal {
  const caller =
    session.role === ''
      ? named('account', session.account, { account: session.account })
      : named('role', session.role, { account: accountOf(session.role) })
  return caller.principal
}

function podIdentity(sighting: Sighting): Caller & { kind: 'principal' } {
  const tagged = workloadOfTags(sighting.tags)
  if (tagged !== null) return { kind: 'principal', principal: tagged, proof: 'transitiveTags' }
  const external = workloadOfExternalId(sighting.externalId)
  if (external !== null) return { kind: 'principal', principal: external, proof: 'externalId' }
  const pod = workloadOfSessionName(sighting.sessionName, accountOf(sighting.role))
  if (pod !== null) return { kind: 'principal', principal: pod, proof: 'sessionName' }
  return named('aws-service', sighting.identity.invokedBy, {})
}

function webIdentity(provider: string, subject: string): Caller & { kind: 'principal' } {
  const issuer = issuerOf(provider)
  const account = parseServiceAccountSubject(subject)
  if (account === null) return named('web-identity', `${issuer}/${subject}`, { name: subject })
  const principal = workload(issuer, account.namespace, account.serviceAccount)
  return { kind: 'principal', principal, proof: 'accessKeyId' }
}

function sessionOf(identity: Identity): Caller {
  const { principalId } = identity
  const colon = principalId.indexOf(':')
  return {
    kind: 'session',
    session: {
      key: identity.key,
      roleId: colon < 0 ? principalId : principalId.slice(0, colon),
      sessionName: colon < 0 ? '' : principalId.slice(colon + 1),
      role: identity.role,
      account: identity.account,
      issuedAt: identity.issuedAt,
      fromInstance: identity.fromInstance,
    },
  }
}

/** All fields follow from kind and id, so that two records of one principal never disagree about it. */
function named(
  kind: PrincipalKind,
  id: string,
  { account = null, name = null }: { account?: string | null; name?: string | null },
): Caller & { kind: 'principal' } {
  const principal: Principal = {
    kind,
    id,
    cluster: null,
    namespace: null,
    serviceAccount: null,
    name,
    account: account === '' ? null : account,
  }
  return { kind: 'principal', principal, proof: 'accessKeyId' }
}

function lastSegment(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

function accountOf(arn: string): string {
  return parseArn(arn)?.account ?? ''
}
