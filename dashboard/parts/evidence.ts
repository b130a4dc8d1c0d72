import type { Finding } from '../../lib/finding/finding.ts'
import type { TouchList } from '../../lib/graph/answer-touched.ts'
import type { ChainItem } from '../../lib/graph/answer-trace.ts'
import type { Coverage } from '../api/types.ts'
import { principalName, shortRole, visible } from './text.ts'

/** Evidence as Markdown for a ticket: UTC, event ids, where to look again, and what was not seen. */
export function evidenceOfChain(item: ChainItem, coverage: Coverage, link: string): string {
  const lines = item.steps.map(
    ({ issuedAt, action, role, accessKeyId, sourceIp, vpcEndpoint, events, proof }) =>
      [
        `- ${issuedAt} \`${action}\` → ${code(role)}`,
        `  key ${code(accessKeyId ?? 'not recorded')}, from ${code(sourceIp ?? vpcEndpoint ?? 'unknown')}, proof ${proof}`,
        `  events ${events.map(({ eventId, account }) => code(`${eventId}@${account}`)).join(', ')}`,
      ].join('\n'),
  )
  const path = [principalName(item.principal), ...item.steps.map(({ role }) => shortRole(role))]
  return finish(`${path.map(visible).join(' → ')}`, lines, coverage, link)
}

export function evidenceOfTouches(arn: string, answer: TouchList, link: string): string {
  const lines = answer.items.map(
    ({ outcome, principal, role, action, count, firstSeen, lastSeen }) =>
      `- ${outcome.toUpperCase()} ${code(principalName(principal))} ${code(action)} ×${count} as ${code(role ?? 'own credentials')}, ${firstSeen} → ${lastSeen}`,
  )
  const { from, to } = answer.window
  return finish(`Who touched ${visible(arn)}, ${from} → ${to}`, lines, answer.coverage, link)
}

export function evidenceOfFinding(
  finding: Finding,
  coverage: Coverage | null,
  link: string,
): string {
  const lines = finding.evidence.map(
    ({ at, text, eventId, account }) =>
      `- ${at ?? ''} ${visible(text)}${eventId === null ? '' : ` (event ${code(eventId)}${account === null ? '' : ` in ${account}`})`}`,
  )
  const head = `${finding.severity.toUpperCase()} ${visible(finding.title)} (${finding.id}, ${finding.status})`
  return finish(head, lines, coverage, link)
}

function finish(
  head: string,
  lines: readonly string[],
  coverage: Coverage | null,
  link: string,
): string {
  const gaps =
    coverage?.gaps.map(({ account, region, from, to }) => `${account}/${region} ${from} → ${to}`) ??
    []
  const seen =
    coverage === null
      ? []
      : [`Coverage ${coverage.status}${gaps.length === 0 ? '' : `; not seen: ${gaps.join(', ')}`}.`]
  return [`**${head}**`, '', ...lines, '', ...seen, link, ''].join('\n')
}

/** Between backticks nothing is markup; a value cannot close them. */
function code(text: string): string {
  return `\`${visible(text).replaceAll('`', 'ˋ')}\``
}
