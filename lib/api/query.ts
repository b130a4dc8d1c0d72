import * as z from 'zod'
import { parseRfc3339Utc } from '../record/time.ts'
import { Problem } from './problem.ts'

/** Parts of the query strings that paths take. */

/** Anything a person may type or paste, up to the length of the longest ARN there is. */
export const text = (about: string) => z.string().min(1).max(2048).describe(about)

export const name = (about: string) => z.string().min(1).max(253).describe(about)

export const account = () =>
  z
    .string()
    .regex(/^\d{12}$/)
    .describe('AWS account id')

export const flag = (about: string) =>
  z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe(about)

export const wholeNumber = (min: number, max: number, about: string) =>
  z
    .string()
    .refine((digits) => /^\d{1,9}$/.test(digits) && Number(digits) >= min && Number(digits) <= max)
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max, description: about })

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }

const time = (about: string) =>
  z
    .string()
    .max(30)
    .refine((value) => parseRfc3339Utc(value) >= 0)
    .transform(parseRfc3339Utc)
    .meta({ format: 'date-time', description: about })
    .optional()

const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[mhdw]$/)
  .transform((value) => Number(value.slice(0, -1)) * UNITS[value.at(-1)!]!)

/** The time that a question is about. */
export const WINDOW = {
  from: time('first time that counts, RFC 3339 in UTC'),
  to: time('first time that no longer counts'),
  since: duration.optional().describe('instead of both: from so long ago until now; 24h, 7d, 90m'),
} as const

export const PAGING = {
  limit: wholeNumber(1, 100, 'at most so many rows').optional(),
  cursor: z.string().min(1).max(4096).optional().describe('the "next" of the page before'),
} as const

export const atTime = time

/** Same for every table that can be taken along as a whole. */
export const FORMAT = {
  format: z
    .enum(['json', 'csv', 'ndjson'])
    .optional()
    .describe('csv and ndjson are not paged: they hold all rows; Accept does the same'),
} as const

/**
 * Settles the window. `since` ends with the minute that has begun, so that whoever asks again within it gets the same answer.
 * `now` in seconds.
 */
export function windowOf(
  asked: { from?: number | undefined; to?: number | undefined; since?: number | undefined },
  now: number,
): { from?: number; to?: number } {
  const { from, to, since } = asked
  if (since !== undefined) {
    if (from !== undefined || to !== undefined) throw new Problem('wrong-window')
    const end = Math.ceil(now / 60) * 60
    return { from: Math.max(0, end - since), to: end }
  }
  if (from !== undefined && to !== undefined && from >= to) throw new Problem('wrong-window')
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

/** What the query string says, in the terms of the schema. Throws `Problem`. */
export function readQuery<Shape extends z.ZodObject>(
  schema: Shape,
  search: URLSearchParams,
): z.output<Shape> {
  const given: Record<string, string | string[]> = Object.create(null)
  for (const [key, value] of search) {
    const errors = /^[a-z][A-Za-z]{0,19}$/.test(key) ? [{ parameter: key }] : []
    const known = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined
    if (known === undefined) throw new Problem('unknown-parameter', { errors })
    const before = given[key]
    if (isList(known)) given[key] = [...(before ?? []), value]
    else if (before === undefined) given[key] = value
    else throw new Problem('repeated-parameter', { errors })
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const wrong = new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))
  throw new Problem('wrong-parameter', {
    errors: [...wrong]
      .filter((key) => Object.hasOwn(schema.shape, key))
      .map((parameter) => ({ parameter })),
  })
}

/** Whether the parameter may be given several times. */
function isList(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod
  return def.type === 'optional'
    ? isList((def as z.core.$ZodOptionalDef).innerType)
    : def.type === 'array'
}
