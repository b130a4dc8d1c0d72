import { cut } from '../finding/content.ts'
import type { AlertMessage } from '../ports.ts'
import { SEVERITIES } from '../rule.ts'
import { visible } from '../text/visible.ts'
import { type Alert, subjectOf } from './alert.ts'
import { BODY_MAX, bytesOf, type Format, type ForPeople } from './format.ts'
import { type Summary, severitiesIn, worstSeverity } from './summary.ts'

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, no control characters, shorter than 100. */
const SUBJECT_MAX = 99
const ATTRIBUTE_MAX = 256

export function messageOf(alert: Alert, format: Format, to: string): AlertMessage {
  const { finding } = alert
  const { severity, rule, kind, status, account, principal } = finding
  const head = `[podtrail][${severity.toUpperCase()}] `
  const tail = `: ${rule} ${finding.id}`
  const who = cut(ascii(subjectOf(finding)), Math.max(10, SUBJECT_MAX - head.length - tail.length))
  return {
    id: alert.id,
    thread: finding.id,
    subject: cutAscii(`${head}${ascii(who)}${tail}`),
    body: bounded(format.body(alert, to)),
    attributes: attributesOf({
      id: alert.id,
      format: format.id,
      severity,
      severity_num: String(SEVERITIES.indexOf(severity) + 1),
      rule,
      kind,
      status,
      account,
      cluster: principal?.cluster ?? null,
      namespace: principal?.namespace ?? null,
    }),
  }
}

export function summaryMessageOf(summary: Summary, format: ForPeople): AlertMessage {
  const severity = worstSeverity(summary)
  const head = `[podtrail][${severity.toUpperCase()}] ${summary.total} findings at once: `
  return {
    id: summary.id,
    thread: summary.id,
    subject: cutAscii(`${head}${severitiesIn(summary)}`),
    body: bounded(format.summary(summary)),
    attributes: attributesOf({
      id: summary.id,
      format: format.id,
      severity,
      severity_num: String(SEVERITIES.indexOf(severity) + 1),
      rule: null,
      kind: 'summary',
      status: 'open',
      account: null,
      cluster: null,
      namespace: null,
    }),
  }
}

/**
 * For filter policies. Ten are as many as SQS takes raw; what is not known is left out.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
 */
function attributesOf(given: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, cut(visible(value), ATTRIBUTE_MAX)]],
    ),
  )
}

function bounded(body: string): string {
  if (bytesOf(body) <= BODY_MAX) return body
  throw new Error(`a message of ${bytesOf(body)} bytes is too long`)
}

function ascii(text: string): string {
  return visible(text).replaceAll(/[^\x20-\x7e]/g, '?')
}

function cutAscii(text: string): string {
  return text.length <= SUBJECT_MAX ? text : `${text.slice(0, SUBJECT_MAX - 1)}~`
}
