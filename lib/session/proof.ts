import type { Proof } from '../model.ts'

/** Strongest first. */
export const PROOFS: readonly Proof[] = [
  'accessKeyId',
  'assumedRoleId',
  'sharedEventId',
  'transitiveTags',
  'externalId',
  'sessionName',
]

/** A chain is as strong as its weakest link. */
export function weaker(a: Proof, b: Proof): Proof {
  return PROOFS.indexOf(a) > PROOFS.indexOf(b) ? a : b
}

/** The best evidence there is for an edge that was proven more than once. */
export function stronger(a: Proof, b: Proof): Proof {
  return PROOFS.indexOf(a) < PROOFS.indexOf(b) ? a : b
}
