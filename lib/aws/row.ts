import { OUTCOMES } from '../graph/outcome.ts'
import type { Rollup } from '../graph/rollup.ts'
import { ACTIVITY, ACTIVITY_COLUMNS } from '../graph/rollup.ts'
import type { Principal } from '../model.ts'
import { thingOf } from '../record/trail.ts'
import { compressed, decompressed } from './codec.ts'
import { ColumnReader, ColumnWriter, numbered, sortedRows } from './columns.ts'
import { shardOf, subjectOfPrincipal } from './keys.ts'

/**
 * What a row is about, as texts: an edge (principal, via, role, proof, hop), an attempt (principal, via, role, action, error), or
 * touches, which are calls on a resource (principal, role, action, resource, outcome). Principal and via stand as JSON.
 */
export const KINDS = ['edge', 'attempt', 'touch'] as const
export type Kind = (typeof KINDS)[number]

export interface About {
  readonly kind: Kind
  readonly texts: readonly string[]
}

/**
 * One hour of it: of an edge or attempt every second, of touches their count, first and last second. Touches are then told apart by
 * network, their sixth text, too.
 */
export interface HourRow extends About {
  readonly numbers: readonly number[]
}

export interface Sum {
  count: number
  /** Seconds since 1970. */
  first: number
  last: number
}

/**
 * Hours as they stand: edges and attempts (`E`) of a partition are few, and stand in one document; calls (`U`) are many, and stand in
 * parts by principal.
 */
export type Hours = 'E' | 'U'

/**
 * Rows by what people ask for: edges and attempts by role and by principal, touches by resource and by principal. `shards`: into how
 * many parts sums are cut by what they are asked for by. `lazy`: hours are added up a span at a time, once it is over, and until then
 * they are read one by one.
 */
export const VIEWS = {
  R: { kinds: ['edge', 'attempt'], shards: 16, hours: 'E', lazy: false },
  P: { kinds: ['edge', 'attempt'], shards: 16, hours: 'E', lazy: false },
  T: { kinds: ['touch'], shards: 32, hours: 'U', lazy: true },
  U: { kinds: ['touch'], shards: 64, hours: 'U', lazy: true },
} as const satisfies Record<
  string,
  { kinds: readonly Kind[]; shards: number; hours: Hours; lazy: boolean }
>
/** Days that stand in one item of sums. */
export const BLOCK_DAYS = 32
/** Hours with many calls are cut into so many parts by principal; shards of sums are a multiple. */
export const HOUR_PARTS = 16
/** Hours of a span. */
export const SPAN_HOURS = 3
export type View = keyof typeof VIEWS
/** Views that are added up from the same hours. */
export const VIEWS_OF = { E: ['R', 'P'], U: ['T', 'U'] } as const satisfies Record<Hours, View[]>

/** Texts that say what a row is about, the network aside. */
const TEXTS = 5
export const NETWORK = TEXTS
/** Its kind, its texts, and of hours' touches the network. */
const ABOUT_COLUMNS = 1 + TEXTS + 1

/** What a row is asked for by in a view; '' for none. */
export function subjectOf(view: View, { kind, texts }: About): string {
  if (view === 'P' || view === 'U') return subjectOfPrincipal(principalOf(texts[0]!))
  return view === 'R' ? texts[2]! : kind === 'touch' ? thingOf(texts[3]!) : ''
}

export function isIn(view: View, about: About): boolean {
  return VIEWS[view].kinds.some((kind) => kind === about.kind) && subjectOf(view, about) !== ''
}

export const shardOfSubject = (view: View, subject: string): number =>
  shardOf(subject, VIEWS[view].shards)
/** The part of an hour that a principal's calls stand in, by its shard of sums. */
export const partOfShard = (shard: number): number => shard % HOUR_PARTS

function principalText(principal: Principal): string {
  const { kind, id, cluster, namespace, serviceAccount, name, account } = principal
  return JSON.stringify([kind, id, cluster, namespace, serviceAccount, name, account])
}

const principals = new Map<string, Principal>()
const PRINCIPALS_MAX = 100_000

export function principalOf(text: string): Principal {
  let principal = principals.get(text)
  if (principal === undefined) {
    const [kind, id, cluster, namespace, serviceAccount, name, account] = JSON.parse(text)
    principal = { kind, id, cluster, namespace, serviceAccount, name, account }
    if (principals.size >= PRINCIPALS_MAX) principals.clear()
    principals.set(text, principal as Principal)
  }
  return principal as Principal
}

/** All rows of a partition. */
export function hourRows({ edges, attempts, activity }: Rollup): HourRow[] {
  const rows: HourRow[] = edges.map(({ principal, via, role, proof, hop, seconds }) => ({
    kind: 'edge',
    texts: [principalText(principal), JSON.stringify(via), role, proof, String(hop)],
    numbers: [...seconds],
  }))
  for (const { principal, via, role, action, error, seconds } of attempts)
    rows.push({
      kind: 'attempt',
      texts: [principalText(principal), JSON.stringify(via), role, action, error],
      numbers: [...seconds],
    })
  const touches = new Map<string, HourRow & { numbers: number[] }>()
  const names = activity.principals.map(principalText)
  for (let row = 0; row < activity.count.length; row++) {
    const at = row * ACTIVITY_COLUMNS
    const number = (column: number): number => activity.keys[at + column]!
    const text = (column: number): string => activity.strings[number(column)]!
    const texts = [
      names[number(ACTIVITY.principal)]!,
      text(ACTIVITY.role),
      text(ACTIVITY.action),
      text(ACTIVITY.resource),
      OUTCOMES[number(ACTIVITY.outcome)]!,
      text(ACTIVITY.network),
    ]
    const [count, first, last] = [activity.count[row]!, activity.first[row]!, activity.last[row]!]
    const known = touches.get(texts.join('\n'))
    if (known === undefined)
      touches.set(texts.join('\n'), { kind: 'touch', texts, numbers: [count, first, last] })
    else {
      const [n, from, to] = known.numbers as [number, number, number]
      known.numbers = [n + count, Math.min(from, first), Math.max(to, last)]
    }
  }
  return [...rows, ...touches.values()]
}

/** The part of an hour's row that lies in a window of seconds since 1970; null if nothing does. Touches count as a whole. */
export function sumOf(row: HourRow, hour: number, from: number, to: number): Sum | null {
  const start = hour * 3600
  if (row.kind === 'touch') {
    const [count, first, last] = row.numbers as [number, number, number]
    return { count, first: start + first, last: start + last }
  }
  const times = row.numbers.map((second) => start + second).filter((at) => at >= from && at < to)
  return times.length === 0
    ? null
    : { count: times.length, first: times[0]!, last: times[times.length - 1]! }
}

/** What the row is about, whichever network it came from. */
export function fromAnywhere({ kind, texts }: About): About {
  return { kind, texts: texts.slice(0, TEXTS) }
}

/** Adds up sums of the same thing. */
export class Sums {
  readonly all = new Map<string, About & Sum>()

  add(about: About, sum: Sum): void {
    const name = nameOf(about)
    const known = this.all.get(name)
    if (known === undefined) {
      this.all.set(name, { kind: about.kind, texts: about.texts, ...sum })
      return
    }
    known.count += sum.count
    known.first = Math.min(known.first, sum.first)
    known.last = Math.max(known.last, sum.last)
  }
}

export function nameOf({ kind, texts }: About): string {
  return `${kind}\n${texts.join('\n')}`
}

/** Sorted, so that each row is much like the one before. */
export function packedHour(rows: readonly HourRow[]): Uint8Array {
  const writer = new ColumnWriter()
  const sorted = writeAbouts(writer, rows)
  const timed = sorted.filter(({ kind }) => kind !== 'touch')
  writer.numbers(timed.map(({ numbers }) => numbers.length))
  writer.numbers(timed.flatMap(({ numbers }) => differences(numbers)))
  const touches = sorted.filter(({ kind }) => kind === 'touch')
  writer.sums(
    touches.map(({ numbers }) => ({ count: numbers[0]!, first: numbers[1]!, last: numbers[2]! })),
    HOUR,
  )
  return compressed(writer.bytes())
}

export function unpackedHour(bytes: Uint8Array): HourRow[] {
  const reader = new ColumnReader(decompressed(bytes))
  const abouts = readAbouts(reader)
  const lengths = reader.numbers()
  const steps = reader.numbers()
  const sums = reader.sums(HOUR)
  let [timed, step, touch] = [0, 0, 0]
  return abouts.map((about) => {
    if (about.kind === 'touch') {
      const { count, first, last } = sums[touch++]!
      return { ...about, numbers: [count, first, last] }
    }
    const own = steps.subarray(step, step + lengths[timed]!)
    step += lengths[timed++]!
    return { ...about, numbers: totals(own) }
  })
}

export const HOUR = 3600
export const DAY = 86_400

/** What some spans of time come to, by number of the span: days, or hours. */
export interface SpanRow extends About {
  readonly spans: ReadonlyMap<number, Sum>
}

/** `length`: seconds of a span. */
export function packedSpans(rows: readonly SpanRow[], length: number): Uint8Array {
  const writer = new ColumnWriter()
  const sorted = writeAbouts(writer, rows).map(({ spans }) => [...spans].sort(([a], [b]) => a - b))
  writer.numbers(sorted.map((spans) => spans.length))
  writer.numbers(sorted.flatMap((spans) => differences(spans.map(([span]) => span))))
  writer.sums(
    sorted.flat().map(([span, { count, first, last }]) => {
      const start = span * length
      return { count, first: first - start, last: last - start }
    }),
    length,
  )
  return compressed(writer.bytes())
}

export function unpackedSpans(bytes: Uint8Array, length: number): SpanRow[] {
  const reader = new ColumnReader(decompressed(bytes))
  const abouts = readAbouts(reader)
  const lengths = reader.numbers()
  const steps = reader.numbers()
  const sums = reader.sums(length)
  let at = 0
  return abouts.map((about, row) => {
    const spans = new Map<number, Sum>()
    let span = 0
    for (const end = at + lengths[row]!; at < end; at++) {
      span += steps[at]!
      const { count, first, last } = sums[at]!
      spans.set(span, { count, first: span * length + first, last: span * length + last })
    }
    return { ...about, spans }
  })
}

/** Writes what rows are about, once each, in order; returns them in that order. */
function writeAbouts<Row extends About>(writer: ColumnWriter, rows: readonly Row[]): Row[] {
  const unique = [...new Map(rows.map((row) => [nameOf(row), row])).values()]
  const { texts, numberOf } = numbered(unique.flatMap((row) => row.texts))
  const table = new Int32Array(unique.length * ABOUT_COLUMNS)
  unique.forEach(({ kind, texts: own }, row) => {
    const numbers = own.map((text) => numberOf.get(text)!)
    table.set([KINDS.indexOf(kind), ...numbers], row * ABOUT_COLUMNS)
  })
  const { rows: sorted, placeOf } = sortedRows(table, ABOUT_COLUMNS)
  writer.texts(texts)
  writer.rows(sorted, ABOUT_COLUMNS)
  const placed: Row[] = []
  unique.forEach((row, index) => {
    placed[placeOf[index]!] = row
  })
  // Columns beyond the texts of a row say nothing.
  writer.numbers(placed.map(({ texts: own }) => own.length))
  return placed
}

function readAbouts(reader: ColumnReader): About[] {
  const texts = reader.texts()
  const table = reader.rows(ABOUT_COLUMNS)
  return Array.from(reader.numbers(), (length, row) => {
    const at = row * ABOUT_COLUMNS
    const own = Array.from(table.subarray(at + 1, at + 1 + length), (number) => texts[number]!)
    return { kind: KINDS[table[at]!]!, texts: own }
  })
}

function differences(numbers: readonly number[]): number[] {
  return numbers.map((number, index) => number - (index === 0 ? 0 : numbers[index - 1]!))
}

function totals(numbers: Uint32Array): number[] {
  let total = 0
  return Array.from(numbers, (number) => {
    total += number
    return total
  })
}
