import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { areKeysOff, turnKeys } from './keyboard.ts'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  [
    '/ or ⌘K',
    'find or paste anything: key id, ARN, session, address, event id, namespace/serviceaccount',
  ],
  ['j k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['a s r o c', 'on a finding: approve, suppress, resolve, reopen, comment'],
  ['e', 'on a finding: to the evidence'],
  ['t', 'graph or table, chart or table'],
  ['← → ↑ ↓', 'in the graph: along edges and columns; Enter opens, f follows the paths'],
  ['y', 'freeze the address to this time, and copy it'],
  ['Esc', 'close'],
]

export function Help({
  pages,
  onClose,
}: {
  pages: readonly (readonly [path: string, words: string, key: string])[]
  onClose: () => void
}): JSX.Element {
  const [isOff, setOff] = useState(areKeysOff)
  return (
    <Dialog title="Keyboard and help" onClose={onClose}>
      <h2>Keyboard</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys
                .split(' ')
                .map((key, index) =>
                  key === 'or' ? <span key={index}> or </span> : <kbd key={index}>{key}</kbd>,
                )}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>g</kbd> then
          </dt>
          <dd>{pages.map(([, words, key]) => `${key} ${words}`).join(' · ')}</dd>
        </div>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={!isOff}
          onChange={(event) => {
            turnKeys(event.currentTarget.checked)
            setOff(!event.currentTarget.checked)
          }}
        />{' '}
        Keys of a single character
      </label>
      <h2>Three words</h2>
      <dl class="keys">
        <div>
          <dt>did</dt>
          <dd>an event says that it happened</dd>
        </div>
        <div>
          <dt>could</dt>
          <dd>a trust or an association allows it, and no event of this time shows it</dd>
        </div>
        <div>
          <dt>refused</dt>
          <dd>it was tried and denied</dd>
        </div>
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  )
}
