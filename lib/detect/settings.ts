import type { Config } from '../config.ts'
import { WrongConfig } from '../config.ts'
import type { Severity } from '../rule.ts'
import type { Detector } from './detector.ts'

/** How one detector is set. */
export interface RuleSettings {
  readonly enabled: boolean
  /** It looks, and what it sees is marked as not to be alerted. */
  readonly dryRun: boolean
  /** In place of the severities that it finds itself. */
  readonly severity: Severity | null
  readonly number: (name: string) => number
}

export function settingsOf(config: Config | null, detector: Detector): RuleSettings {
  const given = config?.detect?.rules[detector.id] ?? {}
  const numbers = new Map<string, number>()
  for (const [name, { default: usual }] of Object.entries(detector.settings ?? {})) {
    const own = given[name]
    numbers.set(name, typeof own === 'number' ? own : usual)
  }
  return {
    enabled: given.enabled ?? true,
    dryRun: given.dryRun ?? false,
    severity: given.severity ?? null,
    number: (name) => {
      const value = numbers.get(name)
      if (value === undefined) throw new Error(`${detector.id} has no setting ${name}`)
      return value
    },
  }
}

/** Throws `WrongConfig` where the settings name a detector, or a number of one, that does not exist or is out of its bounds. */
export function checkSettings(
  config: Config,
  detectors: readonly Detector[],
  source: string,
): void {
  const problems: string[] = []
  for (const [id, given] of Object.entries(config.detect?.rules ?? {})) {
    const detector = detectors.find((one) => one.id === id)
    if (detector === undefined) {
      problems.push(`unknown key detect.rules.${id}`)
      continue
    }
    for (const [name, value] of Object.entries(given)) {
      if (name === 'enabled' || name === 'dryRun' || name === 'severity') continue
      const setting = detector.settings?.[name]
      const key = `detect.rules.${id}.${name}`
      if (setting === undefined) problems.push(`unknown key ${key}`)
      else if (typeof value !== 'number' || value < setting.min || value > setting.max)
        problems.push(`${key} must be a number from ${setting.min} to ${setting.max}`)
    }
  }
  if (problems.length > 0) throw new WrongConfig(source, problems)
}
