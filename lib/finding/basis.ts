import { SEVERITIES } from '../rule.ts'
import type { Basis, Finding } from './finding.ts'
import { digestOf } from './fingerprint.ts'

/** What a decision about the finding rests on. */
export function basisOf(finding: Finding): Basis {
  const { version, severity, count, lastSeen, networks } = finding
  const { principal, via, role, account, declared, approved } = finding
  const digest = digestOf([principal?.kind, principal?.id, via, role, account, declared, approved])
  return { version, severity, count, lastSeen, networks, digest }
}

/** Why the finding is more than what was decided about: it is worse, from elsewhere, or about something else. Null: it is not. */
export function changeSince(basis: Basis, finding: Finding): string | null {
  const now = basisOf(finding)
  if (isWorse(now.severity, basis.severity)) return `it is ${now.severity} now`
  if (now.digest !== basis.digest) return 'what it says has changed'
  const added = now.networks.filter((network) => !basis.networks.includes(network))
  return added.length === 0 ? null : `it came from elsewhere too: ${added.join(', ')}`
}

export function isWorse(severity: Finding['severity'], than: Finding['severity']): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than)
}
