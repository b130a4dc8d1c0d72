import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { compare } from '../graph/order.ts'
import { OUTCOMES } from '../graph/outcome.ts'
import { isRoleNamed, roleNameIn } from '../identity/role-text.ts'
import type { CoverageFact, Principal, PrincipalKind, StsAction } from '../model.ts'
import type {
  ActivityQuery,
  ActivitySum,
  AttemptSum,
  EdgeQuery,
  EdgeSum,
  PartitionSignals,
  PrincipalFilter,
  QuarantineEntry,
  Questions,
  Series,
  Versioned,
  Window,
} from '../ports.ts'
import { PROOFS } from '../session/proof.ts'
import { ENTRY, SUBJECT } from './activity-codec.ts'
import { halfWords, words } from './delta-codec.ts'
import { HourSums } from './hour-sums.ts'
import { decodeSignals } from './signal-codec.ts'
import { type Counted, TableSums } from './table-sums.ts'

type Row = Record<string, unknown>

/** Columns that tell rows apart. */
const EDGE = ['role', 'principal', 'via', 'hop', 'proof']
const ATTEMPT = ['role', 'principal', 'via', 'action', 'error']

/** Windows whose coverage is remembered. */
const COVERAGES_MAX = 16

/** Answers questions from the rows of the embedded store. */
export class SqliteQuestions implements Omit<Questions, 'find'>, Versioned {
  protected readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #coverage = new Map<string, readonly CoverageFact[]>()
  #coverageVersion = ''
  readonly #texts = new Map<number, string>()
  readonly #principals = new Map<number, Principal>()
  readonly #allEdges: TableSums<Omit<EdgeSum, keyof Counted>>
  readonly #allAttempts: TableSums<Omit<AttemptSum, keyof Counted>>
  #hourSums: HourSums | null = null

  constructor(db: DatabaseSync) {
    this.db = db
    const sql = (text: string): StatementSync => this.sql(text)
    this.#allEdges = new TableSums(sql, 'edge', EDGE, (values) => this.#edgeOf(values))
    this.#allAttempts = new TableSums(sql, 'attempt', ATTEMPT, (values) => this.#attemptOf(values))
  }

  /** Prepared once for each text. */
  protected sql(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.db.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  async principals(filter: PrincipalFilter): Promise<Principal[]> {
    const { kind, id, namespace, serviceAccount } = filter
    const conditions = Object.entries({ kind, pid: id, namespace, service_account: serviceAccount })
    const given = conditions.filter((entry): entry is [string, string] => entry[1] !== undefined)
    const where = given.map(([column]) => `${column} = ?`).join(' AND ') || 'true'
    // Rows of a partition that was rolled up again may be gone; their principals are still numbered.
    return (
      this.sql(
        `SELECT * FROM principal p WHERE ${where} AND (EXISTS (SELECT 1 FROM edge WHERE principal = p.id)
         OR EXISTS (SELECT 1 FROM attempt WHERE principal = p.id)
         OR EXISTS (SELECT 1 FROM activity WHERE kind = ${SUBJECT.principal} AND subject = p.id))`,
      )
        .all(...given.map(([, value]) => value))
        .map(principalOf)
        // Sorted here: asked to sort, SQLite takes the index by id and looks at every workload there is.
        .sort((a, b) => compare(a.kind, b.kind) || compare(a.id, b.id))
    )
  }

  async roles(text: string): Promise<string[]> {
    const short = roleNameIn(text)
    const select = 'SELECT n.text FROM role r JOIN name n ON n.id = r.id'
    const rows =
      text === '*'
        ? this.sql(`${select} ORDER BY n.text`).all()
        : this.sql(`${select} WHERE r.short = ? ORDER BY n.text`).all(short)
    const arns = rows.map((row) => String(row['text']))
    return text === '*' ? arns : arns.filter((arn) => isRoleNamed(arn, text))
  }

  async edges(about: EdgeQuery, window: Window): Promise<readonly EdgeSum[]> {
    if (await this.#isAllHere(about, window)) return this.#allEdges.sums(window)
    return this.#summed('edge', EDGE, about, window).map(({ values, ...counted }) => ({
      ...this.#edgeOf(values),
      ...counted,
    }))
  }

  async attempts(about: EdgeQuery, window: Window): Promise<readonly AttemptSum[]> {
    if (await this.#isAllHere(about, window)) return this.#allAttempts.sums(window)
    return this.#summed('attempt', ATTEMPT, about, window).map(({ values, ...counted }) => ({
      ...this.#attemptOf(values),
      ...counted,
    }))
  }

  async series(about: EdgeQuery, windows: readonly Window[]): Promise<Series[]> {
    const [first, last] = [windows[0], windows.at(-1)]
    if (first === undefined || last === undefined) return []
    // One look at what has changed, for all of them.
    if (await this.#isAllHere(about, { from: first.from, to: last.to }))
      return windows.map((window) => ({
        edges: this.#allEdges.addUp(window),
        attempts: this.#allAttempts.addUp(window),
      }))
    const series: Series[] = []
    for (const window of windows)
      series.push({
        edges: await this.edges(about, window),
        attempts: await this.attempts(about, window),
      })
    return series
  }

  /** Whether the rows in memory answer it; they are then as of now. */
  async #isAllHere({ roles, principals }: EdgeQuery, window: Window): Promise<boolean> {
    if (roles !== undefined || principals !== undefined) return false
    this.#hourSums ??= new HourSums(this.db, [this.#allEdges, this.#allAttempts])
    if (!this.#hourSums.paysFor(window)) return false
    this.#hourSums.refresh(await this.version())
    return true
  }

  #edgeOf(values: readonly (number | string)[]): Omit<EdgeSum, keyof Counted> {
    const [role, principal, via, hop, proof] = values as number[]
    return {
      principal: this.#principal(principal!),
      via: JSON.parse(this.#text(via!)) as string[],
      hop: hop!,
      role: this.#text(role!),
      proof: PROOFS[proof!]!,
    }
  }

  #attemptOf(values: readonly (number | string)[]): Omit<AttemptSum, keyof Counted> {
    const [role, principal, via, action, error] = values as [number, number, number, string, string]
    return {
      principal: this.#principal(principal),
      via: JSON.parse(this.#text(via)) as string[],
      role: this.#text(role),
      action: action as StsAction,
      error,
    }
  }

  async activity(about: ActivityQuery, window: Window): Promise<ActivitySum[]> {
    // Activity is kept to the hour, so every hour that the window touches counts as a whole.
    if (window.from >= window.to) return []
    const from = Math.floor(window.from / 3600)
    const to = Math.ceil(window.to / 3600)
    const [kind, subjects] =
      about.resources === undefined
        ? [SUBJECT.principal, about.principals && this.#principalIds(about.principals)]
        : [SUBJECT.resource, this.#nameIds(about.resources)]
    const sql = `SELECT hour, entries FROM activity WHERE kind = ? AND hour >= ? AND hour < ?`
    const sums = new ActivitySums(about.byNetwork === true)
    if (subjects === undefined)
      for (const row of this.sql(sql).iterate(kind, from, to)) sums.add(row)
    else {
      const ofSubject = this.sql(`${sql} AND subject = ?`)
      for (const subject of subjects)
        for (const row of ofSubject.iterate(kind, from, to, subject)) sums.add(row)
    }
    return [...sums.rows.values()].map(({ entry, count, firstSeen, lastSeen }) => ({
      principal: this.#principal(entry[0]!),
      role: this.#text(entry[1]!),
      action: this.#text(entry[2]!),
      resource: this.#text(entry[3]!),
      outcome: OUTCOMES[entry[4]!]!,
      ...(about.byNetwork === true ? { network: this.#text(entry[5]!) } : {}),
      count,
      firstSeen,
      lastSeen,
    }))
  }

  async *signals({ from, to }: Window): AsyncGenerator<PartitionSignals> {
    if (from >= to) return
    const names = {
      text: (id: number) => this.#text(id),
      principal: (id: number) => this.#principal(id),
    }
    // One day at a time: a statement that is still open would keep the log of writes from being folded in.
    const rows = this.db.prepare(
      `SELECT p.account, p.hour, s.entries FROM partition p JOIN signal s ON s.partition = p.id
       WHERE p.hour >= ? AND p.hour < ? ORDER BY p.hour, p.account`,
    )
    const ends = this.sql('SELECT min(hour) AS first, max(hour) AS last FROM partition').get()!
    if (ends['first'] === null) return
    const start = Math.max(Math.floor(from / 3600), Number(ends['first']))
    const end = Math.min(Math.ceil(to / 3600), Number(ends['last']) + 1)
    for (let hour = start; hour < end; hour += 24)
      for (const row of rows.all(hour, Math.min(hour + 24, end)))
        yield {
          partition: { account: String(row['account']), hour: Number(row['hour']) },
          signals: decodeSignals(row['entries'] as Uint8Array, names),
        }
  }

  /** Answers all that is asked meanwhile from what is stored now. Not to be nested. */
  async atOneMoment<Answered>(ask: () => Promise<Answered>): Promise<Answered> {
    this.db.exec('BEGIN')
    try {
      return await ask()
    } finally {
      this.db.exec('COMMIT')
    }
  }

  async version(): Promise<string> {
    const others = this.sql('PRAGMA data_version').get()!['data_version']
    return `${others}/${this.sql('SELECT total_changes() AS n').get()!['n']}`
  }

  /** The same array for the same window, as long as nothing was stored meanwhile. */
  async coverage(window: Window): Promise<readonly CoverageFact[]> {
    const version = await this.version()
    if (version !== this.#coverageVersion || this.#coverage.size >= COVERAGES_MAX) {
      this.#coverage.clear()
      this.#coverageVersion = version
    }
    const key = `${window.from}/${window.to}`
    let facts = this.#coverage.get(key)
    if (facts === undefined) {
      facts = this.#readCoverage(window)
      this.#coverage.set(key, facts)
    }
    return facts
  }

  #readCoverage(window: Window): CoverageFact[] {
    return this.sql(
      'SELECT * FROM coverage WHERE last >= ? AND first < ? ORDER BY account, region, day',
    )
      .all(window.from, window.to)
      .map((row) => ({
        account: String(row['account']),
        region: String(row['region']),
        day: Number(row['day']),
        slots: row['slots'] as Uint8Array,
        first: Number(row['first']),
        last: Number(row['last']),
        lagMax: row['lag_max'] === null ? null : Number(row['lag_max']),
      }))
  }

  async quarantine(limit: number): Promise<QuarantineEntry[]> {
    return this.sql('SELECT * FROM quarantine ORDER BY source, position LIMIT ?')
      .all(limit)
      .map((row) => ({
        source: String(row['source']),
        index: Number(row['position']) < 0 ? null : Number(row['position']),
        reason: String(row['reason']) as QuarantineEntry['reason'],
        offset: Number(row['byte_offset']),
        length: Number(row['byte_length']),
      }))
  }

  async extent(): Promise<Window | null> {
    const row = this.sql(
      'SELECT (SELECT min(first) FROM coverage) AS first, (SELECT max(last) FROM coverage) AS last',
    ).get()!
    return row['first'] === null
      ? null
      : { from: Number(row['first']), to: Number(row['last']) + 1 }
  }

  /** Rows with exact counts: whole hours are summed, the hours that the window cuts are counted second by second. */
  #summed(
    table: 'edge' | 'attempt',
    columns: readonly string[],
    about: EdgeQuery,
    window: Window,
  ): SummedRow[] {
    const names = columns.join(', ')
    const whole = `SELECT ${names}, sum(n) AS n, min(hour * 3600 + first) AS first,
      max(hour * 3600 + last) AS last FROM ${table} WHERE hour >= ? AND hour < ?`
    const cut = `SELECT ${names}, hour, seconds FROM ${table} WHERE hour = ?`
    const sums = new Map<string, SummedRow>()
    const add = (row: Row, count: number, firstSeen: number, lastSeen: number): void => {
      if (count === 0) return
      const values = columns.map((column) => row[column] as number | string)
      const key = values.join('\n')
      const known = sums.get(key)
      if (known === undefined) {
        sums.set(key, { values, count, firstSeen, lastSeen })
        return
      }
      known.count += count
      known.firstSeen = Math.min(known.firstSeen, firstSeen)
      known.lastSeen = Math.max(known.lastSeen, lastSeen)
    }
    const firstWhole = Math.ceil(window.from / 3600)
    const lastWhole = Math.floor(window.to / 3600)
    const cutHours = new Set([Math.floor(window.from / 3600), lastWhole])
    for (const { condition, id } of this.#selections(about, window)) {
      if (firstWhole < lastWhole) {
        const sql = `${whole}${condition} GROUP BY ${names}`
        for (const row of this.sql(sql).all(firstWhole, lastWhole, ...id))
          add(row, Number(row['n']), Number(row['first']), Number(row['last']))
      }
      for (const hour of cutHours) {
        if ((hour >= firstWhole && hour < lastWhole) || hour * 3600 >= window.to) continue
        for (const row of this.sql(`${cut}${condition}`).all(hour, ...id)) {
          const times = Array.from(
            halfWords(row['seconds'] as Uint8Array),
            (second) => hour * 3600 + second,
          ).filter((at) => at >= window.from && at < window.to)
          add(row, times.length, times[0] ?? 0, times[times.length - 1] ?? 0)
        }
      }
    }
    return [...sums.values()]
  }

  #selections(
    { roles, principals }: EdgeQuery,
    { from, to }: Window,
  ): { condition: string; id: number[] }[] {
    if (roles !== undefined)
      return this.#nameIds(roles).map((id) => ({ condition: ' AND role = ?', id: [id] }))
    if (principals !== undefined)
      return this.#principalIds(principals).map((id) => ({
        condition: ' AND principal = ?',
        id: [id],
      }))
    // By its partitions: edges lie by their roles, so all of them would have to be looked at.
    return [
      {
        condition: ' AND partition IN (SELECT id FROM partition WHERE hour >= ? AND hour < ?)',
        id: [Math.floor(from / 3600), Math.ceil(to / 3600)],
      },
    ]
  }

  #nameIds(texts: readonly string[]): number[] {
    const select = this.sql('SELECT id FROM name WHERE text = ?')
    const ids = texts.flatMap((text) => select.all(text).map((row) => Number(row['id'])))
    return [...new Set(ids)]
  }

  #principalIds(principals: readonly Principal[]): number[] {
    const select = this.sql('SELECT id FROM principal WHERE kind = ? AND pid = ?')
    const ids = principals.flatMap(({ kind, id }) =>
      select.all(kind, id).map((row) => Number(row['id'])),
    )
    return [...new Set(ids)]
  }

  #text(id: number): string {
    let text = this.#texts.get(id)
    if (text === undefined) {
      text = String(this.sql('SELECT text FROM name WHERE id = ?').get(id)!['text'])
      this.#texts.set(id, text)
    }
    return text
  }

  #principal(id: number): Principal {
    let principal = this.#principals.get(id)
    if (principal === undefined) {
      principal = principalOf(this.sql('SELECT * FROM principal WHERE id = ?').get(id)!)
      this.#principals.set(id, principal)
    }
    return principal
  }
}

interface SummedRow {
  /** Of the columns that tell rows apart. */
  readonly values: readonly (number | string)[]
  count: number
  firstSeen: number
  lastSeen: number
}

/** Entries of activity rows added up over hours and, unless they are asked for, networks. */
class ActivitySums {
  readonly #columns: number
  readonly rows = new Map<
    string,
    { entry: number[]; count: number; firstSeen: number; lastSeen: number }
  >()

  constructor(byNetwork: boolean) {
    this.#columns = byNetwork ? 6 : 5
  }

  add(row: Row): void {
    const start = Number(row['hour']) * 3600
    const entries = words(row['entries'] as Uint8Array)
    for (let at = 0; at < entries.length; at += ENTRY) {
      const entry = [...entries.subarray(at, at + this.#columns)]
      const key = entry.join('/')
      const seconds = entries[at + 7]!
      const first = start + Math.floor(seconds / 65_536)
      const last = start + (seconds % 65_536)
      const known = this.rows.get(key)
      if (known === undefined) {
        this.rows.set(key, { entry, count: entries[at + 6]!, firstSeen: first, lastSeen: last })
        continue
      }
      known.count += entries[at + 6]!
      known.firstSeen = Math.min(known.firstSeen, first)
      known.lastSeen = Math.max(known.lastSeen, last)
    }
  }
}

function principalOf(row: Row): Principal {
  const text = (column: string): string | null =>
    row[column] === null ? null : String(row[column])
  return {
    kind: String(row['kind']) as PrincipalKind,
    id: String(row['pid']),
    cluster: text('cluster'),
    namespace: text('namespace'),
    serviceAccount: text('service_account'),
    name: text('name'),
    account: text('account'),
  }
}
