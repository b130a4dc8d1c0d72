import type { EdgeItem } from '../../lib/graph/edges.ts'
import type { Principal } from '../../lib/model.ts'
import { visible } from './safe.ts'
import { placeOf, roleAt, whoOf } from './words.ts'

interface Node {
  readonly key: string
  readonly label: string
  /** Box around it; null for none. */
  readonly box: string | null
  readonly isRole: boolean
}

interface Link {
  readonly from: Node
  readonly to: Node
  count: number
}

/** Graphviz: workloads in boxes by cluster and namespace, arrows from who to what. */
export function dotOf(items: readonly EdgeItem[]): string {
  const { nodes, links } = linksOf(items)
  const number = numbered(nodes)
  const lines = ['digraph podtrail {', '  rankdir=LR', '  node [fontname="sans-serif"]']
  boxesOf(nodes).forEach(([box, inside], index) => {
    const indent = box === null ? '  ' : '    '
    if (box !== null) lines.push(`  subgraph cluster_${index} {`, `    label=${dotText(box)}`)
    for (const node of inside)
      lines.push(
        `${indent}${number(node)} [label=${dotText(node.label)}${node.isRole ? ', shape=box' : ''}]`,
      )
    if (box !== null) lines.push('  }')
  })
  for (const { from, to, count } of links)
    lines.push(`  ${number(from)} -> ${number(to)} [label="${count}"]`)
  return `${[...lines, '}'].join('\n')}\n`
}

/** A Mermaid flowchart of the same. */
export function mermaidOf(items: readonly EdgeItem[]): string {
  const { nodes, links } = linksOf(items)
  const number = numbered(nodes)
  const lines = ['flowchart LR']
  boxesOf(nodes).forEach(([box, inside], index) => {
    const indent = box === null ? '  ' : '    '
    if (box !== null) lines.push(`  subgraph s${index}[${mermaidText(box)}]`)
    for (const node of inside) {
      const text = mermaidText(node.label)
      lines.push(`${indent}${number(node)}${node.isRole ? `[${text}]` : `([${text}])`}`)
    }
    if (box !== null) lines.push('  end')
  })
  for (const { from, to, count } of links)
    lines.push(`  ${number(from)} -->|${count}| ${number(to)}`)
  return `${lines.join('\n')}\n`
}

/** Every edge is one arrow: from the principal, or from the last role on its way. */
function linksOf(items: readonly EdgeItem[]): { nodes: Node[]; links: Link[] } {
  const nodes = new Map<string, Node>()
  const links = new Map<string, Link>()
  const node = (made: Node): Node => {
    const known = nodes.get(made.key)
    if (known !== undefined) return known
    nodes.set(made.key, made)
    return made
  }
  for (const { principal, via, role, count } of items) {
    const last = via.at(-1)
    const from = node(last === undefined ? principalNode(principal) : roleNode(last))
    const to = node(roleNode(role))
    const key = `${from.key}\u0000${to.key}`
    const known = links.get(key)
    if (known === undefined) links.set(key, { from, to, count })
    else known.count += count
  }
  return { nodes: [...nodes.values()], links: [...links.values()] }
}

function principalNode(principal: Principal): Node {
  const { kind, id, namespace, serviceAccount } = principal
  // The start of a chain that is only known by its role is that role.
  if (kind === 'role') return roleNode(id)
  const key = `${kind} ${id}`
  return kind === 'workload'
    ? {
        key,
        label: serviceAccount ?? id,
        box: `${placeOf(principal)} / ${namespace}`,
        isRole: false,
      }
    : { key, label: `${kind}: ${whoOf(principal)}`, box: null, isRole: false }
}

function roleNode(arn: string): Node {
  return { key: `role ${arn}`, label: roleAt(arn), box: null, isRole: true }
}

function boxesOf(nodes: readonly Node[]): [string | null, Node[]][] {
  return [...Map.groupBy(nodes, ({ box }) => box)].sort(([a], [b]) =>
    a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1,
  )
}

function numbered(nodes: readonly Node[]): (node: Node) => string {
  const numbers = new Map(nodes.map(({ key }, index) => [key, `n${index}`]))
  return ({ key }) => numbers.get(key)!
}

function dotText(text: string): string {
  return `"${visible(text).replace(/["\\]/g, '\\$&')}"`
}

/** Entity codes by number: https://mermaid.js.org/syntax/flowchart.html#special-characters-that-break-syntax */
function mermaidText(text: string): string {
  return `"${visible(text).replace(/[^\p{L}\p{N} .,:@/_+=-]/gu, (character) => `#${character.codePointAt(0)};`)}"`
}
