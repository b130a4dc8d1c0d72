import type { JSX } from 'preact'
import { Menu } from '../parts/menu.tsx'

const LINES = [
  ['did', 'did: events show it; as thick as the order of magnitude'],
  ['fresh', 'did, and never before this window'],
  ['could', 'could: granted by what is declared, and no event shows it'],
  ['refused', 'refused only, with a cross'],
] as const
const NODES = [
  ['finding', '▲2', 'open findings'],
  ['new', 'NEW', 'was not there before this window'],
  ['ext', 'EXT', 'an account outside of those in scope'],
  ['plain', '+37', 'stands for so many more; click to open'],
] as const

export function GraphLegend(): JSX.Element {
  return (
    <Menu label="Legend" title="What lines and marks mean" kind="right">
      <dl class="legend-list">
        {LINES.map(([kind, words]) => (
          <div key={kind}>
            <dt>
              <i class={`stroke ${kind}`} />
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
        <div>
          <dt>○</dt>
          <dd>at the start of a line: who it was is likely, not certain</dd>
        </div>
        {NODES.map(([kind, text, words]) => (
          <div key={kind}>
            <dt>
              <span class={`badge ${kind}`}>{text}</span>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <p class="small dim">
        Drag to move, Ctrl and wheel to zoom. With the keyboard: arrows along columns and lines,
        Enter opens, f shows only the ways through a node, t the table.
      </p>
    </Menu>
  )
}
