import type { JSX } from 'preact'
import { Mono } from './names.tsx'

/** Our own texts name fields and commands between backticks. */
export function Prose({ children }: { children: string }): JSX.Element {
  return (
    <>
      {children
        .split('`')
        .map((part, index) => (index % 2 === 1 ? <Mono key={index}>{part}</Mono> : part))}
    </>
  )
}
