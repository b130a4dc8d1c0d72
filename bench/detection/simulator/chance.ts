import { createRandom, type Random } from '../../data/random.ts'

export type { Random }

/** A stream of chance of its own for each label, so that one part of the company does not move the others when it changes. */
export function chance(seed: number, label: string): Random {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return createRandom(hash >>> 0)
}

/** Around `mean`, between half and one and a half of it. */
export const about = (random: Random, mean: number): number =>
  Math.max(1, Math.round(mean * (0.5 + random.unit())))

/** Some of the values, each at most once. */
export function some<T>(random: Random, values: readonly T[], count: number): T[] {
  const left = [...values]
  const taken: T[] = []
  while (taken.length < count && left.length > 0)
    taken.push(left.splice(random.below(left.length), 1)[0]!)
  return taken
}
