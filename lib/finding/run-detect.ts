import type { Config } from '../config.ts'
import type { ChainProblem } from '../detect/chain-problem.ts'
import type { Detector } from '../detect/detector.ts'
import { detect } from '../detect/run.ts'
import { settingsOf } from '../detect/settings.ts'
import type { TrailProblem } from '../detect/trail-problem.ts'
import { type Answer, type Asked, frameOf, knownFrom, pageOf } from '../graph/answer.ts'
import { compare, sortKey } from '../graph/order.ts'
import { timestamp } from '../graph/timestamp.ts'
import type { Baselines, Findings, Questions, Snapshots, Workbench } from '../ports.ts'
import { SEVERITIES, type Severity } from '../rule.ts'
import { type Content, contentOfAnomaly } from './content.ts'
import { isInForce } from './edge.ts'
import { type Reconciled, reconcile } from './reconcile.ts'

type DetectingStore = Findings &
  Baselines &
  Pick<Snapshots, 'clusterNames'> &
  Pick<Questions, 'extent' | 'coverage' | 'signals'> &
  Pick<Workbench, 'deltas'>

export interface DetectAsked extends Asked {
  readonly detectors: readonly Detector[]
  /** What verifying the digest chains has found; null: they were not verified. */
  readonly integrity: readonly ChainProblem[] | null
  /** What of the state of trails is wrong; left out: it was not read. */
  readonly trails?: readonly TrailProblem[] | null
  /** Replay: what they would have found, in dry run or not, and nothing is recorded. */
  readonly isReplay: boolean
}

/** Anomalies of a window, by time, and what recording them as findings has changed. */
export interface AnomalyList extends Answer<'AnomalyList', Content> {
  readonly total: {
    readonly items: number
    readonly stories: number
    readonly worst: Severity | null
  }
  /** Detectors that looked. */
  readonly rules: readonly string[]
  /** Null: it was a replay, or nothing is stored. */
  readonly recorded: Reconciled | null
}

/** Looks for anomalies, and records them as findings unless it is a replay. `now`: seconds. Doing so again changes nothing. */
export async function runDetect(
  store: DetectingStore,
  asked: DetectAsked,
  config: Config | null,
  now: number,
): Promise<AnomalyList> {
  const known = knownFrom(config, await store.clusterNames())
  const frame = await frameOf(store, asked, known)
  const { window } = frame
  const approved = (await store.baseline()).filter((edge) => isInForce(edge, timestamp(now)))
  const anomalies = await detect(store, {
    window,
    config: asked.isReplay ? awake(config) : config,
    clusters: known.clusters,
    baseline: approved,
    detectors: asked.detectors,
    integrity: asked.integrity,
    trails: asked.trails ?? null,
  })
  const rules = asked.detectors
    .filter((detector) => {
      const { enabled, dryRun } = settingsOf(config, detector)
      return asked.isReplay || (enabled && !dryRun)
    })
    .map(({ id }) => id)
  const notLooked = [
    ...(asked.integrity === null
      ? [{ rule: 'digest-broken', subject: 'digests', reason: 'they were not verified' }]
      : []),
    ...(asked.trails == null
      ? [{ rule: 'trail-narrowed', subject: 'trails', reason: 'their state was not read' }]
      : []),
  ]
  const suppressions = config?.suppressions
  const recorded =
    asked.isReplay || frame.empty
      ? null
      : await reconcile(
          store,
          {
            anomalies,
            scope: { rules, window, notLooked, isComplete: true },
            ...(suppressions === undefined ? {} : { suppressions }),
          },
          now,
        )
  const items = anomalies.map(contentOfAnomaly)
  const rows = items.map((item) => ({
    section: 'items',
    key: sortKey(item.firstSeen, item.rule, item.id),
    item,
  }))
  const page = pageOf(rows, asked, frame, ['detect', rules])
  const ranks = items.map(({ severity }) => SEVERITIES.indexOf(severity))
  return {
    apiVersion: 'podtrail/v1',
    kind: 'AnomalyList',
    window: frame.shown,
    coverage: frame.coverage,
    items: page.rows.map(({ item }) => item),
    next: page.next,
    total: {
      items: items.length,
      stories: new Set(items.map(({ story }) => story)).size,
      worst: items.length === 0 ? null : SEVERITIES[Math.max(...ranks)]!,
    },
    rules: [...rules].sort(compare),
    recorded,
  }
}

/** Settings under which what is switched off or in dry run looks as well. */
function awake(config: Config | null): Config | null {
  if (config?.detect === undefined) return config
  const rules = { ...config.detect.rules }
  for (const [id, given] of Object.entries(rules))
    rules[id] = Object.assign({}, given, { enabled: true, dryRun: false })
  return { ...config, detect: { ...config.detect, rules } }
}
