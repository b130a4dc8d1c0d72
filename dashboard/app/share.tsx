import type { JSX } from 'preact'
import { Copy, copyText } from '../parts/copy.tsx'
import { Menu } from '../parts/menu.tsx'
import { announce } from './announce.ts'
import { commandHere } from './command.ts'
import { go, hereWith } from './location.ts'
import { type Scope, useScope } from './scope.ts'
import { rfc3339 } from './window.ts'

/** The window in absolute times: whoever opens the link sees the same. */
function frozen({ window, coverage }: Pick<Scope, 'window' | 'coverage'>): string {
  const from = window.from ?? coverage?.firstEvent ?? null
  const last = coverage?.lastEvent ?? null
  const to = window.to ?? (last === null ? null : rfc3339(Date.parse(last) + 1000))
  return hereWith({ since: null, from, to })
}

let current: Scope | null = null

/** `y`: the address becomes one that always shows the same time. */
export function freezeHere(): void {
  if (current === null) return
  const href = frozen(current)
  go(href, { replace: true })
  void copyText(location.origin + href).catch(() => {})
  announce('The address is frozen to this time')
}

export function Share(): JSX.Element {
  const scope = useScope()
  current = scope
  const href = frozen(scope)
  return (
    <Menu title="Share what is on this page" label="Share" kind="right">
      <div class="menu-list">
        <Copy text={() => location.origin + frozen(scope)} label="Copy link to exactly this time" />
        <Copy text={() => location.href} label="Copy live link" />
        <Copy text={() => commandHere(scope)} label="Copy as command line" />
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </div>
      <p class="small dim wrap">{href}</p>
      <p class="small">
        <code class="wrap">{commandHere(scope)}</code>
      </p>
    </Menu>
  )
}
