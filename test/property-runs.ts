/** How often a property is tried; PODTRAIL_PROPERTY_RUNS multiplies it, for a long run at night. */
export function runs(count: number): { numRuns: number } {
  const factor = Number(process.env.PODTRAIL_PROPERTY_RUNS ?? 1)
  if (!(factor > 0)) throw new Error('PODTRAIL_PROPERTY_RUNS must be a positive number')
  return { numRuns: Math.max(1, Math.round(count * factor)) }
}
