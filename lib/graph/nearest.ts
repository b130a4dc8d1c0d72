import { compare } from './order.ts'

const SUGGESTIONS_MAX = 5
/** Longer names are compared by their ends, so that a hostile name cannot make a suggestion slow. */
const COMPARED_MAX = 64

/** The names that look like `text`, the closest first: those that contain it, and those few changes away. */
export function nearest(text: string, names: Iterable<string>): string[] {
  const asked = normal(text)
  const ranked: { name: string; rank: number }[] = []
  for (const name of new Set(names)) {
    const other = normal(name)
    const changes = distance(asked, other)
    const contained = asked.length > 2 && other.includes(asked)
    if (contained || changes <= Math.max(2, Math.floor(asked.length / 3)))
      ranked.push({ name, rank: contained ? 0.5 : changes })
  }
  ranked.sort((a, b) => a.rank - b.rank || compare(a.name, b.name))
  return ranked.slice(0, SUGGESTIONS_MAX).map(({ name }) => name)
}

function normal(text: string): string {
  return text.toLowerCase().slice(-COMPARED_MAX)
}

/** Characters to insert, delete, replace, or swap with their neighbour. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
