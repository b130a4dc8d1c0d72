import { cut } from '../finding/content.ts'
import { timestamp } from '../graph/timestamp.ts'
import { placeOf } from '../identity/called.ts'
import { visible } from '../text/visible.ts'
import { type Alert, commandsFor, newsOf, pathOf, subjectOf, whenOf } from './alert.ts'
import type { ForPeople } from './format.ts'
import { labelled, WIDTH, wrap } from './lines.ts'
import { rulesIn, severitiesIn } from './summary.ts'

const EVIDENCE_MAX = 8
const OTHERS_MAX = 8
const NETWORKS_MAX = 8
const COMMANDS_MAX = 20
const VALUE_MAX = 2_000

/** For e-mail: somebody woken at night knows who, what, from where, why it matters and what to do next. */
export const text: ForPeople = {
  id: 'text',
  isForPeople: true,

  body(alert) {
    const { finding, rule, steps, others, url } = alert
    const { severity, title, networks, normal, evidence, fix } = finding
    const lines = [
      ...headline(`${severity.toUpperCase()} (${newsOf(alert)})`, title),
      '',
      ...labelled('Who', who(alert)),
      ...optional('How', pathOf(finding)),
      ...optional('Account', finding.account),
      ...labelled('When', whenOf(finding)),
      ...optional('From', from(networks)),
      ...optional('Normal', normal),
      ...optional('Declared', finding.declared),
      ...optional('Observed', finding.observed),
      ...optional('Approved', finding.approved),
      ...optional('Why', rule?.why ?? null),
      ...decided(alert),
    ]
    if (others.length > 0)
      lines.push('', 'The same story:', ...others.slice(0, OTHERS_MAX).flatMap(other))
    if (others.length > OTHERS_MAX) lines.push(`  and ${others.length - OTHERS_MAX} more`)
    if (evidence.length > 0)
      lines.push('', 'Evidence:', ...evidence.slice(0, EVIDENCE_MAX).flatMap(witness))
    if (evidence.length > EVIDENCE_MAX) lines.push(`  and ${evidence.length - EVIDENCE_MAX} more`)
    if (steps.length > 0 && finding.status === 'open')
      lines.push('', 'What to do:', ...steps.flatMap(step))
    if (fix !== null && fix.commands.length > 0 && finding.status === 'open')
      lines.push('', 'The fix:', ...fix.commands.slice(0, COMMANDS_MAX).map(commandLine))
    lines.push('', 'Look closer:', ...commandsFor(finding).map(commandLine))
    if (finding.status === 'open') lines.push('', 'Decide:', ...decisions(finding.id))
    if (rule !== null)
      lines.push('', ...wrap(`What ${rule.id} cannot see: ${visible(rule.blindSpots)}`, WIDTH))
    lines.push(
      '',
      `Finding ${finding.id}, version ${finding.version}, ${finding.status}. Rule ${visible(finding.rule)}.`,
    )
    if (url !== null) lines.push(url)
    return `${lines.join('\n')}\n`
  },

  summary(summary) {
    const { total, from: first, to, worst, url } = summary
    const lines = [
      ...wrap(`${total.toLocaleString('en-US')} findings at once: ${severitiesIn(summary)}`, WIDTH),
      '',
      ...wrap(
        'They are too many for a message each. Every one of them is kept, and counted here once.',
        WIDTH,
      ),
      '',
      ...labelled('Came in', `${timestamp(first)} to ${timestamp(to)} (UTC)`),
      ...rulesIn(summary).flatMap((line, index) =>
        labelled(index === 0 ? 'Rules' : '', visible(line)),
      ),
      '',
      'The worst:',
      ...worst.flatMap(other),
      '',
      'Look closer:',
      '  podtrail findings list --status open',
    ]
    if (url !== null) lines.push('', url)
    return `${lines.join('\n')}\n`
  },
}

function headline(label: string, title: string): string[] {
  const [first = '', ...rest] = wrap(`${label}: ${visible(title)}`, WIDTH)
  return [first, ...rest]
}

function optional(label: string, value: string | null): string[] {
  return value === null ? [] : labelled(label, visible(cut(value, VALUE_MAX)))
}

function who({ finding }: Alert): string {
  const { principal } = finding
  if (principal === null) return visible(cut(subjectOf(finding), VALUE_MAX))
  const account = principal.account === null ? '' : `, account ${principal.account}`
  const place = principal.kind === 'workload' ? `cluster ${placeOf(principal)}` : principal.kind
  return visible(cut(`${subjectOf(finding)} (${place}${account})`, VALUE_MAX))
}

function from(networks: readonly string[]): string | null {
  if (networks.length === 0) return null
  const rest = networks.length - NETWORKS_MAX
  return networks.slice(0, NETWORKS_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** Why it stands as it does, where somebody or something decided. */
function decided({ finding, action }: Alert): string[] {
  const last = finding.history.at(-1)
  if (last === undefined || (action === 'found' && finding.history.length === 1)) return []
  return labelled('Because', visible(`${last.reason} (${last.by}, ${last.at})`))
}

function other({ severity, title, id }: Alert['finding']): string[] {
  return indented(`${severity}: ${visible(title)} (${id})`, '  ')
}

function witness({
  at,
  text: what,
  eventId,
  account,
}: Alert['finding']['evidence'][number]): string[] {
  const event =
    eventId === null ? '' : `; event ${eventId}${account === null ? '' : ` in ${account}`}`
  return indented(visible(`${at === null ? '' : `${at} `}${cut(what, 400)}${event}`), '  ')
}

function step(what: string, index: number): string[] {
  const number = `  ${index + 1}. `
  return indented(visible(cut(what, VALUE_MAX)), number)
}

function indented(what: string, lead: string): string[] {
  return wrap(what, WIDTH - lead.length).map(
    (line, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + line,
  )
}

function commandLine(command: string): string {
  return `  ${visible(cut(command, VALUE_MAX))}`
}

function decisions(id: string): string[] {
  return [
    `  podtrail findings approve ${id} --reason WHY     it is right`,
    `  podtrail findings resolve ${id} --reason WHY     it is dealt with`,
    `  podtrail findings suppress ${id} --reason WHY    until it changes`,
  ]
}
