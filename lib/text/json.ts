import { safeJson } from './visible.ts'

/** Indented JSON. */
export function jsonOf(answer: unknown): string {
  return `${safeJson(JSON.stringify(answer, null, 2))}\n`
}

/** One JSON object a line. */
export function ndjsonOf(items: readonly unknown[]): string {
  return items.map((item) => `${safeJson(JSON.stringify(item))}\n`).join('')
}
