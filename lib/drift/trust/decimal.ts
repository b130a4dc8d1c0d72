/** A decimal number as digits scaled by a power of ten, so that long numbers compare exactly; null where it is none. */
function readDecimal(text: string): { digits: bigint; scale: number } | null {
  if (text.length > 400) return null
  const match = /^([+-]?\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) return null
  const fraction = match[2] ?? ''
  return { digits: BigInt(match[1]!.replace('+', '') + fraction), scale: fraction.length }
}

/** Below zero, zero or above, as in a sort; null where one of them is no number. */
export function compareDecimals(left: string, right: string): number | null {
  const [a, b] = [readDecimal(left), readDecimal(right)]
  if (a === null || b === null) return null
  const scale = Math.max(a.scale, b.scale)
  const difference =
    a.digits * 10n ** BigInt(scale - a.scale) - b.digits * 10n ** BigInt(scale - b.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
