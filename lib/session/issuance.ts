import type { Sighting } from '../model.ts'

/** Longest life of a role session in seconds (STS AssumeRole: 12 hours). */
export const LIFE_MAX = 12 * 3600

/**
 * The record that says most about an issued key. The caller's account names the calling key; the target's account only names
 * the caller's role id. Ties fall by event id, so that order of arrival cannot matter.
 */
export function bestSighting(sightings: readonly Sighting[]): Sighting {
  return sightings.reduce((best, next) => {
    const gain = detail(next) - detail(best)
    return gain > 0 || (gain === 0 && idOf(next) < idOf(best)) ? next : best
  })
}

/** Sightings by the key they issued, one each, in the order of the keys. */
export function issuances(sightings: readonly Sighting[]): readonly Sighting[] {
  if (sightings.length < 2) return sightings
  const byKey = issuancesByKey(sightings)
  return [...byKey.keys()].sort().map((key) => byKey.get(key)!)
}

/** The same in no order. */
export function issuancesByKey(sightings: readonly Sighting[]): Map<string, Sighting> {
  const best = new Map<string, Sighting>()
  const several = new Map<string, Sighting[]>()
  for (const sighting of sightings) {
    const { key } = sighting
    const first = best.get(key)
    if (first === undefined) best.set(key, sighting)
    else if (several.has(key)) several.get(key)!.push(sighting)
    else several.set(key, [first, sighting])
  }
  for (const [key, same] of several) best.set(key, bestSighting(same))
  return best
}

export function isAlive(sighting: Sighting, at: number): boolean {
  return sighting.at <= at && at <= Math.min(sighting.expiresAt ?? Infinity, sighting.at + LIFE_MAX)
}

/** Whether no further sighting can say more about this key: it comes from the side of whoever called. */
export function isSettled({ identity }: Sighting): boolean {
  return identity.type !== 'AWSAccount'
}

function detail({ identity }: Sighting): number {
  if (identity.type === 'AWSAccount') return 0
  return identity.key === '' ? 1 : 2
}

/** A record's identity. */
export function idOf(sighting: Sighting): string {
  return `${sighting.recipient}/${sighting.eventId}`
}
