import type { Principal } from './principal.ts'
import type { Role } from './world.ts'

/** Credentials somebody holds, with everything the world knows of them, logged or not. */
export interface Session {
  /** The key in the response that issued it. */
  key: string
  /** The key later calls show: the same one, except after an Identity Center sign-in. */
  usedKey: string
  role: Role
  name: string
  issuedAt: number
  expiresAt: number
  principal: Principal
  parent?: Session
  via: string[]
  hop: number
  /** `userIdentity` of the calls it makes. */
  identity: SessionIdentity
  tags?: Record<string, string>
  sourceIdentity?: string
  /** The issuer of the token that issued it, which its later calls still name. */
  issuer?: string
}

export interface SessionIdentity {
  type: 'AssumedRole'
  principalId: string
  arn: string
  accountId: string
  accessKeyId?: string
  [field: string]: unknown
}

/** A record that was written; `delivered` is false when no log file holds it. */
export interface Written {
  eventId: string
  account: string
  delivered: boolean
}

export interface AssumptionDeed {
  kind: 'assumption'
  session: Session
  action: string
  at: number
  sourceIp: string
  userAgent: string
  /** The copy that shows the caller in full. */
  own?: Written
  /** The copy in the role's account, when that is another one. */
  target?: Written
  /** False when the copies name no caller to start from: Pod Identity without session tags. */
  named: boolean
  /** True when the record itself names the workload: session tags, or EKS's external id. */
  selfNamed: boolean
  /** False when the caller's copy carries no access key: a service acting for the session. */
  keyed: boolean
}

interface AttemptDeed {
  kind: 'attempt'
  at: number
  by: Session | Principal
  role: Role | null
  action: string
  errorCode: string
  sourceIp: string
  written: Written
  /** Who the record shows, when it is not who asked. */
  shownAs?: Principal
}

interface TouchDeed {
  kind: 'touch'
  at: number
  by: Session | Principal
  keyed: boolean
  action: string
  resource: string
  outcome: 'did' | 'refused'
}

/** Everything that happened, as the world knows it. */
export type Deed = AssumptionDeed | AttemptDeed | TouchDeed

/** Is it a session, rather than somebody with credentials of their own? */
export function isSession(by: object): by is Session {
  return 'issuedAt' in by
}
