import { SEVERITIES, type Severity } from '../../../lib/rule.ts'
import { LEARNING_DAYS, type TrueStory } from '../simulator/stories.ts'
import { DAY, HOUR } from '../simulator/time.ts'
import type { Alert } from './alert.ts'

/** What became of one story. */
export interface Outcome {
  readonly story: TrueStory
  /** Alerts that belong to it, of any severity, by time. */
  readonly alerts: readonly Alert[]
  /** The worst that was said of it; null where nothing was. */
  readonly severity: Severity | null
  /** Seconds from its first event to the first event of an alert of medium or higher; null where there is none. */
  readonly delay: number | null
}

export interface Score {
  readonly name: string
  readonly outcomes: readonly Outcome[]
  /** Interruptions of medium or higher, by nothing that happened, after the learning period. Alerts of one story are one. */
  readonly falseAlerts: readonly (readonly Alert[])[]
  /** The same within the learning period, and those of low severity after it. */
  readonly falseWhileLearning: number
  readonly falseLow: number
  /** Thousands of workloads times days after the learning period. */
  readonly exposure: number
}

/** Something that begins with an attack may show for so long after its last event. */
const AFTERMATH = HOUR

export const isLoud = (severity: Severity): boolean => SEVERITIES.indexOf(severity) >= 1

/** By who did it, or with which role, and when: never by what an alert calls itself. */
function belongs(alert: Alert, story: TrueStory): boolean {
  const events = new Set(story.events.map(({ eventId }) => eventId))
  if (alert.events.some((id) => events.has(id))) return true
  const first = Math.min(...story.events.map(({ at }) => at))
  // Where the caller's record is lost, only its account shows as the one who called.
  const dark = story.dark.get(alert.account) ?? story.dark.get(alert.principal)
  if (dark !== undefined && alert.last >= first && alert.first <= dark + AFTERMATH) return true
  const last = Math.max(...story.events.map(({ at }) => at))
  if (alert.last < first || alert.first > last + AFTERMATH) return false
  if (alert.principal !== '' && story.principals.has(alert.principal)) return true
  if (alert.role !== '' && story.roles.has(alert.role)) return true
  return false
}

export function scoreOf(
  name: string,
  alerts: readonly Alert[],
  stories: readonly TrueStory[],
  company: { readonly from: number; readonly until: number; readonly workloads: number },
): Score {
  const told = stories.filter(({ events }) => events.length > 0)
  const matched = new Map<Alert, TrueStory[]>(
    alerts.map((alert) => [alert, told.filter((story) => belongs(alert, story))]),
  )
  const outcomes = stories.map((story): Outcome => {
    const its = alerts
      .filter((alert) => matched.get(alert)!.includes(story))
      .sort((a, b) => a.first - b.first)
    const loud = its.filter(({ severity }) => isLoud(severity))
    const begin = Math.min(...story.events.map(({ at }) => at))
    return {
      story,
      alerts: its,
      severity:
        its.length === 0
          ? null
          : SEVERITIES[Math.max(...its.map(({ severity }) => SEVERITIES.indexOf(severity)))]!,
      delay: loud.length === 0 ? null : Math.max(0, loud[0]!.first - begin),
    }
  })
  const learnt = company.from + LEARNING_DAYS * DAY
  const groups = [...Map.groupBy(alerts, ({ story }) => story).values()].filter((group) =>
    group.every((alert) => matched.get(alert)!.length === 0),
  )
  const isLate = (group: readonly Alert[]): boolean =>
    Math.max(...group.map(({ first }) => first)) >= learnt
  const loud = groups.filter((group) => group.some(({ severity }) => isLoud(severity)))
  const falseAlerts = loud.filter(isLate)
  const days = (company.until - learnt) / DAY
  return {
    name,
    outcomes,
    falseAlerts,
    falseWhileLearning: loud.length - falseAlerts.length,
    falseLow: groups.filter((group) => !loud.includes(group) && isLate(group)).length,
    exposure: (company.workloads / 1000) * days,
  }
}

/** Stories that CloudTrail can show, and those of them that were told at medium or higher. */
export function recallOf({ outcomes }: Pick<Score, 'outcomes'>): {
  visible: number
  found: number
  missed: Outcome[]
  criticalMissed: Outcome[]
} {
  const visible = outcomes.filter(
    ({ story }) => story.sight === 'visible' && story.events.length > 0,
  )
  const missed = visible.filter(({ severity }) => severity === null || !isLoud(severity))
  return {
    visible: visible.length,
    found: visible.length - missed.length,
    missed,
    criticalMissed: missed.filter(({ story }) => story.severity === 'critical'),
  }
}
