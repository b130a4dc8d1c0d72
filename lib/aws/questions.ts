import { compare } from '../graph/order.ts'
import { OUTCOMES } from '../graph/outcome.ts'
import { isRoleNamed, roleNameIn } from '../identity/role-text.ts'
import type { CoverageFact, Principal, StsAction } from '../model.ts'
import type {
  ActivityQuery,
  ActivitySum,
  AttemptSum,
  EdgeQuery,
  EdgeSum,
  PartitionSignals,
  PrincipalFilter,
  QuarantineEntry,
  Series,
  Window,
} from '../ports.ts'
import { PROOFS } from '../session/proof.ts'
import { unpacked } from './codec.ts'
import type { Docs } from './docs.ts'
import {
  ACCOUNTS,
  COVERAGE,
  hourText,
  openSpansPk,
  PRINCIPAL_SHARDS,
  principalRange,
  QUARANTINE,
  rolePk,
  signalsPk,
  spanText,
  subjectOfPrincipal,
  TIME_MAX,
  workloadPk,
} from './keys.ts'
import type { CoverageRow, QuarantinedRow } from './ledger.ts'
import { inParallel } from './parallel.ts'
import {
  type About,
  DAY,
  fromAnywhere,
  HOUR,
  HOUR_PARTS,
  type HourRow,
  isIn as isAbout,
  NETWORK,
  partOfShard,
  principalOf,
  SPAN_HOURS,
  type SpanRow,
  type Sum,
  Sums,
  shardOfSubject,
  subjectOf,
  sumOf,
  unpackedHour,
  unpackedSpans,
  VIEWS,
  type View,
} from './row.ts'
import {
  blockOf,
  daysPk,
  daysSk,
  hourPk,
  hourSk,
  hoursPk,
  hoursSk,
  WHOLE,
  whereaboutsPk,
} from './rows.ts'
import { unpackedSignals } from './signals.ts'
import type { Item, Range, Table } from './table.ts'

/** Windows whose coverage is remembered. */
const COVERAGES_MAX = 16
/** The parts of one answer ask for the same items one after another. */
const REMEMBERED_MS = 2_000

/** Coverage as it was read last, and of which windows it was asked for. */
interface Covered {
  readonly revision: string
  readonly facts: readonly CoverageFact[]
  readonly windows: Map<string, readonly CoverageFact[]>
}

/** Answers questions. Reads need not be consistent, as the rows are always a little behind the facts anyway. */
export class DynamoQuestions {
  readonly #table: Table
  readonly #docs: Docs
  #covered: Covered = { revision: '[]', facts: [], windows: new Map() }
  readonly #remembered = new Map<string, { at: number; items: Promise<Item[]> }>()

  constructor(table: Table, docs: Docs) {
    this.#table = table
    this.#docs = docs
  }

  /** To be called when this process has written. */
  forget(): void {
    this.#remembered.clear()
  }

  async principals(filter: PrincipalFilter): Promise<Principal[]> {
    const items = await this.#principalItems(filter)
    const there = await inParallel(
      items,
      async ({ principal, doubtful }) =>
        doubtful !== true || (await this.#isAnywhere(principalOf(String(principal)))),
    )
    return items
      .filter((_, index) => there[index])
      .map(({ principal }) => principalOf(String(principal)))
      .sort(byKindAndId)
  }

  async roles(text: string): Promise<string[]> {
    if (text === '*') {
      const sums = await this.#read('P', null, null)
      const roles = new Set([...sums.all.values()].map(({ texts }) => texts[2]!))
      return [...roles].filter((role) => role !== '').sort(byBytes)
    }
    const items = await this.#query(rolePk(roleNameIn(text)))
    const arns = items.map(({ arn }) => String(arn))
    return arns.filter((arn) => isRoleNamed(arn, text)).sort(byBytes)
  }

  async edges(about: EdgeQuery, window: Window): Promise<EdgeSum[]> {
    return this.#edgesOrAttempts('edge', about, window, ({ texts, ...sum }) => ({
      principal: principalOf(texts[0]!),
      via: JSON.parse(texts[1]!) as string[],
      hop: Number(texts[4]),
      role: texts[2]!,
      proof: PROOFS[PROOFS.indexOf(texts[3] as EdgeSum['proof'])]!,
      ...counted(sum),
    }))
  }

  async attempts(about: EdgeQuery, window: Window): Promise<AttemptSum[]> {
    return this.#edgesOrAttempts('attempt', about, window, ({ texts, ...sum }) => ({
      principal: principalOf(texts[0]!),
      via: JSON.parse(texts[1]!) as string[],
      role: texts[2]!,
      action: texts[3] as StsAction,
      error: texts[4]!,
      ...counted(sum),
    }))
  }

  async series(about: EdgeQuery, windows: readonly Window[]): Promise<Series[]> {
    return inParallel(windows, async (window) => ({
      edges: await this.edges(about, window),
      attempts: await this.attempts(about, window),
    }))
  }

  async activity(about: ActivityQuery, window: Window): Promise<ActivitySum[]> {
    // Activity is kept to the hour, so every hour that the window touches counts as a whole.
    if (window.from >= window.to) return []
    const whole = {
      from: Math.floor(window.from / HOUR) * HOUR,
      to: Math.ceil(window.to / HOUR) * HOUR,
    }
    const { resources, principals } = about
    const [view, subjects] =
      resources === undefined
        ? (['U', principals?.map(subjectOfPrincipal)] as const)
        : (['T', resources] as const)
    const byNetwork = about.byNetwork === true
    const sums = await this.#read(view, subjects ?? null, whole, byNetwork)
    return [...sums.all.values()].map(({ texts, ...sum }) => ({
      principal: principalOf(texts[0]!),
      role: texts[1]!,
      action: texts[2]!,
      resource: texts[3]!,
      outcome: OUTCOMES[OUTCOMES.indexOf(texts[4] as ActivitySum['outcome'])]!,
      ...(byNetwork ? { network: texts[NETWORK]! } : {}),
      ...counted(sum),
    }))
  }

  /** Day by day, so that no more than a day of all accounts is held at once. */
  async *signals({ from, to }: Window): AsyncGenerator<PartitionSignals> {
    const extent = await this.extent()
    if (extent === null || from >= to) return
    const start = Math.floor(Math.max(from, extent.from) / HOUR)
    const end = Math.ceil(Math.min(to, extent.to) / HOUR)
    const accounts = (await this.#query(ACCOUNTS)).map(({ sk }) => sk)
    for (let hour = start; hour < end; hour += 24) {
      const range = { from: hourText(hour), to: hourText(Math.min(hour + 24, end) - 1) }
      const found = await inParallel(accounts, async (account) => {
        const items = await this.#table.query(signalsPk(account), { range, consistent: false })
        return inParallel(items, async (item) => ({
          partition: { account: account === '-' ? '' : account, hour: Number(item.sk) },
          signals: unpackedSignals(await this.#docs.valueOf(item)),
        }))
      })
      yield* found
        .flat()
        .sort(
          ({ partition: a }, { partition: b }) => a.hour - b.hour || byBytes(a.account, b.account),
        )
    }
  }

  async coverage(window: Window): Promise<readonly CoverageFact[]> {
    const facts = await this.#coverage()
    const name = `${window.from}-${window.to}`
    const known = this.#covered.windows.get(name)
    if (known !== undefined) return known
    const some = facts.filter(({ first, last }) => last >= window.from && first < window.to)
    if (this.#covered.windows.size >= COVERAGES_MAX) this.#covered.windows.clear()
    this.#covered.windows.set(name, some)
    return some
  }

  async extent(): Promise<Window | null> {
    const facts = await this.#coverage()
    if (facts.length === 0) return null
    return {
      from: facts.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
      to: facts.reduce((most, { last }) => Math.max(most, last), 0) + 1,
    }
  }

  async quarantine(limit: number): Promise<QuarantineEntry[]> {
    const items = await this.#table.query(QUARANTINE, { consistent: false })
    const entries = await inParallel(items, async (item) => {
      const rows = unpacked<QuarantinedRow[]>(await this.#docs.valueOf(item))
      return rows.map(([index, reason, offset, length]) => ({
        file: String(item['file']),
        source: String(item['source']),
        index,
        reason: reason as QuarantineEntry['reason'],
        offset,
        length,
      }))
    })
    return entries
      .flat()
      .sort(
        (a, b) =>
          byBytes(a.source, b.source) ||
          (a.index ?? -1) - (b.index ?? -1) ||
          byBytes(a.file, b.file),
      )
      .slice(0, limit)
      .map(({ file: _, ...entry }) => entry)
  }

  async #edgesOrAttempts<Answer>(
    kind: 'edge' | 'attempt',
    { roles, principals }: EdgeQuery,
    window: Window,
    make: (row: About & Sum) => Answer,
  ): Promise<Answer[]> {
    const [view, subjects] =
      roles === undefined
        ? (['P', principals?.map(subjectOfPrincipal) ?? null] as const)
        : (['R', roles] as const)
    const sums = await this.#read(view, subjects, window)
    return [...sums.all.values()].filter((row) => row.kind === kind).map(make)
  }

  /** Sums of what some subjects, or all, have in a window, or ever. Networks are told apart in hours only, not in days. */
  async #read(
    view: View,
    subjects: readonly string[] | null,
    asked: Window | null,
    byNetwork = false,
  ): Promise<Sums> {
    const sums = new Sums()
    const from = Math.max(0, asked?.from ?? 0)
    const to = Math.min(TIME_MAX, asked?.to ?? TIME_MAX)
    if (from >= to) return sums
    const window = { from, to }
    const wanted = subjects === null ? null : new Set(subjects)
    const isWanted = (row: About, shard: number | null): boolean => {
      if (!isAbout(view, row)) return false
      if (wanted === null) return true
      const subject = subjectOf(view, row)
      return wanted.has(subject) && shardOfSubject(view, subject) === shard
    }
    const { days, hours, cut } = byNetwork ? onlyHours(window) : spansOf(window)
    await inParallel(await this.#shardsOf(view, wanted), async ({ account, shard }) => {
      const open = byNetwork ? [] : await this.#openSpans(view, account, hoursOf(window))
      const isOpen = (hour: number): boolean => open.some((span) => isIn(hour, span))
      const openDays = new Set(open.flatMap(daysOf))
      const sum = (rows: readonly SpanRow[], isMeant: (span: number) => boolean): void => {
        for (const row of rows)
          if (isWanted(row, shard))
            for (const [span, own] of row.spans) if (isMeant(span)) sums.add(row, own)
      }
      sum(
        await this.#days(view, account, shard, days),
        (day) => isIn(day, days) && !openDays.has(day),
      )
      const single = [...cut]
      const beside = [...openDays].filter((day) => isIn(day, days)).map(hoursIn)
      for (const range of [...hours, ...beside]) {
        single.push(...joined(open.map((span) => overlap(span, range))))
        for (const day of daysOf(range)) {
          const isMeant = (hour: number): boolean => isIn(hour, range) && !isOpen(hour)
          if (Array.from({ length: 24 }, (_, hour) => day * 24 + hour).some(isMeant))
            sum(await this.#hoursOfDay(view, account, shard, day), isMeant)
        }
      }
      for (const { row, hour } of await this.#hours(view, account, shard, single))
        if (isWanted(row, shard)) {
          const own = sumOf(row, hour, window.from, window.to)
          if (own !== null) sums.add(byNetwork ? row : fromAnywhere(row), own)
        }
    })
    return sums
  }

  /** Where something may stand; `shard` null: everywhere in the account. */
  async #shardsOf(
    view: View,
    subjects: ReadonlySet<string> | null,
  ): Promise<{ account: string; shard: number | null }[]> {
    if (subjects === null) {
      const accounts = await this.#query(ACCOUNTS)
      return accounts.map(({ sk }) => ({ account: sk, shard: null }))
    }
    const found = await inParallel([...subjects], async (subject) => {
      const shard = shardOfSubject(view, subject)
      const accounts = await this.#query(whereaboutsPk(view, subject))
      return accounts.map(({ sk }) => ({ account: sk, shard }))
    })
    return [...new Map(found.flat().map((one) => [`${one.account}#${one.shard}`, one])).values()]
  }

  /** Hours that are not added up yet, of the days that some hours are of. */
  async #openSpans(view: View, account: string, { from, to }: Spans): Promise<Spans[]> {
    if (!VIEWS[view].lazy) return []
    const [first, end] = [from - (from % 24), Math.ceil(to / 24) * 24]
    const range = { from: spanText(first / SPAN_HOURS), to: spanText(end / SPAN_HOURS - 1) }
    const items = await this.#query(openSpansPk(account), range)
    return items.map(({ sk }) => {
      const start = Number(sk) * SPAN_HOURS
      return { from: start, to: start + SPAN_HOURS }
    })
  }

  async #days(
    view: View,
    account: string,
    shard: number | null,
    { from, to }: Spans,
  ): Promise<SpanRow[]> {
    if (from >= to) return []
    const [first, last] = [blockOf(from), blockOf(to - 1)]
    const { shards } = VIEWS[view]
    const own = shard === null ? Array.from({ length: shards }, (_, index) => index) : [shard]
    const ranges: (Range | undefined)[] =
      shard === null && (await this.#isMost(from, to))
        ? [undefined]
        : own.map((one) => ({ from: daysSk(one, first), to: daysSk(one, last) }))
    return this.#spans(daysPk(view, account), ranges, DAY)
  }

  /** Whether days are most of all that there are; then one reads them in one go with the others, rather than shard by shard. */
  async #isMost(from: number, to: number): Promise<boolean> {
    const extent = await this.extent()
    return extent !== null && (extent.to - extent.from) / DAY < 2 * (to - from)
  }

  #hoursOfDay(view: View, account: string, shard: number | null, day: number): Promise<SpanRow[]> {
    const [first, last] = shard === null ? [0, VIEWS[view].shards - 1] : [shard, shard]
    const range = { from: hoursSk(day, first), to: hoursSk(day, last) }
    return this.#spans(hoursPk(view, account), [range], HOUR)
  }

  async #spans(
    pk: string,
    ranges: readonly (Range | undefined)[],
    length: number,
  ): Promise<SpanRow[]> {
    const found = await inParallel(ranges, async (range) => {
      const items = await this.#query(pk, range)
      return inParallel(items, async (item) =>
        unpackedSpans(await this.#docs.valueOf(item), length),
      )
    })
    return found.flat(2)
  }

  async #hours(
    view: View,
    account: string,
    shard: number | null,
    hours: readonly Spans[],
  ): Promise<{ row: HourRow; hour: number }[]> {
    const parts = Array.from({ length: HOUR_PARTS }, (_, index) => String(index))
    const kind = VIEWS[view].hours
    // Calls are cut into parts by principal, whatever else they are asked for by.
    const own = view === 'U' && shard !== null ? [String(partOfShard(shard))] : parts
    const cut = kind === 'E' ? [] : own
    const ranges = hours.flatMap(({ from, to }) =>
      [WHOLE, ...cut].map((name) => ({ from: hourSk(name, from), to: hourSk(name, to - 1) })),
    )
    const found = await inParallel(ranges, async (range) => {
      const items = await this.#query(hourPk(kind, account), range)
      return inParallel(items, async (item) => {
        const hour = Number(item.sk.slice(item.sk.indexOf('#') + 1))
        return unpackedHour(await this.#docs.valueOf(item)).map((row) => ({ row, hour }))
      })
    })
    return found.flat(2)
  }

  async #principalItems({ kind, id, namespace, serviceAccount }: PrincipalFilter): Promise<Item[]> {
    let items: Item[]
    if (id !== undefined) {
      const { pk, from } = principalRange(id)
      items = await this.#query(pk, { from, to: `${from}~` })
    } else if (namespace !== undefined && serviceAccount !== undefined) {
      items = await this.#query(workloadPk(namespace, serviceAccount))
    } else {
      const shards = Array.from({ length: PRINCIPAL_SHARDS }, (_, shard) => `PL#${shard}`)
      items = (await inParallel(shards, (pk) => this.#query(pk))).flat()
    }
    return items.filter((item) => {
      const principal = principalOf(String(item['principal']))
      return (
        (kind === undefined || principal.kind === kind) &&
        (id === undefined || principal.id === id) &&
        (namespace === undefined || principal.namespace === namespace) &&
        (serviceAccount === undefined || principal.serviceAccount === serviceAccount)
      )
    })
  }

  async #isAnywhere(principal: Principal): Promise<boolean> {
    const subject = subjectOfPrincipal(principal)
    for (const view of ['P', 'U'] as const)
      if ((await this.#read(view, [subject], null)).all.size > 0) return true
    return false
  }

  async #coverage(): Promise<readonly CoverageFact[]> {
    const items = await this.#query(COVERAGE)
    const revision = JSON.stringify(items.map(({ sk, revision: own }) => [sk, own]))
    if (this.#covered.revision !== revision)
      this.#covered = { revision, facts: await this.#factsOf(items), windows: new Map() }
    return this.#covered.facts
  }

  async #factsOf(items: readonly Item[]): Promise<CoverageFact[]> {
    const facts = await inParallel(items, async (item) => {
      const rows = unpacked<CoverageRow[]>(await this.#docs.valueOf(item))
      return rows.map(([region, day, slots, first, last, lagMax]) => ({
        account: String(item['account']),
        region,
        day,
        slots: new Uint8Array(Buffer.from(slots, 'base64')),
        first,
        last,
        lagMax,
      }))
    })
    return facts
      .flat()
      .sort((a, b) => byBytes(a.account, b.account) || byBytes(a.region, b.region) || a.day - b.day)
  }

  #query(pk: string, range?: Range): Promise<Item[]> {
    const name = JSON.stringify([pk, range])
    const known = this.#remembered.get(name)
    if (known !== undefined && Date.now() - known.at < REMEMBERED_MS) return known.items
    for (const [old, { at }] of this.#remembered) {
      if (Date.now() - at < REMEMBERED_MS) break
      this.#remembered.delete(old)
    }
    const options = range === undefined ? {} : { range }
    const items = this.#table.query(pk, { ...options, consistent: false })
    this.#remembered.delete(name)
    this.#remembered.set(name, { at: Date.now(), items })
    items.catch(() => this.#remembered.delete(name))
    return items
  }
}

/** Days or hours by number; `to` is exclusive. */
interface Spans {
  readonly from: number
  readonly to: number
}

const isIn = (span: number, { from, to }: Spans): boolean => span >= from && span < to
const alone = (span: number): Spans => ({ from: span, to: span + 1 })
const hoursIn = (day: number): Spans => ({ from: day * 24, to: day * 24 + 24 })
const overlap = (a: Spans, b: Spans): Spans => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
})

/** Those that are not empty, in their order, and one where they meet. */
function joined(spans: readonly Spans[]): Spans[] {
  const all: { from: number; to: number }[] = []
  for (const { from, to } of spans)
    if (from >= to) continue
    else if (all.at(-1)?.to === from) all.at(-1)!.to = to
    else all.push({ from, to })
  return all
}

function hoursOf({ from, to }: Window): Spans {
  return { from: Math.floor(from / HOUR), to: Math.ceil(to / HOUR) }
}

function daysOf({ from, to }: Spans): number[] {
  const first = Math.floor(from / 24)
  return Array.from({ length: Math.ceil(to / 24) - first }, (_, index) => first + index)
}

/** What a window consists of: whole days, whole hours before and after them, and hours that it cuts. */
function spansOf(window: Window): { days: Spans; hours: Spans[]; cut: Spans[] } {
  const all = hoursOf(window)
  const whole = { from: Math.ceil(window.from / HOUR), to: Math.floor(window.to / HOUR) }
  const days = { from: Math.ceil(window.from / DAY), to: Math.floor(window.to / DAY) }
  const outside =
    days.from < days.to
      ? [
          { from: whole.from, to: days.from * 24 },
          { from: days.to * 24, to: whole.to },
        ]
      : [whole]
  const ends = [...new Set([all.from, all.to - 1])].filter((hour) => !isIn(hour, whole))
  return { days, hours: outside.filter(({ from, to }) => from < to), cut: ends.map(alone) }
}

/** The same where only hours tell what is asked. */
function onlyHours(window: Window): ReturnType<typeof spansOf> {
  return { days: { from: 0, to: 0 }, hours: [], cut: [hoursOf(window)] }
}

function counted({ count, first, last }: Sum): {
  count: number
  firstSeen: number
  lastSeen: number
} {
  return { count, firstSeen: first, lastSeen: last }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function byKindAndId(a: Principal, b: Principal): number {
  return compare(a.kind, b.kind) || compare(a.id, b.id)
}
