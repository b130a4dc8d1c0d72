import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SearchHit, SearchResult } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Dialog } from '../parts/dialog.tsx'
import { visible } from '../parts/text.ts'
import { go, pageHref } from './location.ts'
import { searchHref } from './paths.ts'

const WAIT_MS = 150

/** Takes whatever somebody has in hand, and says what it is. */
export function Palette({ onClose }: { onClose: () => void }): JSX.Element {
  const [text, setText] = useState('')
  const [asked, setAsked] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text])
  const { answer, isStale } = useAnswer<SearchResult>(asked === '' ? null : '/search', { q: asked })
  const isCurrent = asked !== '' && asked === text.trim() && !isStale
  const hits = asked === '' ? [] : (answer?.items ?? [])
  const open = (hit: SearchHit | undefined): void => {
    onClose()
    go(hit === undefined ? searchHref(text.trim()) : pageHref(hit.path))
  }
  const move = (by: number): void => {
    const next = Math.max(0, Math.min(hits.length - 1, at + by))
    setAt(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <Dialog title="Find or paste anything" kind="palette" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() !== '') open(isCurrent ? hits[at] : undefined)
        }}
      >
        <input
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="hits"
          aria-activedescendant={hits.length > 0 ? `hit-${at}` : undefined}
          aria-label="Find or paste anything"
          placeholder="key id, ARN, session, address, event id, namespace/serviceaccount …"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
            event.preventDefault()
            move(event.key === 'ArrowDown' ? 1 : -1)
          }}
        />
      </form>
      <div id="hits" class="hit-list" role="listbox" aria-label="What it may be" ref={list}>
        {hits.map((hit, index) => (
          <div
            key={`${hit.type} ${hit.id}`}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => open(hit)}
            onKeyDown={() => {}}
          >
            <span class="type">{hit.type}</span> <b>{visible(hit.label)}</b>
            <span class="where">{visible(hit.detail)}</span>
          </div>
        ))}
      </div>
      <p class="small dim hint">
        {asked !== '' && isCurrent && hits.length === 0
          ? 'Nothing in the store goes by that name.'
          : '↑ ↓ choose · Enter open · Esc close. One paste is enough: the shape tells what it is.'}
      </p>
    </Dialog>
  )
}
