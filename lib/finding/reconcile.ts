import type { Config } from '../config.ts'
import type { Anomaly } from '../detect/anomaly.ts'
import type { DriftItem, NotLooked } from '../drift/answer-drift.ts'
import { compare } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { Baselines, FindingChange, Findings, Window } from '../ports.ts'
import { SEVERITIES } from '../rule.ts'
import { type Content, contentOfAnomaly, contentOfDrift } from './content.ts'
import { edgeKey } from './edge.ts'
import type { Finding, Suppression } from './finding.ts'
import { type Standing, seen, unseen } from './step.ts'
import { told } from './tell.ts'

/** What detectors, coverage rules and checks found when they were run together. */
export interface Run {
  readonly anomalies: readonly Anomaly[]
  /** Left out: no drift was looked for. */
  readonly deviations?: readonly DriftItem[]
  readonly scope: Scope
  /** Of the settings. */
  readonly suppressions?: Config['suppressions']
}

/** What was looked at. Findings of other rules and other times are left as they are. */
export interface Scope {
  /** Ids of detectors, coverage rules and checks that ran. */
  readonly rules: readonly string[]
  /** Event times. */
  readonly window: Window
  /** When what was declared was read, in seconds; left out: no drift was looked for. */
  readonly snapshotAt?: number
  /** What a rule could not look at; what it does not find any more may then only be out of sight, and stays. */
  readonly notLooked: readonly NotLooked[]
  /** False where anything else was amiss, such as a gap in what was seen: then nothing is withdrawn. */
  readonly isComplete: boolean
}

/** What a run has changed, in findings. */
export interface Reconciled {
  readonly found: number
  readonly changed: number
  readonly reopened: number
  readonly withdrawn: number
  readonly resolved: number
  /** Seen as they were. */
  readonly unchanged: number
  /** Put into the outbox. */
  readonly told: number
}

const AT_ONCE = 100
const PAGE = 500
/** So often a finding is looked at again that somebody else has changed meanwhile. */
const TRIES = 5

/** Records a run. The same run again changes nothing; two at once, or one that was cut off and repeated, come to the same. */
export async function reconcile(
  store: Findings & Baselines,
  run: Run,
  now: number,
): Promise<Reconciled> {
  const standing = await standingFor(store, run, now)
  const contents = contentsOf(run)
  const recorder = new Recorder(store, now)
  const ids = [...contents.keys()]
  for (let at = 0; at < ids.length; at += AT_ONCE)
    await recorder.record(ids.slice(at, at + AT_ONCE), (before, id) =>
      seen(before, contents.get(id)!, standing),
    )
  for await (const page of pagesOf(store)) {
    const others = page.filter(({ id }) => !contents.has(id)).map(({ id }) => id)
    const byId = new Map(page.map((finding) => [finding.id, finding]))
    await recorder.record(
      others,
      (before) => unseen(before!, wasLookedAt(before!, run.scope), standing),
      byId,
    )
  }
  return recorder.counts
}

/** All findings, in pages by id. */
export async function* pagesOf(store: Findings): AsyncGenerator<readonly Finding[]> {
  let after = ''
  for (;;) {
    const page = await store.findingsAfter(after, PAGE)
    if (page.length === 0) return
    yield page
    after = page.at(-1)!.id
  }
}

export async function standingFor(
  store: Baselines,
  run: Pick<Run, 'scope' | 'suppressions'>,
  now: number,
): Promise<Standing> {
  const edges = await store.baseline()
  const { snapshotAt, window } = run.scope
  return {
    now: timestamp(now),
    baseline: new Map(edges.map((edge) => [edgeKey(edge), edge])),
    suppressions: [
      ...(run.suppressions ?? []).map((one) => suppressionFrom(one, now)),
      ...(await store.suppressions()),
    ],
    from: timestamp(window.from),
    snapshotAt: snapshotAt === undefined ? null : timestamp(snapshotAt),
  }
}

function suppressionFrom(
  {
    rule,
    subject,
    cluster,
    namespace,
    owner,
    reason,
    expires,
  }: NonNullable<Config['suppressions']>[number],
  now: number,
): Suppression {
  return {
    rule,
    subject: subject ?? null,
    cluster: cluster ?? null,
    namespace: namespace ?? null,
    owner,
    reason,
    at: timestamp(now),
    expires,
  }
}

/** By id. Of two with one id, which rules should not make, the worse and later counts, in whichever order they come. */
function contentsOf({ anomalies, deviations = [] }: Run): Map<string, Content> {
  const contents = new Map<string, Content>()
  const rank = (content: Content): string =>
    `${SEVERITIES.indexOf(content.severity)} ${content.lastSeen} ${JSON.stringify(content)}`
  const add = (content: Content): void => {
    const other = contents.get(content.id)
    if (other === undefined || compare(rank(other), rank(content)) < 0)
      contents.set(content.id, content)
  }
  for (const anomaly of anomalies) add(contentOfAnomaly(anomaly))
  for (const item of deviations) add(contentOfDrift(item))
  return contents
}

function wasLookedAt(finding: Finding, scope: Scope): boolean {
  const { rules, window, snapshotAt, notLooked, isComplete } = scope
  if (!isComplete || !rules.includes(finding.rule)) return false
  if (notLooked.some(({ rule }) => rule === finding.rule)) return false
  if (finding.kind === 'drift')
    return snapshotAt !== undefined && finding.lastSeen <= timestamp(snapshotAt)
  return finding.firstSeen >= timestamp(window.from) && finding.lastSeen < timestamp(window.to)
}

class Recorder {
  counts: Reconciled = NOTHING
  readonly #store: Findings
  readonly #now: number

  constructor(store: Findings, now: number) {
    this.#store = store
    this.#now = now
  }

  /** Takes a step with each finding; where somebody else was faster, from what they made of it. */
  async record(
    ids: readonly string[],
    step: (before: Finding | null, id: string) => Finding,
    known?: ReadonlyMap<string, Finding>,
  ): Promise<void> {
    let left = ids
    for (let tries = 0; left.length > 0; tries++) {
      if (tries === TRIES)
        throw new Error(`findings change faster than they are recorded: ${left[0]}`)
      const read =
        tries === 0 && known !== undefined
          ? known
          : new Map((await this.#store.findings(left)).map((finding) => [finding.id, finding]))
      const steps = left.map((id) => {
        const before = read.get(id) ?? null
        return { before, after: step(before, id) }
      })
      const changed = steps.filter(({ before, after }) => before !== after)
      const changes = changed.map(({ before, after }) => changeOf(before, after, this.#now))
      const made = changes.length === 0 ? [] : await this.#store.putFindings(changes)
      this.#count(
        changes.filter((_, index) => made[index]),
        changed,
        steps.length - changed.length,
      )
      left = changes.filter((_, index) => !made[index]).map(({ finding }) => finding.id)
    }
  }

  #count(
    made: readonly FindingChange[],
    changed: readonly { before: Finding | null; after: Finding }[],
    unchanged: number,
  ): void {
    const counts = { ...this.counts, unchanged: this.counts.unchanged + unchanged }
    const steps = new Map(changed.map((one) => [one.after.id, one]))
    for (const { finding, tells } of made) {
      const { before, after } = steps.get(finding.id)!
      const wasOver = before !== null && before.status !== 'open'
      if (before === null) counts.found++
      else if (after.status === 'open' && wasOver) counts.reopened++
      else if (after.status === 'withdrawn' && before.status !== 'withdrawn') counts.withdrawn++
      else if (after.status === 'resolved' && before.status !== 'resolved') counts.resolved++
      else counts.changed++
      if (tells !== null) counts.told++
    }
    this.counts = counts
  }
}

const NOTHING: Reconciled = {
  found: 0,
  changed: 0,
  reopened: 0,
  withdrawn: 0,
  resolved: 0,
  unchanged: 0,
  told: 0,
}

function changeOf(before: Finding | null, finding: Finding, now: number): FindingChange {
  return {
    finding,
    before: before?.version ?? 0,
    tells: told(before, finding, now),
    approves: [],
    revokes: [],
    suppresses: null,
  }
}
