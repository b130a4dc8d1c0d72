import { workloadOfExternalId } from '../identity/workload.ts'
import type { Identity } from '../model.ts'

/**
 * What a sighting can be found by. `k:` the key it issued; `n:` role id and session name; `c:` the key it was called with, or where
 * the record leaves that out the role id and session name, so what was assumed with a session; `x:` the same where the call carries
 * EKS's external id and so tells who is behind that session; `e:` its event id; `s:` the session name alone.
 */
export type Ref = string

export const keyRef = (key: string): Ref => `k:${key}`
export const nameRef = (roleId: string, sessionName: string): Ref => `n:${roleId}:${sessionName}`
/** `caller`: an access key id, or `AROA…:<session name>`. */
export const callerRef = (caller: string): Ref => `c:${caller}`
export const externalIdRef = (caller: string): Ref => `x:${caller}`
export const eventRef = (eventId: string): Ref => `e:${eventId}`

/** What of a sighting its refs are made of. */
export interface Referable {
  readonly key: string
  readonly eventId: string
  readonly roleId: string
  readonly sessionName: string
  readonly externalId: string
  readonly identity: Pick<Identity, 'type' | 'key' | 'principalId'>
}

export function refsOf({
  key,
  eventId,
  roleId,
  sessionName,
  externalId,
  identity,
}: Referable): Ref[] {
  const refs = [keyRef(key), eventRef(eventId)]
  if (sessionName !== '') refs.push(nameRef(roleId, sessionName))
  const caller = identity.key || (isSession(identity) ? identity.principalId : '')
  if (caller === '') return refs
  refs.push(callerRef(caller))
  if (externalId !== '' && workloadOfExternalId(externalId) !== null)
    refs.push(externalIdRef(caller))
  return refs
}

function isSession({ type, principalId }: Referable['identity']): boolean {
  return (type === 'AssumedRole' || type === 'AWSAccount') && principalId.includes(':')
}
