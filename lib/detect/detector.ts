import type { Config } from '../config.ts'
import type { CoverageFact, Principal } from '../model.ts'
import type { Window } from '../ports.ts'
import type { Rule, Severity } from '../rule.ts'
import type { ChainProblem } from './chain-problem.ts'
import type { Memory } from './memory.ts'
import type { Situation } from './sample.ts'
import type { TrailProblem } from './trail-problem.ts'
import type { Hour, Use } from './use.ts'
import type { Whereabouts } from './whereabouts.ts'

/**
 * Looks for one thing in what was observed. A detector is this value, in a file of its name, and a line in all.ts. It reads hour after
 * hour in the order of event time, and knows what was normal before. It keeps nothing itself: what it says is a function of the events.
 */
export interface Detector extends Rule {
  /** Numbers that the settings may change, by name. */
  readonly settings?: Readonly<Record<string, Setting>>
  /** It says nothing as long as the installation learns: hours before that are not shown to it. */
  readonly isLearner?: true
  /** What one hour shows. */
  look?(now: Now): Iterable<Sight>
  /** What only shows at the end of all hours: above all, what is missing. */
  conclude?(whole: Whole): Iterable<Sight>
  readonly examples: readonly Example[]
}

export interface Setting {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly about: string
}

/** One hour, and all that is known before it. */
export interface Now {
  readonly hour: Hour
  /** The hour after it, if anything of it is known: whether a change was one of many tells itself only then. */
  readonly next: Hour | null
  readonly memory: Memory
  /** Calls of the hour of which something was never seen before: all others are as they always were. */
  readonly freshCalls: readonly Use[]
  readonly config: Config | null
  /** Says of a workload's call whether it came from where its cluster never was. */
  readonly whereabouts: Whereabouts
  /** A setting of the detector that looks. */
  setting(name: string): number
}

/** Everything, after the last hour. */
export interface Whole {
  readonly window: Window
  readonly memory: Memory
  readonly config: Config | null
  /** First and last event of the store. */
  readonly extent: Window
  readonly coverage: readonly CoverageFact[]
  /** What verifying the digest chains has found; null where it was not verified. */
  readonly integrity: readonly ChainProblem[] | null
  /** What of the state of trails is wrong; null where it was not read. */
  readonly trails: readonly TrailProblem[] | null
  setting(name: string): number
}

/** What a detector saw. Counts, times, networks, role and account follow from `uses` unless given. */
export interface Sight {
  /** What it is about, in words that are stable: two sights of one detector, subject and occurrence are one. */
  readonly subject: string
  readonly occurrence?: string
  readonly severity: Severity
  /** One sentence for somebody woken at night. */
  readonly title: string
  readonly normal: string
  readonly principal: Principal | null
  /** The rows behind it. */
  readonly uses: readonly Use[]
  readonly role?: string
  readonly account?: string
  /** Where no rows are behind it. */
  readonly firstSeen?: number
  readonly lastSeen?: number
  readonly text?: string
  /** Sights that share one of these, close in time, are one story; those of one principal are anyway. */
  readonly joins?: readonly string[]
}

/** An approved way to a role: it counts as known. */
export interface Approved {
  readonly principal: { readonly kind: Principal['kind']; readonly id: string }
  readonly via: readonly string[]
  readonly role: string
}

export interface Example {
  readonly expects: 'fires' | 'quiet'
  readonly title: string
  readonly situation: () => Situation
  /** Where more than that it fires matters. */
  readonly severity?: Severity
}

export function fires(title: string, situation: () => Situation, severity?: Severity): Example {
  return { expects: 'fires', title, situation, ...(severity === undefined ? {} : { severity }) }
}

export function quiet(title: string, situation: () => Situation): Example {
  return { expects: 'quiet', title, situation }
}
