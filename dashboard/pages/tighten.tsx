import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TightenItem, TightenList } from '../../lib/review/tighten.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useScope } from '../app/scope.ts'
import { Answered } from '../parts/asked.tsx'
import { Copy } from '../parts/copy.tsx'
import { Code, Diff } from '../parts/diff-view.tsx'
import { Text } from '../parts/names.tsx'
import { Panel } from '../parts/panel.tsx'
import { counted, visible } from '../parts/text.ts'

const FORMS = [
  ['diff', 'Difference'],
  ['json', 'JSON'],
  ['awsCli', 'AWS CLI'],
  ['terraform', 'Terraform'],
  ['cloudformation', 'CloudFormation'],
] as const

/** The trust that admits exactly who was seen, and what it would have refused of all that is stored. */
export function Tighten({ arn }: { arn: string }): JSX.Element | null {
  const { window, isReady } = useScope()
  const [isOpen, setOpen] = useState(false)
  const asked = useAnswer<TightenList>(isReady && isOpen ? '/tighten' : null, {
    role: arn,
    ...window,
  })
  return (
    <Panel
      title="A tighter trust"
      note="admits exactly who was seen in this window"
      actions={
        !isOpen && (
          <button type="button" onClick={() => setOpen(true)}>
            Work it out
          </button>
        )
      }
    >
      {isOpen && (
        <Answered to={asked} what="Working it out">
          {(answer) => (
            <>
              {answer.items.map((item) => (
                <Tightened key={item.role} item={item} />
              ))}
            </>
          )}
        </Answered>
      )}
    </Panel>
  )
}

function Tightened({ item }: { item: TightenItem }): JSX.Element {
  const [form, setForm] = useState<(typeof FORMS)[number][0]>('diff')
  const { as, today, kept, wouldHaveRefused, dropped, notes } = item
  return (
    <>
      <p>
        Made from {counted(kept.length, 'use')}. Of all that is stored it would have refused{' '}
        <b class={wouldHaveRefused.length > 0 ? 'warn-text' : ''}>{wouldHaveRefused.length}</b>
        {wouldHaveRefused.length > 0 && (
          <>
            {' '}
            (
            <Text>
              {wouldHaveRefused
                .slice(0, 5)
                .map(({ who }) => who)
                .join(', ')}
            </Text>
            )
          </>
        )}
        .
        {dropped.length > 0 &&
          ` It no longer names ${dropped.slice(0, 5).map(visible).join(', ')}, whom nobody was seen as.`}
      </p>
      {notes.map((note) => (
        <p class="notice" key={note}>
          {visible(note)}
        </p>
      ))}
      {as !== null && (
        <>
          <fieldset class="choice" aria-label="Form">
            {FORMS.map(([value, words]) => (
              <button
                key={value}
                type="button"
                aria-pressed={form === value}
                onClick={() => setForm(value)}
              >
                {words}
              </button>
            ))}
            {form !== 'diff' && <Copy text={as[form]} label="Copy" />}
          </fieldset>
          {form === 'diff' ? (
            <Diff before={JSON.stringify(today)} after={as.json} />
          ) : (
            <Code label={form}>{as[form]}</Code>
          )}
        </>
      )}
    </>
  )
}
