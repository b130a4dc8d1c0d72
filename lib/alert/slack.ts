import { cut } from '../finding/content.ts'
import { timestamp } from '../graph/timestamp.ts'
import { visible } from '../text/visible.ts'
import { type Alert, commandsFor, newsOf, pathOf, subjectOf, whenOf } from './alert.ts'
import type { ForPeople } from './format.ts'
import { rulesIn, type Summary, severitiesIn } from './summary.ts'

/** https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
const MAX = { header: 150, text: 3_000, field: 2_000, fields: 10, url: 3_000, fallback: 3_000 }

type Block = Readonly<Record<string, unknown>>

/**
 * Blocks for `chat.postMessage` or a webhook. Whatever comes from events is plain text, which Slack does not read for markup, links or
 * mentions; the text for notifications is, so it is escaped.
 */
export const slack: ForPeople = {
  id: 'slack',
  isForPeople: true,

  body(alert) {
    const { finding, rule, steps, others, url } = alert
    const { severity, title, normal, networks } = finding
    const blocks = [
      header(`${severity.toUpperCase()} · ${newsOf(alert)} · ${finding.rule}`),
      section(title),
      fields([
        ['Who', subjectOf(finding)],
        ['How', pathOf(finding)],
        ['When', whenOf(finding)],
        ['From', networks.length === 0 ? null : networks.slice(0, 8).join(', ')],
        ['Normal', normal],
        ['Declared', finding.declared],
        ['Approved', finding.approved],
        ['Status', statusOf(alert)],
      ]),
      ...(rule === null ? [] : [section(`Why it matters: ${rule.why}`)]),
      ...(steps.length === 0 || finding.status !== 'open' ? [] : [section(numbered(steps))]),
      ...(others.length === 0 ? [] : [section(storyOf(others))]),
      section(commandsFor(finding).join('\n')),
      ...button('Open finding', url),
      context(`${finding.id} version ${finding.version} · times are UTC`),
    ]
    const fallback = `${severity}: ${title} (${finding.id})`
    return messageOf(fallback, blocks, finding.id)
  },

  summary(summary) {
    const { total, from, to, worst, url } = summary
    const head = `${total.toLocaleString('en-US')} findings at once: ${severitiesIn(summary)}`
    return messageOf(
      head,
      [
        header(head),
        section(
          'They are too many for a message each. Every one of them is kept, and counted here once.',
        ),
        section(rulesIn(summary).join('\n')),
        section(storyOf(worst)),
        section('podtrail findings list --status open'),
        ...button('Open findings', url),
        context(`${timestamp(from)} to ${timestamp(to)} UTC`),
      ],
      summary.id,
    )
  },
}

function messageOf(fallback: string, blocks: readonly Block[], thread: string): string {
  const text = cut(escaped(visible(fallback)), MAX.fallback)
  // Whoever posts it keeps the `ts` of the first message of a thread by its name.
  return JSON.stringify({
    text,
    blocks,
    metadata: { event_type: 'podtrail', event_payload: { thread } },
  })
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function plain(text: string, most: number): Block {
  const lines = text.split('\n').map(visible).join('\n')
  return { type: 'plain_text', text: cut(lines === '' ? '–' : lines, most), emoji: false }
}

function header(text: string): Block {
  return { type: 'header', text: plain(text, MAX.header) }
}

function section(text: string): Block {
  return { type: 'section', text: plain(text, MAX.text) }
}

function fields(given: readonly (readonly [label: string, value: string | null])[]): Block {
  const shown = given.flatMap(([label, value]) =>
    value === null ? [] : [plain(`${label}\n${visible(value)}`, MAX.field)],
  )
  return { type: 'section', fields: shown.slice(0, MAX.fields) }
}

function button(text: string, url: string | null): Block[] {
  if (url === null || url.length > MAX.url) return []
  return [{ type: 'actions', elements: [{ type: 'button', text: plain(text, 75), url }] }]
}

function context(text: string): Block {
  return { type: 'context', elements: [plain(text, MAX.field)] }
}

function statusOf({ finding }: Alert): string {
  const last = finding.history.at(-1)
  return last === undefined ? finding.status : `${finding.status}: ${last.reason} (${last.by})`
}

function numbered(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${visible(step)}`).join('\n')
}

function storyOf(others: Summary['worst']): string {
  return others
    .slice(0, 8)
    .map(({ severity, title, id }) => `${severity}: ${visible(title)} (${id})`)
    .join('\n')
}
