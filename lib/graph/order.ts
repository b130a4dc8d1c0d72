/** By code unit: the same everywhere, unlike the order of a locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Joins what a row is about into a key that sorts field by field. */
export function sortKey(...fields: readonly (string | number)[]): string {
  return fields
    .map((field) => (typeof field === 'number' ? String(field).padStart(12, '0') : field))
    .join('\u0000')
}
