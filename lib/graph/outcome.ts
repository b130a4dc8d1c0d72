import type { Outcome } from '../model.ts'

export const OUTCOMES: readonly Outcome[] = ['did', 'refused', 'failed']

/**
 * Services spell a denial in many ways: `AccessDenied`, `AccessDeniedException`, `Client.UnauthorizedOperation`,
 * `AuthorizationErrorException`, `NotAuthorizedException`, `VpceAccessDenied`, … Throttling, not found and invalid input are no denials.
 */
const DENIAL = /AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|NotPermitted/

export function outcomeOf(errorCode: string): Outcome {
  if (errorCode === '') return 'did'
  return DENIAL.test(errorCode) ? 'refused' : 'failed'
}
