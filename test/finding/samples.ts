import type { Anomaly } from '../../lib/detect/anomaly.ts'
import { contentOfAnomaly } from '../../lib/finding/content.ts'
import type { Finding } from '../../lib/finding/finding.ts'
import type { Scope } from '../../lib/finding/reconcile.ts'
import { seen } from '../../lib/finding/step.ts'
import { timestamp } from '../../lib/graph/timestamp.ts'
import type { Principal } from '../../lib/model.ts'
import type { OutboxEntry } from '../../lib/ports.ts'

/** 2026-11-23T02:14:07Z. All of these are synthetic. */
export const AT = Date.parse('2026-11-23T02:14:07Z') / 1000
export const LEDGER = 'arn:aws:iam::222233334444:role/ledger-writer'
export const DEV = 'arn:aws:iam::444455556666:role/dev-shared'

export const DEBUG: Principal = {
  kind: 'workload',
  id: 'dev-eks/sandbox/debug',
  cluster: 'dev-eks',
  namespace: 'sandbox',
  serviceAccount: 'debug',
  name: null,
  account: '444455556666',
}

export function anomaly(given: Partial<Anomaly> = {}): Anomaly {
  return {
    rule: 'new-account-reached',
    subject: 'workload dev-eks/sandbox/debug in 222233334444',
    occurrence: '',
    severity: 'critical',
    title: 'sandbox/debug reached account 222233334444 through dev-shared for the first time',
    normal: 'in 90 days it used account 444455556666 alone',
    principal: DEBUG,
    via: [DEV],
    role: LEDGER,
    account: '222233334444',
    networks: ['198.51.100.7'],
    story: 'dev-eks/sandbox/debug 2026-11-23T02',
    count: 2,
    firstSeen: AT,
    lastSeen: AT + 60,
    evidence: [
      {
        eventId: '00000000-0000-4000-8000-000000000002',
        account: '444455556666',
        at: AT,
        text: 'AssumeRole of ledger-writer with a session of dev-shared',
      },
    ],
    ...given,
  }
}

export function scope(given: Partial<Scope> = {}): Scope {
  const window = { from: AT - 86_400, to: AT + 86_400 }
  return { rules: ['new-account-reached'], window, notLooked: [], isComplete: true, ...given }
}

/** As a first run would record it. */
export function finding(given: Partial<Anomaly> = {}): Finding {
  const standing = {
    now: timestamp(AT + 300),
    baseline: new Map(),
    suppressions: [],
    from: timestamp(AT - 86_400),
    snapshotAt: null,
  }
  return seen(null, contentOfAnomaly(anomaly(given)), standing)
}

export function entry(given: Partial<OutboxEntry> = {}): OutboxEntry {
  const id = given.finding ?? finding().id
  return {
    name: id,
    finding: id,
    isDecision: false,
    version: 1,
    action: 'found',
    severity: 'critical',
    rule: 'new-account-reached',
    story: 'story',
    since: 100,
    attempts: 0,
    nextAt: 100,
    isDead: false,
    arrived: [],
    error: null,
    ...given,
  }
}
