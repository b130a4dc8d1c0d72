import type { ApiCall } from './calls.ts'
import {
  type AssumptionDeed,
  type Deed,
  isSession,
  type Session,
  type SessionIdentity,
  type Written,
} from './deeds.ts'
import {
  iamUserPrincipal,
  type Principal,
  rootPrincipal,
  webIdentityPrincipal,
  workloadPrincipal,
} from './principal.ts'
import type { Random } from './random.ts'
import {
  type AssumeRoleRequest,
  apiCall,
  assumeRole,
  assumeRoleByService,
  assumeRoleDenied,
  assumeRoleTargetCopy,
  type CloudTrailRecord,
  type Frame,
  type Issued,
  type Place,
  podIdentityAuth,
  type SamlRequest,
  saml,
  sessionArn,
  type WebIdentityRequest,
  webIdentity,
  webIdentityDenied,
} from './records.ts'
import { HOUR, timestamp } from './time.ts'
import { type Cluster, provider, type Role, UNLOGGED, type Workload } from './world.ts'

/** Somebody who signs with credentials of their own: an IAM user or the owner of an account. */
export interface Signer {
  principal: Principal
  identity: Record<string, unknown>
  arn: string
  account: string
}

/** A token, and what it is used for. */
export interface TokenUse {
  role: Role
  sessionName: string
  region: string
  place: Place
  durationSeconds?: number
  globalFrom?: string
  /** `sts.amazonaws.com` unless said otherwise. */
  audience?: string
}

export interface RoleUse extends Omit<AssumeRoleRequest, 'tags' | 'transitiveTagKeys'> {
  region: string
  place: Place
}

export interface CallUse {
  region: string
  place: Place
  /** The service that calls on behalf of the session; the record then has no key. */
  invokedBy?: string
  refused?: 'no-policy' | 'scp' | 'message-only'
}

/** A record on its way to a log file. */
export interface Posted {
  at: number
  record: CloudTrailRecord
}

export interface Gap {
  account: string
  region: string
  from: number
  to: number
}

const POD_IDENTITY_AGENT =
  'aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOARCH#arm64 api/eksauth#1.11.4'

export type Stage = ReturnType<typeof openStage>

/**
 * Where everything happens: each deed is written as CloudTrail would write it and remembered as
 * what it was, so that the records and the truth come from one place and neither from the other.
 */
export function openStage(random: Random, window: { start: number; end: number }, gap: Gap) {
  const posted: Posted[] = []
  const deeds: Deed[] = []
  let outOfScope = 0
  let lost = 0

  function post(at: number, record: CloudTrailRecord): Written {
    const { recipientAccountId: account, awsRegion: region } = record
    const written = { eventId: record.eventID, account, delivered: false }
    if (at < window.start || at >= window.end || UNLOGGED.has(account)) return written
    if (account === gap.account && region === gap.region && at >= gap.from && at < gap.to) {
      lost += 1
      return written
    }
    posted.push({ at, record })
    return { ...written, delivered: true }
  }

  function newSession(
    at: number,
    role: Role,
    name: string,
    seconds: number,
    start: { principal: Principal; parent?: Session },
    rest: Pick<Partial<Session>, 'tags' | 'sourceIdentity' | 'issuer'> & {
      context?: Record<string, unknown>
      identity?: Record<string, unknown>
      usedKey?: string
    } = {},
  ): Session {
    const { context, identity: fields, usedKey, ...kept } = rest
    const { principal, parent } = start
    const key = `ASIA${random.base32(16)}`
    const issuedAt = Math.floor(at / 1_000) * 1_000
    const identity: SessionIdentity = {
      type: 'AssumedRole',
      principalId: `${role.id}:${name}`,
      arn: sessionArn(role, name),
      accountId: role.account,
      accessKeyId: usedKey ?? key,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: role.id,
          arn: role.arn,
          accountId: role.account,
          userName: role.name,
        },
        ...context,
        attributes: { creationDate: timestamp(issuedAt), mfaAuthenticated: 'false' },
        ...(kept.sourceIdentity === undefined ? {} : { sourceIdentity: kept.sourceIdentity }),
      },
      ...fields,
    }
    return {
      key,
      usedKey: usedKey ?? key,
      role,
      name,
      issuedAt,
      expiresAt: issuedAt + seconds * 1_000,
      principal,
      ...(parent === undefined ? {} : { parent }),
      via: parent === undefined ? [] : [...parent.via, parent.role.arn],
      hop: parent === undefined ? 1 : parent.hop + 1,
      identity,
      ...kept,
    }
  }

  function frameFor(at: number, use: { region: string; place: Place }, recipient: string): Frame {
    return { at, region: use.region, place: use.place, random, recipient }
  }

  function issuedOf(session: Session): Issued {
    return {
      key: session.key,
      role: session.role,
      sessionName: session.name,
      expiresAt: session.expiresAt,
      ...(session.tags === undefined ? {} : { packedPolicySize: 56 }),
      ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    }
  }

  function remember(
    session: Session,
    action: string,
    at: number,
    place: Place,
    rest: Partial<Pick<AssumptionDeed, 'own' | 'target' | 'named' | 'selfNamed' | 'keyed'>>,
  ): Session {
    const { ip: sourceIp, userAgent } = place
    deeds.push({
      kind: 'assumption',
      session,
      action,
      at,
      sourceIp,
      userAgent,
      named: true,
      selfNamed: false,
      keyed: true,
      ...rest,
    })
    return session
  }

  function askedWith(issuer: string, subject: string, use: TokenUse): WebIdentityRequest {
    const { role, sessionName, durationSeconds, globalFrom } = use
    return {
      provider: provider(role.account, issuer),
      audience: use.audience ?? 'sts.amazonaws.com',
      subject,
      role,
      sessionName,
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(globalFrom === undefined ? {} : { globalFrom }),
    }
  }

  function exchange(
    at: number,
    issuer: string,
    subject: string,
    principal: Principal,
    use: TokenUse,
  ): Session {
    const asked = askedWith(issuer, subject, use)
    const session = newSession(
      at,
      use.role,
      use.sessionName,
      use.durationSeconds ?? 3_600,
      { principal },
      {
        context: { webIdFederationData: { federatedProvider: asked.provider, attributes: {} } },
        issuer,
      },
    )
    const frame = frameFor(at, use, use.role.account)
    const own = post(at, webIdentity(frame, asked, issuedOf(session)))
    return remember(session, 'sts:AssumeRoleWithWebIdentity', at, use.place, { own })
  }

  function refuseToken(
    at: number,
    issuer: string,
    subject: string,
    principal: Principal,
    use: TokenUse,
  ): void {
    const frame = frameFor(at, use, use.role.account)
    const written = post(at, webIdentityDenied(frame, askedWith(issuer, subject, use)))
    deeds.push({
      kind: 'attempt',
      at,
      by: principal,
      role: use.role,
      action: 'sts:AssumeRoleWithWebIdentity',
      errorCode: 'AccessDenied',
      sourceIp: use.place.ip,
      written,
    })
  }

  const subjectOf = (workload: Workload) =>
    `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`

  return {
    posted,
    deeds,
    window,
    gap,
    counts: () => ({ outOfScope, lost }),

    /** IRSA: a pod exchanges its projected token. */
    irsa(at: number, workload: Workload, use: TokenUse): Session {
      const { issuer } = workload.cluster
      return exchange(at, issuer, subjectOf(workload), workloadPrincipal(workload), use)
    },

    /** IRSA refused by the trust policy. */
    irsaRefused(at: number, workload: Workload, use: TokenUse): void {
      const { issuer } = workload.cluster
      refuseToken(at, issuer, subjectOf(workload), workloadPrincipal(workload), use)
    },

    /** A token of an issuer that is not a cluster, such as GitHub Actions. */
    token(at: number, issuer: string, subject: string, use: TokenUse): Session {
      return exchange(at, issuer, subject, webIdentityPrincipal(issuer, subject), use)
    },

    /** The same, refused. */
    tokenRefused(at: number, issuer: string, subject: string, use: TokenUse): void {
      refuseToken(at, issuer, subject, webIdentityPrincipal(issuer, subject), use)
    },

    /** A session assumes the next role; across accounts that writes two copies. */
    chain(at: number, caller: Session, use: RoleUse): Session {
      const { region: _, place, ...asked } = use
      const sourceIdentity = caller.sourceIdentity ?? asked.sourceIdentity
      const tags = caller.tags
      const request = {
        ...asked,
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
        ...(tags === undefined ? {} : { incomingTransitiveTags: tags }),
      }
      const session = newSession(
        at,
        use.role,
        use.sessionName,
        use.durationSeconds ?? 3_600,
        { principal: caller.principal, parent: caller },
        {
          ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
          ...(tags === undefined ? {} : { tags }),
          // Some services still write the empty object of older record versions.
          ...(random.chance(0.3) ? { context: { webIdFederationData: {} } } : {}),
        },
      )
      const crosses = caller.role.account !== use.role.account
      const shared = {
        requestID: random.uuid(),
        ...(crosses ? { sharedEventID: random.uuid() } : {}),
      }
      const issued = issuedOf(session)
      const ownFrame = frameFor(at, use, caller.role.account)
      const own = post(at, assumeRole(ownFrame, caller.identity, request, issued, shared))
      const { principalId, accountId } = caller.identity
      const origin = { principalId, account: accountId }
      const targetFrame = frameFor(at, use, use.role.account)
      const copy = () => assumeRoleTargetCopy(targetFrame, origin, request, issued, shared)
      return remember(session, 'sts:AssumeRole', at, place, {
        own,
        ...(crosses ? { target: post(at, copy()) } : {}),
        selfNamed: tags !== undefined,
      })
    },

    /** Somebody with credentials of their own assumes a role. */
    assumeAs(at: number, signer: Signer, use: RoleUse): Session {
      const { region: _, place, ...asked } = use
      const seconds = use.durationSeconds ?? 3_600
      const { principal } = signer
      const session = newSession(at, use.role, use.sessionName, seconds, { principal })
      const shared = { requestID: random.uuid() }
      const frame = frameFor(at, use, signer.account)
      const record = assumeRole(frame, signer.identity, asked, issuedOf(session), shared)
      return remember(session, 'sts:AssumeRole', at, place, { own: post(at, record) })
    },

    /** Somebody in an account without logs comes in: only the copy in the role's account is ours. */
    assumeFromOutside(
      at: number,
      origin: { principalId: string; account: string; principal: Principal },
      use: RoleUse,
    ): Session {
      const { region: _, place, ...asked } = use
      const { principal } = origin
      const session = newSession(at, use.role, use.sessionName, 3_600, { principal })
      const shared = { requestID: random.uuid(), sharedEventID: random.uuid() }
      const frame = frameFor(at, use, use.role.account)
      const target = post(at, assumeRoleTargetCopy(frame, origin, asked, issuedOf(session), shared))
      return remember(session, 'sts:AssumeRole', at, place, { target })
    },

    /** An AWS service assumes a role, for an instance, a function or itself. */
    service(
      at: number,
      service: string,
      principal: Principal,
      use: {
        role: Role
        sessionName: string
        region: string
        durationSeconds: number
        context?: Record<string, unknown>
        identity?: Record<string, unknown>
      },
    ): Session {
      const { role, sessionName, durationSeconds, context, identity } = use
      const session = newSession(
        at,
        role,
        sessionName,
        durationSeconds,
        { principal },
        {
          ...(context === undefined ? {} : { context }),
          ...(identity === undefined ? {} : { identity }),
        },
      )
      const place = { ip: service, userAgent: service }
      const frame = { at, region: use.region, place, random, recipient: role.account }
      const asked = { role, sessionName, durationSeconds }
      const own = post(at, assumeRoleByService(frame, service, asked, issuedOf(session)))
      return remember(session, 'sts:AssumeRole', at, place, { own })
    },

    /**
     * EKS Pod Identity: the agent on the node asks, EKS assumes the associated role, and the target
     * role after it when there is one. Returns the credentials that the pod gets.
     */
    podIdentity(
      at: number,
      pod: { workload: Workload & { cluster: Cluster }; name: string; uid: string },
      association: { role: Role; targetRole?: Role; disableSessionTags?: boolean },
      node: { session: Session; place: Place },
    ): Session {
      const { cluster, namespace, serviceAccount } = pod.workload
      const { region } = cluster
      const eks = 'pods.eks.amazonaws.com'
      const place = { ip: eks, userAgent: eks }
      const tagged = association.disableSessionTags !== true
      const tags: Record<string, string> = {
        'eks-cluster-arn': cluster.arn,
        'eks-cluster-name': cluster.name,
        'kubernetes-namespace': namespace,
        'kubernetes-service-account': serviceAccount,
        'kubernetes-pod-name': pod.name,
        'kubernetes-pod-uid': pod.uid,
      }
      const agentPlace = { ...node.place, userAgent: POD_IDENTITY_AGENT }
      const agent = frameFor(at, { region, place: agentPlace }, cluster.account)
      post(at, podIdentityAuth(agent, node.session.identity, cluster.name))

      const name = `eks-${cluster.name.slice(0, 10)}-${pod.name.slice(0, 10)}-${random.uuid()}`
      const seconds = association.targetRole === undefined ? 21_600 : 3_540
      const session = newSession(
        at,
        association.role,
        name,
        seconds,
        { principal: workloadPrincipal(pod.workload) },
        tagged ? { tags } : {},
      )
      const frame = frameFor(at, { region, place }, cluster.account)
      const asked = {
        role: association.role,
        sessionName: name,
        durationSeconds: seconds,
        ...(tagged ? { tags, transitiveTagKeys: Object.keys(tags) } : {}),
      }
      const own = post(at, assumeRoleByService(frame, eks, asked, issuedOf(session)))
      remember(session, 'sts:AssumeRole', at, place, { own, named: tagged, selfNamed: tagged })
      const { targetRole } = association
      if (targetRole === undefined) return session

      const next = at + random.int(120, 900)
      const externalId = [region, cluster.account, cluster.name, namespace, serviceAccount].join(
        '/',
      )
      const request = {
        role: targetRole,
        sessionName: name,
        durationSeconds: 3_540,
        ...(tagged ? { incomingTransitiveTags: tags } : { externalId }),
      }
      const second = newSession(
        next,
        targetRole,
        name,
        3_540,
        { principal: session.principal, parent: session },
        tagged ? { tags } : {},
      )
      const crosses = targetRole.account !== cluster.account
      const shared = {
        requestID: random.uuid(),
        ...(crosses ? { sharedEventID: random.uuid() } : {}),
      }
      const keyed = random.chance(0.7)
      const { accessKeyId, ...rest } = session.identity
      const caller = { ...rest, ...(keyed ? { accessKeyId } : {}), invokedBy: eks }
      const issued = issuedOf(second)
      const ownFrame = frameFor(next, { region, place }, cluster.account)
      const targetFrame = frameFor(next, { region, place }, targetRole.account)
      const { principalId, accountId } = session.identity
      const origin = { principalId, account: accountId }
      const copy = () => assumeRoleTargetCopy(targetFrame, origin, request, issued, shared)
      return remember(second, 'sts:AssumeRole', next, place, {
        own: post(next, assumeRole(ownFrame, caller, request, issued, shared)),
        ...(crosses ? { target: post(next, copy()) } : {}),
        selfNamed: true,
        keyed,
      })
    },

    /** The agent asks for a pod whose role does not trust EKS. */
    podIdentityRefused(
      at: number,
      workload: Workload & { cluster: Cluster },
      node: { session: Session; place: Place },
    ): void {
      const { cluster } = workload
      const agentPlace = { ...node.place, userAgent: POD_IDENTITY_AGENT }
      const frame = frameFor(at, { region: cluster.region, place: agentPlace }, cluster.account)
      deeds.push({
        kind: 'attempt',
        at,
        by: workloadPrincipal(workload),
        role: null,
        action: 'eks-auth:AssumeRoleForPodIdentity',
        errorCode: 'AccessDenied',
        sourceIp: node.place.ip,
        written: post(at, podIdentityAuth(frame, node.session.identity, cluster.name, true)),
        shownAs: node.session.principal,
      })
    },

    /** A person signs in through SAML; after Identity Center the key in use is not the one issued. */
    saml(
      at: number,
      principal: Principal,
      use: SamlRequest & { region: string; place: Place; otherKey: boolean },
    ): Session {
      const { region: _, place, otherKey, ...asked } = use
      const session = newSession(
        at,
        use.role,
        use.sessionName,
        43_200,
        { principal },
        otherKey ? { usedKey: `ASIA${random.base32(16)}` } : {},
      )
      const frame = frameFor(at, use, use.role.account)
      const own = post(at, saml(frame, asked, issuedOf(session)))
      return remember(session, 'sts:AssumeRoleWithSAML', at, place, { own })
    },

    /** An `AssumeRole` that was refused; across accounts only the caller's account hears of it. */
    refuse(
      at: number,
      by: Session | Signer,
      role: Role,
      use: { region: string; place: Place; because?: string },
    ): string {
      const [identity, arn, account] = credentialsOf(by)
      const frame = frameFor(at, use, account)
      const written = post(at, assumeRoleDenied(frame, identity, arn, role, use.because))
      deeds.push({
        kind: 'attempt',
        at,
        by: isSession(by) ? by : by.principal,
        role,
        action: 'sts:AssumeRole',
        errorCode: 'AccessDenied',
        sourceIp: use.place.ip,
        written,
      })
      return written.eventId
    },

    /** Any other call; returns the event id. */
    call(at: number, by: Session | Signer, call: ApiCall, use: CallUse): string {
      const [identity, arn, account] = credentialsOf(by)
      const { invokedBy, refused } = use
      const region = call.region ?? use.region
      const place = invokedBy === undefined ? use.place : { ip: invokedBy, userAgent: invokedBy }
      const { accessKeyId, ...keyless } = identity
      const shown = invokedBy === undefined ? identity : { ...keyless, invokedBy }
      const frame = frameFor(at, { region, place }, account)
      const error = refused === undefined ? undefined : refusal(arn, call, refused)
      const written = post(at, apiCall(frame, shown, call, error))
      if (written.delivered) {
        deeds.push({
          kind: 'touch',
          at,
          by: isSession(by) ? by : by.principal,
          keyed: invokedBy === undefined,
          action: `${call.service}:${call.name}`,
          resource: call.container,
          outcome: refused === undefined ? 'did' : 'refused',
        })
      }
      return written.eventId
    },

    /** A record with nobody behind it. */
    aside(at: number, record: CloudTrailRecord): void {
      if (post(at, record).delivered) outOfScope += 1
    },

    /** A frame for `aside`. */
    frame(at: number, region: string, place: Place, recipient: string): Frame {
      return { at, region, place, random, recipient }
    },
  }
}

/** An IAM user with a long-lived key. */
export function iamUser(random: Random, account: string, path: string, name: string): Signer {
  const principal = iamUserPrincipal(account, path, name)
  return {
    principal,
    arn: principal.id,
    account,
    identity: {
      type: 'IAMUser',
      principalId: `AIDA${random.base32(17)}`,
      arn: principal.id,
      accountId: account,
      accessKeyId: `AKIA${random.base32(16)}`,
      userName: name,
    },
  }
}

/** The owner of an account, signed in at the console. */
export function rootUser(random: Random, account: string, at: number): Signer {
  const principal = rootPrincipal(account)
  return {
    principal,
    arn: principal.id,
    account,
    identity: {
      type: 'Root',
      principalId: account,
      arn: principal.id,
      accountId: account,
      accessKeyId: `ASIA${random.base32(16)}`,
      sessionContext: { attributes: { creationDate: timestamp(at), mfaAuthenticated: 'true' } },
    },
  }
}

/** How long credentials of a pod last before its SDK asks again: about an hour, never twice alike. */
export function untilRefresh(random: Random): number {
  return HOUR - random.int(30_000, 600_000)
}

function credentialsOf(by: Session | Signer): [Record<string, unknown>, string, string] {
  return isSession(by)
    ? [by.identity, by.identity.arn, by.role.account]
    : [by.identity, by.arn, by.account]
}

function refusal(
  arn: string,
  call: ApiCall,
  how: NonNullable<CallUse['refused']>,
): { code: string; message: string; keepRequest: boolean } {
  const action = `${call.service}:${call.name}`
  const resource = call.refusedResource ?? call.container
  const because =
    how === 'scp'
      ? 'with an explicit deny in a service control policy'
      : `because no identity-based policy allows the ${action} action`
  const keepRequest = how !== 'message-only'
  if (call.service === 'ec2') {
    const message = `You are not authorized to perform this operation. User: ${arn} is not authorized to perform: ${action} ${because}`
    return { code: 'Client.UnauthorizedOperation', message, keepRequest }
  }
  const quoted = call.service === 's3' ? `"${resource}"` : resource
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${quoted} ${because}`
  return { code: 'AccessDenied', message, keepRequest }
}
