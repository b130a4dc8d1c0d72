import type { Caller } from '../../lib/identity/principal.ts'
import type { Identity, Principal, Sighting } from '../../lib/model.ts'

/** An identity of which only what is given is said. */
export function identity(said: Partial<Identity>): Identity {
  return {
    type: '',
    principalId: '',
    arn: '',
    account: '',
    key: '',
    userName: '',
    provider: '',
    invokedBy: '',
    role: '',
    issuedAt: null,
    fromInstance: false,
    ...said,
  }
}

/** A sighting of which only what is given is said. */
export function sighting(said: Partial<Sighting>): Sighting {
  return {
    key: 'ASIA1',
    eventId: 'event-1',
    sharedEventId: '',
    recipient: '111111111111',
    region: 'eu-west-1',
    action: 'AssumeRole',
    at: 1_000_000,
    expiresAt: null,
    role: 'arn:aws:iam::111111111111:role/app',
    roleId: 'AROAAPP',
    sessionName: 'worker',
    identity: identity({}),
    subject: '',
    provider: '',
    audience: '',
    externalId: '',
    tags: null,
    inheritedTags: null,
    sourceIp: '192.0.2.1',
    vpcEndpoint: '',
    userAgent: '',
    ...said,
  }
}

/** The principal that a record names itself. */
export function principalIn(caller: Caller): Principal {
  if (caller.kind === 'session') throw new Error('a session, not a principal')
  return caller.principal
}
