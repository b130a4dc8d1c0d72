import { DETECTORS } from '../detect/all.ts'
import type { Detector } from '../detect/detector.ts'
import { auditTampering } from './rules/audit-tampering.ts'
import { digestBroken } from './rules/digest-broken.ts'
import { parametersOmitted } from './rules/parameters-omitted.ts'
import { sourceSilent } from './rules/source-silent.ts'
import { trailNarrowed } from './rules/trail-narrowed.ts'

/** Rules about what is not seen, of the same shape as detectors. */
export const COVERAGE_RULES: readonly Detector[] = [
  auditTampering,
  trailNarrowed,
  sourceSilent,
  digestBroken,
  parametersOmitted,
]

/** Everything that looks for anomalies. */
export const ANOMALY_RULES: readonly Detector[] = [...DETECTORS, ...COVERAGE_RULES]
