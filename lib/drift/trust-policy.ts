/** The front door of the trust-policy evaluator: what a role's trust says of a request, clause by clause. */
export { principalTrusts, webIdentityTrusts } from './trust/admitted.ts'
export { evaluateTrust } from './trust/evaluate.ts'
export type * from './trust/model.ts'
export { parseTrustPolicy } from './trust/parse.ts'
export { webIdentityRequest } from './trust/request.ts'
