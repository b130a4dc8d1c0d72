/** Requests under way at once in one call of the store. */
const AT_ONCE = 32

/** Does something with each item, a bounded number at a time; the results in the order of the items. Stops at the first error. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++
      try {
        results[index] = await work(items[index]!)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return results
}

/** Items in pieces of at most `size`. */
export function pieces<Item>(items: readonly Item[], size: number): Item[][] {
  const cut: Item[][] = []
  for (let at = 0; at < items.length; at += size) cut.push(items.slice(at, at + size))
  return cut
}
