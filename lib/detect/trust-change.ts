import { isAssociationChange, isTrustChange } from './actions.ts'
import type { Now } from './detector.ts'
import { accountOf, trustKey } from './memory.ts'
import type { Use } from './use.ts'

const DAY = 86_400
/** Who changes trusts on so many days does it for a living. */
const HABIT_DAYS = 3
const PODS = 'pods.eks.amazonaws.com'

export const isByHabit = ({ who }: Use): boolean => who.trustDays >= HABIT_DAYS

/** The last change of who may have the role, of those within so many seconds before this use of it; null for none. */
export function trustChangeBefore(
  use: Use,
  { hour, memory }: Pick<Now, 'hour' | 'memory'>,
  seconds: number,
): Use | null {
  const account = accountOf(use.role)
  const key = trustKey(account, use.role)
  const since = use.first - seconds
  const changes = hour.calls.filter(
    ({ action, what, outcome, account: own }) =>
      outcome === 'did' &&
      (isTrustChange(action)
        ? what !== '' && trustKey(own, what) === key
        : use.what === PODS && isAssociationChange(action) && own === account),
  )
  const before = memory.trustChanges.get(key)
  if (before !== undefined) changes.push(before.use)
  const association = use.what === PODS ? memory.accounts.get(account)?.associationChange : null
  if (association) changes.push(association.use)
  return changes
    .filter(({ first }) => first <= use.first && first >= since)
    .reduce<Use | null>(
      (last, next) => (last === null || next.first > last.first ? next : last),
      null,
    )
}

/**
 * Whether the role was made within the day before, by somebody else who makes roles for a living. Who then goes there first is whom it
 * was made for, and it holds nothing yet that was there before.
 */
export function isJustMade(use: Use, now: Pick<Now, 'hour' | 'memory'>): boolean {
  const change = trustChangeBefore(use, now, DAY)
  return change?.action === 'iam:CreateRole' && isByHabit(change) && change.who !== use.who
}
