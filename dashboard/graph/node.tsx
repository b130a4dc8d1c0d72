import type { JSX } from 'preact'
import { memo } from 'preact/compat'
import type { GraphNode } from '../api/types.ts'
import { Icon } from '../parts/icon.tsx'
import { counted, visible } from '../parts/text.ts'
import type { Box } from './layout.ts'

interface GraphNodeProps {
  readonly node: GraphNode
  readonly at: number
  readonly box: Box
  readonly isSelected: boolean
  readonly isDim: boolean
  /** The one that Tab comes to. */
  readonly isStop: boolean
  readonly onOpen: () => void
  readonly onFocus: () => void
  readonly onKey: (event: KeyboardEvent) => void
}

function NodeButton(props: GraphNodeProps): JSX.Element {
  const { node, at, box, isSelected, isDim, isStop } = props
  const kind = node.findings > 0 ? 'finding' : node.isNew ? 'new' : node.isOutside ? 'ext' : ''
  return (
    <button
      type="button"
      data-at={at}
      class={`node ${node.type} ${kind} ${isDim ? 'dimmed' : ''}`}
      aria-pressed={isSelected}
      aria-label={nodeWords(node)}
      tabIndex={isStop ? 0 : -1}
      style={{ left: `${box.x}px`, top: `${box.y}px` }}
      title={nodeWords(node)}
      onClick={props.onOpen}
      onFocus={props.onFocus}
      onKeyDown={props.onKey}
    >
      <Icon name={node.type} />
      <span class="label">{visible(node.label)}</span>
      {node.findings > 0 && <span class="badge finding" data-text={`▲${node.findings}`} />}
      {node.isNew && <span class="badge new" data-text="NEW" />}
      {node.isOutside && <span class="badge ext" data-text="EXT" />}
      {node.folded > 0 && <span class="badge plain" data-text={`+${node.folded}`} />}
    </button>
  )
}

/** Two thousand of them: only those that change are drawn again. */
export const GraphNodeButton = memo(
  NodeButton,
  (a, b) =>
    a.node === b.node &&
    a.box.x === b.box.x &&
    a.box.y === b.box.y &&
    a.isSelected === b.isSelected &&
    a.isDim === b.isDim &&
    a.isStop === b.isStop &&
    a.at === b.at,
)

/** What a screen reader says, and what stands in the tip. */
function nodeWords(node: GraphNode): string {
  const { type, label, account, cluster, findings, worst, isNew, isOutside, folded, count } = node
  return [
    `${type === 'workload' ? 'ServiceAccount' : type} ${visible(label)}`,
    cluster !== null && type !== 'cluster' ? `cluster ${visible(cluster)}` : '',
    account !== null && type !== 'account' ? `account ${account}` : '',
    count > 0 ? `used ${count.toLocaleString('en')} times` : '',
    findings > 0
      ? `${counted(findings, 'open finding')}${worst === null ? '' : `, worst ${worst}`}`
      : '',
    isNew ? 'new' : '',
    isOutside ? 'outside the organisation' : '',
    folded > 0 ? `stands for ${folded} more` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
