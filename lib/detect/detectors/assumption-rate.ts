import { roleName } from '../../identity/arn.ts'
import { type Detector, fires, quiet } from '../detector.ts'
import { grouped } from '../group.ts'
import { edgeKey } from '../memory.ts'
import { CHECKOUT, hours, issued, role, THEN, usualAnd } from '../sample.ts'
import type { Hour, Use } from '../use.ts'
import { counted, Who } from '../words.ts'

/** So many times the most pods that there ever were do not start within an hour. */
const FLOOD_TIMES = 5

export const assumptionRate: Detector = {
  id: 'assumption-rate',
  title: 'Workload takes its role far more often than ever',
  severity: 'low',
  isLearner: true,
  attack: ['T1078.004', 'T1550.001'],
  why: 'SDKs refresh on a clock, so the number of sessions follows the number of pods. Many more than that is a token in a second place, or a program that has lost its cache.',
  blindSpots:
    'One more session an hour, which is all that a careful thief needs, does not show. Scaling out shows too; so this is low unless it is extreme. Falls are left to the coverage rules.',
  runbook: [
    'Compare with the number of pods between `firstSeen` and `lastSeen`: a scaled deployment explains it.',
    'See whether one of `networks` has most of them: podtrail trace ADDRESS, for that hour.',
    'If neither explains it, delete the pods of the workload today so that their tokens are replaced.',
  ],
  settings: {
    least: {
      default: 20,
      min: 2,
      max: 1_000_000,
      about: 'assumptions in an hour below which nothing is said',
    },
    times: { default: 3, min: 1, max: 1000, about: 'so many times the most that any hour had' },
    flood: {
      default: 100,
      min: 2,
      max: 1_000_000,
      about:
        'assumptions, in an hour and the one after it, that are medium, if they are 5 times the most that any hour had',
    },
    falseAlarmsPerMillion: {
      default: 1,
      min: 0.001,
      max: 10_000,
      about:
        'hours of an edge in a million that may be reported by chance: counts are taken to follow a negative binomial distribution with mean and variance of the same hour of the day',
    },
  },

  *look({ hour, next, memory, setting }) {
    const known = hour.issues.filter(
      ({ who, role: arn, via }) =>
        who.principal.kind === 'workload' &&
        who.edges.get(edgeKey(arn, via))?.profile !== undefined,
    )
    for (const uses of grouped(
      known,
      ({ who, role: arn, via }) => `${who.key}\n${edgeKey(arn, via)}`,
    )) {
      const { who, role: arn, via, first } = uses[0]!
      const count = uses.reduce((sum, use) => sum + use.count, 0)
      if (count < setting('least')) continue
      const edge = who.edges.get(edgeKey(arn, via))!
      const profile = edge.profile!
      if (count <= setting('times') * profile.max || !memory.isOld(edge.first, first)) continue
      if (profile.chance(hour.hour, count) > setting('falseAlarmsPerMillion') / 1e6) continue
      const isFlood = (sum: number): boolean =>
        sum >= setting('flood') && sum >= FLOOD_TIMES * profile.max
      yield {
        subject: `${who.principal.id} as ${arn}`,
        occurrence: String(Math.floor(hour.hour / 24)),
        severity: isFlood(count + countIn(next, uses[0]!)) ? 'medium' : 'low',
        title: `${Who(who.principal)} became ${roleName(arn)} ${count} times in an hour`,
        normal: `In no hour before it did more than ${counted(profile.max, 'time')}.`,
        principal: who.principal,
        uses,
      }
    }
  },

  examples: [
    fires(
      'sixty sessions where there was one',
      () => usualAnd(issued(CHECKOUT, role('checkout'), { count: 60 })),
      'low',
    ),
    fires('a flood', () => usualAnd(issued(CHECKOUT, role('checkout'), { count: 900 })), 'medium'),
    fires(
      'a flood of an hour that begins in the middle of one',
      () =>
        usualAnd(
          issued(CHECKOUT, role('checkout'), { count: 70 }),
          issued(CHECKOUT, role('checkout'), { count: 70, at: THEN + hours(1) }),
        ),
      'medium',
    ),
    quiet('a few more pods', () => usualAnd(issued(CHECKOUT, role('checkout'), { count: 12 }))),
    quiet('a new edge has no profile yet', () =>
      usualAnd(issued(CHECKOUT, role('other'), { count: 60 })),
    ),
  ],
}

/** How often the same way to the same role is taken in the hour after. */
function countIn(next: Hour | null, { who, role: arn, via }: Use): number {
  const edge = edgeKey(arn, via)
  return (next?.issues ?? [])
    .filter((use) => use.who === who && edgeKey(use.role, use.via) === edge)
    .reduce((sum, { count }) => sum + count, 0)
}
