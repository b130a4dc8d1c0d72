import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** A time that something happened in. RFC 3339. */
export interface Span {
  readonly from: string
  readonly to: string
}

/** When what is told here happened: links from it lead to that time, not to the one that the page is about. */
export const During = createContext<Span | null>(null)

export function useDuring(): (href: string) => string {
  const span = useContext(During)
  return (href) => (span === null ? href : during(href, span))
}

export function during(href: string, { from, to }: Span): string {
  const [path = '', query = ''] = href.split('?')
  const params = new URLSearchParams(query)
  params.delete('since')
  params.set('from', from)
  params.set('to', to)
  return `${path}?${params}`
}
