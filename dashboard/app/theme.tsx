import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'

type Theme = 'light' | 'dark' | null
const KEY = 'podtrail-theme'

/** As the system has it, unless somebody chose. */
export function applyTheme(theme: Theme = readTheme()): void {
  if (theme === null) delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function readTheme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : null
}

export function ThemeToggle(): JSX.Element {
  const [theme, setTheme] = useState(readTheme)
  const isDark =
    theme === null ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={isDark ? 'Light colours' : 'Dark colours'}
      onClick={() => {
        const next = isDark ? 'light' : 'dark'
        localStorage.setItem(KEY, next)
        applyTheme(next)
        setTheme(next)
        dispatchEvent(new Event('podtrail-theme'))
      }}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  )
}
