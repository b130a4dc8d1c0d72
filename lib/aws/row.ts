import { OUTCOMES } from '../graph/outcome.ts'
import type { Rollup } from '../graph/rollup.ts'
import { ACTIVITY, ACTIVITY_COLUMNS } from '../graph/rollup.ts'
import type { Principal } from '../model.ts'
import { packed, unpacked } from './codec.ts'
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
 * Rows by what people ask for: edges and attempts by role and by principal, touches by resource and by principal. `days`: how many
 * days stand in one item of sums. `hours`: the view whose hours it reads; touches of an hour are many, and stand there once.
 * `lazy`: a day is added up once it is over, and until then its hours are read.
 */
export const VIEWS = {
  R: { kinds: ['edge', 'attempt'], days: 32, hours: 'R', lazy: false },
  P: { kinds: ['edge', 'attempt'], days: 32, hours: 'P', lazy: false },
  T: { kinds: ['touch'], days: 1, hours: 'U', lazy: true },
  U: { kinds: ['touch'], days: 1, hours: 'U', lazy: true },
} as const satisfies Record<
  string,
  { kinds: readonly Kind[]; days: number; hours: string; lazy: boolean }
>
/** Sums, and hours with many rows, are cut into so many parts by what they are asked for by. */
export const SHARDS = 16
export type View = keyof typeof VIEWS
const VIEW_NAMES = Object.keys(VIEWS) as View[]
export const HOUR_VIEWS = VIEW_NAMES.filter((view) => VIEWS[view].hours === view)

export const LAZY_VIEWS = VIEW_NAMES.filter((view) => VIEWS[view].lazy)

/** Texts that say what a row is about, the network aside. */
const TEXTS = 5
export const NETWORK = TEXTS

/** What a row is asked for by in a view; '' for none. */
export function subjectOf(view: View, { kind, texts }: About): string {
  if (view === 'P' || view === 'U') return subjectOfPrincipal(principalOf(texts[0]!))
  return view === 'R' ? texts[2]! : kind === 'touch' ? texts[3]! : ''
}

export function isIn(view: View, about: About): boolean {
  return VIEWS[view].kinds.some((kind) => kind === about.kind) && subjectOf(view, about) !== ''
}

export const shardOfSubject = (subject: string): number => shardOf(subject, SHARDS)

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

/** Texts once, then a line of numbers for each row: its kind, its texts, and what it counts. */
interface Written {
  readonly texts: readonly string[]
  readonly rows: readonly (readonly number[])[]
}

export function packedHour(rows: readonly HourRow[]): Uint8Array {
  return packedRows(rows, ({ kind, numbers }) =>
    kind === 'touch' ? numbers : differences(numbers),
  )
}

export function unpackedHour(bytes: Uint8Array): HourRow[] {
  const textsOf = (kind: Kind): number => (kind === 'touch' ? TEXTS + 1 : TEXTS)
  return unpackedRows(bytes, textsOf, (about, numbers) => ({
    ...about,
    numbers: about.kind === 'touch' ? numbers : totals(numbers),
  }))
}

/** What some days come to, by day. */
export interface DayRow extends About {
  readonly days: ReadonlyMap<number, Sum>
}

const DAY = 86_400

export function packedDays(rows: readonly DayRow[]): Uint8Array {
  return packedRows(rows, ({ days }) => {
    const numbers: number[] = []
    let before = 0
    for (const [day, { count, first, last }] of [...days].sort(([a], [b]) => a - b)) {
      numbers.push(day - before, count, first - day * DAY, last - first)
      before = day
    }
    return numbers
  })
}

export function unpackedDays(bytes: Uint8Array): DayRow[] {
  const textsOf = (): number => TEXTS
  return unpackedRows(bytes, textsOf, (about, numbers) => {
    const days = new Map<number, Sum>()
    let day = 0
    for (let i = 0; i < numbers.length; i += 4) {
      day += numbers[i]!
      const first = day * DAY + numbers[i + 2]!
      days.set(day, { count: numbers[i + 1]!, first, last: first + numbers[i + 3]! })
    }
    return { ...about, days }
  })
}

function packedRows<Row extends About>(
  rows: readonly Row[],
  numbersOf: (row: Row) => readonly number[],
): Uint8Array {
  const sorted = [...new Map(rows.map((row) => [nameOf(row), row]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const texts = new Map<string, number>()
  const number = (text: string): number => {
    const known = texts.get(text) ?? texts.size
    texts.set(text, known)
    return known
  }
  const lines = sorted.map(([, row]) => [
    KINDS.indexOf(row.kind),
    ...row.texts.map(number),
    ...numbersOf(row),
  ])
  return packed({ texts: [...texts.keys()], rows: lines } satisfies Written)
}

function unpackedRows<Row>(
  bytes: Uint8Array,
  textsOf: (kind: Kind) => number,
  make: (about: About, numbers: number[]) => Row,
): Row[] {
  const { texts, rows } = unpacked<Written>(bytes)
  return rows.map((line) => {
    const kind = KINDS[line[0]!]!
    const numbers = 1 + textsOf(kind)
    const own = line.slice(1, numbers).map((index) => texts[index]!)
    return make({ kind, texts: own }, line.slice(numbers))
  })
}

function differences(numbers: readonly number[]): number[] {
  return numbers.map((number, index) => number - (index === 0 ? 0 : numbers[index - 1]!))
}

function totals(numbers: readonly number[]): number[] {
  let total = 0
  return numbers.map((number) => {
    total += number
    return total
  })
}
