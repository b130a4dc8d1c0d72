import { type CsvColumn, csvOf } from '../text/csv.ts'
import type { AttemptItem, EdgeItem, TouchItem } from './edges.ts'

type Line = EdgeItem | AttemptItem

/** Edges and attempts, as spreadsheets read them. */
export function edgeCsv(lines: readonly Line[]): string {
  return csvOf(lines, EDGE_COLUMNS)
}

export function touchCsv(items: readonly TouchItem[]): string {
  return csvOf(items, TOUCH_COLUMNS)
}

const EDGE_COLUMNS: readonly CsvColumn<Line>[] = [
  ['outcome', ({ outcome }) => outcome],
  ['principalKind', ({ principal }) => principal.kind],
  ['principal', ({ principal }) => principal.id],
  ['cluster', ({ principal }) => principal.cluster],
  ['namespace', ({ principal }) => principal.namespace],
  ['serviceAccount', ({ principal }) => principal.serviceAccount],
  ['name', ({ principal }) => principal.name],
  ['account', ({ principal }) => principal.account],
  ['role', ({ role }) => role],
  ['hop', ({ hop }) => hop],
  ['via', ({ via }) => via.join(' ')],
  ['proof', (line) => (line.outcome === 'did' ? line.proof : null)],
  ['error', (line) => (line.outcome === 'did' ? null : line.error)],
  ['count', ({ count }) => count],
  ['firstSeen', ({ firstSeen }) => firstSeen],
  ['lastSeen', ({ lastSeen }) => lastSeen],
]

const TOUCH_COLUMNS: readonly CsvColumn<TouchItem>[] = [
  ['outcome', ({ outcome }) => outcome],
  ['principalKind', ({ principal }) => principal.kind],
  ['principal', ({ principal }) => principal.id],
  ['cluster', ({ principal }) => principal.cluster],
  ['namespace', ({ principal }) => principal.namespace],
  ['serviceAccount', ({ principal }) => principal.serviceAccount],
  ['name', ({ principal }) => principal.name],
  ['account', ({ principal }) => principal.account],
  ['role', ({ role }) => role],
  ['action', ({ action }) => action],
  ['resource', ({ resource }) => resource],
  ['count', ({ count }) => count],
  ['firstSeen', ({ firstSeen }) => firstSeen],
  ['lastSeen', ({ lastSeen }) => lastSeen],
]
