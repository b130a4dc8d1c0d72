import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { Coverage, Framed, Me } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Icon } from '../parts/icon.tsx'
import { Failed } from '../parts/states.tsx'
import { CoveragePill } from './coverage-pill.tsx'
import { Help } from './help.tsx'
import { onKeys } from './keyboard.ts'
import { go, pageHref, useHere } from './location.ts'
import { Palette } from './palette.tsx'
import { type Scope, ScopeContext } from './scope.ts'
import { ScopeChips } from './scope-chips.tsx'
import { freezeHere, Share } from './share.tsx'
import { ThemeToggle } from './theme.tsx'
import { TimeControl } from './time-control.tsx'
import { secondsOf, timeChoice, windowQuery } from './window.ts'

const PAGES = [
  ['/', 'Overview', 'o'],
  ['/graph', 'Access graph', 'g'],
  ['/findings', 'Findings', 'f'],
  ['/search', 'Search', 's'],
  ['/drift', 'Drift', 'd'],
  ['/reviews', 'Reviews', 'r'],
  ['/coverage', 'Coverage', 'c'],
] as const

/** What stands around every page: where to go, what it is about, and whether the picture can be trusted. */
export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const at = useHere()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const me = useAnswer<Me>('/me')
  const choice = timeChoice(at)
  const known = useAnswer<Framed>('/coverage')
  const newest = known.answer?.coverage.lastEvent ?? null
  const window = windowQuery(choice, newest)
  const isReady =
    secondsOf(choice.since ?? '') === null ||
    newest !== null ||
    known.problem !== null ||
    known.answer !== null
  const seen = useAnswer<Framed>(isReady ? '/coverage' : null, window)
  const open_ = useAnswer<{ total: { items: number } }>('/stories', { status: 'open', limit: 1 })
  const coverage: Coverage | null = seen.isStale ? null : (seen.answer?.coverage ?? null)
  const scope: Scope = {
    me: me.answer,
    window,
    cluster: at.params.get('cluster'),
    namespace: at.params.get('ns'),
    account: at.params.get('account'),
    coverage,
    isReady,
  }

  useLayoutEffect(
    () =>
      onKeys({
        '/': () => setOpen('palette'),
        'mod+k': () => setOpen('palette'),
        '?': () => setOpen('help'),
        y: freezeHere,
        ...Object.fromEntries(PAGES.map(([path, , key]) => [`g ${key}`, () => go(pageHref(path))])),
      }),
    [],
  )
  useEffect(() => {
    document
      .querySelector('.top [aria-current=page]')
      ?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [at.path])
  const title = PAGES.find(([path]) => isOn(at.path, path))?.[1]
  useEffect(() => {
    document.title = title === undefined ? 'podtrail' : `${title} · podtrail`
  }, [title])

  return (
    <ScopeContext.Provider value={scope}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href={pageHref('/')} aria-label="podtrail: overview">
          <img src="/icon.svg" alt="" width="22" height="22" />
          podtrail
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([path, words]) => (
            <a
              key={path}
              href={pageHref(path)}
              aria-current={isOn(at.path, path) ? 'page' : undefined}
            >
              {words}
              {path === '/findings' && (open_.answer?.total.items ?? 0) > 0 && (
                <span class="count" title="open stories">
                  {open_.answer!.total.items}
                  <span class="sr"> open</span>
                </span>
              )}
            </a>
          ))}
        </nav>
        <button
          type="button"
          class="find"
          onClick={() => setOpen('palette')}
          aria-keyshortcuts="/ Control+K Meta+K"
        >
          <Icon name="search" /> <span class="find-words">Find or paste anything</span>
          <kbd>⌘K</kbd>
        </button>
        <ThemeToggle />
        <button
          type="button"
          class="icon-button"
          onClick={() => setOpen('help')}
          aria-label="Keyboard and help"
        >
          ?
        </button>
      </header>
      <section class="scope" aria-label="Scope and time">
        <ScopeChips />
        <TimeControl newest={newest} />
        <CoveragePill coverage={coverage} />
        <Share />
      </section>
      <main id="main" tabIndex={-1}>
        {me.answer === null && me.problem !== null ? (
          <Failed problem={me.problem} retry={me.reload} />
        ) : (
          children
        )}
      </main>
      <footer class="foot">
        <span>
          All times {at.params.get('tz') === 'local' ? 'in your zone' : 'in UTC'} · from inclusive,
          to exclusive
        </span>
        <span>
          {me.answer !== null && `You are ${me.answer.name}, ${me.answer.role} · `}
          <a href="/api/docs" target="_blank" rel="noreferrer">
            API
          </a>
        </span>
      </footer>
      <output id="announcer" class="sr" aria-live="polite" />
      {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
      {open === 'help' && <Help pages={PAGES} onClose={() => setOpen(null)} />}
    </ScopeContext.Provider>
  )
}

const UNDER: Readonly<Record<string, readonly string[]>> = {
  '/search': ['/identities', '/principals', '/roles', '/sessions', '/resources'],
}

function isOn(path: string, page: string): boolean {
  if (page === '/') return path === '/'
  return [page, ...(UNDER[page] ?? [])].some((one) => path === one || path.startsWith(`${one}/`))
}
