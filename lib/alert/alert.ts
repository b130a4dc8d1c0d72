import type { Decision, Finding } from '../finding/finding.ts'
import { shell } from '../finding/shell.ts'
import { stepsOf } from '../finding/steps.ts'
import { timestamp } from '../graph/timestamp.ts'
import { roleAt, whoOf } from '../identity/called.ts'
import type { OutboxEntry } from '../ports.ts'
import type { Rule } from '../rule.ts'
import { tidied } from './mask.ts'

/** What is to be told of one finding, in whichever format. Its strings are still those of the events, less what is secret. */
export interface Alert {
  /** Of what is told: the finding and its version. The same whenever it is told again. */
  readonly id: string
  readonly action: Decision['action']
  readonly finding: Finding
  /** Null: there is no such rule any more. */
  readonly rule: Rule | null
  /** What to do, in the words of the rule and with the values of the finding. */
  readonly steps: readonly string[]
  /** Others of the same story that are told with it, the worst first. */
  readonly others: readonly Finding[]
  /** Of the finding in the dashboard; null: it is not known where that is. */
  readonly url: string | null
}

/** What messages have in common. */
export interface AlertContext {
  readonly rules: ReadonlyMap<string, Rule>
  /** Base URL of the dashboard. */
  readonly dashboard: string | null
}

export function alertOf(
  { version, action }: Pick<OutboxEntry, 'version' | 'action'>,
  finding: Finding,
  others: readonly Finding[],
  { rules, dashboard }: AlertContext,
): Alert {
  const shown = tidied(finding)
  const rule = rules.get(finding.rule) ?? null
  return {
    id: `${finding.id}.${version}`,
    action,
    finding: shown,
    rule,
    steps: stepsOf(rule, shown),
    others: tidied(others),
    url: dashboard === null ? null : `${dashboard.replace(/\/+$/, '')}/findings/${finding.id}`,
  }
}

/** What has become of it, in a word or two. */
export function newsOf({ action, finding }: Pick<Alert, 'action' | 'finding'>): string {
  const { history, status } = finding
  switch (action) {
    case 'found':
      return history.filter((one) => one.action === 'found').length > 1 ? 'worse' : 'new'
    case 'reopen':
      return 'open again'
    case 'expire':
      return 'open again'
    case 'withdraw':
      return 'withdrawn'
    case 'comment':
    case 'fold':
      return 'commented'
    case 'approve':
    case 'suppress':
    case 'resolve':
      return status
  }
}

/** Who it is about. */
export function subjectOf({ principal, subject }: Finding): string {
  return principal === null ? subject : whoOf(principal)
}

/** The whole way on one line. */
export function pathOf({ principal, via, role }: Finding): string | null {
  if (role === null) return null
  const from = principal === null ? [] : [whoOf(principal)]
  return [...from, ...via.map(roleAt), roleAt(role)].join(' → ')
}

/** When it was seen, in UTC, and how much later it was found. */
export function whenOf({ firstSeen, lastSeen, count, history }: Finding): string {
  const times = count === 1 ? 'once' : `${count.toLocaleString('en-US')} times`
  const span = firstSeen === lastSeen ? firstSeen : `${firstSeen} to ${lastSeen}`
  const found = history[0]?.at
  return `${span} (UTC), ${times}${found === undefined ? '' : `; found ${later(firstSeen, found)}`}`
}

function later(from: string, to: string): string {
  const seconds = Math.max(0, Date.parse(to) - Date.parse(from)) / 1000
  const [amount, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7_200
        ? [seconds / 60, 'minute']
        : seconds < 172_800
          ? [seconds / 3_600, 'hour']
          : [seconds / 86_400, 'day']
  const rounded = Math.floor(amount)
  return `${rounded} ${unit}${rounded === 1 ? '' : 's'} after the first`
}

/** Commands that show more, an hour around it. Names are quoted for a POSIX shell. */
export function commandsFor({ id, principal, role, firstSeen, lastSeen }: Finding): string[] {
  const from = timestamp(Date.parse(firstSeen) / 1000 - 3_600)
  const to = timestamp(Date.parse(lastSeen) / 1000 + 3_600)
  const window = `--from ${from} --to ${to}`
  return [
    `podtrail findings show ${id}`,
    ...(principal?.kind === 'workload'
      ? [`podtrail what ${shell(`${principal.namespace}/${principal.serviceAccount}`)} ${window}`]
      : []),
    ...(role === null ? [] : [`podtrail who ${shell(role)} ${window}`]),
  ]
}
