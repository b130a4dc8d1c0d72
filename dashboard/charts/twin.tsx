import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { onKeys } from '../app/keyboard.ts'
import { go, hereWith, useHere } from '../app/location.ts'

/** A picture, and a table that says the same: one address for each. `name` is its parameter. */
export function Twin({
  name,
  title,
  note,
  picture,
  table,
  key_ = false,
}: {
  name: string
  title: string
  note?: ComponentChildren
  picture: ComponentChildren
  table: ComponentChildren
  /** `t` toggles this one. */
  key_?: boolean
}): JSX.Element {
  const isTable = useHere().params.get(name) === 'table'
  useLayoutEffect(() => {
    if (!key_) return
    return onKeys({ t: () => go(hereWith({ [name]: isTable ? null : 'table' })) })
  }, [key_, name, isTable])
  return (
    <section class="panel" aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
        {note !== undefined && <span class="dim">{note}</span>}
        <a class="twin-link" href={hereWith({ [name]: isTable ? null : 'table' })}>
          {isTable ? 'Picture' : 'Table'}
        </a>
      </header>
      {isTable ? table : picture}
    </section>
  )
}
