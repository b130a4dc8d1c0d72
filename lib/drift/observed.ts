import type { Principal } from '../model.ts'
import type { AttemptSum, EdgeSum, Window } from '../ports.ts'

/** What CloudTrail shows of a window, as far as checks need it. */
export interface Observed {
  readonly window: Window
  /** First and last event of each account with any; an account that is not here was not seen. */
  readonly seen: ReadonlyMap<string, Window>
  readonly edges: readonly EdgeSum[]
  readonly attempts: readonly AttemptSum[]
  readonly trustChanges: readonly TrustChange[]
  readonly staticKeys: readonly StaticKeyUse[]
  /** Why static keys could not be looked for; null: they were. */
  readonly staticKeysMissing: string | null
}

/** Who changed the trust of a role, as far as CloudTrail tells. */
export interface TrustChange {
  readonly role: string
  /** First such call since the trust was approved. */
  readonly at: number
  readonly by: readonly Principal[]
  /** False: the records do not say which role; these principals changed the trust of some role of the account. */
  readonly isCertain: boolean
  /** First use of the role after that; null: none was seen. */
  readonly firstUse: { readonly at: number; readonly by: Principal } | null
}

/** Calls of an IAM user, which has a key that does not expire, from an address that pods leave from. */
export interface StaticKeyUse {
  readonly user: Principal
  readonly network: string
  readonly count: number
  readonly firstSeen: number
  readonly lastSeen: number
}

export const NOTHING_OBSERVED: Observed = {
  window: { from: 0, to: 0 },
  seen: new Map(),
  edges: [],
  attempts: [],
  trustChanges: [],
  staticKeys: [],
  staticKeysMissing: 'no CloudTrail events are stored',
}

const DAY = 86_400

/** How many days before the end of the window an account has been watched. */
export function daysSeen({ seen, window }: Observed, account: string): number {
  const own = seen.get(account)
  return own === undefined ? 0 : Math.floor((window.to - Math.max(own.from, window.from)) / DAY)
}
