import type { Alert } from './alert.ts'
import { isLoud, recallOf, type Score } from './score.ts'

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const time = (second: number): string => `${new Date(second * 1000).toISOString().slice(0, 16)}Z`
const cell = (text: string): string => text.replaceAll('|', '\\|')

export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** One line for a contestant: of one seed, or of all together. */
export function summaryRow(seed: string, scores: readonly Score[]): string[] {
  const sum = (of: (score: Score) => number): number =>
    scores.reduce((total, score) => total + of(score), 0)
  const visible = sum((score) => recallOf(score).visible)
  const found = sum((score) => recallOf(score).found)
  const delays = scores.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ delay, story }) =>
      delay === null || story.sight === 'blind' ? [] : [delay],
    ),
  )
  return [
    seed,
    scores[0]!.name,
    `${found} of ${visible} (${percent(found, visible)})`,
    String(sum((score) => recallOf(score).criticalMissed.length)),
    delays.length === 0
      ? '-'
      : `${(median(delays) / 60).toFixed(0)} / ${(Math.max(...delays) / 60).toFixed(0)}`,
    (sum(({ falseAlerts }) => falseAlerts.length) / sum(({ exposure }) => exposure)).toFixed(2),
    String(sum(({ falseWhileLearning }) => falseWhileLearning)),
    String(sum(({ falseLow }) => falseLow)),
  ]
}

export const SUMMARY_HEADER = [
  'seed',
  'who',
  'recall',
  'critical missed',
  'minutes to alert, median / worst',
  'false per 1,000 workloads and day',
  'false while learning',
  'low, not alerted',
]

/** Recall by story over all seeds. */
export function storyTable(scores: readonly Score[]): string {
  const ids = scores[0]!.outcomes.map(({ story }) => story.id)
  const rows = ids.map((id) => {
    const its = scores.flatMap(({ outcomes }) => outcomes.filter(({ story }) => story.id === id))
    const { story } = its[0]!
    const shown = its.filter(({ story: { events } }) => events.length > 0)
    const found = shown.filter(({ severity }) => severity !== null && isLoud(severity))
    const delays = found.flatMap(({ delay }) => (delay === null ? [] : [delay / 60]))
    const rules = new Set(
      its.flatMap(({ alerts }) =>
        alerts.filter(({ severity }) => isLoud(severity)).map(({ rule }) => rule),
      ),
    )
    const severities = new Set(its.map(({ severity }) => severity ?? '-'))
    return [
      story.id,
      story.title,
      story.sight === 'blind' ? 'blind spot' : `${found.length} of ${shown.length}`,
      `${story.severity} / ${[...severities].join(', ')}`,
      delays.length === 0 ? '-' : median(delays).toFixed(0),
      [...rules].join(', '),
    ]
  })
  return markdownTable(
    ['story', 'what happens', 'found', 'severity expected / told', 'minutes', 'by'],
    rows,
  )
}

/** Rules that said nothing of any story, not even at low severity. */
export function idleRules(rules: readonly string[], scores: readonly Score[]): string[] {
  const heard = new Set(
    scores.flatMap(({ outcomes }) =>
      outcomes.flatMap(({ alerts }) => alerts.map(({ rule }) => rule)),
    ),
  )
  return rules.filter((rule) => !heard.has(rule))
}

/** Every missed story and every false alert, for whoever works on detectors. */
export function detailsOf(
  seed: number,
  score: Score,
  happenings: readonly { at: number; what: string }[],
): string {
  const lines = [`### seed ${seed}: ${score.name}`, '']
  const { missed } = recallOf(score)
  lines.push(`Missed (${missed.length}):`, '')
  for (const { story, severity } of missed) {
    const first = Math.min(...story.events.map(({ at }) => at))
    lines.push(
      `- **${story.id}** (expected ${story.severity}, told ${severity ?? 'nothing'}; could be: ${story.rules.join(', ')}) at ${time(first)}, ${story.events.length} events. ${story.title}. Principals: ${[...story.principals].join(', ')}. Roles: ${[...story.roles].slice(0, 3).join(', ') || '-'}`,
    )
  }
  const understated = score.outcomes.filter(
    ({ story, severity }) =>
      story.severity === 'critical' && severity !== null && severity !== 'critical',
  )
  lines.push(
    '',
    `Critical stories told as less: ${understated.map(({ story, severity }) => `${story.id} (${severity})`).join(', ') || 'none'}`,
  )
  const byRule = Map.groupBy(score.falseAlerts, (group) => loudest(group).rule)
  lines.push('', `False alerts of medium or higher after learning: ${score.falseAlerts.length}`, '')
  for (const [rule, groups] of [...byRule].sort((a, b) => b[1].length - a[1].length)) {
    lines.push(`- **${rule}**: ${groups.length}`)
    for (const group of groups.slice(0, 4)) {
      const alert = loudest(group)
      const cause = happenings
        .filter(({ at }) => Math.abs(at - alert.first) < 3 * 3600)
        .filter(({ what }) => isAbout(what, alert))
        .map(({ what, at }) => `${time(at)} ${what}`)
      lines.push(
        `  - ${time(alert.first)}..${time(alert.last)} ${alert.severity} (${group.length} in story) ${alert.title.slice(0, 300)}; principal ${alert.principal || '-'}; role ${alert.role || '-'}${cause.length === 0 ? '' : `; what happened: ${cause.slice(0, 3).join(' | ')}`}`,
      )
    }
  }
  lines.push('')
  return lines.join('\n')
}

const loudest = (group: readonly Alert[]): Alert =>
  group.find(({ severity }) => isLoud(severity)) ?? group[0]!

/** Names the subject or a cluster-wide change. */
function isAbout(what: string, alert: Alert): boolean {
  const names = [...alert.principal.split('/').slice(-1), ...alert.role.split('/').slice(-1)]
  return (
    names.some((name) => name !== '' && what.includes(name)) ||
    /NAT|endpoints|fails over|new service|nodes/.test(what)
  )
}
