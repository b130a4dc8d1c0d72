import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Coverage, Me } from '../api/types.ts'

/** What every page is about, and who looks at it. */
export interface Scope {
  readonly me: Me | null
  /** For the API; nulls: all that is stored. */
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly cluster: string | null
  readonly namespace: string | null
  readonly account: string | null
  /** Of the window; null while it is not known yet. */
  readonly coverage: Coverage | null
  /** The window can be told, so that questions may be asked. */
  readonly isReady: boolean
}

export const ScopeContext = createContext<Scope>({
  me: null,
  window: { from: null, to: null },
  cluster: null,
  namespace: null,
  account: null,
  coverage: null,
  isReady: false,
})

export const useScope = (): Scope => useContext(ScopeContext)

const RANK = ['viewer', 'responder', 'reviewer', 'admin']

/** Whether somebody may do what takes at least that role. */
export function may(me: Me | null, least: 'responder' | 'reviewer' | 'admin'): boolean {
  return me !== null && RANK.indexOf(me.role) >= RANK.indexOf(least)
}
