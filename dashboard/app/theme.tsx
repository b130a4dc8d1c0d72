import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'

type Theme = 'light' | 'dark'

const KEY = 'podtrail-theme'
/** Sent to the window once the page has other colours. */
export const THEME_CHANGED = 'podtrail-theme'

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

/** As somebody chose, else as the system has it; also when that changes. */
export function followTheme(): void {
  systemIsDark.addEventListener('change', showTheme)
  showTheme()
}

function showTheme(): void {
  document.documentElement.dataset['theme'] = themeNow()
  dispatchEvent(new Event(THEME_CHANGED))
}

function themeNow(): Theme {
  const chosen = localStorage.getItem(KEY)
  if (chosen === 'light' || chosen === 'dark') return chosen
  return systemIsDark.matches ? 'dark' : 'light'
}

export function ThemeToggle(): JSX.Element {
  const [theme, setTheme] = useState(themeNow)
  useEffect(() => {
    const follow = () => setTheme(themeNow())
    addEventListener(THEME_CHANGED, follow)
    return () => removeEventListener(THEME_CHANGED, follow)
  }, [])
  const isDark = theme === 'dark'
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={isDark ? 'Light colours' : 'Dark colours'}
      onClick={() => {
        localStorage.setItem(KEY, isDark ? 'light' : 'dark')
        showTheme()
      }}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  )
}
