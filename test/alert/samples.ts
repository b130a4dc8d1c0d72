import type { Alert } from '../../lib/alert/alert.ts'
import { alertOf } from '../../lib/alert/alert.ts'
import { FORMATS } from '../../lib/alert/all.ts'
import { type Summary, summaryOf } from '../../lib/alert/summary.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import type { Rule } from '../../lib/rule.ts'
import { entry, finding } from '../finding/samples.ts'

/** Synthetic. */
export const RULE: Rule = {
  id: 'new-account-reached',
  title: 'A workload reached an account it never used before',
  severity: 'high',
  attack: ['T1550.001', 'T1199'],
  why: 'Whoever holds a pod can move through role after role until an account with something to steal is reached. The first step into an account is the last moment at which only that step has to be undone.',
  blindSpots:
    'Accounts whose logs are not received, and calls within the account that was reached before.',
  runbook: [
    'Ask the owner of the namespace whether a deployment within the hour before `firstSeen` explains it; look up who owns `networks`.',
    'Look at what was done: podtrail what NS/SA --since 1d; follow it: podtrail trace EVENT-ID of `evidence`, and podtrail trace ADDRESS.',
    'If nobody knows it: attach AWSRevokeOlderSessions to `via` and `role`, and narrow the trust: podtrail tighten ROLE.',
  ],
}

export const RULES = new Map([[RULE.id, RULE]])
export const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:podtrail-findings'
export const FORMAT_LIST = Object.values(FORMATS)

export function alert(given: Finding = finding(), others: readonly Finding[] = []): Alert {
  const context = { rules: RULES, dashboard: 'https://podtrail.example/' }
  return alertOf(entry({ finding: given.id, version: given.version }), given, others, context)
}

export function summary(findings: readonly Finding[] = [finding()]): Summary {
  const entries = findings.map(({ id, version, severity, rule }) =>
    entry({ finding: id, version, severity, rule, since: 1_795_400_000 }),
  )
  return summaryOf(entries, findings, 'https://podtrail.example')
}
