import type { Config } from '../config.ts'
import { CHECKS } from '../drift/all.ts'
import { answerDrift, type NotLooked } from '../drift/answer-drift.ts'
import type { Snapshot } from '../drift/snapshot.ts'
import { knownFrom } from '../graph/answer.ts'
import type { Baselines, Findings, Questions, SnapshotReader, Snapshots } from '../ports.ts'
import { type Reconciled, reconcile } from './reconcile.ts'

type DriftStore = Findings &
  Baselines &
  Snapshots &
  Pick<Questions, 'extent' | 'coverage' | 'edges' | 'attempts' | 'activity' | 'principals'>

/** What came of reading what is declared and comparing it with what was seen. */
export interface DriftRun {
  readonly snapshot: Snapshot
  readonly findings: Reconciled
  /** What could not be looked at. */
  readonly notLooked: readonly NotLooked[]
}

const DAY = 86_400
/** Days of what was seen that trusts are held against. */
const DAYS = 90

/**
 * Reads what is declared, keeps it, and records what deviates as findings. `now`: seconds. Doing so again changes only what has
 * changed. What could not be looked at neither finds nor ends anything.
 */
export async function runDrift(
  store: DriftStore,
  reader: SnapshotReader,
  config: Config | null,
  now: number,
): Promise<DriftRun> {
  const snapshot = await reader.read(now, {})
  await store.putSnapshot(snapshot)
  const known = knownFrom(config, await store.clusterNames())
  const window = { from: now - DAYS * DAY, to: now }
  const asked = { ...window, limit: 0, checks: [], at: snapshot.at }
  const drift = await answerDrift(store, asked, known, config)
  if (drift.kind === 'NoSnapshot') throw new Error('the snapshot that was just kept is not there')
  const { coverage, items } = drift
  // A use that lies in a gap was not seen: that a check which goes by uses finds nothing more then says nothing.
  const unseen: NotLooked[] =
    coverage.status === 'complete'
      ? []
      : CHECKS.filter(({ needs }) => needs.includes('observed')).map(({ id }) => ({
          rule: id,
          subject: 'CloudTrail',
          reason: 'not all that happened was seen',
        }))
  const notLooked = [...drift.notLooked, ...unseen]
  const rules = CHECKS.map(({ id }) => id)
  const scope = { rules, window, snapshotAt: snapshot.at, notLooked, isComplete: true }
  const suppressions = config?.suppressions
  const run = {
    anomalies: [],
    deviations: items,
    scope,
    ...(suppressions === undefined ? {} : { suppressions }),
  }
  return { snapshot, findings: await reconcile(store, run, now), notLooked: drift.notLooked }
}
