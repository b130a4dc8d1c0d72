import { useEffect, useState } from 'preact/hooks'

/** Where the reader is: path and query are the whole state of a page. */
export interface Here {
  readonly path: string
  readonly params: URLSearchParams
}

/** Scope and time travel from page to page. */
const TRAVELS = ['since', 'from', 'to', 'tz', 'cluster', 'ns', 'account']

export type Changes = Readonly<Record<string, string | readonly string[] | null>>

const listeners = new Set<() => void>()

export function here(): Here {
  return { path: location.pathname, params: new URLSearchParams(location.search) }
}

export function useHere(): Here {
  const [at, setAt] = useState(here)
  useEffect(() => {
    const look = () => setAt(here())
    listeners.add(look)
    return () => {
      listeners.delete(look)
    }
  }, [])
  return at
}

/** The same page with something changed in its query; null takes a parameter away. */
export function hereWith(changes: Changes): string {
  const { path, params } = here()
  return urlOf(path, params, changes)
}

/** Another page, for the same scope and time. */
export function pageHref(path: string, changes: Changes = {}): string {
  const { params } = here()
  const travelling = new URLSearchParams()
  for (const name of TRAVELS) {
    const value = params.get(name)
    if (value !== null) travelling.set(name, value)
  }
  const [bare = '', query = ''] = path.split('?') as [string, string?]
  for (const [name, value] of new URLSearchParams(query)) travelling.append(name, value)
  return urlOf(bare, travelling, changes)
}

function urlOf(path: string, before: URLSearchParams, changes: Changes): string {
  const params = new URLSearchParams(before)
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name)
    if (value === null || value === '') continue
    for (const one of typeof value === 'string' ? [value] : value) params.append(name, one)
  }
  const query = params.toString()
  return query === '' ? path : `${path}?${query}`
}

/** `replace` where Back should not undo it (typing, sorting). */
export function go(href: string, { replace = false }: { replace?: boolean } = {}): void {
  const before = location.pathname
  if (replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  if (location.pathname !== before) scrollTo(0, 0)
  for (const listener of listeners) listener()
}

/** Follows links of our own without loading the page again. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    for (const listener of listeners) listener()
  })
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target !== '' || link.hasAttribute('download')) return
    if (link.origin !== location.origin || link.pathname.startsWith('/api/')) return
    if (link.hash !== '' && link.pathname === location.pathname) return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}
