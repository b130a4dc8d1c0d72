import type { JSX } from 'preact'
import { diffOf, laidOut } from './diff.ts'
import { visible } from './text.ts'

/** Sign, word and colour: what was approved goes, what is declared comes. */
export function Diff({ before, after }: { before: string; after: string }): JSX.Element {
  return (
    <figure aria-label="Difference: minus is before, plus is after">
      <pre class="diff">
        {diffOf(laidOut(before), laidOut(after)).map(({ sign, text }, index) => (
          <span key={index} class={sign === '+' ? 'added' : sign === '-' ? 'removed' : ''}>
            {sign} {visible(text)}
            {'\n'}
          </span>
        ))}
      </pre>
    </figure>
  )
}

/** Code to take along. */
export function Code({ children, label }: { children: string; label: string }): JSX.Element {
  return (
    <figure aria-label={label}>
      <pre class="code">{children.split('\n').map(visible).join('\n')}</pre>
    </figure>
  )
}
