/** The bearer token of local mode. It comes in the fragment, which no request and no log carries, and lives as long as the tab. */
const KEY = 'podtrail-token'

export function takeToken(): void {
  const match = /^#token=([\w.~+/=-]+)$/.exec(location.hash)
  if (match === null) return
  keepToken(match[1]!)
  history.replaceState(null, '', location.pathname + location.search)
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

export function readToken(): string | null {
  return sessionStorage.getItem(KEY)
}
