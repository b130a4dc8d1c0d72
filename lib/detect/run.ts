import type { Config } from '../config.ts'
import { type Clusters, clustersOf } from '../identity/clusters.ts'
import type { CoverageFact } from '../model.ts'
import type { PartitionSignals, Questions, Window, Workbench } from '../ports.ts'
import type { Anomaly } from './anomaly.ts'
import type { ChainProblem } from './chain-problem.ts'
import type { Approved, Detector } from './detector.ts'
import { Engine, type EngineParts } from './engine.ts'
import { withEvents } from './evidence.ts'
import type { TrailProblem } from './trail-problem.ts'

/** What of a store detection reads. `deltas`: to name the events behind an anomaly; without it they are counted and not named. */
export type DetectStore = Pick<Questions, 'signals' | 'extent' | 'coverage'> &
  Partial<Pick<Workbench, 'deltas'>>

export interface DetectAsked {
  /** Anomalies of which some was seen in it. What came before it is what is normal. */
  readonly window: Window
  readonly config: Config | null
  /** How clusters are called; left out: as the settings say. */
  readonly clusters?: Clusters
  /** Approved ways to roles: they count as known. */
  readonly baseline?: readonly Approved[]
  /** `ANOMALY_RULES` of lib/coverage/rules.ts are all; the settings may switch some of them off. */
  readonly detectors: readonly Detector[]
  /** What verifying the digest chains has found. */
  readonly integrity?: readonly ChainProblem[] | null
  /** What of the state of trails is wrong. */
  readonly trails?: readonly TrailProblem[] | null
  /** What detectors see that are set to dry run, instead of what the others do. */
  readonly dryRun?: boolean
}

/**
 * All anomalies of the window, by time. A pure function of the set of events, the settings and the baseline: order, repetition and
 * batches in which the events came do not matter.
 */
export async function detect(store: DetectStore, asked: DetectAsked): Promise<Anomaly[]> {
  const extent = await store.extent()
  if (extent === null) return []
  const { window, integrity = null, trails = null } = asked
  const engine = new Engine({ ...partsOf(asked), extent })
  // The hour after the window tells whether a change in its last hour was one of many.
  const read = { from: extent.from, to: Math.min(window.to + 3600, extent.to) }
  for await (const part of store.signals(read)) engine.take(part)
  const coverage = await store.coverage({ from: extent.from, to: Math.min(window.to, extent.to) })
  const found = engine.finish({ coverage, integrity, trails })
  const isDry = asked.dryRun === true
  return store.deltas === undefined
    ? found.anomalies(isDry)
    : withEvents(found, isDry, store.deltas.bind(store))
}

/** What is known in one place: for examples, which stand in memory. `partitions` in ascending hours. */
export function detectIn(
  partitions: readonly PartitionSignals[],
  extent: Window,
  coverage: readonly CoverageFact[],
  asked: DetectAsked,
): Anomaly[] {
  const engine = new Engine({ ...partsOf(asked), extent })
  for (const part of partitions) engine.take(part)
  const { integrity = null, trails = null } = asked
  return engine.finish({ coverage, integrity, trails }).anomalies()
}

function partsOf({
  window,
  config,
  detectors,
  baseline,
  clusters,
}: DetectAsked): Omit<EngineParts, 'extent'> {
  return {
    window,
    config,
    detectors,
    baseline: baseline ?? [],
    clusters: clusters ?? clustersOf(config?.clusters ?? []),
  }
}
