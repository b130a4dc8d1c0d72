import type { ComponentChildren, JSX } from 'preact'

/** One question and its answer. */
export function Panel({
  title,
  note,
  actions,
  id,
  kind = '',
  children,
}: {
  title: string
  note?: ComponentChildren
  actions?: ComponentChildren
  id?: string
  kind?: string
  children: ComponentChildren
}): JSX.Element {
  return (
    <section class={`panel ${kind}`} aria-label={title} id={id}>
      <header class="panel-head">
        <h2>{title}</h2>
        {note !== undefined && <span class="dim">{note}</span>}
        {actions !== undefined && <span class="panel-actions">{actions}</span>}
      </header>
      {children}
    </section>
  )
}

/** The head of a page about one thing. */
export function PageHead({
  kind,
  title,
  detail,
  marks,
  actions,
}: {
  kind: string
  title: ComponentChildren
  detail?: ComponentChildren
  marks?: ComponentChildren
  actions?: ComponentChildren
}): JSX.Element {
  return (
    <header class="page-head">
      <div>
        <p class="kind">{kind}</p>
        <h1>
          {title} {marks}
        </h1>
        {detail !== undefined && <p class="dim detail">{detail}</p>}
      </div>
      {actions !== undefined && <div class="page-actions">{actions}</div>}
    </header>
  )
}
