import type { Finding } from '../finding/finding.ts'
import { safeJson } from '../text/visible.ts'
import type { Alert } from './alert.ts'
import { BODY_MAX, bytesOf, type ForMachines } from './format.ts'
import { tidied } from './mask.ts'

/** The finding itself, as the CLI and the API give it, with what its rule says. */
export const json: ForMachines = {
  id: 'json',
  isForPeople: false,
  body(alert) {
    for (const shorten of SHORTER) {
      const body = safeJson(JSON.stringify(documentOf(shorten(alert))))
      if (bytesOf(body) <= BODY_MAX) return body
    }
    throw new Error(`${alert.id} does not fit into a message`)
  },
}

interface Shortened extends Alert {
  /** Whether something is left out; `podtrail findings show` has it. */
  readonly isShortened?: true
}

function documentOf({ id, action, finding, rule, url, isShortened }: Shortened): object {
  return {
    apiVersion: 'podtrail/v1',
    kind: 'Alert',
    id,
    action,
    isShortened: isShortened ?? false,
    finding,
    rule:
      rule === null
        ? null
        : {
            id: rule.id,
            title: rule.title,
            attack: rule.attack,
            why: rule.why,
            runbook: rule.runbook,
            blindSpots: rule.blindSpots,
          },
    url,
  }
}

/** Each leaves out more than the one before. */
const SHORTER: readonly ((alert: Alert) => Shortened)[] = [
  (alert) => alert,
  (alert) => ({ ...alert, isShortened: true, finding: lastDecisions(alert.finding, 10) }),
  (alert) => ({
    ...alert,
    isShortened: true,
    finding: lastDecisions(tidied(alert.finding, 500), 1),
  }),
  (alert) => ({
    ...alert,
    isShortened: true,
    finding: { ...lastDecisions(tidied(alert.finding, 200), 0), evidence: [], fix: null },
  }),
]

function lastDecisions(finding: Finding, count: number): Finding {
  return { ...finding, history: count === 0 ? [] : finding.history.slice(-count) }
}
