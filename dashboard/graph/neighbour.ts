import type { Scene } from './scene.ts'

/** Where the arrow keys lead: up and down in the column, left and right along the line that was used most. */
export function neighbour({ layout, lines }: Scene, id: string, direction: string): string | null {
  const column = layout.columns.find(({ ids }) => ids.includes(id))
  if (column === undefined) return null
  const place = column.ids.indexOf(id)
  switch (direction) {
    case 'up':
      return column.ids[place - 1] ?? null
    case 'down':
      return column.ids[place + 1] ?? null
    case 'first':
      return column.ids[0] ?? null
    case 'last':
      return column.ids.at(-1) ?? null
    default: {
      const [near, far] =
        direction === 'right' ? (['from', 'to'] as const) : (['to', 'from'] as const)
      const own = lines.filter(({ edge }) => edge[near] === id && edge[far] !== id)
      const best = own.reduce<Scene['lines'][number] | null>(
        (most, line) => (most === null || line.edge.did > most.edge.did ? line : most),
        null,
      )
      return best?.edge[far] ?? null
    }
  }
}
