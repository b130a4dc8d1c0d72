import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { days, hours, issued, pod, role, START, THEN, usualAnd } from '../sample.ts'
import { forDays, Who } from '../words.ts'

const DAY = 86_400
/** With calls in so many hours it was at work, and no trial. */
const REGULAR_HOURS = 5
const OLD = pod('finance', 'migration')

export const dormantAwakened: Detector = {
  id: 'dormant-awakened',
  title: 'Workload or role that slept is used again',
  severity: 'medium',
  attack: ['T1078.004'],
  why: 'What nobody uses nobody watches. An attacker prefers a forgotten identity whose owner will not notice.',
  blindSpots:
    'Sleep is counted from what is stored: what slept since before that is new, not dormant. What has slept as long before, such as a yearly job, is normal.',
  runbook: [
    'Ask the owner of the workload whether they started it again at `firstSeen`.',
    'Compare `networks` and what it does now with its last days before it slept: podtrail what NS/SA --since 90d.',
    'If nobody did, revoke the sessions of `role` now and delete the ServiceAccount.',
  ],
  settings: {
    days: { default: 21, min: 2, max: 365, about: 'days without a session that count as sleep' },
    timesUsual: {
      default: 2,
      min: 1,
      max: 100,
      about: 'and so many times its longest sleep before',
    },
  },

  *look({ hour, memory, setting }) {
    const long = setting('days') * DAY
    const suspects = hour.issues.filter(({ who, first, via }) => {
      const sleep = first - who.last
      return (
        via.length === 0 &&
        (who.principal.kind === 'workload' || who.principal.kind === 'iam-user') &&
        sleep >= long &&
        sleep >= setting('timesUsual') * who.gap &&
        sleep !== Infinity &&
        memory.isOld(memory.first, first)
      )
    })
    for (const uses of grouped(suspects, ({ who }) => who.key)) {
      const { who, role: arn, first } = uses[0]!
      yield {
        subject: who.principal.id,
        occurrence: String(Math.floor(who.last / 3600)),
        // What was used once or twice, a job or a trial, comes back like this by nature.
        severity: who.hours >= REGULAR_HOURS ? 'medium' : 'low',
        title: `${Who(who.principal)} became ${roleName(arn)} after ${forDays(first - who.last)} without a call`,
        normal: `Before, its longest sleep was ${forDays(who.gap)}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'after three weeks',
      () => ({
        ...usualAnd(
          ...[0, 1, 2, 3, 4].map((day) =>
            issued(OLD, role('migration'), { at: START + days(day) + hours(1) }),
          ),
          issued(OLD, role('migration'), { at: THEN + days(7) }),
        ),
      }),
      'medium',
    ),
    quiet('a job of every fifth day', () =>
      usualAnd(
        ...[0, 5, 10, 15, 20].map((day) =>
          issued(OLD, role('migration'), { at: START + days(day) + hours(1) }),
        ),
      ),
    ),
    quiet('a new one', () => usualAnd(issued(OLD, role('migration'), { at: THEN }))),
  ],
}
