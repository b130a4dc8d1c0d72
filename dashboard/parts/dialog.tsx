import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A modal: the browser keeps the focus inside, closes it on Escape and gives the focus back. */
export function Dialog({
  title,
  kind = '',
  onClose,
  children,
}: {
  title: string
  kind?: string
  onClose: () => void
  children: ComponentChildren
}): JSX.Element {
  const root = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    root.current?.showModal()
  }, [])
  return (
    <dialog
      ref={root}
      class={kind}
      aria-label={title}
      onClose={onClose}
      onPointerDown={(event) => {
        if (event.target === root.current) root.current?.close()
      }}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}
