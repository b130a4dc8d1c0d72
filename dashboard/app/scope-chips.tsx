import type { JSX } from 'preact'
import { Menu } from '../parts/menu.tsx'
import { visible } from '../parts/text.ts'
import { go, hereWith } from './location.ts'
import { useScope } from './scope.ts'

const PARTS = [
  ['cluster', 'Cluster', 'cluster'],
  ['ns', 'Namespace', 'namespace'],
  ['account', 'Account', 'account'],
] as const

/** What of the company: cluster, namespace, account. Any of them may be left open. */
export function ScopeChips(): JSX.Element {
  const scope = useScope()
  const chosen = PARTS.filter(([, , key]) => scope[key] !== null)
  return (
    <div class="chips">
      {chosen.map(([name, words, key]) => (
        <a
          key={name}
          class="chip"
          href={hereWith({ [name]: null })}
          title={`Any ${words.toLowerCase()} again`}
        >
          {words} <b>{visible(scope[key]!)}</b> <span aria-hidden="true">×</span>
          <span class="sr">take away</span>
        </a>
      ))}
      <Menu
        title="Narrow down to a cluster, namespace or account"
        label={chosen.length === 0 ? 'Everywhere' : '+'}
      >
        <form
          class="scope-form"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            go(
              hereWith(
                Object.fromEntries(
                  PARTS.map(([name]) => [name, String(form.get(name) ?? '').trim()]),
                ),
              ),
            )
          }}
        >
          {PARTS.map(([name, words, key]) => (
            <label key={name}>
              {words}
              <input
                name={name}
                defaultValue={scope[key] ?? ''}
                placeholder="all"
                autocomplete="off"
              />
            </label>
          ))}
          <button type="submit" class="primary" data-close>
            Narrow down
          </button>
        </form>
      </Menu>
    </div>
  )
}
