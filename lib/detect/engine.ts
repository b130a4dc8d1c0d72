import type { Config } from '../config.ts'
import type { Clusters } from '../identity/clusters.ts'
import type { CoverageFact } from '../model.ts'
import type { PartitionSignals, Window } from '../ports.ts'
import type { ChainProblem } from './chain-problem.ts'
import type { Approved, Detector, Sight } from './detector.ts'
import { accountIn, Found } from './found.ts'
import { Memory } from './memory.ts'
import { OurNetworks } from './network.ts'
import { type RuleSettings, settingsOf } from './settings.ts'
import { inAccount } from './story.ts'
import type { TrailProblem } from './trail-problem.ts'
import { addUses, type Hour, type Use } from './use.ts'
import { Whereabouts } from './whereabouts.ts'

export interface EngineParts {
  readonly window: Window
  readonly config: Config | null
  readonly clusters: Clusters
  readonly baseline: readonly Approved[]
  readonly detectors: readonly Detector[]
  readonly extent: Window
}

/** Goes through the hours in the order of event time: each is looked at with the next one in sight, then learned. */
export class Engine {
  readonly #parts: EngineParts
  readonly #memory: Memory
  readonly #ours: OurNetworks
  readonly #active: readonly { detector: Detector; settings: RuleSettings }[]
  readonly #found: Found
  #before: MutableHour | null = null
  #open: MutableHour | null = null

  constructor(parts: EngineParts) {
    const { config, clusters, baseline, detectors, window } = parts
    this.#parts = parts
    this.#memory = new Memory(config?.detect?.learningDays ?? LEARNING_DAYS, clusters, baseline)
    this.#ours = new OurNetworks(config?.network ?? null)
    this.#active = detectors
      .map((detector) => ({ detector, settings: settingsOf(config, detector) }))
      .filter(({ settings }) => settings.enabled)
    this.#found = new Found(window)
  }

  /** Partitions come in ascending hours. */
  take({ partition, signals }: PartitionSignals): void {
    const { hour } = partition
    if (this.#open === null || this.#open.hour !== hour) {
      if (this.#open !== null && hour < this.#open.hour) throw new Error('hours do not ascend')
      this.#close()
      this.#open = { hour, issues: [], tries: [], calls: [] }
    }
    addUses(partition, signals, (principal) => this.#memory.subject(principal), this.#open)
  }

  finish(given: {
    readonly coverage: readonly CoverageFact[]
    readonly integrity: readonly ChainProblem[] | null
    readonly trails: readonly TrailProblem[] | null
  }): Found {
    this.#close()
    this.#close()
    const { window, config, extent } = this.#parts
    for (const { detector, settings } of this.#active) {
      if (detector.conclude === undefined) continue
      const whole = { window, config, extent, memory: this.#memory, ...given }
      const sights = detector.conclude({ ...whole, setting: settings.number })
      for (const sight of sights) this.#found.add(detector, settings, sight)
    }
    return this.#found
  }

  /** The open hour is complete: the one before it can be looked at. */
  #close(): void {
    const open = this.#open
    if (this.#before !== null) {
      const isNext = open !== null && open.hour === this.#before.hour + 1
      this.#look(this.#before, isNext ? open : null)
    }
    this.#before = open
    this.#open = null
  }

  #look(hour: Hour, next: Hour | null): void {
    const memory = this.#memory
    const freshCalls = memory.mark(hour)
    const isLearned = memory.isOld(memory.first, hour.hour * 3600 + 3599)
    const whereabouts = new Whereabouts(memory, this.#ours, hour, next)
    const { config } = this.#parts
    for (const { detector, settings } of this.#active) {
      if (detector.look === undefined || (detector.isLearner === true && !isLearned)) continue
      const now = { hour, next, memory, freshCalls, config, whereabouts, setting: settings.number }
      for (const sight of detector.look(now))
        this.#found.add(detector, settings, this.#placed(sight, isLearned))
    }
    memory.learn(hour, (use) => whereabouts.strange(use) !== null)
  }

  /** In an account that was never seen before all is new: what comes with it is one story, and each part of it is still told. */
  #placed(sight: Sight, isLearned: boolean): Sight {
    const account = accountIn(sight)
    if (!isLearned || account === '') return sight
    const since = this.#memory.accounts.get(account)?.first
    if (this.#memory.isOld(since, sight.firstSeen ?? sight.uses[0]!.first)) return sight
    return { ...sight, joins: [...(sight.joins ?? []), inAccount(account)] }
  }
}

/** Days from which on what was never seen counts as unusual. */
const LEARNING_DAYS = 14

interface MutableHour {
  readonly hour: number
  readonly issues: Use[]
  readonly tries: Use[]
  readonly calls: Use[]
}
