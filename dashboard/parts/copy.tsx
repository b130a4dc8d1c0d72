import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { announce } from '../app/announce.ts'

/** Copies a text, and says so. */
export function Copy({
  text,
  label,
  kind = '',
}: {
  text: string | (() => string)
  label: string
  kind?: string
}): JSX.Element {
  const [isDone, setDone] = useState(false)
  return (
    <button
      type="button"
      class={kind}
      onClick={async () => {
        await copyText(typeof text === 'string' ? text : text())
        setDone(true)
        setTimeout(() => setDone(false), 1500)
      }}
    >
      {isDone ? '✓ Copied' : label}
    </button>
  )
}

export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
  announce('Copied')
}
