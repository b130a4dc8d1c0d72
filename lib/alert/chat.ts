import { cut } from '../finding/content.ts'
import { visible } from '../text/visible.ts'
import { commandsFor, newsOf, pathOf, subjectOf, whenOf } from './alert.ts'
import type { ForPeople } from './format.ts'
import { rulesIn, severitiesIn } from './summary.ts'

/** Such that all of it fits into one message of any chat. */
const MAX = { title: 250, description: 3_000, steps: 8, value: 500, keyword: 100 }

/**
 * Custom notification of Amazon Q Developer in chat applications, for Slack, Teams and Chime. It is read as the chat's own markdown, so
 * what comes from events stands as code, in which there are neither links nor mentions.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export const chat: ForPeople = {
  id: 'chat',
  isForPeople: true,

  body(alert) {
    const { finding, rule, others, url } = alert
    const { id, severity, title, networks, normal, role, account } = finding
    const lines = [
      code(title),
      row('Who', subjectOf(finding)),
      row('How', pathOf(finding)),
      row('When', whenOf(finding)),
      row('From', networks.length === 0 ? null : networks.slice(0, 8).join(', ')),
      row('Normal', normal),
      row('Declared', finding.declared),
      row('Approved', finding.approved),
      rule === null ? null : `*Why it matters* ${neutral(rule.why)}`,
      others.length === 0 ? null : `The same story: ${others.length} more`,
      url === null ? null : `Finding: ${url}`,
    ]
    return notification({
      id: alert.id,
      title: `${severity.toUpperCase()} ${newsOf(alert)}: ${finding.rule}`,
      lines,
      steps: [
        ...(finding.status === 'open' ? alert.steps.map(neutral) : []),
        ...commandsFor(finding).map(code),
      ],
      keywords: [finding.rule, severity, finding.status],
      // Updates of a finding come into the thread of its first message, if the channel allows.
      threadId: id,
      summary: `${severity}: ${finding.rule} ${id}`,
      eventType: `podtrail ${finding.kind}`,
      relatedResources: role === null ? [] : [role],
      additionalContext: {
        version: String(finding.version),
        ...(account === null ? {} : { account }),
      },
    })
  },

  summary(summary) {
    const { id, total, worst, url } = summary
    const head = `${total.toLocaleString('en-US')} findings at once: ${severitiesIn(summary)}`
    return notification({
      id,
      title: head,
      lines: [
        'They are too many for a message each. Every one of them is kept, and counted here once.',
        ...rulesIn(summary).map(code),
        'The worst:',
        ...worst.map(({ severity, title }) => code(`${severity}: ${title}`)),
        url === null ? null : `Findings: ${url}`,
      ],
      steps: [code('podtrail findings list --status open')],
      keywords: ['summary'],
      threadId: id,
      summary: head,
      eventType: 'podtrail summary',
      relatedResources: [],
      additionalContext: {},
    })
  },
}

function notification(given: {
  readonly id: string
  readonly title: string
  readonly lines: readonly (string | null)[]
  readonly steps: readonly string[]
  readonly keywords: readonly string[]
  readonly threadId: string
  readonly summary: string
  readonly eventType: string
  readonly relatedResources: readonly string[]
  readonly additionalContext: Readonly<Record<string, string>>
}): string {
  const { id, title, lines, steps, keywords, threadId, summary } = given
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    id,
    content: {
      textType: 'client-markdown',
      title: cut(neutral(title), MAX.title),
      description: within(lines, MAX.description),
      nextSteps: steps.slice(0, MAX.steps),
      keywords: keywords.map((word) => cut(neutral(word), MAX.keyword)),
    },
    metadata: {
      threadId,
      summary: cut(neutral(summary), MAX.title),
      eventType: given.eventType,
      relatedResources: given.relatedResources.map((one) => cut(neutral(one), MAX.value)),
      additionalContext: Object.fromEntries(
        Object.entries(given.additionalContext).map(([key, value]) => [key, neutral(value)]),
      ),
    },
  })
}

/** Whole lines, as many as fit: a cut through code would open what follows to be read as markdown. */
function within(lines: readonly (string | null)[], most: number): string {
  let text = ''
  for (const line of lines) {
    if (line === null) continue
    const longer = text === '' ? line : `${text}\n${line}`
    if (longer.length > most) break
    text = longer
  }
  return text
}

function row(label: string, value: string | null): string | null {
  return value === null ? null : `*${label}* ${code(value)}`
}

/** In which neither Slack nor Teams looks for anything; Slack reads `<…>` even there. */
function code(text: string): string {
  return `\`${neutral(cut(visible(text), MAX.value))}\``
}

function neutral(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', "'")
}
