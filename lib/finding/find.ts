import type { Findings } from '../ports.ts'
import type { Finding } from './finding.ts'

export interface UnknownFinding {
  readonly kind: 'Unknown'
  readonly what: 'finding'
  readonly text: string
  /** Where the beginning of an id fits several: the first of them. */
  readonly suggestions: readonly string[]
}

const PREFIX = 'fnd_'
const SHORTEST = 6
const SUGGESTIONS_MAX = 5

/** The finding of an id; at least its first six characters, with or without `fnd_`, where no other begins so. */
export async function findingNamed(
  store: Findings,
  text: string,
): Promise<Finding | UnknownFinding> {
  const id = text.startsWith(PREFIX) ? text : `${PREFIX}${text}`
  const unknown: UnknownFinding = { kind: 'Unknown', what: 'finding', text, suggestions: [] }
  if (!/^fnd_[0-9a-f]{1,16}$/.test(id)) return unknown
  const [whole] = await store.findings([id])
  if (whole !== undefined) return whole
  if (id.length - PREFIX.length < SHORTEST) return unknown
  const next = await store.findingsAfter(id, SUGGESTIONS_MAX)
  const [first, ...others] = next.filter((finding) => finding.id.startsWith(id))
  if (first === undefined) return unknown
  if (others.length === 0) return first
  return { ...unknown, suggestions: [first, ...others].map((finding) => finding.id) }
}
