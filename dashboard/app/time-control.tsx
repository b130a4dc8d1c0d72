import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { Time, useZone, zoneName } from '../parts/time.tsx'
import { go, hereWith, useHere } from './location.ts'
import { useScope } from './scope.ts'
import { ALL, DEFAULT_SINCE, PRESETS, parseTyped, shifted, timeChoice } from './window.ts'

/** Which time: a length up to the newest event, or from and to, typed or stepped. */
export function TimeControl({ newest }: { newest: string | null }): JSX.Element {
  const at = useHere()
  const { window, coverage } = useScope()
  const choice = timeChoice(at)
  const zone = useZone()
  const [isWrong, setWrong] = useState(false)
  const from = window.from ?? coverage?.firstEvent ?? null
  const to = window.to ?? newest
  const shift = (by: 1 | -1): void => {
    if (from === null || to === null) return
    go(hereWith({ since: null, ...shifted(from, to, by) }))
  }
  const preset = PRESETS.find(([value]) => value === choice.since)?.[1]
  const name = preset ?? (choice.since === ALL ? 'All stored' : 'Window')
  return (
    <div class="time-control">
      <button
        type="button"
        class="icon-button"
        aria-label="Earlier by one window"
        onClick={() => shift(-1)}
      >
        <Icon name="left" />
      </button>
      <Menu
        title="Time range"
        kind="time-menu"
        label={
          <>
            <b>{name}</b>
            {from !== null && to !== null && (
              <span class="range">
                <Time at={from} bare seconds={false} /> → <Time at={to} bare seconds={false} />{' '}
                {zoneName(zone)}
              </span>
            )}
          </>
        }
      >
        <div class="presets">
          <a
            href={hereWith({ since: ALL, from: null, to: null })}
            aria-current={choice.since === ALL}
          >
            All stored
          </a>
          {PRESETS.map(([value, words]) => (
            <a
              key={value}
              href={hereWith({
                since: value === DEFAULT_SINCE ? null : value,
                from: null,
                to: null,
              })}
              aria-current={choice.since === value}
            >
              {words}
            </a>
          ))}
        </div>
        <p class="dim small">They end with the newest event that is stored.</p>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const typed = parseTyped(String(new FormData(event.currentTarget).get('range') ?? ''))
            setWrong(typed === null)
            if (typed !== null) go(hereWith({ ...typed }))
          }}
        >
          <label>
            Or type it (UTC)
            <input
              name="range"
              placeholder="2026-11-23 02:00..03:00"
              autocomplete="off"
              aria-invalid={isWrong}
            />
          </label>
          {isWrong && (
            <p class="error-text" role="alert">
              Not a time. Type 2026-11-23 02:00..03:00, a date, an hour, or -2h.
            </p>
          )}
          <button type="submit">Use it</button>
        </form>
        <fieldset class="zones">
          <legend>Show times in</legend>
          <a href={hereWith({ tz: null })} aria-current={zone === 'utc'}>
            UTC
          </a>
          <a href={hereWith({ tz: 'local' })} aria-current={zone === 'local'}>
            {zoneName('local')}
          </a>
        </fieldset>
      </Menu>
      <button
        type="button"
        class="icon-button"
        aria-label="Later by one window"
        onClick={() => shift(1)}
      >
        <Icon name="right" />
      </button>
    </div>
  )
}
