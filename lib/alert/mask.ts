import { cut } from '../finding/content.ts'

/** A trust policy fits. */
const LONGEST = 8_000

/** Access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const KEY = /\b(A[KS]IA)[A-Z0-9]{9,}([A-Z0-9]{3})\b/g
/** How session tokens of STS begin. */
const TOKEN = /\b(?:FwoGZXIvYXdz|FQoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%_-]{20,}/g

/** The text without what no message may carry: whole access key ids (`ASIA…7QX`), and session tokens. */
function masked(text: string): string {
  return text.replace(KEY, '$1…$2').replace(TOKEN, '(session token)')
}

/** The value with all its strings masked, and none longer than `most`. */
export function tidied<Value>(value: Value, most = LONGEST): Value {
  if (typeof value === 'string') return cut(masked(value), most) as Value
  if (Array.isArray(value)) return value.map((one) => tidied(one, most)) as Value
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [cut(masked(key), most), tidied(one, most)]),
  ) as Value
}
