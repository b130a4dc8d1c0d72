import { SEVERITIES } from '../rule.ts'
import type { Anomaly } from './anomaly.ts'
import type { Detector, Example } from './detector.ts'
import { detectIn } from './run.ts'
import { extentOf, partitionsOf, type Situation } from './sample.ts'

/** What detectors say of a situation, through the same engine as of a store. */
export function anomaliesOf(detectors: readonly Detector[], situation: Situation): Anomaly[] {
  const {
    since = 0,
    config = null,
    baseline = [],
    coverage = [],
    integrity = null,
    trails = null,
  } = situation
  const window = { from: since, to: Number.MAX_SAFE_INTEGER }
  const asked = { window, config, baseline, integrity, trails, detectors }
  return detectIn(partitionsOf(situation), extentOf(situation), coverage, asked)
}

/** The examples of a detector that do not come out as they say, in a line each. */
export function failuresOf(detector: Detector): string[] {
  return detector.examples.flatMap((example) => {
    const said = saidOf(detector, example)
    const { expects, title, severity } = example
    if (expects === 'quiet')
      return said.length === 0 ? [] : [`should be quiet: ${title}: ${said[0]!.title}`]
    if (said.length === 0) return [`should fire: ${title}`]
    const worst = SEVERITIES[Math.max(...said.map((one) => SEVERITIES.indexOf(one.severity)))]!
    return severity === undefined || severity === worst
      ? []
      : [`should be ${severity}, and is ${worst}: ${title}`]
  })
}

export const saidOf = (detector: Detector, { situation }: Example): Anomaly[] =>
  anomaliesOf([detector], situation())
