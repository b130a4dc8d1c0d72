import type { Link } from './order.ts'

/** Everything that leads to a node and that it leads to, itself among them. */
export function pathsThrough(id: string, links: readonly Link[]): Set<string> {
  return new Set([...walk(id, links, 'from', 'to'), ...walk(id, links, 'to', 'from')])
}

function walk(
  start: string,
  links: readonly Link[],
  at: 'from' | 'to',
  next: 'from' | 'to',
): Set<string> {
  const by = Map.groupBy(links, (link) => link[at])
  const seen = new Set([start])
  const queue = [start]
  for (let id = queue.pop(); id !== undefined; id = queue.pop())
    for (const link of by.get(id) ?? [])
      if (!seen.has(link[next])) {
        seen.add(link[next])
        queue.push(link[next])
      }
  return seen
}
