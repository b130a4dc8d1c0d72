import type { ContextValue, Truth } from './model.ts'
import { all } from './truth.ts'

/** A value of a policy with its variables put in. */
export type Piece =
  /** As written: its wildcards count where the operator has any. */
  | { readonly kind: 'written'; readonly text: string }
  /** From `${*}`, `${?}`, `${$}`: never a wildcard. */
  | { readonly kind: 'literal'; readonly text: string }
  /** From the request. */
  | { readonly kind: 'requested'; readonly text: string }
  /** Could be any text, also none. */
  | { readonly kind: 'unknown' }

export interface Expansion {
  readonly pieces: readonly Piece[]
  /** `false`: the request lacks a key that the value needs, and there is no default: "this might cause the entire statement to be invalid". */
  readonly resolved: Truth
}

/**
 * IAM reference_policies_variables. Before version 2012-10-17 variables are plain text.
 * What is no well-formed variable is covered as unknown, with everything after it: IAM does not say how it reads one.
 */
export function expand(
  value: string,
  version: '2008-10-17' | '2012-10-17',
  lookup: (key: string) => ContextValue,
): Expansion {
  const pieces: Piece[] = []
  const resolved: Truth[] = []
  let from = 0
  while (from < value.length) {
    const at = version === '2012-10-17' ? value.indexOf('${', from) : -1
    if (at < 0) {
      pieces.push({ kind: 'written', text: value.slice(from) })
      break
    }
    if (at > from) pieces.push({ kind: 'written', text: value.slice(from, at) })
    const end = value.indexOf('}', at)
    const variable = end < 0 ? null : readVariable(value.slice(at + 2, end))
    if (variable === null) {
      pieces.push({ kind: 'unknown' })
      resolved.push('unknown')
      break
    }
    from = end + 1
    if (variable.kind === 'special') {
      pieces.push({ kind: 'literal', text: variable.text })
      continue
    }
    const { fallback } = variable
    const actual = lookup(variable.key)
    if (actual === 'unknown') {
      pieces.push({ kind: 'unknown' })
      resolved.push(fallback === null ? 'unknown' : 'true')
    } else if (actual !== 'absent' && actual.length === 1) {
      pieces.push({ kind: 'requested', text: actual[0]! })
    } else if (fallback === null) resolved.push('false')
    else if (actual !== 'absent' && actual.length > 1) {
      // "You cannot use a multivalued context key as a policy variable": what happens to one that has a default is not said.
      pieces.push({ kind: 'unknown' })
      resolved.push('unknown')
    } else pieces.push({ kind: 'requested', text: fallback })
  }
  return { pieces, resolved: all(resolved) }
}

type Variable =
  | { readonly kind: 'special'; readonly text: string }
  | { readonly kind: 'key'; readonly key: string; readonly fallback: string | null }

/** `*`, `?`, `$`, `key`, or `key, 'default'`: a comma, a space, single quotes. */
function readVariable(inside: string): Variable | null {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'special', text: inside }
  const comma = inside.indexOf(',')
  const key = comma < 0 ? inside : inside.slice(0, comma)
  if (key === '' || key !== key.trim() || /[${'"]/.test(key)) return null
  if (comma < 0) return { kind: 'key', key, fallback: null }
  const fallback = inside.slice(comma + 1)
  if (!fallback.startsWith(" '") || !fallback.endsWith("'") || fallback.length < 3) return null
  const text = fallback.slice(2, -1)
  return text.includes("'") ? null : { kind: 'key', key, fallback: text }
}
