import { timestamp } from '../graph/timestamp.ts'
import { roleAt, whoOf } from '../identity/called.ts'
import type { Rule } from '../rule.ts'
import type { Finding } from './finding.ts'
import { shell } from './shell.ts'

const LISTED_MAX = 3
const DAY = 86_400

/**
 * What to do, with the values of this finding for the fields, names and times that a runbook speaks of, so that commands can be copied:
 * nobody looks up fields at night. What the finding does not say stays as the runbook has it.
 */
export function stepsOf(rule: Rule | null, finding: Finding): string[] {
  const fields = fieldsOf(finding)
  const words = wordsOf(finding)
  return (rule?.runbook ?? []).map((step) =>
    step.replace(FILLED, (text, days?: string, word?: string, field?: string) => {
      if (days !== undefined) return `--from ${before(finding, Number(days))}`
      return (word === undefined ? fields[field!] : words[word]) ?? text
    }),
  )
}

/** A time counted from now, what runbooks write for a part of a command, and the name of a field. */
const FILLED =
  /--since (\d+)d\b|\b(EVENT-ID|ADDRESS|NS\/SA|ROLE-ARN|FIRSTSEEN|(?<=tighten )ROLE)\b(?: of `evidence`)?|`(\w+)`/g

function wordsOf({ evidence, networks, principal, role, firstSeen }: Finding): Words {
  const event = evidence.find(({ eventId }) => eventId !== null)?.eventId
  return {
    'EVENT-ID': quoted(event),
    ADDRESS: quoted(networks[0]),
    'NS/SA':
      principal?.kind === 'workload'
        ? quoted(`${principal.namespace}/${principal.serviceAccount}`)
        : undefined,
    'ROLE-ARN': quoted(role),
    ROLE: quoted(role),
    FIRSTSEEN: firstSeen,
  }
}

function fieldsOf(finding: Finding): Words {
  const { firstSeen, lastSeen, networks, role, account, via, principal } = finding
  return {
    firstSeen,
    lastSeen,
    networks: some(networks),
    role: role === null ? undefined : roleAt(role),
    account: account ?? undefined,
    via: some(via.map(roleAt)),
    principal: principal === null ? undefined : whoOf(principal),
  }
}

type Words = Readonly<Record<string, string | undefined>>

const quoted = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined ? undefined : shell(text)

function some(all: readonly string[]): string | undefined {
  if (all.length === 0) return undefined
  const rest = all.length - LISTED_MAX
  return all.slice(0, LISTED_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** So many days before it began: whoever reads it tomorrow asks about the same time. */
function before({ firstSeen }: Finding, days: number): string {
  return timestamp(Math.max(0, Date.parse(firstSeen) / 1000 - days * DAY))
}
