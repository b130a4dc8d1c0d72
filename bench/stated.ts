import type { Mix } from './generate.ts'

/** The company of the budgets, each day: DESIGN of the load is in docs/table.md. */
export const LOAD = {
  records: 100_000_000,
  assumptions: 3_000_000,
  recordsPerFile: 3472,
  accounts: 50,
}
/** A file of it: 3,472 records, a third of them calls of workloads, with some 190 keys and 480 pairs of role and action. */
export const STATED: Mix = {
  workloadsPerStream: 100,
  burstShare: 0.9,
  // 60 % by workloads, 5 % chained, the rest by AWS services and people.
  sts: { irsa: 0.46, podIdentity: 0.14, chained: 0.05, service: 0.2, otherSts: 0.15 },
  others: {
    irsaCall: 0.27,
    podCall: 0.04,
    chainedCall: 0.02,
    roleCall: 0.29,
    background: 0.348,
    adversarial: 0.002,
  },
  toldTwice: 0.01,
  instances: 60,
  strangers: 4,
}
