import type { Call } from './calls.ts'
import type { Random } from './chance.ts'
import type { Post } from './post.ts'
import {
  apiCall,
  assumeRole,
  assumeRoleDenied,
  type Frame,
  type IamUser,
  type Place,
  podIdentityAuth,
  type Role,
  type RoleAssumption,
  type Session,
  saml,
  sessionIdentity,
  type TokenExchange,
  userIdentity,
  webIdentity,
} from './records.ts'
import { HOUR } from './time.ts'

/** Who starts a chain, as podtrail names it. */
export interface Origin {
  readonly kind:
    | 'workload'
    | 'web-identity'
    | 'identity-center'
    | 'iam-user'
    | 'node'
    | 'aws-service'
    | 'account'
  readonly id: string
}

/** Credentials in somebody's hands, with the truth about them. */
export interface Held extends Session {
  readonly origin: Origin
  readonly via: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
  /** Every record that leads to it was delivered. */
  readonly isTraceable: boolean
}

export interface Told {
  readonly eventId: string
  readonly account: string
  readonly at: number
}

export interface TrueEdge {
  readonly origin: Origin
  readonly via: readonly string[]
  readonly role: string
  count: number
}

/** What the Pod Identity agent calls itself, by its release. */
export const podIdentityAgent = (release: number): string =>
  `aws-sdk-go-v2/1.${36 + release}.3 ua/2.1 os/linux lang/go#1.24.${4 + release} md/GOOS#linux md/GOARCH#amd64 api/eksauth#1.${9 + release}.2`

/** Where everything that happens becomes records. It knows shapes and keys; what happens is decided elsewhere. */
export class Stage {
  readonly edges = new Map<string, TrueEdge>()
  /** Called for each record that was delivered. */
  onTold: ((told: Told) => void) | null = null
  readonly #post: Post
  readonly #random: Random

  constructor(post: Post, random: Random) {
    this.#post = post
    this.#random = random
  }

  /** A pod, a CI job or a thief trades a token for credentials; null where the trust policy refuses. */
  exchange(
    at: number,
    origin: Origin,
    asked: TokenExchange & { readonly region: string; readonly isRefused?: boolean },
    place: Place,
  ): Held | null {
    const session =
      asked.isRefused === true
        ? null
        : this.#issue(at, asked.role, asked.sessionName, HOUR, origin, [], {
            provider: asked.provider,
          })
    const frame = this.#frame(at, asked.region, place, asked.role.account)
    const isSeen = this.#send(frame, webIdentity(frame, asked, session), true)
    return session === null ? null : this.#known(session, isSeen)
  }

  /** EKS hands a pod credentials: the node asks, then STS issues. `tags` is null where the association turns them off. */
  podIdentity(
    at: number,
    pod: {
      readonly origin: Origin
      readonly clusterName: string
      readonly podName: string
      readonly tags: Readonly<Record<string, string>> | null
      readonly role: Role
      readonly region: string
      readonly node: Held
      readonly agent: string
      readonly nodeAddress: string
    },
  ): Held {
    const { role, region, node } = pod
    const asks = this.#frame(
      at,
      region,
      { address: pod.nodeAddress, agent: pod.agent },
      node.role.account,
    )
    this.#send(asks, podIdentityAuth(asks, node, pod.clusterName), true)
    const name = `eks-${pod.clusterName.slice(0, 10)}-${pod.podName.slice(0, 10)}-${this.#random.uuid()}`
    return this.#byService(
      at,
      'pods.eks.amazonaws.com',
      role,
      name,
      region,
      6 * HOUR,
      pod.origin,
      pod.tags,
    )
  }

  /** A service assumes a role for itself, for an instance or for a function. */
  serviceAssumes(
    at: number,
    service: string,
    role: Role,
    name: string,
    region: string,
    origin?: Origin,
  ): Held {
    const who = origin ?? { kind: 'aws-service', id: service }
    return this.#byService(at, service, role, name, region, 6 * HOUR, who, null)
  }

  #byService(
    at: number,
    service: string,
    role: Role,
    name: string,
    region: string,
    seconds: number,
    origin: Origin,
    tags: Readonly<Record<string, string>> | null,
  ): Held {
    const session = this.#issue(at, role, name, seconds, origin, [], {
      fromInstance: service === 'ec2.amazonaws.com',
      ...(tags === null ? {} : { tags }),
    })
    const frame = this.#frame(at, region, { address: service, agent: service }, role.account)
    const asked: RoleAssumption = {
      role,
      sessionName: name,
      ...(service === 'pods.eks.amazonaws.com' ? { durationSeconds: seconds } : {}),
      ...(tags === null ? {} : { tags }),
    }
    const identity = `{"type":"AWSService","invokedBy":"${service}"}`
    const text = assumeRole(frame, identity, asked, session, this.#random.uuid())
    return this.#known(session, this.#send(frame, text, true))
  }

  /** A session becomes a further role; both copies where that is in another account. */
  assume(
    at: number,
    caller: Held,
    role: Role,
    place: Place,
    asked: { readonly region: string; readonly name: string; readonly externalId?: string },
  ): Held {
    const session = this.#issue(
      at,
      role,
      asked.name,
      HOUR,
      caller.origin,
      [...caller.via, caller.role.arn],
      {
        ...(caller.tags === undefined ? {} : { tags: caller.tags }),
      },
    )
    const frame = this.#frame(at, asked.region, place, caller.role.account)
    const request: RoleAssumption = {
      role,
      sessionName: asked.name,
      ...(asked.externalId === undefined ? {} : { externalId: asked.externalId }),
      ...(caller.tags === undefined ? {} : { inheritedTags: caller.tags }),
    }
    const isForeign = role.account !== caller.role.account
    const shared = isForeign ? this.#random.uuid() : undefined
    const own = assumeRole(frame, sessionIdentity(caller), request, session, shared)
    let isSeen = this.#send(frame, own, true)
    if (isForeign) {
      const copy = { ...frame, eventId: this.#random.uuid(), recipient: role.account }
      const identity = `{"type":"AWSAccount","principalId":"${caller.role.id}:${caller.name}","accountId":"${caller.role.account}"}`
      isSeen =
        this.#send(copy, assumeRole(copy, identity, request, session, shared), true) && isSeen
    }
    return this.#known(session, isSeen && caller.isTraceable)
  }

  /** Another company's session becomes a role of ours: only our copy is in our trail, and it names no more than the account. */
  foreignerAssumes(
    at: number,
    caller: { readonly account: string; readonly principalId: string },
    role: Role,
    place: Place,
    asked: { readonly region: string; readonly name: string; readonly externalId: string },
  ): Held {
    const origin: Origin = { kind: 'account', id: caller.account }
    const session = this.#issue(at, role, asked.name, HOUR, origin, [], {})
    const frame = this.#frame(at, asked.region, place, role.account)
    const identity = `{"type":"AWSAccount","principalId":"${caller.principalId}","accountId":"${caller.account}"}`
    const request = { role, sessionName: asked.name, externalId: asked.externalId }
    const text = assumeRole(frame, identity, request, session, this.#random.uuid())
    return this.#known(session, this.#send(frame, text, true))
  }

  assumeDenied(at: number, caller: Held, role: Role, place: Place, region: string): void {
    const frame = this.#frame(at, region, place, caller.role.account)
    this.#send(frame, assumeRoleDenied(frame, caller, role), true)
  }

  /** An IAM user becomes a role. */
  userAssumes(
    at: number,
    user: IamUser,
    role: Role,
    place: Place,
    region: string,
    name: string,
  ): Held {
    const origin: Origin = {
      kind: 'iam-user',
      id: `arn:aws:iam::${user.account}:user/${user.name}`,
    }
    const session = this.#issue(at, role, name, HOUR, origin, [], {})
    const frame = this.#frame(at, region, place, user.account)
    const asked = { role, sessionName: name }
    return this.#known(
      session,
      this.#send(frame, assumeRole(frame, userIdentity(user), asked, session), true),
    )
  }

  /** A person comes in through Identity Center. The key in the record is not the one that is used. */
  signIn(at: number, user: string, role: Role, region: string, place: Place): Held {
    const origin: Origin = { kind: 'identity-center', id: user }
    const session = this.#issue(at, role, user, 12 * HOUR, origin, [], {})
    const frame = this.#frame(at, region, place, role.account)
    const isSeen = this.#send(
      frame,
      saml(frame, user, `${role.account}q+/jEvs=`, role, session),
      true,
    )
    return { ...this.#known(session, isSeen), key: this.#random.accessKeyId() }
  }

  /** Any other call with a session. */
  call(
    at: number,
    session: Held,
    call: Call,
    place: Place,
    region: string,
    options: {
      readonly error?: { readonly code: string; readonly message: string }
      readonly byUrl?: boolean
      readonly invokedBy?: string
    } = {},
  ): void {
    const invokedBy = options.invokedBy ?? call.by
    const from = invokedBy === undefined ? place : { address: invokedBy, agent: invokedBy }
    const frame = this.#frame(at, call.region ?? region, from, session.role.account)
    const identity = sessionIdentity(session, invokedBy)
    this.#send(frame, apiCall(frame, identity, call, this.#random, options), call.readOnly)
    if (call.decrypts === undefined || options.error !== undefined) return
    const service = `${call.service}.amazonaws.com`
    const decrypt: Call = {
      ...call,
      service: 'kms',
      name: 'Decrypt',
      request: () => `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"${call.decrypts}"}`,
    }
    const behind = this.#frame(
      at,
      region,
      { address: service, agent: service },
      session.role.account,
    )
    this.#send(
      behind,
      apiCall(behind, sessionIdentity(session, service), decrypt, this.#random),
      true,
    )
  }

  userCalls(at: number, user: IamUser, call: Call, place: Place, region: string): void {
    const frame = this.#frame(at, call.region ?? region, place, user.account)
    this.#send(frame, apiCall(frame, userIdentity(user), call, this.#random), call.readOnly)
  }

  /** A service at its own work. */
  serviceCalls(at: number, service: string, call: Call, account: string, region: string): void {
    const frame = this.#frame(at, region, { address: service, agent: service }, account)
    const identity = `{"type":"AWSService","invokedBy":"${service}"}`
    this.#send(frame, apiCall(frame, identity, call, this.#random), call.readOnly)
  }

  #issue(
    at: number,
    role: Role,
    name: string,
    seconds: number,
    origin: Origin,
    via: readonly string[],
    rest: {
      provider?: string
      fromInstance?: boolean
      tags?: Readonly<Record<string, string>>
    },
  ): Held {
    return {
      key: this.#random.accessKeyId(),
      name,
      role,
      issuedAt: at,
      expiresAt: at + seconds,
      provider: rest.provider ?? '',
      fromInstance: rest.fromInstance === true,
      origin,
      via,
      isTraceable: true,
      ...(rest.tags === undefined ? {} : { tags: rest.tags }),
    }
  }

  #known(session: Held, isSeen: boolean): Held {
    if (!isSeen) return { ...session, isTraceable: false }
    const { origin, via, role } = session
    const key = `${origin.kind} ${origin.id} ${via.join(' ')} ${role.arn}`
    const edge = this.edges.get(key)
    if (edge === undefined) this.edges.set(key, { origin, via, role: role.arn, count: 1 })
    else edge.count++
    return session
  }

  #frame(at: number, region: string, place: Place, recipient: string): Frame {
    const random = this.#random
    return { at, region, place, requestId: random.uuid(), eventId: random.uuid(), recipient }
  }

  #send({ at, region, eventId, recipient }: Frame, text: string, readOnly: boolean): boolean {
    const isDelivered = this.#post.send({ text, account: recipient, region, at, readOnly })
    if (isDelivered) this.onTold?.({ eventId, account: recipient, at })
    return isDelivered
  }
}
