import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A button that opens something; Escape and a click elsewhere close it. */
export function Menu({
  label,
  title,
  kind = '',
  children,
}: {
  label: ComponentChildren
  title: string
  kind?: string
  children: ComponentChildren
}): JSX.Element {
  const root = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event): void => {
      const menu = root.current
      if (menu === null || !menu.open) return
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        menu.querySelector('summary')?.focus()
      } else if (event.target instanceof Node && menu.contains(event.target)) return
      menu.open = false
    }
    const choose = (event: Event): void => {
      const at = event.target
      if (at instanceof Element && at.closest('.sheet :is(a, button[data-close])') !== null)
        root.current!.open = false
    }
    const own = root.current
    own?.addEventListener('click', choose)
    document.addEventListener('pointerdown', close)
    document.addEventListener('keydown', close, true)
    return () => {
      own?.removeEventListener('click', choose)
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('keydown', close, true)
    }
  }, [])
  return (
    <details class={`menu ${kind}`} ref={root}>
      <summary class="button" title={title}>
        {label}
      </summary>
      <div class="sheet">{children}</div>
    </details>
  )
}
