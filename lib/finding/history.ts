import { type Decision, PODTRAIL } from './finding.ts'
import { digestOf } from './fingerprint.ts'

/** So many of podtrail's own moves stand in a history beside the first: what comes and goes for years must not grow for years. */
export const OWN_MOVES_MAX = 40
/** What people decided is never folded. So a finding takes so many of them, and then says that it takes no more. */
export const DECISIONS_MAX = 200
/** Comments end before that, so that there is room to decide. */
export const COMMENTS_UNTIL = 150

/**
 * The history with podtrail's oldest moves, but the first, folded into one that says how many they were. What people decided stays as it
 * was, and in its place.
 */
export function folded(history: readonly Decision[]): readonly Decision[] {
  const own = history.filter(({ by, action }) => by === PODTRAIL && action !== 'fold')
  const leaving = own.slice(1, Math.max(1, own.length - OWN_MOVES_MAX))
  const last = leaving.at(-1)
  if (last === undefined) return history
  const before = history.find(({ action }) => action === 'fold')
  const folds = (before?.folds ?? 0) + leaving.length
  const fold: Decision = {
    ...last,
    id: `dec_${digestOf([last.id, folds])}`,
    action: 'fold',
    from: before === undefined ? leaving[0]!.from : before.from,
    reason: `${folds} moves of podtrail's own until then are not kept one by one; what people decided is`,
    folds,
  }
  const isGone = new Set<Decision | undefined>([before, ...leaving])
  return history.flatMap((one) => (one === last ? [fold] : isGone.has(one) ? [] : [one]))
}

export function decisionsOfPeople(history: readonly Decision[]): number {
  return history.filter(({ by }) => by !== PODTRAIL).length
}
