/** How often lines between two columns cross. `order`: place of each node in its column; lines within one column do not count. */
export function crossings(
  links: readonly (readonly [from: number, to: number])[],
  rank: ArrayLike<number>,
  order: ArrayLike<number>,
): number {
  const between = Map.groupBy(
    links.filter(([from, to]) => rank[from] !== rank[to]),
    ([from, to]) => `${Math.min(rank[from]!, rank[to]!)} ${Math.max(rank[from]!, rank[to]!)}`,
  )
  let count = 0
  for (const some of between.values()) {
    const ends = some.map(([from, to]) =>
      rank[from]! < rank[to]! ? [order[from]!, order[to]!] : [order[to]!, order[from]!],
    ) as [number, number][]
    ends.sort((a, b) => a[0] - b[0] || a[1] - b[1])
    count += inversions(ends.map(([, right]) => right))
  }
  return count
}

/** Pairs that stand in the wrong order; a Fenwick tree counts those before that are larger. */
function inversions(values: readonly number[]): number {
  const size = values.reduce((max, value) => Math.max(max, value), 0) + 1
  const tree = new Int32Array(size + 1)
  let count = 0
  values.forEach((value, index) => {
    let notLarger = 0
    for (let i = value + 1; i > 0; i -= i & -i) notLarger += tree[i]!
    count += index - notLarger
    for (let i = value + 1; i <= size; i += i & -i) tree[i]!++
  })
  return count
}
