import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { it } from 'vitest'
import { runs } from '../property-runs.ts'

/** Runs that failed once, by property. They are tried first, for ever. */
const SEEDS = JSON.parse(readFileSync(new URL('../seeds.json', import.meta.url), 'utf8')) as Record<
  string,
  { seed: number; path?: string }[]
>

/**
 * A test that tries a property `count` times with a new seed; a failure prints the seed and path to put into test/seeds.json under
 * `name`.
 */
export function itHolds<Values>(
  name: string,
  promise: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  count: number,
): void {
  const { numRuns } = runs(count)
  it(`${name}: ${promise}`, { timeout: 60_000 * Math.max(1, numRuns / count) }, async () => {
    for (const known of SEEDS[name] ?? []) await fc.assert(property, { numRuns: 1, ...known })
    await fc.assert(property, { numRuns })
  })
}

/** Whether any of `count` tries fails: for variants that are known to be broken. */
export async function isRefuted<Values>(
  property: fc.IAsyncPropertyWithHooks<Values>,
  count: number,
): Promise<boolean> {
  const { failed } = await fc.check(property, { numRuns: count, seed: 1, endOnFailure: true })
  return failed
}
