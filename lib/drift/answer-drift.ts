import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { type Answer, type Asked, frameOf, type Known, pageOf } from '../graph/answer.ts'
import { sortKey } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { FindingStatus, Questions, Snapshots, StoredSnapshot } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import { CHECKS } from './all.ts'
import type { Check, Deviation } from './check.ts'
import { type Change, commandOf } from './fix.ts'
import { observe } from './observe.ts'
import { runChecks } from './run.ts'
import { changedTrusts, type World, worldOf } from './world.ts'

/** A finding about what is declared. */
export interface DriftItem {
  /** A pure function of the check and the subject. */
  readonly id: string
  readonly rule: string
  readonly kind: 'drift'
  readonly severity: Severity
  readonly status: FindingStatus
  readonly title: string
  readonly subject: string
  /** What is declared, what was observed, what was approved; null: nothing is known. */
  readonly declared: string | null
  readonly observed: string | null
  readonly approved: string | null
  readonly evidence: readonly { readonly eventId: null; readonly text: string }[]
  readonly firstSeen: string
  readonly lastSeen: string
  readonly fix: {
    readonly changes: readonly Change[]
    /** For a POSIX shell, with the credentials of the account. */
    readonly commands: readonly string[]
  }
}

export interface NotLooked {
  readonly rule: string
  readonly subject: string
  readonly reason: string
}

export interface DriftList extends Answer<'FindingList', DriftItem> {
  readonly snapshot: Reference
  /** What today's trusts are compared with; `isApproved` false: nobody has approved one yet, and it is the first there is. */
  readonly reference: (Reference & { readonly isApproved: boolean }) | null
  readonly checks: readonly {
    readonly rule: string
    readonly answer: 'complies' | 'deviates' | 'could-not-look'
    readonly findings: number
    readonly notLooked: number
  }[]
  readonly notLooked: readonly NotLooked[]
  /** `open`: nobody has approved or suppressed them; `worst` is of those. */
  readonly total: { readonly items: number; readonly open: number; readonly worst: Severity | null }
}

interface Reference {
  readonly id: string
  readonly at: string
}

export interface DriftAsked extends Asked {
  /** Ids of checks; empty: all. */
  readonly checks: readonly string[]
  /** Seconds: the snapshot of then; left out: the newest. */
  readonly at?: number
  /** Seconds: compare with the snapshot of then instead of the approved one. */
  readonly against?: number
}

/** What was decided about findings, by id; what is not in it is open. */
export type Decided = (
  items: readonly DriftItem[],
  snapshotAt: number,
) => Promise<ReadonlyMap<string, FindingStatus>>

const NOTHING_DECIDED: Decided = async () => new Map()

/** There is nothing to look at. */
export interface NoSnapshot {
  readonly kind: 'NoSnapshot'
}

type DriftStore = Pick<
  Questions,
  'extent' | 'coverage' | 'edges' | 'attempts' | 'activity' | 'principals'
> &
  Snapshots

/** What deviates in the declared state, beside what was seen and what was approved. What is open comes first. */
export async function answerDrift(
  store: DriftStore,
  asked: DriftAsked,
  known: Known,
  config: Config | null,
  decided: Decided = NOTHING_DECIDED,
): Promise<DriftList | NoSnapshot> {
  const frame = await frameOf(store, asked, known)
  const read = await readWorld(store, frame.window, config, asked)
  if (read === null) return { kind: 'NoSnapshot' }
  const { world, snapshot, reference } = read
  const checks = CHECKS.filter(({ id }) => asked.checks.length === 0 || asked.checks.includes(id))
  const answers = runChecks(checks, world)
  const found = answers.flatMap(({ check, findings }) =>
    findings.map((finding) => itemOf(check, finding, snapshot.at)),
  )
  const decisions = await decided(found, snapshot.at)
  const rows = found.map((open) => {
    const item = { ...open, status: decisions.get(open.id) ?? 'open' }
    const rank = SEVERITIES.length - SEVERITIES.indexOf(item.severity)
    const key = sortKey(item.status === 'open' ? 0 : 1, rank, item.rule, item.subject)
    return { section: 'items', key, item }
  })
  const page = pageOf(rows, asked, frame, ['drift', asked.checks, snapshot.id, reference?.id ?? ''])
  const open = rows.flatMap(({ item }) => (item.status === 'open' ? item.severity : []))
  return {
    apiVersion: 'podtrail/v1',
    kind: 'FindingList',
    window: frame.shown,
    coverage: frame.coverage,
    snapshot: { id: snapshot.id, at: timestamp(snapshot.at) },
    reference:
      reference === null
        ? null
        : {
            id: reference.id,
            at: timestamp(reference.at),
            isApproved: reference.approvedAt !== null || asked.against !== undefined,
          },
    checks: answers.map(({ check, answer, findings, unread }) => ({
      rule: check.id,
      answer,
      findings: findings.length,
      notLooked: unread.length,
    })),
    notLooked: answers.flatMap(({ check, unread }) =>
      unread.map(({ subject, reason }) => ({ rule: check.id, subject, reason })),
    ),
    total: {
      items: rows.length,
      open: open.length,
      worst: SEVERITIES.findLast((severity) => open.includes(severity)) ?? null,
    },
    items: page.rows.map(({ item }) => item),
    next: page.next,
  }
}

/** The newest snapshot, or that of a time, with what was seen in the window; null: there is none. */
export async function readWorld(
  store: DriftStore,
  window: { readonly from: number; readonly to: number },
  config: Config | null,
  { at, against }: Pick<DriftAsked, 'at' | 'against'> = {},
): Promise<{
  world: World
  snapshot: StoredSnapshot
  reference: StoredSnapshot | null
} | null> {
  const snapshot = await store.snapshotAt(at ?? Number.MAX_SAFE_INTEGER)
  if (snapshot === null) return null
  const reference = await referenceOf(store, snapshot, against)
  const parts = { snapshot: snapshot.snapshot, approved: reference?.snapshot ?? null, config }
  const changed = changedTrusts(parts.snapshot, parts.approved)
  const observed = await observe(store, window, config?.network ?? null, {
    roles: changed,
    since: reference?.at ?? 0,
  })
  return { world: worldOf({ ...parts, observed }), snapshot, reference }
}

/** What was approved last; while nothing was, the first snapshot, so that a change shows even then. */
async function referenceOf(
  store: Snapshots,
  snapshot: StoredSnapshot,
  against: number | undefined,
): Promise<StoredSnapshot | null> {
  if (against !== undefined) return store.snapshotAt(against)
  const approved = await store.approvedSnapshot()
  if (approved !== null) return approved
  const first = (await store.snapshots()).at(-1)
  return first === undefined || first.at >= snapshot.at ? null : store.snapshotAt(first.at)
}

function itemOf(check: Check, finding: Deviation, at: number): DriftItem {
  const { subject, title, severity = check.severity, declared, observed, approved, fix } = finding
  const evidence = Object.entries({ declared, observed, approved }).flatMap(([what, text]) =>
    text === null ? [] : [{ eventId: null, text: `${what}: ${text}` }],
  )
  return {
    id: findingId(check.id, subject),
    rule: check.id,
    kind: 'drift',
    severity,
    status: 'open',
    title,
    subject,
    declared,
    observed,
    approved,
    evidence,
    firstSeen: timestamp(finding.firstSeen ?? at),
    lastSeen: timestamp(finding.lastSeen ?? at),
    fix: { changes: fix, commands: fix.flatMap((change) => commandOf(change).split('\n')) },
  }
}

function findingId(rule: string, subject: string): string {
  return `fnd_${createHash('sha256').update(`drift\n${rule}\n${subject}`).digest('hex').slice(0, 16)}`
}
