import type { Finding, FindingEvidence } from '../../lib/finding/finding.ts'

/** One thing that happened: each event once, whoever of its findings names it. */
export interface Told {
  /** First to last event of all findings. RFC 3339. */
  readonly from: string
  readonly to: string
  /** The finding whose way is the longest. */
  readonly farthest: Finding
  readonly lines: readonly Line[]
}

export interface Line {
  readonly at: string | null
  readonly text: string
  /** Both copies of a call across accounts, for one. */
  readonly events: readonly { readonly eventId: string; readonly account: string | null }[]
  readonly isOwn: boolean
  /** Rules whose findings rest on it. */
  readonly rules: readonly string[]
}

type Growing = { -readonly [Field in keyof Line]: Line[Field] } & {
  events: { eventId: string; account: string | null }[]
  rules: string[]
}

/** The story of a finding, told once. Its own words come first where others tell the same otherwise. */
export function toldOf(item: Finding, others: readonly Finding[]): Told {
  const all = [item, ...others]
  const byEvent = new Map<string, Growing>()
  const byText = new Map<string, Growing>()
  for (const finding of all)
    for (const evidence of finding.evidence) {
      const line = lineOf(evidence, byEvent, byText)
      if (finding === item) line.isOwn = true
      if (!line.rules.includes(finding.rule)) line.rules.push(finding.rule)
    }
  const lines = [...new Set([...byEvent.values(), ...byText.values()])]
  return {
    from: all.map(({ firstSeen }) => firstSeen).sort()[0]!,
    to: all
      .map(({ lastSeen }) => lastSeen)
      .sort()
      .at(-1)!,
    farthest: all.reduce((most, one) => (reach(one) > reach(most) ? one : most)),
    lines: lines.sort((a, b) => ((a.at ?? '~') < (b.at ?? '~') ? -1 : 1)),
  }
}

function lineOf(
  { at, text, eventId, account }: FindingEvidence,
  byEvent: Map<string, Growing>,
  byText: Map<string, Growing>,
): Growing {
  const key = `${at} ${text}`
  const known = (eventId === null ? undefined : byEvent.get(eventId)) ?? byText.get(key)
  const line = known ?? { at, text, events: [], isOwn: false, rules: [] }
  byText.set(key, line)
  if (eventId !== null && !line.events.some((one) => one.eventId === eventId))
    line.events.push({ eventId, account })
  if (eventId !== null) byEvent.set(eventId, line)
  return line
}

const reach = ({ principal, via, role }: Finding): number =>
  (principal === null ? 0 : 1) + via.length + (role === null ? 0 : 1)

/** Whether one goes the same way as another. */
export function isSameWay(a: Finding, b: Finding): boolean {
  const way = ({ principal, via, role }: Finding) => JSON.stringify([principal?.id, via, role])
  return way(a) === way(b)
}

/** As evidence for a ticket, each event on a line of its own. */
export function evidenceIn({ lines }: Pick<Told, 'lines'>): FindingEvidence[] {
  return lines.flatMap(({ at, text, events }): FindingEvidence[] =>
    events.length === 0
      ? [{ at, text, eventId: null, account: null }]
      : events.map((event) => ({ at, text, ...event })),
  )
}
